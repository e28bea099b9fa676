package waivers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"merlon/compliance"
)

// known stands for the shipped controls.
var known = []*compliance.Control{
	{ID: "SSH0001", Policy: "host/sshd/root_login", Kind: compliance.KindHost},
	{ID: "SSH0002", Policy: "host/sshd/passwords", Kind: compliance.KindHost},
	{ID: "KRN0001", Policy: "host/kernel/sysctl#kernel.kptr_restrict", Kind: compliance.KindHost},
	{ID: "KRN0002", Policy: "host/kernel/sysctl#kernel.dmesg_restrict", Kind: compliance.KindHost},
	{ID: "AWS0101", Policy: "terraform/aws/s3_public", Kind: compliance.KindTerraform},
	{ID: "AWS0102", Policy: "terraform/aws/s3_logs", Kind: compliance.KindTerraform},
	{ID: "GCP0001", Policy: "terraform/google/bucket", Kind: compliance.KindTerraform},
}

const head = "version: 1\nwaivers:\n"

// Files that are taken as they are, and how many waivers they have.
var good = map[string]struct {
	text string
	n    int
}{
	"no waivers":     {"version: 1\n", 0},
	"empty list":     {"version: 1\nwaivers: []\n", 0},
	"all commented":  {"version: 1\nwaivers:\n#  - control: AWS0101\n", 0},
	"least":          {head + "  - {control: AWS0101, reason: why}\n", 1},
	"everything":     {head + "  - control: AWS0101\n    target: infra/*\n    subject: module.*.aws_s3_bucket.logs\n    reason: why\n    owner: me\n    until: 2027-03-01\n", 1},
	"quoted day":     {head + "  - {control: AWS0101, reason: why, until: '2027-03-01'}\n", 1},
	"policy path":    {head + "  - {control: host/sshd/root_login, reason: why}\n", 1},
	"family":         {head + "  - {control: host/kernel/sysctl, reason: why}\n", 1},
	"row":            {head + "  - {control: 'host/kernel/sysctl#kernel.kptr_restrict', reason: why}\n", 1},
	"pattern":        {head + "  - {control: host/sshd/*, reason: why}\n", 1},
	"all of one":     {head + "  - {control: '**', target: lab-1, reason: why}\n", 1},
	"all of subject": {head + "  - {control: '**', subject: aws_s3_bucket.logs, reason: why}\n", 1},
	"instance":       {head + "  - {control: AWS0101, subject: 'aws_s3_bucket.logs[\"a\"]', reason: why}\n", 1},
	"two places":     {head + "  - {control: AWS0101, subject: a.b, reason: why}\n  - {control: AWS0101, subject: a.c, reason: why}\n", 2},
	"block text":     {head + "  - control: AWS0101\n    reason: |\n      first line\n      second line\n", 1},
}

// Files with a mistake: the beginning of the message, how many waivers hold
// nevertheless, and whether a schema cannot see it.
var bad = map[string]struct {
	text, want string
	n          int
	unseen     bool
}{
	"empty":             {"", "merlon.yaml:1: merlon.yaml does not begin with `version: 1`", 0, false},
	"only comments":     {"# nothing\n", "merlon.yaml:1: merlon.yaml does not begin with", 0, false},
	"text":              {"waivers", "merlon.yaml:1: merlon.yaml does not begin with", 0, false},
	"list":              {"- control: AWS0101\n  reason: why\n", "merlon.yaml:1: merlon.yaml does not begin with", 0, false},
	"no YAML":           {"version: 1\nwaivers:\n\t- control: x\n", "merlon.yaml:3: merlon.yaml is no YAML", 0, true},
	"unclosed":          {"version: 1\nwaivers: [\n", "merlon.yaml:", 0, true},
	"two documents":     {head + "  - {control: AWS0101, reason: why}\n---\nversion: 1\n", "merlon.yaml:1: merlon.yaml holds more than one YAML document", 0, true},
	"no version":        {"waivers:\n  - {control: AWS0101, reason: why}\n", "merlon.yaml:1: `version: 1` is missing", 0, false},
	"other version":     {"version: 2\nwaivers:\n  - {control: AWS0101, reason: why}\n", `merlon.yaml:1: the version "2" of merlon.yaml is not known`, 0, false},
	"version as text":   {"version: '1'\nwaivers:\n  - {control: AWS0101, reason: why}\n", `merlon.yaml:1: the version "1" of merlon.yaml is not known`, 0, false},
	"unknown setting":   {"version: 1\nwaiver: []\nwaivers:\n  - {control: AWS0101, reason: why}\n", `merlon.yaml:2: "waiver" is not known`, 1, false},
	"setting twice":     {"version: 1\nwaivers: []\nwaivers: []\n", "merlon.yaml:3: waivers stands twice", 0, true},
	"mapping":           {"version: 1\nwaivers:\n  AWS0101: why\n", "merlon.yaml:3: waivers is no list", 0, false},
	"entry is text":     {head + "  - AWS0101\n", "merlon.yaml:3: a waiver has control and reason", 0, false},
	"entry is null":     {head + "  -\n", "merlon.yaml:3: a waiver has control and reason", 0, false},
	"no reason":         {head + "  - control: AWS0101\n", "merlon.yaml:3: this waiver has no reason", 0, false},
	"empty reason":      {head + "  - control: AWS0101\n    reason: ''\n", "merlon.yaml:4: the waiver's reason is empty", 0, false},
	"blank reason":      {head + "  - control: AWS0101\n    reason: \"  \\n\"\n", "merlon.yaml:4: the waiver's reason is empty", 0, false},
	"null reason":       {head + "  - control: AWS0101\n    reason:\n", "merlon.yaml:4: the waiver's reason is not text", 0, false},
	"no control":        {head + "  - reason: why\n", "merlon.yaml:3: this waiver has no control", 0, false},
	"empty control":     {head + "  - control: ''\n    reason: why\n", "merlon.yaml:3: the waiver's control is empty", 0, false},
	"list of controls":  {head + "  - control: [AWS0101]\n    reason: why\n", "merlon.yaml:3: the waiver's control is not text", 0, false},
	"number":            {head + "  - control: AWS0101\n    reason: 12\n", "merlon.yaml:4: the waiver's reason is not text", 0, false},
	"empty target":      {head + "  - control: AWS0101\n    target: ''\n    reason: why\n", "merlon.yaml:4: the waiver's target is empty", 0, false},
	"wrong day":         {head + "  - control: AWS0101\n    reason: why\n    until: 2027-02-30\n", `merlon.yaml:5: the waiver's until: "2027-02-30" is no day`, 0, false},
	"wrong form":        {head + "  - control: AWS0101\n    reason: why\n    until: 1.3.2027\n", `merlon.yaml:5: the waiver's until: "1.3.2027" is no day`, 0, false},
	"time":              {head + "  - control: AWS0101\n    reason: why\n    until: 2027-03-01T10:00:00Z\n", "merlon.yaml:5: the waiver's until:", 0, false},
	"empty day":         {head + "  - control: AWS0101\n    reason: why\n    until: ''\n", "merlon.yaml:5: the waiver's until is empty", 0, false},
	"unknown key":       {head + "  - control: AWS0101\n    reason: why\n    expires: 2027-03-01\n", `merlon.yaml:5: "expires" is not known`, 0, false},
	"key twice":         {head + "  - control: AWS0101\n    reason: why\n    control: AWS0102\n", "merlon.yaml:5: control stands twice", 0, true},
	"alias":             {head + "  - control: &c AWS0101\n    reason: why\n  - control: *c\n    reason: other\n", "merlon.yaml:5: the waiver's control is not text", 1, true},
	"merge":             {head + "  - &w\n    control: AWS0101\n    reason: why\n  - <<: *w\n    control: AWS0102\n    reason: why\n", `merlon.yaml:6: "<<" is not known`, 1, true},
	"unknown control":   {head + "  - control: AWS9999\n    reason: why\n", `merlon.yaml:3: no control is called "AWS9999"`, 0, true},
	"lower case":        {head + "  - control: aws0101\n    reason: why\n", `merlon.yaml:3: no control is called "aws0101"`, 0, true},
	"empty pattern":     {head + "  - control: host/none/*\n    reason: why\n", `merlon.yaml:3: no control is called "host/none/*"`, 0, true},
	"malformed pattern": {head + "  - control: 'host/[sshd'\n    reason: why\n", `merlon.yaml:3: no control is called`, 0, true},
	"malformed target":  {head + "  - control: AWS0101\n    target: 'prod-['\n    reason: why\n", "merlon.yaml:4: the waiver's target: the pattern \"prod-[\" is malformed", 0, true},
	"star":              {head + "  - control: '*'\n    reason: why\n", `merlon.yaml:3: the waiver of "*" accepts everything`, 0, false},
	"two stars":         {head + "  - control: '**'\n    reason: why\n", `merlon.yaml:3: the waiver of "**" accepts everything`, 0, false},
	"stars everywhere":  {head + "  - control: '**'\n    target: '**'\n    subject: '*'\n    reason: why\n", `merlon.yaml:3: the waiver of "**" accepts everything`, 0, false},
	"all of a kind":     {head + "  - control: 'terraform/**'\n    reason: why\n", `merlon.yaml:3: the waiver of "terraform/**" accepts everything`, 0, true},
	"stars and dots":    {head + "  - control: 'terraform/**'\n    subject: '*.*'\n    reason: why\n", `merlon.yaml:3: the waiver of "terraform/**" accepts everything`, 0, true},
	"stars and classes": {head + "  - control: 'terraform/**'\n    subject: '*_*'\n    target: '[!z]*'\n    reason: why\n", `merlon.yaml:3: the waiver of "terraform/**" accepts everything`, 0, true},
	"star of a subject": {head + "  - control: '*'\n    subject: a.b\n    reason: why\n", `merlon.yaml:3: no control is called "*"`, 0, true},
	"duplicate":         {head + "  - control: AWS0101\n    reason: why\n  - control: AWS0101\n    reason: other\n", "merlon.yaml:5: the same is waived in line 3", 1, true},
	"one of three":      {head + "  - {control: AWS0101, reason: why}\n  - {control: AWS0102}\n  - {control: SSH0001, reason: why}\n", "merlon.yaml:4: this waiver has no reason", 2, false},
}

func TestGood(t *testing.T) {
	validate := schema(t)
	for name, c := range good {
		t.Run(name, func(t *testing.T) {
			got, faults := Parse([]byte(c.text), "merlon.yaml", known)
			if len(faults) > 0 || len(got) != c.n {
				t.Errorf("%d waivers, %v", len(got), faults)
			}
			if err := validate(c.text); err != nil {
				t.Errorf("the schema refuses it: %v", err)
			}
		})
	}
}

func TestBad(t *testing.T) {
	validate := schema(t)
	for name, c := range bad {
		t.Run(name, func(t *testing.T) {
			got, faults := Parse([]byte(c.text), "merlon.yaml", known)
			if len(faults) != 1 || !strings.HasPrefix(placed(faults[0]), c.want) {
				t.Errorf("wanted %q, got %+v", c.want, faults)
			}
			for _, f := range faults {
				if f.Level != compliance.LevelError || f.Source.Line < 1 {
					t.Errorf("%+v is no error with a line", f)
				}
			}
			if len(got) != c.n {
				t.Errorf("%d waivers hold, not %d", len(got), c.n)
			}
			if err := validate(c.text); (err == nil) != c.unseen {
				t.Errorf("the schema says %v", err)
			}
		})
	}
}

// placed is how reports write a diagnostic.
func placed(d compliance.Diagnostic) string {
	return fmt.Sprintf("%s:%d: %s", d.Source.File, d.Source.Line, d.Message)
}

func TestFields(t *testing.T) {
	got, _ := Parse([]byte(good["everything"].text), "merlon.yaml", known)
	want := compliance.Waiver{
		Control: "AWS0101", Target: "infra/*", Subject: "module.*.aws_s3_bucket.logs", Reason: "why", Owner: "me", Until: "2027-03-01",
		Source: compliance.Source{File: "merlon.yaml", Line: 3, EndLine: 3},
	}
	if len(got) != 1 || !equal(t, got[0], want) {
		t.Errorf("%+v", got)
	}
}

func equal(t *testing.T, a, b any) bool {
	t.Helper()
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(x, y)
}

func TestRead(t *testing.T) {
	files := fstest.MapFS{
		"fine":  {Data: []byte(good["least"].text)},
		"large": {Data: bytes.Repeat([]byte("#"), maxFile+1)},
		"dir/x": {},
	}
	for name, want := range map[string]string{"fine": "", "large": "larger than 1 MiB", "dir": "no regular file"} {
		f, err := files.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		got, faults := Read(f, name, known)
		if want == "" && (len(got) != 1 || len(faults) != 0) {
			t.Errorf("%s: %v, %v", name, got, faults)
		}
		if want != "" && (len(got) != 0 || len(faults) != 1 || !strings.Contains(faults[0].Message, want)) {
			t.Errorf("%s: %v, %v", name, got, faults)
		}
	}
}

// TestManyMistakes: what is said stays bounded, and what is not listed waives
// nothing either.
func TestManyMistakes(t *testing.T) {
	text := head + strings.Repeat("  - control: AWS0101\n", 5000) + "  - {control: AWS0102, reason: why}\n"
	got, faults := Parse([]byte(text), "merlon.yaml", known)
	if len(got) != 1 || len(faults) != maxFaults+1 || !strings.Contains(faults[maxFaults].Message, "more mistakes") {
		t.Errorf("%v, %d faults, the last %+v", got, len(faults), faults[len(faults)-1])
	}
}

// schema compiles the published schema into a validator of YAML.
func schema(t testing.TB) func(text string) error {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash("../docs/merlon-schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("merlon.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("merlon.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(text string) error {
		var n yaml.Node
		if bad := yaml.Unmarshal([]byte(text), &n); bad == nil {
			return s.Validate(plain(&n, 0))
		}
		return nil // no data that a schema could judge
	}
}

// plain is the data of a node as JSON has it, where a day is text.
func plain(n *yaml.Node, depth int) any {
	switch {
	case depth > 50 || n.Kind == 0:
		return nil
	case n.Kind == yaml.DocumentNode:
		return plain(n.Content[0], depth+1)
	case n.Kind == yaml.AliasNode:
		return plain(n.Alias, depth+1)
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for _, e := range n.Content {
			list = append(list, plain(e, depth+1))
		}
		return list
	case n.Kind == yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Tag == "!!merge" {
				inherited, _ := plain(n.Content[i+1], depth+1).(map[string]any)
				for k, v := range inherited {
					m[k] = v
				}
				continue
			}
			m[n.Content[i].Value] = plain(n.Content[i+1], depth+1)
		}
		return m
	case n.Tag == "!!int":
		return json.Number(n.Value)
	case n.Tag == "!!null":
		return nil
	case n.Tag == "!!bool":
		return n.Value == "true"
	case n.Tag == "!!float":
		return 0.5
	}
	return n.Value
}

// FuzzParse: whatever the bytes, what is taken has a reason, a control and a day
// that is one, and does not accept everything; and where nothing is complained of,
// the schema agrees.
func FuzzParse(f *testing.F) {
	for _, c := range good {
		f.Add([]byte(c.text))
	}
	for _, c := range bad {
		f.Add([]byte(c.text))
	}
	validate := schema(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		got, faults := Parse(text, "merlon.yaml", known)
		for _, w := range got {
			if strings.TrimSpace(w.Reason) == "" || w.Control == "" || w.Source.Line < 1 {
				t.Errorf("taken: %+v", w)
			}
			if _, err := compliance.ParseDay(w.Until); w.Until != "" && err != nil {
				t.Error(err)
			}
			if sweeping(w.Control, known) && anything(w.Target) && anything(w.Subject) {
				t.Errorf("accepts everything: %+v", w)
			}
		}
		for _, d := range faults {
			if d.Level != compliance.LevelError || d.Source.File != "merlon.yaml" {
				t.Errorf("%+v", d)
			}
		}
		if len(faults) == 0 {
			if err := validate(string(text)); err != nil {
				t.Errorf("the schema refuses what is taken: %v", err)
			}
		}
	})
}
