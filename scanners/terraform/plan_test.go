package terraform

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"merlon/compliance"
)

// The plans were made by `tofu plan` with a provider that has the schemas of the
// resource types in them, and no cloud behind it.
const plans = "../../testdata/terraform/plans"

func scanPlan(t testing.TB, file, source string) *compliance.Document {
	t.Helper()
	var s Scanner
	var doc *compliance.Document
	err := s.ScanPlan(context.Background(), compliance.Target{Address: file}, source, nil, func(d *compliance.Document) { doc = d })
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// onlyDocument is the document of the root module in dir.
func onlyDocument(t testing.TB, dir string) *compliance.Document {
	t.Helper()
	for name, d := range scanDir(t, dir, nil) {
		if strings.HasSuffix(filepath.ToSlash(filepath.Clean(dir)), name) {
			return d
		}
	}
	t.Fatalf("no document of %s", dir)
	return nil
}

// planDiffers lists the resources of which a plan and the configuration do not say
// the same, by tree and address, with the reason.
var planDiffers = map[string]string{
	"46_partial_unknown_list.bad aws_security_group.t":  "the plan has read data.aws_vpc.v, whose range is one more element of a list",
	"46_partial_unknown_list.good aws_security_group.t": "the plan has read data.aws_vpc.v, whose range is one more element of a list",
	"google google_compute_instance.vm":                 "the plan has read data.google_compute_image.debian; the configuration names it",
	"google google_container_cluster.k":                 "the plan has read data.google_project.this; the configuration names it",
}

// A plan and the configuration it was made from say the same of each resource:
// what the configuration's document has, the plan's has too.
func TestPlanAgrees(t *testing.T) {
	type pair struct{ name, plan, source string }
	pairs := []pair{{"account", plans + "/account/plan.json", plans + "/account"}, {"changes", plans + "/changes/plan.json", plans + "/changes"}, {"blocks", plans + "/blocks/plan.json", plans + "/blocks"}, {"google", plans + "/google/plan.json", plans + "/google"}}
	files, err := filepath.Glob(plans + "/probe/*.json")
	if err != nil || len(files) < 80 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		parts := strings.Split(strings.TrimSuffix(filepath.Base(f), ".json"), ".")
		dir := "../../testdata/terraform/probe/" + parts[0] + "/" + parts[1]
		if len(parts) == 3 {
			dir += "/envs/" + parts[2]
		}
		pairs = append(pairs, pair{strings.Join(parts, "."), f, dir})
	}
	resources, agreed, listed := 0, 0, map[string]bool{}
	for _, p := range pairs {
		conf := onlyDocument(t, p.source)
		both, alone := scanPlan(t, p.plan, p.source), scanPlan(t, p.plan, "")
		if both.Target.Name != conf.Target.Name || alone.Target.Name == conf.Target.Name {
			t.Errorf("%s: the targets are named %q, %q and %q", p.name, conf.Target.Name, both.Target.Name, alone.Target.Name)
		}
		if !differsSomewhere(p.name) && (exposed(both) != exposed(conf) || exposed(alone) != exposed(conf)) {
			t.Errorf("%s: exposed is %v, in the plan %v, without its source %v", p.name, exposed(conf), exposed(both), exposed(alone))
		}
		for _, path := range resourcesOf(conf) {
			resources++
			want, _ := conf.Value(path)
			got, ok := both.Value(path)
			key := p.name + " " + path[1]
			reason := planDiffers[key]
			listed[key] = true
			if !ok || !covers(got, want) {
				if reason == "" {
					t.Errorf("%s: %s: the configuration says %s, the plan %s", p.name, path, inJSON(t, want), inJSON(t, got))
				}
				t.Logf("%s: %s", key, reason)
				continue
			}
			if agreed++; reason != "" {
				t.Errorf("%s no longer differs", key)
			}
			wantSource, _ := conf.Source(path)
			if gotSource, _ := both.Source(path); gotSource.File != wantSource.File || gotSource.Line != wantSource.Line {
				t.Errorf("%s: %s is at %v, not %v", p.name, path, gotSource, wantSource)
			}
		}
		for _, u := range both.Unknowns() {
			if u.Source.IsZero() {
				t.Errorf("%s: the unknown %s has no source", p.name, u.Path)
			}
		}
	}
	for key := range planDiffers {
		if !listed[key] {
			t.Errorf("there is no %s", key)
		}
	}
	t.Logf("%d of %d resources agree", agreed, resources)
	if agreed*100 < resources*98 {
		t.Errorf("only %d of %d resources agree", agreed, resources)
	}
}

func differsSomewhere(tree string) bool {
	for key := range planDiffers {
		if strings.HasPrefix(key, tree+" ") {
			return true
		}
	}
	return false
}

// resourcesOf lists the paths of all resources, but for those that stand for several.
func resourcesOf(d *compliance.Document) []compliance.Path {
	var out []compliance.Path
	for typ, v := range d.Facts() {
		if reserved[typ] {
			continue
		}
		for address := range v.(map[string]any) {
			if !strings.Contains(address, `["?"]`) {
				out = append(out, compliance.Path{typ, address})
			}
		}
	}
	return out
}

// covers tells whether all of want is in got; lists may have another order.
func covers(got, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		for k, e := range w {
			ok = ok && covers(g[k], e)
		}
		return ok
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for _, e := range w {
			ok = ok && slices.ContainsFunc(g, func(x any) bool { return covers(x, e) })
		}
		return ok
	}
	return fmt.Sprint(got) == fmt.Sprint(want)
}

// With its configuration beside it, a plan's document differs from that of the
// configuration in what providers fill in, and nowhere else.
func TestPlanWithSource(t *testing.T) {
	lines := func(d *compliance.Document, want string) (out []string) {
		for _, l := range strings.Split(dump(d), "\n") {
			if strings.HasPrefix(l, want) {
				out = append(out, l)
			}
		}
		return out
	}
	dir := plans + "/account"
	conf, both := onlyDocument(t, dir), scanPlan(t, dir+"/plan.json", dir)
	for _, kind := range []string{"fact references", "fact referrers", "fact modules", "fact providers", "unknown", "sensitive", "warning", "error"} {
		if w, g := lines(conf, kind), lines(both, kind); !slices.Equal(w, g) {
			t.Errorf("%s:\n%s\nin the plan:\n%s", kind, strings.Join(w, "\n"), strings.Join(g, "\n"))
		}
	}
}

func TestPlanAlone(t *testing.T) {
	d := scanPlan(t, plans+"/account/plan.json", "")
	got := dump(d)
	for _, want := range []string{
		`fact aws_security_group/aws_security_group.web/ingress/0/cidr_blocks/0 = "0.0.0.0/0"`,
		`fact aws_s3_bucket/aws_s3_bucket.old/timeouts/0/create = "5m"`, // a block that the schema has once
		`fact aws_iam_policy/aws_iam_policy.admin/policy/Statement/0/Action/0 = "*"`,
		`fact aws_sqs_queue/aws_sqs_queue.q/policy/Statement/0/Principal/*/0 = "*"`,
		`fact data/aws_iam_policy_document/data.aws_iam_policy_document.known/json/Statement/0/Resource/0 = "*"`,
		`fact references/aws_cloudtrail/aws_cloudtrail.t/s3_bucket_name = ["module.store[\"one\"].aws_s3_bucket.b"]`,
		`fact references/aws_cloudtrail/aws_cloudtrail.t/kms_key_id = ["aws_kms_key.k"]`,
		`fact references/aws_s3_bucket_versioning/aws_s3_bucket_versioning.by_name/bucket = ["aws_s3_bucket.logs"]`,
		`fact references/aws_security_group/aws_security_group.inner/ingress.0.security_groups = ["aws_security_group.web"]`,
		`fact references/aws_s3_bucket_server_side_encryption_configuration/module.store["two"].aws_s3_bucket_server_side_encryption_configuration.b/bucket = ["module.store[\"two\"].aws_s3_bucket.b"]`,
		`fact modules/module.store["one"]/source = "./modules/store"`,
		`fact providers/aws/default_tags/0/tags/team = "core"`,
		`unknown references/aws_s3_bucket_policy/aws_s3_bucket_policy.logs/bucket/?: a plan does not tell what aws_s3_bucket_policy.logs.bucket refers to; give the configuration beside it`,
		`unknown aws_s3_bucket_policy/aws_s3_bucket_policy.logs/policy: aws_s3_bucket_policy.logs.policy is known after apply`,
		`sensitive aws_db_instance/aws_db_instance.db/password`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing: %s", want)
		}
	}
	s, _ := d.Source(compliance.Path{"aws_kms_key", "aws_kms_key.k", "description"})
	if !strings.HasSuffix(s.File, "plans/account/plan.json") || s.Command != "aws_kms_key.k" {
		t.Errorf("the source is %+v", s)
	}
	if t.Failed() {
		t.Log(got)
	}
}

// What will be destroyed or forgotten is left out; what is sensitive in the plan is marked.
func TestPlanChanges(t *testing.T) {
	for _, source := range []string{"", plans + "/changes"} {
		d := scanPlan(t, plans+"/changes/plan.json", source)
		buckets, _ := d.Facts()["aws_s3_bucket"].(map[string]any)
		if got := strings.Join(sortedKeys(buckets), " "); got != "aws_s3_bucket.changed aws_s3_bucket.kept aws_s3_bucket.new" {
			t.Errorf("buckets: %s", got)
		}
		if v, _ := d.Value(compliance.Path{"aws_s3_bucket", "aws_s3_bucket.changed", "acl"}); v != "public-read-write" {
			t.Errorf("acl: %v", v)
		}
		if exposed(d) {
			t.Error("a forgotten database is there")
		}
		if _, ok := d.Value(compliance.Path{"terraform_data", "terraform_data.v"}); !ok {
			t.Error("what is replaced is gone")
		}
		for _, p := range []string{"password", "tags/note"} {
			path := append(compliance.Path{"aws_db_instance", "aws_db_instance.secret"}, strings.Split(p, "/")...)
			if _, ok := d.Value(path); !ok || !d.Sensitive(path) {
				t.Errorf("%s is not marked as sensitive", path)
			}
		}
		recorded, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(recorded), "second-secret") || strings.Contains(string(recorded), "first-secret") {
			t.Error("a secret is in the recorded document")
		}
	}
}

// Every text that is no plan is an error that says so, and none is read beyond the bounds.
func TestPlanBroken(t *testing.T) {
	resource := func(change string) string {
		return `{"format_version": "1.2", "resource_changes": [{"address": "a_b.c", "type": "a_b", "name": "c", "mode": "managed", "change": ` + change + `}]}`
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":      {"", "it is empty"},
		"binary":     {"PK\x03\x04 and more", "binary form"},
		"utf-16":     {"\xff\xfe{\x00}\x00", "does not begin with an object"},
		"list":       {"[1, 2, 3]", "does not begin with an object"},
		"cut":        {`{"format_version": "1.2", "resource_changes": [{"addr`, "unexpected EOF"},
		"no version": {`{"resource_changes": []}`, "format version is missing"},
		"new":        {`{"format_version": "2.0"}`, "unsupported plan format version"},
		"state":      {`{"format_version": "1.0", "values": {}}`, "it is a state"},
		"state file": {`{"version": 4, "serial": 1, "lineage": "x"}`, "it is a state"},
		"types":      {`{"format_version": "1.2", "resource_changes": {"a": 1}}`, "resource_changes"},
		"nul":        {`{"format_version": "1.2", "resource_changes": [{"address": "a\u0000b", "type": "t", "change": {"actions": ["create"]}}]}`, "no proper address"},
		"deep":       {resource(`{"actions": ["create"], "after": {"a": ` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}}`), "max depth"},
	} {
		file := filepath.Join(t.TempDir(), "plan.json")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var s Scanner
		err := s.ScanPlan(context.Background(), compliance.Target{Address: file}, "", nil, func(*compliance.Document) { t.Errorf("%s: a document", name) })
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "terraform show -json") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, file := range []string{"/dev/zero", t.TempDir(), "/nonexistent.json"} {
		var s Scanner
		if err := s.ScanPlan(context.Background(), compliance.Target{Address: file}, "", nil, nil); err == nil {
			t.Errorf("%s was read", file)
		}
	}
}

// A plan may be odd without being broken: then the rest of it is read.
func TestPlanOdd(t *testing.T) {
	const text = `{"format_version": "1.2", "errored": true, "resource_changes": [
	  {"address": "data.x", "type": "data", "name": "x", "change": {"actions": ["create"], "after": {"a": 1}}},
	  {"address": "a_b.deep", "type": "a_b", "name": "deep", "change": {"actions": ["create"], "after": {"v": DEEP, "w": 1}}},
	  {"address": "a_b.huge", "type": "a_b", "name": "huge", "change": {"actions": ["create"], "after": {"v": 1e999999999, "w": 1}}},
	  {"address": "a_b.shape", "type": "a_b", "name": "shape", "change": {"actions": ["create"], "after": {"v": "text", "w": 1}, "after_unknown": {"v": {"x": [true]}, "l": [false, true], "n": {}}, "after_sensitive": [true]}},
	  {"address": "a_b.null", "type": "a_b", "name": "null", "change": {"actions": ["update"], "after": null}},
	  {"address": "a_b.none", "type": "a_b", "name": "none"},
	  {"address": "module.m[0].module.n[\"a.b\"].a_b.x[2]", "module_address": "module.m[0].module.n[\"a.b\"]", "type": "a_b", "name": "x", "index": 2, "change": {"actions": ["no-op"], "after": {"w": 1}}}
	], "deferred_changes": [{"reason": "instance_count_unknown", "resource_change": {"address": "a_b.later[*]", "type": "a_b"}}],
	"configuration": {"root_module": {"module_calls": {"m": {"expressions": {"v": {"references": ["module.m.o", "var.v"]}}, "module": {"outputs": {"o": {"expression": {"references": ["var.v"]}}},
	  "module_calls": {"n": {"expressions": {"v": {"references": ["var.v"]}}, "module": {"resources": [{"address": "a_b.x", "expressions": {"w": {"references": ["var.v"]}}}]}}}}}}}}}`
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(file, []byte(strings.Replace(text, "DEEP", strings.Repeat("[", 500)+strings.Repeat("]", 500), 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	d := scanPlan(t, file, "")
	got := dump(d)
	for _, want := range []string{
		"a resource cannot have the type data",
		"fact a_b/a_b.deep/w = 1", "unknown unread a_b/a_b.deep/v",
		"fact a_b/a_b.huge/w = 1", "unknown unread a_b/a_b.huge/v: its number is too large",
		"fact a_b/a_b.shape/w = 1", "unknown a_b/a_b.shape/l/?", `fact a_b/a_b.shape/v = "text"`,
		"fact a_b/a_b.null = {}",
		`fact a_b/module.m[0].module.n["a.b"].a_b.x[2]/w = 1`,
		"unknown a_b/a_b.later[*]: Terraform cannot plan it yet: instance_count_unknown",
		"error: plan.json was made by a run of Terraform that failed",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

// Plans that try to exhaust time or memory come back soon.
func TestPlanHostile(t *testing.T) {
	nested := func(n int, open, close string) string {
		return strings.Repeat(open, n) + "1" + strings.Repeat(close, n)
	}
	resource := func(address, module, after, configuration string) string {
		return fmt.Sprintf(`{"format_version": "1.2", "resource_changes": [{"address": %q, "module_address": %q, "type": "a_b", "name": "c", "change": {"actions": ["create"], "after": %s, "after_unknown": {"u": true}}}], "configuration": {"root_module": %s}}`, address, module, after, configuration)
	}
	deepModule := strings.TrimSuffix(strings.Repeat("module.m.", 300_000), ".")
	many := `{"resources": [{"address": "a_b.c", "expressions": {"u": {"references": [` + strings.TrimSuffix(strings.Repeat(`"a_b.x", `, 1_000_000), ", ") + `]}}}]}`
	var circle strings.Builder
	circle.WriteString(`{"resources": [{"address": "a_b.c", "expressions": {"u": {"references": ["module.m.o"]}}}], "module_calls": {"m": {"expressions": {"v": {"references": ["module.m.o"]}}, "module": {"outputs": {"o": {"expression": {"references": ["var.v"]}}}}}}}`)
	for name, text := range map[string]string{
		"deep blocks":  resource("a_b.c", "", `{"v": `+nested(4_000, `[{"a": `, `}]`)+`}`, `{}`),
		"deep written": resource("a_b.c", "", `{"u": null}`, `{"resources": [{"address": "a_b.c", "expressions": {"u": `+nested(4_000, `[{"a": `, `}]`)+`}}]}`),
		"deep modules": resource(deepModule+".a_b.c", deepModule, `{}`, `{}`),
		"many names":   resource("a_b.c", "", `{}`, many),
		"circle":       resource("a_b.c", "", `{}`, circle.String()),
	} {
		file := filepath.Join(t.TempDir(), "plan.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		before := cpu(t)
		d := scanPlan(t, file, "")
		if len(d.Facts()) == 0 || strings.Contains(fmt.Sprint(d.Diagnostics), "by a defect") {
			t.Errorf("%s: %v", name, d.Diagnostics)
		}
		if used := cpu(t) - before; used > 10*time.Second {
			t.Errorf("%s took %v", name, used)
		}
	}
}

func FuzzPlan(f *testing.F) {
	for _, name := range []string{"account/plan.json", "changes/plan.json"} {
		data, err := os.ReadFile(plans + "/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"format_version": "1.2", "resource_changes": [{"address": "a_b.c", "type": "a_b", "change": {"after": {"a": [null]}, "after_unknown": {"a": [{"x": true}]}}}]}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		file := filepath.Join(dir, "plan.json")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, source := range []string{"", plans + "/changes"} {
			var s Scanner
			err := s.ScanPlan(context.Background(), compliance.Target{Address: file}, source, nil, func(d *compliance.Document) {
				for _, g := range d.Diagnostics {
					if strings.Contains(g.Message, "by a defect") {
						t.Error(g.Message)
					}
				}
				if _, err := json.Marshal(d); err != nil {
					t.Error(err)
				}
			})
			_ = err // what is no plan is refused
		}
	})
}
