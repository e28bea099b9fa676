package report

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"merlon/compliance"
)

// sarifFile is what a reader takes from the file, by the names of the standard.
type sarifFile struct {
	Runs []readRun
}

type readRun struct {
	Tool struct {
		Driver struct {
			Name  string
			Rules []struct {
				ID, Name, HelpURI                 string
				ShortDescription, FullDescription struct{ Text string }
				Properties                        struct {
					Tags             []string
					SecuritySeverity string `json:"security-severity"`
				}
			}
		}
	}
	Invocations []struct {
		ExecutionSuccessful        bool
		ToolExecutionNotifications []struct {
			Level   string
			Message struct{ Text string }
		}
	}
	VersionControlProvenance []struct{ RepositoryURI string }
	Properties               struct{ Merlon sarifScope }
	Results                  []readResult
}

type readResult struct {
	RuleID    string
	RuleIndex int
	Kind      string
	Level     string
	Rank      float64
	Message   struct {
		Text, ID  string
		Arguments []string
	}
	Locations        []readLocation
	RelatedLocations []readLocation
	BaselineState    string
	Suppressions     []struct{ Kind, Status, Justification string }
	Fixes            []struct {
		ArtifactChanges []struct {
			ArtifactLocation struct{ URI string }
			Replacements     []struct {
				DeletedRegion   struct{ StartLine, StartColumn, EndLine, EndColumn int }
				InsertedContent struct{ Text string }
			}
		}
	}
	PartialFingerprints map[string]string
	Properties          struct{ Hosts map[string]string }
}

type readLocation struct {
	PhysicalLocation readPlace
	LogicalLocations []struct{ FullyQualifiedName string }
	Message          struct{ Text string }
}

type readPlace struct {
	ArtifactLocation struct{ URI, URIBaseID string }
	Region           struct{ StartLine, EndLine int }
}

func (r readResult) place() readPlace { return r.Locations[0].PhysicalLocation }

// identity is what GitLab tells findings apart by.
func (r readResult) identity() string {
	p := r.place()
	return fmt.Sprintf("%s %s:%d:%d", r.RuleID, p.ArtifactLocation.URI, p.Region.StartLine, p.Region.EndLine)
}

// sarif writes r, checks the file and reads it.
func sarif(t testing.TB, r *compliance.Report, o Options) sarifFile {
	t.Helper()
	return checkSARIF(t, write(t, "sarif", r, o))
}

func (r readRun) warnings() string {
	var out []string
	for _, n := range r.Invocations[0].ToolExecutionNotifications {
		out = append(out, n.Level+": "+n.Message.Text)
	}
	return strings.Join(out, "\n")
}

func identities(run readRun) []string {
	var out []string
	for _, res := range run.Results {
		out = append(out, res.identity())
	}
	return out
}

// checkSARIF holds what GitLab asks of every file, and returns what it read.
func checkSARIF(t testing.TB, out []byte) sarifFile {
	t.Helper()
	if len(out) > sarifMaxBytes {
		t.Errorf("%d bytes", len(out))
	}
	var log sarifFile
	if err := json.Unmarshal(out, &log); err != nil {
		t.Fatal(err)
	}
	short := func(what, s string, n int) {
		if utf8.RuneCountInString(s) > n {
			t.Errorf("%s has %d characters", what, utf8.RuneCountInString(s))
		}
	}
	for _, run := range log.Runs {
		if len(run.Results) > sarifMaxResults || len(run.Tool.Driver.Rules) > sarifMaxRules {
			t.Errorf("%d results, %d rules", len(run.Results), len(run.Tool.Driver.Rules))
		}
		for _, rule := range run.Tool.Driver.Rules {
			short("name", rule.Name, 255)
			short("shortDescription", rule.ShortDescription.Text, 1024)
			short("fullDescription", rule.FullDescription.Text, 1024)
			short("helpUri", rule.HelpURI, 2048)
			if len(rule.Properties.Tags) > 10 {
				t.Errorf("%s: %d tags", rule.ID, len(rule.Properties.Tags))
			}
			if !slices.Contains([]string{"9.5", "8.0", "5.5", "2.5"}, rule.Properties.SecuritySeverity) {
				t.Errorf("security-severity %s", rule.Properties.SecuritySeverity)
			}
		}
		for _, n := range run.Invocations[0].ToolExecutionNotifications {
			if n.Level == "error" {
				t.Errorf("a notification of level error: %s", n.Message.Text)
			}
		}
		seen := map[string]bool{}
		for _, res := range run.Results {
			short("message", res.Message.Text, 1024)
			if res.Kind != "fail" {
				t.Errorf("kind %s", res.Kind)
			}
			if got := run.Tool.Driver.Rules[res.RuleIndex].ID; got != res.RuleID {
				t.Errorf("ruleIndex leads to %s, ruleId is %s", got, res.RuleID)
			}
			// GitLab passes over a suppressed result.
			if len(res.Suppressions) == 0 {
				if seen[res.identity()] {
					t.Errorf("GitLab would merge two results: %s", res.identity())
				}
				seen[res.identity()] = true
			}
			for _, s := range res.Suppressions {
				short("justification", s.Justification, 1024)
			}
			for _, l := range append(res.Locations, res.RelatedLocations...) {
				checkURI(t, l.PhysicalLocation.ArtifactLocation.URI)
			}
			if res.place().ArtifactLocation.URI == "" {
				t.Error("a result without uri")
			}
		}
	}
	return log
}

// checkURI wants a relative path that stays where it is.
func checkURI(t testing.TB, s string) {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(s, "/") || u.RawQuery != "" || u.Fragment != "" {
		t.Errorf("uri %q (%v)", s, err)
		return
	}
	for e := range strings.SplitSeq(u.EscapedPath(), "/") {
		if d, _ := url.PathUnescape(e); d == ".." || strings.Contains(d, "/..") {
			t.Errorf("uri %q leaves the tree", s)
		}
	}
}

func TestSARIF(t *testing.T) {
	out := write(t, "sarif", fixture(), Options{})
	log := checkSARIF(t, out)
	want := map[string][]string{
		"merlon-host": {
			"SSH0001 inventory/prod.yml:4:4",                              // declared there
			"SSH0001 hosts/web02/etc/ssh/sshd_config.d/50-cloud.conf:0:0", // declared nowhere
			"SSH0007 hosts/web01/etc/ssh/sshd_config:0:0",                 // twice on one host
			"KRN0003 inventory/prod.yml:4:4",
		},
		"merlon-terraform": {
			"AWS0101 infra/modules/bucket/main.tf:14:14", // from two roots
			"AWS0107 infra/prod/network.tf:21:21",        // two elements on one line
			"AWS0107 infra/prod/network.tf:40:40",
			"AWS0200 infra/prod/db.tf:1:5", // the module's own file lies outside
		},
	}
	for _, run := range log.Runs {
		if got := identities(run); !slices.Equal(got, want[run.Tool.Driver.Name]) {
			t.Errorf("%s: %q", run.Tool.Driver.Name, got)
		}
	}
	twice := log.Runs[0].Results[2]
	for _, s := range []string{"'2' findings", "aes128-cbc", "3des-cbc"} {
		if !strings.Contains(twice.Message.Text, s) {
			t.Errorf("a merged result does not name %s: %s", s, twice.Message.Text)
		}
	}
	if n := len(twice.RelatedLocations); n != 2 {
		t.Errorf("%d related locations of two merged findings", n)
	}
	if got := log.Runs[0].Results[0].Locations[0].LogicalLocations[0].FullyQualifiedName; got != "web01/etc/ssh/sshd_config#permitrootlogin" {
		t.Errorf("logical location %s", got)
	}
	for _, s := range []string{"warning: db01 could not be read: dial tcp", "warning: web02: `sudo -n sh`: sudo: a password", "warning: 1 verdict is unknown on 1 target: sysctl"} {
		if !strings.Contains(log.Runs[0].warnings(), s) {
			t.Errorf("no notification %q in\n%s", s, log.Runs[0].warnings())
		}
	}
	if strings.Contains(string(out), `"uri":"/srv`) {
		t.Error("an absolute path as a uri")
	}
}

// Whatever was not scanned must not be told to be without failures.
func TestSARIFKindsNotScanned(t *testing.T) {
	r := fixture()
	r.Results = r.Results[3:]
	log := sarif(t, r, Options{})
	if len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name != "merlon-terraform" {
		t.Fatalf("%d runs", len(log.Runs))
	}
	for _, rule := range log.Runs[0].Tool.Driver.Rules {
		if strings.HasPrefix(rule.ID, "SSH") {
			t.Errorf("rule %s of a kind that was not scanned", rule.ID)
		}
	}
}

func TestSARIFHostsOnOneInventoryLine(t *testing.T) {
	r := fixture()
	line := compliance.Source{File: "hosts.ini", Line: 2, EndLine: 2, Text: "web[01:02]"}
	r.Results = r.Results[:2]
	r.Results[0].Target.Declared, r.Results[1].Target.Declared = line, line
	r.Results[0].Findings, r.Results[1].Findings = r.Results[0].Findings[:1], r.Results[1].Findings[:1]
	got := identities(sarif(t, linked(r), Options{}).Runs[0])
	want := []string{"SSH0001 hosts/web01/etc/ssh/sshd_config:0:0", "SSH0001 hosts/web02/etc/ssh/sshd_config.d/50-cloud.conf:0:0"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestSARIFResultLimit(t *testing.T) {
	r := large(9000) // 3,000 on hosts, 6,000 in Terraform
	log := sarif(t, r, Options{})
	run := log.Runs[1]
	if len(run.Results) != sarifMaxResults || !strings.Contains(run.warnings(), "1000 results are left out, old and mild ones first") {
		t.Fatalf("%d results, %s", len(run.Results), run.warnings())
	}
	critical := 0
	for _, res := range run.Results {
		if res.Rank == 95 {
			critical++
		}
	}
	want := 0
	for _, f := range r.Failures() {
		if f.Control == bucketPublic {
			want++
		}
	}
	if critical != want || want == 0 {
		t.Errorf("%d critical results of %d are kept", critical, want)
	}
	// Ten failures a host of three rules share three results.
	if len(log.Runs[0].Results) != 900 || log.Runs[0].warnings() != "" {
		t.Errorf("hosts: %d results, %q", len(log.Runs[0].Results), log.Runs[0].warnings())
	}
}

func TestSARIFRuleLimits(t *testing.T) {
	r := fixture()
	var many []*compliance.Control
	for i := range 26_000 {
		many = append(many, &compliance.Control{ID: fmt.Sprintf("X%05d", i), Kind: compliance.KindHost, Severity: compliance.Critical, Title: "x"})
	}
	r.Controls = append(many, r.Controls...)
	run := sarif(t, r, Options{}).Runs[0]
	if len(run.Results) != 4 {
		t.Errorf("%d results: the rules that failed must stay", len(run.Results))
	}
	if !strings.Contains(run.warnings(), "controls are left out of the rules") {
		t.Error(run.warnings())
	}
}

func TestSARIFLongTexts(t *testing.T) {
	r := fixture()
	long := strings.Repeat("ä日", 4000)
	c := *rootLogin
	c.Title, c.Description, c.Remediation = long, long, long
	c.Links = []compliance.Link{{URL: "https://example.com/" + strings.Repeat("a", 3000)}}
	c.References = map[string][]string{"nist": {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"}}
	f := &r.Results[0].Findings[0]
	f.Control, f.Saw = &c, long
	r.Controls[0] = &c
	rule := sarif(t, r, Options{}).Runs[0].Tool.Driver.Rules[0]
	if !strings.HasSuffix(rule.FullDescription.Text, "日….") && !strings.HasSuffix(rule.FullDescription.Text, "ä….") {
		t.Errorf("cut as %q", rule.FullDescription.Text[len(rule.FullDescription.Text)-12:])
	}
}

func TestSARIFTags(t *testing.T) {
	var secret []string
	for _, n := range []string{"798", "259", "321", "522", "312", "319", "256", "257", "540"} {
		secret = append(secret, "CWE-"+n, n, "cwe-0"+n)
	}
	c := &compliance.Control{ID: "X0001", Kind: compliance.KindHost, References: map[string][]string{
		"cwe": append(secret, "250", "CWE-7980"), "advisories": {"CVE-2024-1", "cwe:798"}}}
	want := []string{"security", "host", "CWE-250", "CWE-7980"}
	if got := sarifTags(c); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestSARIFRepository(t *testing.T) {
	for in, want := range map[string]string{
		"https://gitlab.example.com/a/b":                      "https://gitlab.example.com/a/b",
		"https://ci-token:glpat-x@gitlab.example.com/a/b.git": "https://gitlab.example.com/a/b.git",
		"":    "",
		"a/b": "",
	} {
		got := ""
		if v := sarif(t, fixture(), Options{Repository: Repository{URL: in}}).Runs[0].VersionControlProvenance; len(v) > 0 {
			got = v[0].RepositoryURI
		}
		if got != want {
			t.Errorf("%s became %q", in, got)
		}
	}
}

func TestPlaces(t *testing.T) {
	for file, want := range map[string]string{
		"main.tf": "main.tf", "a/./b//c.tf": "a/b/c.tf", "a/../b.tf": "b.tf",
		"": "", ".": "", "..": "", "../x.tf": "", "a/../../x.tf": "", "/etc/passwd": "", `..\x.tf`: "", "C:/x.tf": "", "file:///x": "", "git::https://x": "",
	} {
		got, ok := inTree(file)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", file, got, ok)
		}
	}
	for file, want := range map[string]string{"a b/c#d?.tf": "a%20b/c%23d%3F.tf", "x/é:1.tf": "x/%C3%A9%3A1.tf", "100%.tf": "100%25.tf"} {
		if got := uri(file); got != want {
			t.Errorf("%q: %q", file, got)
		}
	}
	for _, c := range []struct{ host, file, want string }{
		{"web01", "/etc/ssh/sshd_config", "hosts/web01/etc/ssh/sshd_config"},
		{"..", "/etc/x", "hosts/_../etc/x"},
		{"../../etc", "../../x", "hosts/..%2F..%2Fetc/x"},
		{"", "", "hosts/_/sshd"},
	} {
		f := finding(rootLogin, compliance.Fail, compliance.Path{"sshd"}, nil, compliance.Source{File: c.file})
		f.Target = &compliance.Target{Name: c.host, Kind: compliance.KindHost}
		if got := anchor(&f).File; got != c.want {
			t.Errorf("%q %q: %q", c.host, c.file, got)
		}
	}
}
