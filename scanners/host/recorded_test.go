package host

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"merlon/scanners/host/roottest"
)

var roots = flag.String("roots", "", "with -update: the folder that has a root of each distribution, made by debootstrap")

const recordedDir = "../../testdata/host/recorded/"

// fromRoot are recorded hosts whose files are those of the distribution's own
// packages; their txtar holds what the installer and the running system add. The
// others consist of their txtar alone.
var fromRoot = []string{"debian12", "ubuntu2204", "ubuntu2404"}

// TestRecordedStreams keeps the streams of recorded hosts up to date: with -update, and
// -roots for those made from packages, the collector runs in them. Without, those
// that need no packages are collected anew and compared.
func TestRecordedStreams(t *testing.T) {
	files, err := filepath.Glob(recordedDir + "*.txtar")
	if err != nil || len(files) < 4 {
		t.Fatalf("recorded hosts are missing: %v %v", files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			had, err := os.ReadFile(recordedDir + name + ".stream")
			if err != nil && !*update {
				t.Fatal(err)
			}
			if !strings.HasSuffix(string(had), doneFrame) && !*update {
				t.Error("the recorded stream is not whole")
			}
			packaged := slices.Contains(fromRoot, name)
			if packaged && *roots == "" {
				return
			}
			root := t.TempDir()
			if packaged {
				mustRun(t, "cp", "-a", filepath.Join(*roots, name)+"/.", root)
				mustRun(t, "sh", "-c", `rm -rf "$0"/run/* "$0"/tmp/*`, root) // which a start empties
			} else {
				busyboxRoot(t, root)
			}
			layTree(t, root, file)
			stdout, stderr := collectIn(t, root)
			if *update {
				writeFile(t, recordedDir+name+".stream", stdout)
				writeFile(t, recordedDir+name+".stderr", stderr)
			} else if stdout != string(had) {
				t.Errorf("the collector sends otherwise than recorded (run with -update):\n%s", firstDifference(string(had), stdout))
			}
		})
	}
}

// collectIn runs the collector in root, in name spaces of its own.
func collectIn(t *testing.T, root string) (stdout, stderr string) {
	t.Helper()
	chosen, err := choose(Sections())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("unshare", "--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "sh", "-c", `hostname web1; exec chroot "$0" /bin/sh -s`, root)
	setTimes(t, root)
	cmd.Stdin = strings.NewReader(strings.ReplaceAll(script("NONCE", chosen, ""), "$(date +%s)", fmt.Sprint(recordedAt.Unix())))
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	return dirSize.ReplaceAllString(out.String(), "$1 4096 $2"), errs.String()
}

// The size of a directory is the file system's affair.
var dirSize = regexp.MustCompile(`(?m)^(\d+ \d+ \d+) \d+ (\S+ \S+ directory)`)

// recordedAt is the clock of recorded hosts, a day after everything was last written.
var recordedAt = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func setTimes(t *testing.T, root string) {
	t.Helper()
	written := recordedAt.AddDate(0, 0, -1)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&os.ModeSymlink != 0 {
			return err
		}
		return os.Chtimes(path, written, written)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// busyboxRoot makes a root of which every command is busybox's.
func busyboxRoot(t *testing.T, root string) {
	t.Helper()
	for _, dir := range []string{"usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "etc", "tmp", "root", "dev"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := os.Symlink("usr/"+dir, filepath.Join(root, dir)); err != nil {
			t.Fatal(err)
		}
	}
	program, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	libraries, err := exec.Command("ldd", program).Output()
	if err != nil {
		libraries = nil // it is static
	}
	for _, word := range strings.Fields(string(libraries)) {
		if strings.HasPrefix(word, "/") {
			mustRun(t, "mkdir", "-p", filepath.Join(root, filepath.Dir(word)))
			mustRun(t, "cp", "-L", word, filepath.Join(root, word))
		}
	}
	mustRun(t, "cp", "-L", program, filepath.Join(root, "usr/bin/busybox"))
	null := filepath.Join(root, "dev/null")
	if roottest.Mapped() {
		writeFile(t, null, "")
		mustRun(t, "mount", "--bind", "/dev/null", null)
		t.Cleanup(func() { mustRun(t, "umount", "--lazy", null) })
	} else {
		mustRun(t, "mknod", "-m", "666", null, "c", "1", "3")
	}
	mustRun(t, "chroot", root, "/usr/bin/busybox", "--install", "-s", "/usr/bin")
}

// layTree puts the files of a txtar over root. Its comment has lines "MODE UID GID
// PATH", "dir PATH" and "link PATH TARGET"; other files are root's, 0644, and
// 0755 where they start with #!. The file "sysctl" has a kernel parameter a line,
// with * for all interfaces; a later line counts.
func layTree(t *testing.T, root, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tree := txtar.Parse(b)
	for _, f := range tree.Files {
		if f.Name == "sysctl" {
			layKernel(t, root, string(f.Data))
			continue
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(string(f.Data), "#!") {
			mode = 0o755
		}
		lay(t, filepath.Join(root, f.Name), string(f.Data), mode)
	}
	for l := range strings.Lines(string(tree.Comment)) {
		words := strings.Fields(l)
		switch {
		case len(words) == 2 && words[0] == "dir":
			err = os.MkdirAll(filepath.Join(root, words[1]), 0o755)
		case len(words) == 3 && words[0] == "link":
			mustRun(t, "mkdir", "-p", filepath.Dir(filepath.Join(root, words[1])))
			err = os.Symlink(words[2], filepath.Join(root, words[1]))
		case len(words) == 4 && words[0] != "#":
			err = layMode(filepath.Join(root, words[3]), words)
		}
		if err != nil {
			t.Fatalf("%s: %q: %v", file, l, err)
		}
	}
}

func lay(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func layMode(path string, words []string) error {
	mode, err := strconv.ParseUint(words[0], 8, 12)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(words[1])
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(words[2])
	if err != nil {
		return err
	}
	if err := os.Chown(path, uid, gid); err != nil {
		return err
	}
	bits := os.FileMode(mode & 0o777)
	for bit, flag := range map[uint64]os.FileMode{0o4000: os.ModeSetuid, 0o2000: os.ModeSetgid, 0o1000: os.ModeSticky} {
		if mode&bit != 0 {
			bits |= flag
		}
	}
	return os.Chmod(path, bits)
}

// layKernel writes /proc/sys from lines "KEY VALUE".
func layKernel(t *testing.T, root, text string) {
	t.Helper()
	for l := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(l), " ")
		names := []string{key}
		if strings.Contains(key, "*") {
			names = nil
			for _, dev := range []string{"all", "default", "lo", "ens3"} {
				names = append(names, strings.ReplaceAll(key, "*", dev))
			}
		}
		for _, name := range names {
			lay(t, filepath.Join(root, "proc/sys", strings.ReplaceAll(name, ".", "/")), value+"\n", 0o644)
		}
	}
}

// mustRun runs a program that must not fail.
func mustRun(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("%s %v: %w: %s", program, args, err, out))
	}
}
