package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"merlon/scanners/remote/sshdtest"
)

// What follows does with a component what GitLab and its runner do: it checks the
// inputs and puts them into the text, chooses the jobs by their rules, gives each a
// clean directory with a clone and the artifacts of the jobs that it needs, and runs
// its script as it stands, in bash and in busybox's shell.

const (
	terraformTemplate = "../../templates/merlon-terraform.yml"
	hostTemplate      = "../../templates/merlon-host.yml"
)

// input is an input as spec:inputs declares it.
type input struct {
	Description string
	Default     any
	Type        string
	Options     []any
	Regex       string
}

// ciJob is what a test reads of a job.
type ciJob struct {
	Rules     []ciRule
	Variables map[string]ciVariable
	Parallel  int
	Needs     []struct{ Job string }
	Script    []string
	Artifacts struct {
		When, Access string
		Reports      map[string]string
		Paths        []string
	}
}

type ciRule struct {
	If, When  string
	Variables map[string]string
}

// ciVariable is written as a text, or as an object with a value.
type ciVariable struct{ Value string }

func (v *ciVariable) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&v.Value)
	}
	var o struct {
		Value  string
		Expand *bool
	}
	if err := n.Decode(&o); err != nil {
		return err
	}
	if o.Expand == nil || *o.Expand {
		return errors.New("a variable with an input in it must not be expanded")
	}
	v.Value = o.Value
	return nil
}

// component returns a template's inputs and its jobs' text.
func component(t testing.TB, file string) (map[string]input, string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, body, ok := strings.Cut(string(text), "\n---\n")
	if !ok {
		t.Fatalf("%s has no spec above a line ---", file)
	}
	checkSchema(t, ciSchema(t), []byte(head))
	var spec struct {
		Spec struct{ Inputs map[string]input }
	}
	if err := yaml.Unmarshal([]byte(head), &spec); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return spec.Spec.Inputs, body
}

// render puts given into a template as GitLab does, by text, or says which input
// GitLab would refuse.
func render(t testing.TB, file string, given map[string]any) (map[string]*ciJob, error) {
	t.Helper()
	declared, body := component(t, file)
	for name := range given {
		if _, ok := declared[name]; !ok {
			return nil, fmt.Errorf("%s is no input", name)
		}
	}
	values := map[string]string{}
	for name, in := range declared {
		v, ok := given[name]
		if !ok {
			v = in.Default
		}
		var err error
		if values[name], err = in.text(v); err != nil {
			return nil, fmt.Errorf("input %s: %w", name, err)
		}
	}
	text := regexp.MustCompile(`\$\[\[ inputs\.(\w+) \]\]`).ReplaceAllStringFunc(body, func(block string) string {
		v, ok := values[strings.Fields(block)[1][len("inputs."):]]
		if !ok {
			t.Fatalf("%s: %s names no input", file, block)
		}
		return v
	})
	if strings.Contains(body, "$[[") && strings.Contains(regexp.MustCompile(`\$\[\[ inputs\.\w+ \]\]`).ReplaceAllString(body, ""), "$[[") {
		t.Fatalf("%s has an interpolation that this test does not know", file)
	}
	checkSchema(t, ciSchema(t), []byte(text))
	jobs := map[string]*ciJob{}
	if err := yaml.Unmarshal([]byte(text), &jobs); err != nil {
		return nil, err
	}
	return jobs, nil
}

// text is a value as it stands in the YAML text, where GitLab takes it.
func (in input) text(v any) (string, error) {
	if len(in.Options) > 0 && !slices.Contains(in.Options, v) {
		return "", fmt.Errorf("%v is not among the options", v)
	}
	switch x := v.(type) {
	case string:
		// GitLab's are RE2's, as Go's are.
		if !regexp.MustCompile(in.Regex).MatchString(x) {
			return "", fmt.Errorf("%q does not match %s", x, in.Regex)
		}
		if in.Type != "" && in.Type != "string" {
			return "", fmt.Errorf("%q is no %s", x, in.Type)
		}
		return x, nil
	case bool:
		if in.Type != "boolean" {
			return "", errors.New("a boolean is not wanted here")
		}
	case int:
		if in.Type != "number" {
			return "", errors.New("a number is not wanted here")
		}
	default:
		return "", fmt.Errorf("%v is required, or of no known type", v)
	}
	return fmt.Sprint(v), nil
}

func mustRender(t testing.TB, file string, given map[string]any) map[string]*ciJob {
	t.Helper()
	jobs, err := render(t, file, given)
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

// ciSchema is GitLab's own schema of its configuration; testdata/ci/README.md says
// where it is from.
func ciSchema(t testing.TB) *jsonschema.Schema {
	return schemaOf(t, "../../testdata/ci/gitlab-ci-schema.json")
}

func schemaOf(t testing.TB, file string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// checkSchema validates YAML, of which JSON is a part.
func checkSchema(t testing.TB, schema *jsonschema.Schema, text []byte) {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	asJSON, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Errorf("%v in:\n%s", err, text)
	}
}

// chosen tells whether a pipeline with these variables has the job, and with which
// variables of the rule that decided.
func (j *ciJob) chosen(t testing.TB, vars map[string]string) (map[string]string, bool) {
	t.Helper()
	for _, r := range j.Rules {
		// GitLab's conditions are Go's, but for the $ of a variable.
		e, err := parser.ParseExpr(regexp.MustCompile(`\$(\w+)`).ReplaceAllString(r.If, "$1"))
		if err != nil {
			t.Fatalf("rule %s: %v", r.If, err)
		}
		if condition(t, e, vars) != "" {
			return r.Variables, r.When != "never"
		}
	}
	return nil, false
}

// condition evaluates e to a text; "" is false.
func condition(t testing.TB, e ast.Expr, vars map[string]string) string {
	t.Helper()
	switch x := e.(type) {
	case *ast.ParenExpr:
		return condition(t, x.X, vars)
	case *ast.Ident:
		return vars[x.Name]
	case *ast.BasicLit:
		s, err := strconv.Unquote(x.Value)
		if err != nil {
			t.Fatal(err)
		}
		return s
	case *ast.BinaryExpr:
		a, b := condition(t, x.X, vars), condition(t, x.Y, vars)
		ok, known := map[token.Token]bool{
			token.EQL: a == b, token.NEQ: a != b, token.LAND: a != "" && b != "", token.LOR: a != "" || b != "",
		}[x.Op]
		if known && ok {
			return "true"
		}
		if known {
			return ""
		}
	}
	t.Fatalf("a condition that this test does not know: %T", e)
	return ""
}

// shells are what a runner may find in an image.
var shells = map[string][]string{
	"bash":    {"bash", "-c"},
	"busybox": {"busybox", "ash", "-c"},
}

// eachShell runs a test in both shells; in busybox's with busybox's tools.
func eachShell(t *testing.T, test func(*testing.T, *runner)) {
	for name, shell := range shells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := os.Getenv("PATH")
			if name == "busybox" {
				tools := t.TempDir()
				if out, err := exec.Command("busybox", "--install", "-s", tools).CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				path = tools + ":" + path
			}
			test(t, &runner{shell: shell, path: path})
		})
	}
}

// runner runs jobs of one project.
type runner struct {
	shell  []string
	path   string
	origin string            // the repository
	given  map[string]string // variables of the project, for every job
	kept   map[string]string // artifacts by path, from earlier jobs
}

// outcome is what became of a job.
type outcome struct {
	code int
	log  string
	dir  string
}

// pipeline runs the jobs that a pipeline with vars at commit has, in order, until
// one fails. Missing jobs have no outcome.
func (r *runner) pipeline(t *testing.T, jobs map[string]*ciJob, commit string, vars map[string]string) map[string]outcome {
	t.Helper()
	r.kept = map[string]string{}
	done := map[string]outcome{}
	for _, name := range ordered(t, jobs) {
		job := jobs[name]
		all := maps.Clone(r.given)
		if all == nil {
			all = map[string]string{}
		}
		maps.Copy(all, vars)
		more, ok := job.chosen(t, all)
		if !ok {
			continue
		}
		for key, v := range job.Variables {
			all[key] = v.Value
		}
		maps.Copy(all, more)
		for node := range max(1, job.Parallel) {
			if job.Parallel > 0 {
				all["CI_NODE_INDEX"], all["CI_NODE_TOTAL"] = strconv.Itoa(node+1), strconv.Itoa(job.Parallel)
			}
			o := r.run(t, job, commit, all)
			done[name] = o
			if o.code != 0 {
				return done
			}
		}
	}
	return done
}

// ordered sorts jobs after those that they need.
func ordered(t *testing.T, jobs map[string]*ciJob) []string {
	t.Helper()
	var out []string
	for len(out) < len(jobs) {
		before := len(out)
		for _, name := range slices.Sorted(maps.Keys(jobs)) {
			ready := !slices.Contains(out, name)
			for _, need := range jobs[name].Needs {
				ready = ready && slices.Contains(out, need.Job)
			}
			if ready {
				out = append(out, name)
			}
		}
		if len(out) == before {
			t.Fatalf("of the jobs %v some need what is not there", slices.Sorted(maps.Keys(jobs)))
		}
	}
	return out
}

// run runs one job in a clean directory.
func (r *runner) run(t *testing.T, job *ciJob, commit string, vars map[string]string) outcome {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "builds", "my project")
	if vars["GIT_STRATEGY"] == "none" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	} else {
		r.clone(t, dir, commit, vars["GIT_DEPTH"])
	}
	if len(job.Needs) > 0 {
		for name, text := range r.kept {
			writeTree(t, dir, map[string]string{name: text})
		}
	}
	cmd := exec.Command(r.shell[0], append(slices.Clone(r.shell[1:]),
		"if set -o | grep pipefail > /dev/null; then set -o pipefail; fi; set -o errexit\n"+
			strings.Join(job.Script, "\n")+"\nexit 0\n")...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + r.path, "HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir(), "CI=true", "GITLAB_CI=true", "CI_PROJECT_DIR=" + dir,
		"CI_PROJECT_URL=https://gitlab.example.com/group/project", "CI_COMMIT_SHA=" + commit, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null"}
	for k, v := range vars {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	log, err := cmd.CombinedOutput()
	o := outcome{log: string(log), dir: dir}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		o.code = exit.ExitCode()
	case err != nil:
		t.Fatal(err)
	}
	r.keep(t, job, o, vars)
	r.noTrace(t, dir)
	return o
}

// keep keeps the artifacts that the job names. A job that passes has them all.
func (r *runner) keep(t *testing.T, job *ciJob, o outcome, vars map[string]string) {
	t.Helper()
	if o.code != 0 && job.Artifacts.When != "always" {
		return
	}
	names := append(slices.Collect(maps.Values(job.Artifacts.Reports)), job.Artifacts.Paths...)
	for _, name := range names {
		name = os.Expand(name, func(key string) string { return vars[key] })
		text, err := os.ReadFile(filepath.Join(o.dir, name))
		if err != nil && o.code == 0 {
			t.Errorf("the job passed without its artifact: %v\n%s", err, o.log)
		}
		if err == nil {
			r.kept[name] = string(text)
			checkArtifact(t, name, text)
		}
	}
}

// checkArtifact holds a report against its schema.
func checkArtifact(t *testing.T, name string, text []byte) {
	t.Helper()
	schemas := map[string]string{
		"gl-sast-report.json":         "../../report/testdata/schemas/gitlab-sast-15.1.4.transcribed.json",
		"gl-sarif-report.json":        "../../report/testdata/schemas/sarif-2.1.0-errata01.json",
		"gl-code-quality-report.json": "../../report/testdata/schemas/gitlab-codequality.json",
		"merlon.json":                 "../../docs/report-schema.json",
	}
	switch {
	case schemas[name] != "":
		checkSchema(t, schemaOf(t, schemas[name]), text)
	case strings.HasSuffix(name, ".xml"):
		dec := xml.NewDecoder(bytes.NewReader(text))
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
		}
	case strings.HasPrefix(name, "merlon-shard-"):
		if !json.Valid(text) {
			t.Errorf("%s is no JSON", name)
		}
	case len(text) == 0:
		t.Errorf("%s is empty", name)
	}
}

// noTrace makes sure that no input or branch name was run: each that could be
// makes a file pwned.
func (r *runner) noTrace(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Dir(dir), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "pwned" {
			t.Errorf("%s was made: an input was run", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// clone makes a runner's clone: the one commit, as deep as asked (20 where nothing
// is), detached.
func (r *runner) clone(t *testing.T, dir, commit, depth string) {
	t.Helper()
	fetch := []string{"fetch", "-q"}
	if depth != "0" {
		fetch = append(fetch, "--depth", "20")
	}
	git(t, r.origin, "init", "-q", dir)
	git(t, dir, append(fetch, "file://"+r.origin, commit)...)
	git(t, dir, "checkout", "-q", "--detach", commit)
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=Dev", "GIT_AUTHOR_EMAIL=dev@example.com", "GIT_COMMITTER_NAME=Dev", "GIT_COMMITTER_EMAIL=dev@example.com")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

func writeTree(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// newOrigin makes the project's repository, whose branch main holds files, and
// returns the commit.
func (r *runner) newOrigin(t *testing.T, files map[string]string) string {
	t.Helper()
	r.origin = t.TempDir()
	git(t, r.origin, "init", "-q", "-b", "main")
	return r.save(t, files)
}

// commit writes files onto a branch, which begins at main, and returns the commit.
func (r *runner) commit(t *testing.T, branch string, files map[string]string) string {
	t.Helper()
	if git(t, r.origin, "branch", "--list", branch) == "" {
		git(t, r.origin, "branch", branch, "main")
	}
	git(t, r.origin, "checkout", "-q", branch, "--")
	return r.save(t, files)
}

func (r *runner) save(t *testing.T, files map[string]string) string {
	t.Helper()
	writeTree(t, r.origin, files)
	git(t, r.origin, "add", "-A")
	git(t, r.origin, "commit", "-q", "--allow-empty", "-m", "change")
	return git(t, r.origin, "rev-parse", "HEAD")
}

// Variables as GitLab sets them for its kinds of pipelines.
func branchPipeline(branch string) map[string]string {
	return map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": branch, "CI_COMMIT_REF_NAME": branch, "CI_DEFAULT_BRANCH": "main"}
}

func openMergeRequest(branch string) map[string]string {
	v := branchPipeline(branch)
	v["CI_OPEN_MERGE_REQUESTS"] = "group/project!7"
	return v
}

func mergeRequestPipeline(branch, base string) map[string]string {
	return map[string]string{
		"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_EVENT_TYPE": "detached", "CI_OPEN_MERGE_REQUESTS": "group/project!7",
		"CI_COMMIT_REF_NAME": branch, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": branch, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
		"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_DEFAULT_BRANCH": "main",
	}
}

func with(vars map[string]string, key, value string) map[string]string {
	out := maps.Clone(vars)
	out[key] = value
	return out
}

// codes are what the jobs of a pipeline ended with.
func codes(done map[string]outcome) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(done)) {
		out = append(out, fmt.Sprintf("%s %d", strings.TrimPrefix(name, "merlon-"), done[name].code))
	}
	return strings.Join(out, ", ")
}

func expect(t *testing.T, done map[string]outcome, want string) {
	t.Helper()
	if got := codes(done); got != want {
		t.Errorf("the jobs ended with %q, wanted %q", got, want)
		for name, o := range done {
			t.Logf("%s:\n%s", name, o.log)
		}
	}
}

const (
	openDatabase = "resource \"aws_db_instance\" \"db\" {\n  publicly_accessible = true\n}\n"
	openGroup    = `resource "aws_security_group" "more" {
  ingress {
    cidr_blocks = ["0.0.0.0/0"]
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
  }
}
`
	hostileBranch = `x$(touch${IFS}pwned)';touch${IFS}pwned;"`
	hostileName   = `it's a "dir" $(touch pwned) ` + "`touch pwned`" + ` ;touch pwned #: x`
)

var image = map[string]any{"image": "registry.example.com/merlon:1.0"}

func inputs(more map[string]any) map[string]any {
	out := maps.Clone(image)
	maps.Copy(out, more)
	return out
}

func TestTerraformComponent(t *testing.T) {
	eachShell(t, func(t *testing.T, r *runner) {
		main := r.newOrigin(t, map[string]string{"infra/main.tf": openDatabase})
		// More commits than a runner fetches of itself.
		for range 25 {
			r.commit(t, "worse", nil)
		}
		worse := r.commit(t, "worse", map[string]string{"infra/more.tf": openGroup})
		same := r.commit(t, hostileBranch, map[string]string{"infra/main.tf": "# a comment\n" + openDatabase})
		broken := r.commit(t, "broken", map[string]string{"infra/broken.tf": "resource {"})
		faulty := r.commit(t, "faulty", map[string]string{"merlon.yaml": "version: 99\n"})
		ahead := r.commit(t, "main", map[string]string{"infra/more.tf": openGroup})
		git(t, r.origin, "checkout", "-q", "-b", "merged", same)
		git(t, r.origin, "merge", "-q", "-m", "merge", "main")
		merged := git(t, r.origin, "rev-parse", "HEAD")

		usual := mustRender(t, terraformTemplate, image)
		all := mustRender(t, terraformTemplate, inputs(map[string]any{"only_new": false}))
		lenient := mustRender(t, terraformTemplate, inputs(map[string]any{"incomplete": "report"}))
		for _, c := range []struct {
			name   string
			jobs   map[string]*ciJob
			commit string
			vars   map[string]string
			want   string
		}{
			{"the default branch feeds the dashboard", usual, main, branchPipeline("main"), "terraform 0"},
			{"also while it is to be merged elsewhere", usual, main, openMergeRequest("main"), "terraform 0"},
			{"a merge request that makes it worse", usual, worse, mergeRequestPipeline("worse", main), "terraform 0, terraform-gate 1"},
			{"one that does not", usual, same, mergeRequestPipeline(hostileBranch, main), "terraform 0, terraform-gate 0"},
			{"everything counts", all, same, mergeRequestPipeline(hostileBranch, main), "terraform 0, terraform-gate 1"},
			{"merged results with a worse target", usual, merged, with(with(mergeRequestPipeline(hostileBranch, main), "CI_MERGE_REQUEST_TARGET_BRANCH_SHA", ahead), "CI_MERGE_REQUEST_EVENT_TYPE", "merged_result"), "terraform 0, terraform-gate 0"},
			{"a branch of its own", usual, worse, branchPipeline("worse"), "terraform 0"},
			{"its gate, where everything counts", all, worse, branchPipeline("worse"), "terraform 0, terraform-gate 1"},
			{"a branch with a merge request", usual, worse, openMergeRequest("worse"), ""},
			{"the same where everything counts", all, worse, openMergeRequest("worse"), ""},
			{"without merge-request pipelines", usual, worse, with(openMergeRequest("worse"), "AST_ENABLE_MR_PIPELINES", "false"), "terraform 0, terraform-gate 1"},
			{"and none there", usual, worse, with(mergeRequestPipeline("worse", main), "AST_ENABLE_MR_PIPELINES", "false"), ""},
			{"what cannot be read", usual, broken, mergeRequestPipeline("broken", main), "terraform 3"},
			{"reported as it is", lenient, broken, mergeRequestPipeline("broken", main), "terraform 0, terraform-gate 0"},
			{"a mistake is none to report", lenient, faulty, mergeRequestPipeline("faulty", main), "terraform 2"},
			{"a base that there is not", usual, same, mergeRequestPipeline("x", strings.Repeat("0", 40)), "terraform 2"},
			{"no base at all", usual, same, mergeRequestPipeline("x", ""), "terraform 0, terraform-gate 2"},
			{"tags have no jobs", usual, main, map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": "v1", "CI_DEFAULT_BRANCH": "main"}, ""},
		} {
			t.Run(c.name, func(t *testing.T) { expect(t, r.pipeline(t, c.jobs, c.commit, c.vars), c.want) })
		}
		t.Run("the gate says what is new", func(t *testing.T) {
			done := r.pipeline(t, usual, worse, mergeRequestPipeline("worse", main))
			if log := done["merlon-terraform-gate"].log; !strings.Contains(log, "infra/more.tf:3") || !strings.Contains(log, "1 new") {
				t.Errorf("the gate says:\n%s", log)
			}
			if strings.Contains(r.kept["gl-sast-report.json"], "/builds/") {
				t.Error("the report names the runner's directory")
			}
		})
	})
}

func TestTerraformComponentInputs(t *testing.T) {
	eachShell(t, func(t *testing.T, r *runner) {
		main := r.newOrigin(t, map[string]string{
			hostileName + "/main.tf":   openDatabase,
			"old trees/a b/main.tf":    openDatabase,
			"generated/main.tf":        openGroup,
			"deep/generic/main.tf":     openGroup,
			"values/prod.tfvars":       "open = true\n",
			"var/main.tf":              "variable \"open\" {}\nresource \"aws_db_instance\" \"db\" {\n  publicly_accessible = var.open\n}\n",
			"own controls/always.rego": alwaysFails("terraform"),
		})
		report := func(t *testing.T, given map[string]any) string {
			t.Helper()
			expect(t, r.pipeline(t, mustRender(t, terraformTemplate, inputs(given)), main, branchPipeline("main")), "terraform 0")
			return r.kept["merlon.json"]
		}
		t.Run("a path with everything in it", func(t *testing.T) {
			if got := targetNames(t, report(t, map[string]any{"path": hostileName})); !slices.Equal(got, []string{hostileName}) {
				t.Errorf("scanned was %q", got)
			}
		})
		t.Run("SARIF in place of GitLab's report", func(t *testing.T) {
			report(t, map[string]any{"report": "sarif"})
			if r.kept["gl-sarif-report.json"] == "" || r.kept["gl-sast-report.json"] != "" {
				t.Errorf("the artifacts are %v", slices.Sorted(maps.Keys(r.kept)))
			}
		})
		t.Run("variables and controls of one's own", func(t *testing.T) {
			got := report(t, map[string]any{"path": "var", "var_file": "values/prod.tfvars", "policies": "own controls"})
			if !strings.Contains(got, `"values/prod.tfvars"`) || !strings.Contains(got, "ACM0009") {
				t.Errorf("the report is:\n%.2000s", got)
			}
		})
		t.Run("excluded paths", func(t *testing.T) {
			r.given = map[string]string{"SAST_EXCLUDED_PATHS": "gen*, old trees,, *.tmp ,it*"}
			defer func() { r.given = nil }()
			if got := targetNames(t, report(t, nil)); !slices.Equal(got, []string{"var"}) {
				t.Errorf("scanned was %q", got)
			}
		})
		t.Run("values that try to get out", func(t *testing.T) {
			for _, value := range []string{`$(touch pwned)`, "`touch pwned`", `"; touch pwned; "`, `'; touch pwned; '`, `--output=json=pwned`} {
				given := inputs(map[string]any{"path": value, "baseline": value, "policies": value, "var_file": value})
				expect(t, r.pipeline(t, mustRender(t, terraformTemplate, given), main, branchPipeline("main")), "terraform 2")
			}
			// A path that is the name of something else to scan, or a flag, is a directory that is missing.
			for _, value := range []string{"local", "ssh://example.com", "--help", "-v", "* *"} {
				done := r.pipeline(t, mustRender(t, terraformTemplate, inputs(map[string]any{"path": value})), main, branchPipeline("main"))
				expect(t, done, "terraform 2")
			}
		})
		t.Run("the log's level", func(t *testing.T) {
			r.given = map[string]string{"SECURE_LOG_LEVEL": "debug"}
			defer func() { r.given = nil }()
			done := r.pipeline(t, mustRender(t, terraformTemplate, inputs(map[string]any{"path": "var"})), main, branchPipeline("main"))
			if log := done["merlon-terraform"].log; !strings.Contains(log, "level=debug") {
				t.Errorf("the log is:\n%s", log)
			}
		})
	})
}

// targetNames are the targets of a report.
func targetNames(t *testing.T, report string) []string {
	t.Helper()
	var r struct {
		Results []struct{ Target struct{ Name string } }
	}
	if err := json.Unmarshal([]byte(report), &r); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, res := range r.Results {
		out = append(out, res.Target.Name)
	}
	slices.Sort(out)
	return out
}

// alwaysFails is a control that every host, or every tree, fails.
func alwaysFails(kind string) string {
	path, fact := "os", "id"
	if kind == "terraform" {
		path, fact = "aws_db_instance", "none"
	}
	return fmt.Sprintf(`# METADATA
# title: Nothing is ever right
# description: A control that everything fails.
# custom:
#   id: ACM0009
#   severity: high
#   remediation: There is none.
package policies.%[1]s.acme.always

import future.keywords.not

subject contains [%[2]q] if input[%[2]q]

fail contains {"path": [%[2]q, %[3]q], "want": "nothing"} if not input[%[2]q][%[3]q] == "nothing"
`, kind, path, fact)
}

// TestComponentInputs: what could break out of the YAML text is refused by GitLab,
// before there is a pipeline.
func TestComponentInputs(t *testing.T) {
	for _, c := range []struct {
		file  string
		given map[string]any
	}{
		{terraformTemplate, nil},
		{terraformTemplate, inputs(map[string]any{"path": "a\nscript: [touch pwned]"})},
		{terraformTemplate, inputs(map[string]any{"path": "a\rb"})},
		{terraformTemplate, inputs(map[string]any{"path": "a\u2028b"})},
		{terraformTemplate, inputs(map[string]any{"path": "a\u0085b"})},
		{terraformTemplate, inputs(map[string]any{"path": ""})},
		{terraformTemplate, inputs(map[string]any{"baseline": "a\nb"})},
		{terraformTemplate, inputs(map[string]any{"job": `a": {script: x}`})},
		{terraformTemplate, inputs(map[string]any{"stage": `a"`})},
		{terraformTemplate, inputs(map[string]any{"report": "junit"})},
		{terraformTemplate, inputs(map[string]any{"fail_on": `none"; touch pwned; "`})},
		{terraformTemplate, inputs(map[string]any{"only_new": "false"})},
		{terraformTemplate, inputs(map[string]any{"incomplete": "ignore"})},
		{terraformTemplate, inputs(map[string]any{"unknown": "x"})},
		{terraformTemplate, map[string]any{"image": "x y\""}},
		{hostTemplate, image},
		{hostTemplate, inputs(map[string]any{"inventory": "a\nb"})},
		{hostTemplate, inputs(map[string]any{"inventory": "hosts.ini", "shards": "2"})},
		{hostTemplate, inputs(map[string]any{"inventory": "hosts.ini", "sudo": "yes"})},
		{hostTemplate, inputs(map[string]any{"inventory": "hosts.ini", "limit": "a\nb"})},
	} {
		if _, err := render(t, c.file, c.given); err == nil {
			t.Errorf("%s takes %v", c.file, c.given)
		}
	}
	for _, file := range []string{terraformTemplate, hostTemplate} {
		declared, _ := component(t, file)
		for name, in := range declared {
			free := in.Type == "" && len(in.Options) == 0
			if in.Description == "" || free && in.Regex == "" {
				t.Errorf("%s: %s needs a description and, as a free text, a regex", file, name)
			}
		}
	}
}

// TestComponentsAreDocumented: docs/gitlab.md has each input, and its default.
func TestComponentsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/gitlab.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{terraformTemplate, hostTemplate} {
		declared, _ := component(t, file)
		for name, in := range declared {
			row := regexp.MustCompile("(?m)^\\| `"+name+"` \\|.*").FindAllString(string(page), -1)
			shown := fmt.Sprintf("`%v`", in.Default)
			if in.Default == nil || in.Default == "" {
				shown = "| |"
				if in.Default == nil {
					shown = "required"
				}
			}
			if !slices.ContainsFunc(row, func(r string) bool { return strings.Contains(r, shown) }) {
				t.Errorf("docs/gitlab.md has no row for %s of %s with %s; it has %q", name, file, shown, row)
			}
		}
	}
}

func TestHostComponent(t *testing.T) {
	server := sshdtest.Start(t, sshdtest.Options{})
	key, err := os.ReadFile(server.Key)
	if err != nil {
		t.Fatal(err)
	}
	known, err := os.ReadFile(server.KnownHosts)
	if err != nil {
		t.Fatal(err)
	}
	host := func(name string) string {
		return fmt.Sprintf("%s ansible_host=%s ansible_port=%d ansible_user=%s\n", name, server.Host, server.Port, server.User)
	}
	eachShell(t, func(t *testing.T, r *runner) {
		inventory := `it's the "fleet" $(touch pwned).ini`
		main := r.newOrigin(t, map[string]string{
			inventory:                    "[web]\n" + host("web1") + host("web2") + host("web3") + "[db]\n" + host("db1"),
			"own controls/always.rego":   alwaysFails("host"),
			"fleet.yaml":                 "title: Ours\ncontrols: [ACM0009]\n",
			"merlon-shard-3.json":        "not of this pipeline",
			"merlon-shard-2.json":        "not of this pipeline",
			"merlon.json":                "not of this pipeline",
			"unreachable/hosts.ini":      host("web1") + "gone ansible_host=127.0.0.1 ansible_port=1\n",
			"templates/does-not-matter":  "",
			"configured/by-name/all.ini": "plain\n",
		})
		// As a runner leaves a variable of type File: readable to others.
		files := filepath.Join(t.TempDir(), "my project.tmp")
		writeTree(t, files, map[string]string{
			"key": string(key), "known": string(known), "none": "\n",
			"config": fmt.Sprintf("Host plain\n  HostName %s\n  Port %d\n  User %s\n", server.Host, server.Port, server.User),
		})
		open := func() {
			if err := os.Chmod(filepath.Join(files, "key"), 0o666); err != nil {
				t.Fatal(err)
			}
			r.given = map[string]string{"MERLON_SSH_KEY": filepath.Join(files, "key"), "MERLON_KNOWN_HOSTS": filepath.Join(files, "known")}
		}
		jobs := func(more map[string]any) map[string]*ciJob {
			given := inputs(map[string]any{"inventory": inventory, "policies": "own controls", "baseline": "fleet.yaml", "shards": 2})
			maps.Copy(given, more)
			return mustRender(t, hostTemplate, given)
		}
		usual := jobs(nil)

		t.Run("two shards, one report", func(t *testing.T) {
			open()
			done := r.pipeline(t, usual, main, branchPipeline("main"))
			expect(t, done, "host 0, host-gate 1, host-scan 0")
			if got := targetNames(t, r.kept["merlon.json"]); !slices.Equal(got, []string{"db1", "web1", "web2", "web3"}) {
				t.Errorf("in the report are %q", got)
			}
			if strings.Contains(r.kept["merlon.json"], "is missing") {
				t.Error("a shard is missing in the report")
			}
			// One control, two groups.
			if got := r.kept["gl-sast-report.json"]; strings.Count(got, `"Nothing is ever right"`) != 2 {
				t.Errorf("GitLab's report is:\n%.4000s", got)
			}
			if !strings.Contains(r.kept["merlon-gate.txt"], "ACM0009") {
				t.Errorf("the gate's text is %.2000s", r.kept["merlon-gate.txt"])
			}
			for name, o := range done {
				if strings.Contains(o.log, "ACM0009") || strings.Contains(o.log, "Nothing is ever right") || strings.Contains(o.log, "PRIVATE KEY") {
					t.Errorf("the log of %s tells too much:\n%s", name, o.log)
				}
			}
		})
		t.Run("a finding a host, as SARIF", func(t *testing.T) {
			open()
			expect(t, r.pipeline(t, jobs(map[string]any{"report": "sarif", "group_by": "host", "limit": "web:!web3", "fail_on": "none"}), main, branchPipeline("main")),
				"host 0, host-gate 0, host-scan 0")
			if got := targetNames(t, r.kept["merlon.json"]); !slices.Equal(got, []string{"web1", "web2"}) {
				t.Errorf("in the report are %q", got)
			}
		})
		t.Run("more shards than hosts", func(t *testing.T) {
			open()
			expect(t, r.pipeline(t, jobs(map[string]any{"limit": "web1", "shards": 3}), main, branchPipeline("main")),
				"host 0, host-gate 1, host-scan 0")
		})
		t.Run("a host by a name of the configuration's", func(t *testing.T) {
			open()
			r.given["MERLON_SSH_CONFIG"] = filepath.Join(files, "config")
			expect(t, r.pipeline(t, jobs(map[string]any{"inventory": "configured/by-name/all.ini", "shards": 1}), main, branchPipeline("main")),
				"host 0, host-gate 1, host-scan 0")
		})
		t.Run("a host that is gone", func(t *testing.T) {
			open()
			done := r.pipeline(t, jobs(map[string]any{"inventory": "unreachable/hosts.ini"}), main, branchPipeline("main"))
			expect(t, done, "host 3, host-scan 0")
			open()
			done = r.pipeline(t, jobs(map[string]any{"inventory": "unreachable/hosts.ini", "incomplete": "report", "fail_on": "critical"}), main, branchPipeline("main"))
			expect(t, done, "host 0, host-gate 0, host-scan 0")
			if !strings.Contains(r.kept["merlon.txt"], "gone") || !strings.Contains(r.kept["gl-sast-report.json"], "gone") {
				t.Error("the reports do not tell which host could not be read")
			}
		})
		t.Run("a host key that nobody vouched for", func(t *testing.T) {
			open()
			r.given["MERLON_KNOWN_HOSTS"] = filepath.Join(files, "none")
			done := r.pipeline(t, jobs(map[string]any{"shards": 1}), main, branchPipeline("main"))
			expect(t, done, "host 3, host-scan 0")
			if !strings.Contains(done["merlon-host-scan"].log, "host key") {
				t.Errorf("the log does not tell why:\n%s", done["merlon-host-scan"].log)
			}
		})
		t.Run("variables of the wrong type are not told", func(t *testing.T) {
			for _, name := range []string{"MERLON_SSH_KEY", "MERLON_KNOWN_HOSTS", "MERLON_SSH_CONFIG"} {
				open()
				r.given[name] = string(key)
				done := r.pipeline(t, usual, main, branchPipeline("main"))
				expect(t, done, "host-scan 2")
				if log := done["merlon-host-scan"].log; strings.Contains(log, "PRIVATE") || !strings.Contains(log, name) {
					t.Errorf("the log is:\n%s", log)
				}
			}
			r.given = nil
			expect(t, r.pipeline(t, usual, main, branchPipeline("main")), "host-scan 2")
		})
		t.Run("only the default branch", func(t *testing.T) {
			open()
			expect(t, r.pipeline(t, usual, main, mergeRequestPipeline("x", main)), "")
			expect(t, r.pipeline(t, usual, main, branchPipeline("x")), "")
		})
	})
}

// TestOwnPipeline: this repository's own pipeline holds against the schema, and its
// inclusion of the component does what it says on the tree that it names.
func TestOwnPipeline(t *testing.T) {
	text, err := os.ReadFile("../../.gitlab-ci.yml")
	if err != nil {
		t.Fatal(err)
	}
	checkSchema(t, ciSchema(t), text)
	var own struct {
		Include []struct {
			Local  string
			Inputs map[string]any
		}
	}
	if err := yaml.Unmarshal(text, &own); err != nil || len(own.Include) == 0 {
		t.Fatalf("nothing is included: %v", err)
	}
	var changed map[string]yaml.Node
	if err := yaml.Unmarshal(text, &changed); err != nil {
		t.Fatal(err)
	}
	for _, inc := range own.Include {
		jobs := mustRender(t, "../.."+inc.Local, inc.Inputs)
		for name := range jobs {
			if _, ok := changed[name]; !ok {
				t.Errorf("%s is included as it is, without a merlon to run", name)
			}
			var needs struct{ Needs []string }
			node := changed[name]
			if err := node.Decode(&needs); err != nil {
				t.Fatal(err)
			}
			for _, need := range needs.Needs {
				if _, ok := changed[need]; !ok {
					t.Errorf("%s needs %s, which is no job", name, need)
				}
			}
		}
		r := &runner{shell: shells["bash"], path: os.Getenv("PATH")}
		tree, _ := inc.Inputs["path"].(string)
		files := map[string]string{}
		err := filepath.WalkDir("../../"+tree, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			files[strings.TrimPrefix(filepath.ToSlash(path), "../../")] = string(data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		base := r.newOrigin(t, files)
		worse := r.commit(t, "worse", map[string]string{tree + "/more.tf": openGroup})
		expect(t, r.pipeline(t, jobs, base, branchPipeline("main")), "terraform 0")
		expect(t, r.pipeline(t, jobs, worse, mergeRequestPipeline("worse", base)), "terraform 0, terraform-gate 1")
	}
}

// TestPreCommit runs the hook's entry as it stands, as pre-commit does: at the top
// of the repository, without names of files.
func TestPreCommit(t *testing.T) {
	text, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var hooks []struct {
		ID, Name, Entry, Language, Files string
		PassFilenames                    *bool `yaml:"pass_filenames"`
	}
	if err := yaml.Unmarshal(text, &hooks); err != nil || len(hooks) != 1 {
		t.Fatalf("%d hooks, %v", len(hooks), err)
	}
	hook := hooks[0]
	if hook.ID != "merlon" || hook.Name == "" || hook.Language != "golang" || hook.PassFilenames == nil || *hook.PassFilenames {
		t.Fatalf("the hook is %+v", hook)
	}
	for name, want := range map[string]bool{"a/main.tf": true, "main.tf.json": true, "x.tofu": true, "prod.auto.tfvars": true, "merlon.yaml": true, "main.go": false, "a.tf.bak": false} {
		if regexp.MustCompile(hook.Files).MatchString(name) != want {
			t.Errorf("files: %s is taken: %t", name, !want)
		}
	}
	r := &runner{}
	r.newOrigin(t, map[string]string{"infra/main.tf": openDatabase})
	entry := strings.Fields(hook.Entry)
	commit := func(want int) {
		t.Helper()
		cmd := exec.Command(entry[0], entry[1:]...)
		cmd.Dir = r.origin
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != want {
			t.Errorf("it ended with %v, wanted %d:\n%s", err, want, out)
		}
	}
	commit(0) // what was there before is no reason to stop
	writeTree(t, r.origin, map[string]string{"infra/more.tf": openGroup})
	git(t, r.origin, "add", "-A")
	commit(1)
	writeTree(t, r.origin, map[string]string{"infra/more.tf": "resource {"})
	git(t, r.origin, "add", "-A")
	commit(3)
}
