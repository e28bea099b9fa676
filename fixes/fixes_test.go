package fixes

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"merlon/compliance"
)

// want is a recipe that most controls have.
var want = &compliance.Recipe{Want: true}

// at is a finding on a resource in main.tf; path is relative to the type: the
// address, then what is in it, joined with "/".
func at(line int, wanted string, recipe *compliance.Recipe, path string) *compliance.Finding {
	p := compliance.Path(strings.Split(path, "/"))
	name := p[0][:strings.LastIndexByte(p[0], '.')]
	typ := name[strings.LastIndexByte(name, '.')+1:]
	return &compliance.Finding{
		Control: &compliance.Control{ID: "TST0001", Fix: recipe}, State: compliance.Fail, Want: wanted,
		Path: append(compliance.Path{typ}, p...), Source: compliance.Source{File: "main.tf", Line: line},
	}
}

func repository(t testing.TB, text string) *Repository {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return opened(t, dir)
}

func opened(t testing.TB, dir string) *Repository {
	t.Helper()
	r, err := Open(dir, func(name string) bool { return name == "password" })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// fixed returns what becomes of text, which mends all findings.
func fixed(t testing.TB, text string, findings ...*compliance.Finding) string {
	t.Helper()
	p := repository(t, text).Plan(findings)
	for _, l := range p.Left {
		t.Errorf("%s is left: %s", l.Finding.Path, l.Reason)
	}
	if len(p.Files) != 1 {
		return text
	}
	return string(p.Files[0].New)
}

func TestPlan(t *testing.T) {
	group := &compliance.Recipe{Set: map[string]any{"endpoint_public_access": false, "endpoint_private_access": true}}
	beside := &compliance.Recipe{Want: true, Add: "resource \"aws_s3_bucket_versioning\" \"self\" {\n  bucket = self.id\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n"}
	inside := &compliance.Recipe{Add: "tier = \"small\"\nlogging {\n  mode {\n    on = true\n  }\n}\n"}
	tests := []struct {
		name, text, want string
		findings         []*compliance.Finding
	}{
		{
			name:     "a value is replaced, comments stay",
			text:     "# The web server.\nresource \"t\" \"a\" {\n  encrypted = false # why not\n  size      = 10    # GiB\n}\n",
			findings: []*compliance.Finding{at(3, "true", want, "t.a/encrypted")},
			want:     "# The web server.\nresource \"t\" \"a\" {\n  encrypted = true # why not\n  size      = 10   # GiB\n}\n",
		},
		{
			name:     "an attribute is added below the others",
			text:     "resource \"t\" \"a\" {\n  encryption_of = 1\n\n  ebs {\n    size = 1\n  }\n}\n",
			findings: []*compliance.Finding{at(1, "true", want, "t.a/encrypted")},
			want:     "resource \"t\" \"a\" {\n  encryption_of = 1\n  encrypted     = true\n\n  ebs {\n    size = 1\n  }\n}\n",
		},
		{
			name:     "a longer name stands apart, and moves no other line",
			text:     "resource \"t\" \"a\" {\n  size = 1\n  tags = {\n    a = 1\n  }\n  kind = 2\n}\n",
			findings: []*compliance.Finding{at(1, "true", want, "t.a/encrypted")},
			want:     "resource \"t\" \"a\" {\n  size = 1\n  tags = {\n    a = 1\n  }\n  kind = 2\n\n  encrypted = true\n}\n",
		},
		{
			name:     "what is not formatted stays so",
			text:     "resource \"t\" \"a\" {\n    size=1\n    name    = \"x\"\n\n}\n",
			findings: []*compliance.Finding{at(1, "true", want, "t.a/on")},
			want:     "resource \"t\" \"a\" {\n    size=1\n    name    = \"x\"\n    on      = true\n\n}\n",
		},
		{
			name:     "a nested block that is missing",
			text:     "resource \"t\" \"a\" {\n  size = 1\n}\n",
			findings: []*compliance.Finding{at(1, "required", want, "t.a/metadata_options/0/http_tokens")},
			want:     "resource \"t\" \"a\" {\n  size = 1\n\n  metadata_options {\n    http_tokens = \"required\"\n  }\n}\n",
		},
		{
			name:     "two controls that need the same block",
			text:     "resource \"t\" \"a\" {\n  size = 1\n}\n",
			findings: []*compliance.Finding{at(1, "required", want, "t.a/metadata_options/0/http_tokens"), at(1, "1", want, "t.a/metadata_options/0/http_put_response_hop_limit"), at(1, "true", want, "t.a/on")},
			want:     "resource \"t\" \"a\" {\n  size = 1\n  on   = true\n\n  metadata_options {\n    http_tokens                 = \"required\"\n    http_put_response_hop_limit = 1\n  }\n}\n",
		},
		{
			name:     "the second of two blocks",
			text:     "resource \"t\" \"a\" {\n  ebs {\n    encrypted = true\n  }\n  ebs {\n    encrypted = false\n  }\n}\n",
			findings: []*compliance.Finding{at(6, "true", want, "t.a/ebs/1/encrypted")},
			want:     "resource \"t\" \"a\" {\n  ebs {\n    encrypted = true\n  }\n  ebs {\n    encrypted = true\n  }\n}\n",
		},
		{
			name:     "a block on one line",
			text:     "resource \"t\" \"a\" {\n  ebs { size = 1 }\n}\n",
			findings: []*compliance.Finding{at(2, "true", want, "t.a/ebs/0/encrypted")},
			want:     "resource \"t\" \"a\" {\n  ebs {\n    size      = 1\n    encrypted = true\n  }\n}\n",
		},
		{
			name:     "an empty resource on one line, without a last newline",
			text:     "resource \"t\" \"a\" {}",
			findings: []*compliance.Finding{at(1, "true", want, "t.a/encrypted")},
			want:     "resource \"t\" \"a\" {\n  encrypted = true\n}",
		},
		{
			name:     "CRLF",
			text:     "resource \"t\" \"a\" {\r\n  size = 1\r\n}\r\n",
			findings: []*compliance.Finding{at(1, "true", want, "t.a/on"), at(1, "x", want, "t.a/b/0/c")},
			want:     "resource \"t\" \"a\" {\r\n  size = 1\r\n  on   = true\r\n\r\n  b {\r\n    c = \"x\"\r\n  }\r\n}\r\n",
		},
		{
			name:     "an item of an object",
			text:     "resource \"t\" \"a\" {\n  metadata = {\n    serial-port-enable = \"TRUE\" # on\n    x                  = 1\n  }\n}\n",
			findings: []*compliance.Finding{at(3, "false", want, "t.a/metadata/serial-port-enable"), at(2, "true", want, "t.a/metadata/block-keys")},
			want:     "resource \"t\" \"a\" {\n  metadata = {\n    serial-port-enable = false # on\n    x                  = 1\n    block-keys         = true\n  }\n}\n",
		},
		{
			name:     "an item of an object on one line, and of none",
			text:     "resource \"t\" \"a\" {\n  metadata = { x = 1 }\n  empty    = {}\n}\n",
			findings: []*compliance.Finding{at(2, "true", want, "t.a/metadata/block-keys"), at(3, "true", want, "t.a/empty/a b"), at(3, "true", want, "t.a/labels/y")},
			want:     "resource \"t\" \"a\" {\n  metadata = { x = 1, block-keys = true }\n  empty    = { \"a b\" = true }\n  labels = {\n    y = true\n  }\n}\n",
		},
		{
			name:     "an attribute in a list of objects",
			text:     "resource \"t\" \"a\" {\n  disks = [{ encrypted = true }, { encrypted = \"false\" }]\n}\n",
			findings: []*compliance.Finding{at(2, "true", want, "t.a/disks/1/encrypted")},
			want:     "resource \"t\" \"a\" {\n  disks = [{ encrypted = true }, { encrypted = true }]\n}\n",
		},
		{
			name:     "attributes that belong together",
			text:     "resource \"t\" \"a\" {\n  vpc {\n    endpoint_public_access = true\n  }\n}\n",
			findings: []*compliance.Finding{at(3, "false", group, "t.a/vpc/0/endpoint_public_access")},
			want:     "resource \"t\" \"a\" {\n  vpc {\n    endpoint_public_access = false\n\n    endpoint_private_access = true\n  }\n}\n",
		},
		{
			name:     "a resource called with count is fixed once",
			text:     "resource \"t\" \"a\" {\n  count = 2\n  on    = false\n}\n",
			findings: []*compliance.Finding{at(3, "true", want, "module.m.t.a[0]/on"), at(3, "true", want, `module.m["x[1].y"].t.a[1]/on`)},
			want:     "resource \"t\" \"a\" {\n  count = 2\n  on    = true\n}\n",
		},
		{
			name:     "a resource beside",
			text:     "resource \"t\" \"a\" {\n}\n\n# Next.\nresource \"t\" \"b\" {}\n",
			findings: []*compliance.Finding{at(1, "prose of some kind", beside, "t.a"), at(1, "prose of some kind", beside, "t.a")},
			want:     "resource \"t\" \"a\" {\n}\n\nresource \"aws_s3_bucket_versioning\" \"a\" {\n  bucket = t.a.id\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n\n# Next.\nresource \"t\" \"b\" {}\n",
		},
		{
			name:     "a resource beside one with count, its name taken, its provider another",
			text:     "resource \"aws_s3_bucket_versioning\" \"a\" {}\nresource \"t\" \"a\" {\n  count    = 2\n  provider = aws.west\n}",
			findings: []*compliance.Finding{at(2, "", beside, "t.a[0]"), at(2, "", beside, "t.a[1]")},
			want:     "resource \"aws_s3_bucket_versioning\" \"a\" {}\nresource \"t\" \"a\" {\n  count    = 2\n  provider = aws.west\n}\n\nresource \"aws_s3_bucket_versioning\" \"a_2\" {\n  count    = length(t.a)\n  provider = aws.west\n\n  bucket = t.a[count.index].id\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}",
		},
		{
			name:     "a resource beside one with for_each",
			text:     "resource \"t\" \"a\" {\n  for_each = toset([\"x\"])\n}\n",
			findings: []*compliance.Finding{at(1, "", beside, `t.a["x"]`)},
			want:     "resource \"t\" \"a\" {\n  for_each = toset([\"x\"])\n}\n\nresource \"aws_s3_bucket_versioning\" \"a\" {\n  for_each = t.a\n\n  bucket = each.value.id\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n",
		},
		{
			name:     "blocks and attributes within",
			text:     "resource \"t\" \"a\" {\n  size = 1\n}\n",
			findings: []*compliance.Finding{at(1, "", inside, "t.a")},
			want:     "resource \"t\" \"a\" {\n  size = 1\n  tier = \"small\"\n\n  logging {\n    mode {\n      on = true\n    }\n  }\n}\n",
		},
		{
			name:     "blocks go, from the last, with their comments",
			text:     "resource \"t\" \"a\" {\n  size = 1\n\n  # All.\n  grant {\n    uri = \"all\"\n  }\n\n  grant {\n    uri = \"me\"\n  }\n\n  grant {\n    uri = \"all\"\n  }\n}\n",
			findings: []*compliance.Finding{at(6, "prose of some kind", &compliance.Recipe{Remove: "grant"}, "t.a/grant/0/uri"), at(14, "prose of some kind", &compliance.Recipe{Remove: "grant"}, "t.a/grant/2/uri")},
			want:     "resource \"t\" \"a\" {\n  size = 1\n\n  grant {\n    uri = \"me\"\n  }\n}\n",
		},
		{
			name:     "a here-document",
			text:     "resource \"t\" \"a\" {\n  mode = <<EOT\noff\nEOT\n  x    = 1\n}\n",
			findings: []*compliance.Finding{at(2, "on", want, "t.a/mode")},
			want:     "resource \"t\" \"a\" {\n  mode = \"on\"\n  x    = 1\n}\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := fixed(t, tt.text, tt.findings...)
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if bytes.Equal(hclwrite.Format([]byte(tt.text)), []byte(tt.text)) && string(hclwrite.Format([]byte(got))) != got {
				t.Errorf("it was formatted, and is no longer:\n%s", got)
			}
			if _, diags := hclsyntax.ParseConfig([]byte(got), "", hcl.InitialPos); diags.HasErrors() {
				t.Error(diags)
			}
		})
	}
}
