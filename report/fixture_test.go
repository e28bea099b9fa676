package report

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"merlon/compliance"
)

// The fixture is one run as it might be: three hosts (one with an inventory line,
// one without, one out of reach) and two Terraform roots that share a module.

var (
	rootLogin = &compliance.Control{
		ID: "SSH0001", Policy: "host/sshd/root_login", Kind: compliance.KindHost, Severity: compliance.High,
		Title:       "sshd refuses root logins",
		Description: "A root login leaves no personal name in the audit trail and gives every attacker an account name that is known to exist.",
		Remediation: "Set `PermitRootLogin no` in the file named above, or in a drop-in that sorts before it, and run `systemctl reload ssh`.",
		References: map[string][]string{
			"nist-800-53-r5":       {"AC-6(2)", "IA-2"},
			"cis-debian-12-v1.1.0": {"5.1.20"},
			"cwe":                  {"CWE-250", "CWE-798"},
		},
		Links:    []compliance.Link{{Title: "sshd_config(5), PermitRootLogin", URL: "https://man.openbsd.org/sshd_config#PermitRootLogin"}},
		Sections: []string{"sshd"},
	}
	ciphers = &compliance.Control{
		ID: "SSH0007", Policy: "host/sshd/ciphers", Kind: compliance.KindHost, Severity: compliance.Medium,
		Title:       "sshd offers strong ciphers only",
		Description: "CBC ciphers and RC4 let who listens recover parts of a session.",
		Remediation: "Remove the cipher from `Ciphers`.",
		References:  map[string][]string{"cis-debian-12-v1.1.0": {"5.1.6"}, "stig-rhel-9": {"RHEL-09-255065"}},
		Sections:    []string{"sshd"},
	}
	kptr = &compliance.Control{
		ID: "KRN0003", Policy: "host/kernel/sysctl#kernel.kptr_restrict", Kind: compliance.KindHost, Severity: compliance.Low,
		Title: "The kernel hides its addresses", Description: "Addresses of the kernel help an exploit to find its target.",
		Remediation: "Put `kernel.kptr_restrict = 2` into /etc/sysctl.d/60-hardening.conf and run `sysctl --system`.",
		Sections:    []string{"sysctl"},
	}
	bucketPublic = &compliance.Control{
		ID: "AWS0101", Policy: "terraform/aws/s3_public_acl", Kind: compliance.KindTerraform, Severity: compliance.Critical,
		Title:       "S3 buckets are not open to everyone",
		Description: "A public ACL lets anyone on the internet list or read the bucket.",
		Remediation: "Set `acl = \"private\"`, and add an `aws_s3_bucket_public_access_block`.",
		References:  map[string][]string{"cis-aws-v3.0.0": {"2.1.4"}, "cwe": {"CWE-732"}},
		Links:       []compliance.Link{{URL: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html"}},
		Sections:    []string{"aws_s3_bucket_acl"},
	}
	openPort = &compliance.Control{
		ID: "AWS0107", Policy: "terraform/aws/sg_ssh", Kind: compliance.KindTerraform, Severity: compliance.High,
		Title: "SSH is not open to the world", Description: "Port 22 open to every address is found within minutes.",
		Remediation: "Name the networks that may reach port 22.", Sections: []string{"aws_security_group"},
	}
	dbPassword = &compliance.Control{
		ID: "AWS0200", Policy: "terraform/aws/rds_password", Kind: compliance.KindTerraform, Severity: compliance.High,
		Title: "Database passwords are not written in the code", Description: "Who reads the repository or the state has the password.",
		Remediation: "Use `manage_master_user_password = true`.", References: map[string][]string{"cwe": {"798"}},
		Sections: []string{"aws_db_instance"},
	}
)

func finding(c *compliance.Control, s compliance.State, subject, path compliance.Path, from compliance.Source) compliance.Finding {
	return compliance.Finding{Control: c, State: s, Subject: subject, Path: path, Source: from}
}

func fixture() *compliance.Report {
	web01 := compliance.Target{Name: "web01", Kind: compliance.KindHost, Address: "ssh://deploy@10.0.0.11:22",
		Labels: map[string]string{"role": "web"}, Declared: compliance.Source{File: "inventory/prod.yml", Line: 4, EndLine: 4, Text: "    web01: {ansible_host: 10.0.0.11}"}}
	web02 := compliance.Target{Name: "web02", Kind: compliance.KindHost, Address: "ssh://deploy@10.0.0.12:22"}
	db01 := compliance.Target{Name: "db01", Kind: compliance.KindHost, Address: "ssh://deploy@10.0.0.20:22",
		Declared: compliance.Source{File: "inventory/prod.yml", Line: 9, EndLine: 9}}
	prod := compliance.Target{Name: "infra/prod", Kind: compliance.KindTerraform, Address: "infra/prod"}
	test := compliance.Target{Name: "infra/test", Kind: compliance.KindTerraform, Address: "infra/test"}

	sshd := func(line int, text string) compliance.Source {
		return compliance.Source{File: "/etc/ssh/sshd_config", Line: line, EndLine: line, Text: text}
	}
	root := finding(rootLogin, compliance.Fail, compliance.Path{"sshd"}, compliance.Path{"sshd", "permitrootlogin"}, sshd(32, "PermitRootLogin yes"))
	root.Saw, root.Want, root.Message = "yes", "no", "sshd/permitrootlogin is yes, not no"
	rootDropIn := root
	rootDropIn.Source = compliance.Source{File: "/etc/ssh/sshd_config.d/50-cloud.conf", Line: 1, EndLine: 1, Text: "PermitRootLogin yes",
		Via: []compliance.Source{{File: "/etc/ssh/sshd_config", Line: 12, EndLine: 12}}, Shadowed: []compliance.Source{sshd(32, "PermitRootLogin no")}}

	cipher := func(i, name string) compliance.Finding {
		f := finding(ciphers, compliance.Fail, compliance.Path{"sshd"}, compliance.Path{"sshd", "ciphers", i}, sshd(40, "Ciphers aes128-cbc,3des-cbc"))
		f.Saw, f.Message = name, "sshd/ciphers offers "+name
		return f
	}
	ptr := finding(kptr, compliance.Fail, compliance.Path{"sysctl", "kernel.kptr_restrict"}, compliance.Path{"sysctl", "kernel.kptr_restrict"},
		compliance.Source{Command: "sysctl -a"})
	ptr.Absent, ptr.Want, ptr.Message = true, "2", "sysctl/kernel.kptr_restrict is not set, want 2"
	unsure := finding(kptr, compliance.Unsure, compliance.Path{"sysctl", "kernel.kptr_restrict"}, compliance.Path{"sysctl", "kernel.kptr_restrict"}, compliance.Source{})
	unsure.Unknown = &compliance.Unknown{Path: compliance.Path{"sysctl"}, Cause: "sysctl -a was cut off after 5 s", Source: compliance.Source{Command: "sysctl -a"}}
	unsure.Message = "cannot tell: sysctl -a was cut off after 5 s"

	acl := finding(bucketPublic, compliance.Fail, compliance.Path{"aws_s3_bucket_acl", "module.logs.aws_s3_bucket_acl.this"},
		compliance.Path{"aws_s3_bucket_acl", "module.logs.aws_s3_bucket_acl.this", "acl"},
		compliance.Source{File: "infra/modules/bucket/main.tf", Line: 14, EndLine: 14, Column: 3, Via: []compliance.Source{{File: "infra/prod/main.tf", Line: 3, EndLine: 8, Column: 1}}})
	acl.Saw, acl.Want, acl.Message, acl.Snippet = `"public-read"`, `"private"`, `acl is "public-read", want "private"`, `  acl    = "public-read"`
	aclTest := acl
	aclTest.Source.Via = []compliance.Source{{File: "infra/test/main.tf", Line: 3, EndLine: 8, Column: 1}}

	port := func(address, i string) compliance.Finding {
		f := finding(openPort, compliance.Fail, compliance.Path{"aws_security_group", address}, compliance.Path{"aws_security_group", address, "ingress", "0", "cidr_blocks", i},
			compliance.Source{File: "infra/prod/network.tf", Line: 21, EndLine: 21, Column: 19})
		f.Saw, f.Message, f.Snippet = `"0.0.0.0/0"`, "ingress is open to 0.0.0.0/0", `    cidr_blocks = ["0.0.0.0/0", "::/0"]`
		return f
	}
	maybe := port("aws_security_group.bastion[0]", "0")
	maybe.Conditional = true
	maybe.Source.Line, maybe.Source.EndLine = 40, 40
	password := finding(dbPassword, compliance.Fail, compliance.Path{"aws_db_instance", "aws_db_instance.main"},
		compliance.Path{"aws_db_instance", "aws_db_instance.main", "password"}, compliance.Source{File: "/srv/modules/db/main.tf", Line: 7, EndLine: 7, Column: 3,
			Via: []compliance.Source{{File: "infra/prod/db.tf", Line: 1, EndLine: 5, Column: 1, Text: `module "db" {`}}})
	password.Saw, password.Want, password.Message = "(sensitive)", "managed by AWS", "password is written in the code"
	later := finding(openPort, compliance.Unsure, compliance.Path{"aws_security_group", "aws_security_group.app"}, compliance.Path{"aws_security_group", "aws_security_group.app", "ingress"},
		compliance.Source{File: "infra/prod/network.tf", Line: 60, EndLine: 60, Column: 3})
	later.Unknown = &compliance.Unknown{Path: later.Path, Cause: "var.office_networks has no value", Deferred: true, Source: compliance.Source{File: "infra/prod/variables.tf", Line: 2, EndLine: 2}}
	later.Message = "cannot tell: var.office_networks has no value"

	r := &compliance.Report{
		Version:  "0.1.0",
		Started:  time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC),
		Finished: time.Date(2026, 3, 1, 2, 0, 4, 200e6, time.UTC),
		Controls: []*compliance.Control{rootLogin, ciphers, kptr, bucketPublic, openPort, dbPassword},
		Results: []compliance.Result{
			{Target: web01, Findings: []compliance.Finding{root, cipher("0", "aes128-cbc"), cipher("1", "3des-cbc"), ptr}},
			{Target: web02, Findings: []compliance.Finding{rootDropIn, unsure, finding(ciphers, compliance.Pass, compliance.Path{"sshd"}, nil, compliance.Source{})},
				Diagnostics: []compliance.Diagnostic{{Level: compliance.LevelError, Message: "sudo: a password is required", Source: compliance.Source{Command: "sudo -n sh"}}},
				Unknowns:    []compliance.Unknown{*unsure.Unknown}},
			{Target: db01, Err: "dial tcp 10.0.0.20:22: i/o timeout", Findings: []compliance.Finding{}},
			{Target: prod, Findings: []compliance.Finding{acl, port("aws_security_group.web", "0"), port("aws_security_group.web", "1"), maybe, password, later},
				Diagnostics: []compliance.Diagnostic{
					{Level: compliance.LevelError, Message: "Unclosed configuration block; the file was not read", Source: compliance.Source{File: "infra/prod/broken.tf", Line: 3, EndLine: 3}},
					{Level: compliance.LevelWarning, Message: "the module is not downloaded; its resources are unknown", Source: compliance.Source{File: "infra/prod/vpc.tf", Line: 1, EndLine: 4}}}},
			{Target: test, Findings: []compliance.Finding{aclTest, finding(dbPassword, compliance.NotApplicable, nil, nil, compliance.Source{})}},
		},
	}
	return linked(r)
}

// compared is the fixture as a merge request's pipeline has it: held against the
// target branch, with waivers of each kind, fixes, and a word on the run itself.
func compared() *compliance.Report {
	r := fixture()
	r.Shard = "1/2"
	r.Diagnostics = []compliance.Diagnostic{
		{Level: compliance.LevelWarning, Message: "the waiver of AWS0999 accepts nothing", Source: compliance.Source{File: "merlon.yaml", Line: 9, EndLine: 9}},
		{Level: compliance.LevelError, Message: "web03 is left out: its address is a template", Source: compliance.Source{File: "inventory/prod.yml", Line: 6, EndLine: 6}},
	}
	for i := range r.Results {
		for j := range r.Results[i].Findings {
			if f := &r.Results[i].Findings[j]; f.State == compliance.Fail {
				f.Change = compliance.Unchanged
			}
		}
	}
	web, prod := &r.Results[0], &r.Results[3]
	web.Findings[0].Change = compliance.New
	web.Findings[3].Waiver = &compliance.Waiver{Control: "host/kernel/*", Target: "web*", Reason: "the debugger on web* needs it", Owner: "platform",
		Until: "2026-06-30", Source: compliance.Source{File: "merlon.yaml", Line: 4, EndLine: 8}}
	inline := compliance.Waiver{Control: "AWS0107", Reason: "the bastion", Source: compliance.Source{File: "infra/prod/network.tf", Line: 39, EndLine: 39, Text: "# merlon:accept"},
		Covers: compliance.Source{File: "infra/prod/network.tf", Line: 36, EndLine: 44}}
	prod.Waivers = []compliance.Waiver{inline}
	prod.Moves = []compliance.Move{{From: "aws_db_instance.db", To: "module.db.aws_db_instance.main"}}
	prod.Findings[3].Waiver = &inline
	prod.Findings[0].Waiver = &compliance.Waiver{Control: "AWS0101", Reason: "a public download page", Owner: "web", Until: "2026-01-31", Lapsed: true,
		Source: compliance.Source{File: "merlon.yaml", Line: 12, EndLine: 12}}
	prod.Findings[0].Content = web.Findings[0].Setting
	prod.Findings[0].Fix = &compliance.Fix{
		Description: "Set acl to private.",
		Edits:       []compliance.Edit{{File: "infra/modules/bucket/main.tf", Line: 14, Column: 12, EndLine: 14, EndColumn: 25, Text: `"private"`}},
		Diff:        "--- a/infra/modules/bucket/main.tf\n+++ b/infra/modules/bucket/main.tf\n@@ -14,1 +14,1 @@\n-  acl    = \"public-read\"\n+  acl    = \"private\"\n",
	}
	r.Results[4].Findings[0].Fix = prod.Findings[0].Fix
	r.Results[4].Findings[0].Change = compliance.New
	prod.Findings[4].Sensitive = true
	gone := web.Findings[1]
	gone.Path, gone.Subject, gone.Saw, gone.Change = compliance.Path{"sshd", "ciphers", "2"}, compliance.Path{"sshd"}, "arcfour", compliance.Fixed
	gone.Fingerprint, gone.Setting = r.Results[1].Findings[0].Setting, r.Results[1].Findings[0].Setting
	r.Comparison = &compliance.Comparison{Base: "main (1f0c4de8)", Fixed: []compliance.Finding{gone}}
	return r
}

// linked sets each finding's target and fingerprint, as an audit does.
func linked(r *compliance.Report) *compliance.Report {
	for i := range r.Results {
		for j := range r.Results[i].Findings {
			f := &r.Results[i].Findings[j]
			f.Target = &r.Results[i].Target
		}
	}
	r.SetFingerprints()
	return r
}

// fleet returns n hosts of one inventory, in two groups of it, each with as many
// failures as there are controls: 2 that all hosts share the value of, 1 that none.
func fleet(n, controls int) *compliance.Report {
	r := fixture()
	r.Results, r.Controls = nil, nil
	for i := range controls {
		c := *rootLogin
		c.ID = fmt.Sprintf("SSH%04d", i+1)
		r.Controls = append(r.Controls, &c)
	}
	for i := range n {
		group := []string{"web", "db"}[i%2]
		res := compliance.Result{Target: compliance.Target{Name: fmt.Sprintf("%s%04d.prod.example.com", group, i), Kind: compliance.KindHost,
			Labels: map[string]string{"groups": group}, Declared: compliance.Source{File: "inventory/prod.yml", Line: i + 3, EndLine: i + 3, Text: fmt.Sprintf("    %s%04d.prod.example.com:", group, i)}}}
		for j, c := range r.Controls {
			f := finding(c, compliance.Fail, compliance.Path{"sshd"}, compliance.Path{"sshd", fmt.Sprintf("option%d", j)}, compliance.Source{File: "/etc/ssh/sshd_config", Line: 12, EndLine: 12})
			f.Saw, f.Want, f.Message = "yes", "no", "it is yes, not no"
			if j%3 == 1 {
				f.Saw = fmt.Sprintf("value of %d", i)
			}
			res.Findings = append(res.Findings, f)
		}
		r.Results = append(r.Results, res)
	}
	return linked(r)
}

// large returns a report of n failures, a third of them on hosts.
func large(n int) *compliance.Report {
	r := fixture()
	r.Results = nil
	for n > 0 {
		i := len(r.Results)
		host := compliance.Target{Name: fmt.Sprintf("web%04d", i), Kind: compliance.KindHost, Declared: compliance.Source{File: "hosts.ini", Line: i + 1, EndLine: i + 1}}
		tree := compliance.Target{Name: fmt.Sprintf("infra/%04d", i), Kind: compliance.KindTerraform}
		a, b := compliance.Result{Target: host}, compliance.Result{Target: tree}
		for j := range 30 {
			if n == 0 {
				break
			}
			n--
			at := compliance.Source{File: fmt.Sprintf("infra/%04d/main.tf", i), Line: 10*j + 1, EndLine: 10*j + 1, Column: 3}
			if j%3 == 0 {
				at.File = "/etc/ssh/sshd_config"
				f := finding([]*compliance.Control{rootLogin, ciphers, kptr}[j/3%3], compliance.Fail, compliance.Path{"sshd"}, compliance.Path{"sshd", "contexts", fmt.Sprint(j)}, at)
				f.Saw, f.Want, f.Message = "yes", "no", "sshd/contexts is yes, not no"
				a.Findings = append(a.Findings, f)
				continue
			}
			address := fmt.Sprintf("aws_security_group.sg%d", j)
			f := finding([]*compliance.Control{bucketPublic, openPort, dbPassword}[j/3%3], compliance.Fail, compliance.Path{"aws_security_group", address},
				compliance.Path{"aws_security_group", address, "ingress", "0", "cidr_blocks"}, at)
			f.Saw, f.Want, f.Message, f.Snippet = `["0.0.0.0/0"]`, "a private network", "open to the world", `  cidr_blocks = ["0.0.0.0/0"]`
			b.Findings = append(b.Findings, f)
		}
		r.Results = append(r.Results, a, b)
	}
	return linked(r)
}

func write(t testing.TB, format string, r *compliance.Report, o Options) []byte {
	t.Helper()
	f, err := Lookup(format)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b, r, o); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.Bytes()
}
