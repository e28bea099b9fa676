package revision

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// repository makes a git repository of files, committed on branch main.
func repository(t *testing.T, format string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	run(t, dir, "git", "init", "-q", "-b", "main", "--object-format="+format)
	run(t, dir, "git", "config", "user.email", "dev@example.com")
	run(t, dir, "git", "config", "user.name", "Dev")
	put(t, dir, files)
	commit(t, dir)
	return dir
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

func commit(t *testing.T, dir string) {
	t.Helper()
	run(t, dir, "git", "add", "-A")
	run(t, dir, "git", "commit", "-q", "-m", "change")
}

func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t *testing.T, dir, ref string) *Revision {
	t.Helper()
	r, err := Open(t.Context(), dir, ref)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestRevision(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			dir := repository(t, format, map[string]string{
				".gitignore": ".terraform/\n*.auto.tfvars\n", "main.tf": "one\n", "a b/é.tf": "two", "mod/x/main.tf": "three", "gone.tf": "four", "empty.tf": "",
			})
			put(t, dir, map[string]string{"main.tf": "changed\n", "new.tf": "new", "local.auto.tfvars": "mine", "mod/.terraform/modules/m/main.tf": "down"})
			run(t, dir, "rm", "gone.tf")
			r := open(t, filepath.Join(dir, "mod"), "main")

			want := map[string]string{
				".gitignore": ".terraform/\n*.auto.tfvars\n", "main.tf": "one\n", "a b/é.tf": "two", "mod/x/main.tf": "three", "gone.tf": "four", "empty.tf": "",
				"local.auto.tfvars": "mine", "mod/.terraform/modules/m/main.tf": "down",
			}
			got := map[string]string{}
			err := fs.WalkDir(r, ".", func(name string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				content, err := fs.ReadFile(r, name)
				got[name] = string(content)
				return err
			})
			if err != nil || !maps.Equal(got, want) {
				t.Errorf("walked %q, %v; want %q", got, err, want)
			}
			if _, err := r.ReadFile("new.tf"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a file made later: %v", err)
			}
			for name, differs := range map[string]bool{"main.tf": true, "a b/é.tf": false, "mod/x/main.tf": false, "gone.tf": true, "new.tf": true, "never.tf": false, "empty.tf": false, "local.auto.tfvars": false, "mod": false} {
				if r.Differs(name) != differs {
					t.Errorf("Differs(%q) = %v", name, !differs)
				}
			}
		})
	}
}

func TestIsAFileSystem(t *testing.T) {
	dir := repository(t, "sha1", map[string]string{"a/main.tf": "one", "a/b/c.tf": "two", "d.tf": ""})
	if err := fstest.TestFS(open(t, dir, "HEAD"), "a/main.tf", "a/b/c.tf", "d.tf"); err != nil {
		t.Error(err)
	}
}

func TestLinks(t *testing.T) {
	dir := repository(t, "sha1", map[string]string{"real/main.tf": "one", "x/y.tf": "two"})
	for link, to := range map[string]string{"dir": "real", "x/file.tf": "../dir/main.tf", "out.tf": "../../etc/passwd", "abs.tf": "/etc/passwd", "loop": "loop"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	commit(t, dir)
	r := open(t, dir, "HEAD")
	if to, err := r.ReadLink("x/file.tf"); to != "../dir/main.tf" {
		t.Errorf("x/file.tf leads to %q, %v", to, err)
	}
	if now, err := r.Lstat("dir"); err != nil || now.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("dir is %v, %v", now, err)
	}
	for _, name := range []string{"dir/main.tf", "x/file.tf"} {
		if got, err := r.ReadFile(name); string(got) != "one" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"out.tf", "abs.tf", "loop", "../x", "/etc/passwd", "real"} {
		if got, err := r.ReadFile(name); err == nil {
			t.Errorf("%s can be read: %q", name, got)
		}
	}
	if r.Differs("dir") || r.Differs("out.tf") {
		t.Error("a link that is as it was differs")
	}
}

func TestBaseIsWhatBothHaveInCommon(t *testing.T) {
	dir := repository(t, "sha1", map[string]string{"main.tf": "one"})
	run(t, dir, "git", "checkout", "-q", "-b", "feature")
	put(t, dir, map[string]string{"feature.tf": "mine"})
	commit(t, dir)
	run(t, dir, "git", "checkout", "-q", "main")
	put(t, dir, map[string]string{"later.tf": "theirs"})
	commit(t, dir)
	run(t, dir, "git", "checkout", "-q", "feature")
	r := open(t, dir, "main")
	for name, want := range map[string]bool{"main.tf": true, "later.tf": false, "feature.tf": false} {
		if _, err := r.Stat(name); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !strings.HasPrefix(r.Name, "main (") || r.Warning != "" {
		t.Errorf("named %q, warning %q", r.Name, r.Warning)
	}
}

func TestNothingInCommon(t *testing.T) {
	dir := repository(t, "sha1", map[string]string{"main.tf": "one"})
	run(t, dir, "git", "checkout", "-q", "--orphan", "other")
	put(t, dir, map[string]string{"main.tf": "unlike"})
	commit(t, dir)
	if r := open(t, dir, "main"); !strings.Contains(r.Warning, "in common") {
		t.Errorf("warning %q", r.Warning)
	}
}

func TestMoved(t *testing.T) {
	text := strings.Repeat("a line that git can find again\n", 20)
	dir := repository(t, "sha1", map[string]string{"a/main.tf": text, "a/vars.tf": text + "x", "b/main.tf": text + "b", "b/other.tf": "other", "c/one.tf": text + "c"})
	run(t, dir, "git", "mv", "a", "moved")
	run(t, dir, "mkdir", "-p", "part", "c2")
	run(t, dir, "git", "mv", "b/main.tf", "part/main.tf")
	run(t, dir, "git", "mv", "c/one.tf", "c2/two.tf")
	commit(t, dir)
	got, err := open(t, dir, "HEAD~1").Moved(t.Context())
	if err != nil || !maps.Equal(got, map[string]string{"moved": "a", "c2": "c"}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestRefusals(t *testing.T) {
	dir := repository(t, "sha1", map[string]string{"main.tf": "one"})
	for _, ref := range []string{"nowhere", "", "--help", "HEAD:main.tf", "deadbeef", "HEAD\nmain"} {
		if _, err := Open(t.Context(), dir, ref); err == nil || !strings.Contains(err.Error(), "no revision") {
			t.Errorf("%q: %v", ref, err)
		}
	}
	if _, err := Open(t.Context(), t.TempDir(), "main"); err == nil || !strings.Contains(err.Error(), "git repository") {
		t.Errorf("outside of a repository: %v", err)
	}
	object := filepath.Join(dir, ".git", "objects")
	r := open(t, dir, "main")
	hash := r.entries["main.tf"].hash
	if err := os.Remove(filepath.Join(object, hash[:2], hash[2:])); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadFile("main.tf"); err == nil || !strings.Contains(err.Error(), "no content") {
		t.Errorf("a missing object: %v", err)
	}
}

// What a hostile repository's configuration names must not run.
func TestRunsNothingOfTheRepository(t *testing.T) {
	dir := repository(t, "sha1", map[string]string{"main.tf": "one", ".gitattributes": "* filter=evil diff=evil\n"})
	ran := filepath.Join(dir, ".git", "ran")
	evil := filepath.Join(dir, ".git", "evil")
	if err := os.WriteFile(evil, []byte("#!/bin/sh\ntouch "+ran+"\ncat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "core.gitProxy", "core.alternateRefsCommand", "diff.external", "diff.evil.command", "diff.evil.textconv",
		"filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "gpg.program", "credential.helper", "uploadpack.packObjectsHook", "pager.rev-parse", "pager.ls-files", "interactive.diffFilter",
	} {
		run(t, dir, "git", "config", key, evil)
	}
	for _, hook := range []string{"post-index-change", "reference-transaction", "fsmonitor-watchman", "post-checkout"} {
		if err := os.WriteFile(filepath.Join(dir, ".git", "hooks", hook), []byte("#!/bin/sh\ntouch "+ran+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put(t, dir, map[string]string{"main.tf": "changed", "ignored": ""})
	r := open(t, dir, "HEAD")
	if got, err := r.ReadFile("main.tf"); string(got) != "one" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := r.Moved(t.Context()); err != nil {
		t.Error(err)
	}
	if !r.Differs("main.tf") {
		t.Error("a changed file does not differ")
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a program of the repository ran")
	}
}

// A submodule's files are those of the commit that the revision names, where the
// work tree has them.
func TestSubmodule(t *testing.T) {
	lib := repository(t, "sha1", map[string]string{"main.tf": "one\n", "deep/x.tf": "two\n"})
	dir := repository(t, "sha1", map[string]string{"main.tf": "root\n"})
	run(t, dir, "git", "-c", "protocol.file.allow=always", "submodule", "-q", "add", lib, "mods/lib")
	commit(t, dir)
	sub := filepath.Join(dir, "mods/lib")
	run(t, sub, "git", "config", "user.email", "dev@example.com")
	run(t, sub, "git", "config", "user.name", "Dev")

	r := open(t, dir, "main")
	for _, name := range []string{"main.tf", "mods/lib/main.tf", "mods/lib/deep/x.tf"} {
		if r.Differs(name) {
			t.Errorf("%s differs, where nothing was changed", name)
		}
	}
	put(t, sub, map[string]string{"main.tf": "other\n", "new.tf": "new\n"})
	commit(t, sub)
	r = open(t, dir, "main")
	if text, err := fs.ReadFile(r, "mods/lib/main.tf"); err != nil || string(text) != "one\n" {
		t.Errorf("%q, %v", text, err)
	}
	if !r.Differs("mods/lib/main.tf") || !r.Differs("mods/lib/new.tf") || r.Differs("mods/lib/deep/x.tf") {
		t.Error("what the submodule's new commit changed is not told")
	}
	run(t, dir, "git", "submodule", "-q", "deinit", "--force", "mods/lib")
	if _, err := fs.ReadFile(open(t, dir, "main"), "mods/lib/main.tf"); err == nil {
		t.Error("a submodule that is not there was read")
	}
}

// A hook of one repository may scan another, or a part of its own.
func TestNotTheRepositoryOfAHook(t *testing.T) {
	dir := repository(t, "sha1", map[string]string{"infra/main.tf": "one\n"})
	other := repository(t, "sha1", map[string]string{"x": "y"})
	t.Setenv("GIT_DIR", filepath.Join(other, ".git"))
	t.Setenv("GIT_INDEX_FILE", "nowhere/index")
	r := open(t, filepath.Join(dir, "infra"), "main")
	if real, _ := filepath.EvalSymlinks(dir); r.Top != real || r.Differs("infra/main.tf") {
		t.Errorf("read %s", r.Top)
	}
}
