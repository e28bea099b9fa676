package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"merlon/scanners/remote/sshdtest"
)

func TestMain(m *testing.M) {
	if address := os.Getenv("MERLON_BENCH_FLOOR"); address != "" {
		os.Exit(bareExec(address))
	}
	testscript.Main(m, map[string]func(){"merlon": func() { os.Exit(run()) }})
}

// TestScript runs the transcripts: one file a behaviour.
func TestScript(t *testing.T) {
	testscript.Run(t, params("testdata/script", nil))
}

// TestSSH runs the transcripts that need a real OpenSSH server. The ssh_config
// knows these: plain; behind, which is plain through the jump host jump; poor, whose
// sessions are those of nobody, who may not sudo; changed, which has another host
// key than it had; flood, which sends 100 MB; hang, which says nothing; cut, which
// closes mid-frame; nologin, which gives no shell. $PLAIN_URL is plain's address.
func TestSSH(t *testing.T) {
	plain := sshdtest.Start(t, sshdtest.Options{})
	jump := sshdtest.Start(t, sshdtest.Options{})
	poor := sshdtest.Start(t, sshdtest.Options{Config: []string{
		`ForceCommand setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "$SSH_ORIGINAL_COMMAND"`,
	}})
	changed := sshdtest.Start(t, sshdtest.Options{})
	flood := sshdtest.Start(t, sshdtest.Options{Config: []string{`ForceCommand head -c 100000000 /dev/zero`}})
	hang := sshdtest.Start(t, sshdtest.Options{Config: []string{`ForceCommand sleep 60`}})
	cut := sshdtest.Start(t, sshdtest.Options{Config: []string{`ForceCommand $SSH_ORIGINAL_COMMAND | head -c 20000`}})
	nologin := sshdtest.Start(t, sshdtest.Options{Config: []string{`ForceCommand /usr/sbin/nologin`}})
	config := flood.ClientConfig("flood") + hang.ClientConfig("hang") + cut.ClientConfig("cut") + nologin.ClientConfig("nologin")
	config += plain.ClientConfig("plain") + jump.ClientConfig("jump") + poor.ClientConfig("poor") + changed.ClientConfig("changed")
	if err := changed.ChangeHostKey(); err != nil {
		t.Fatal(err)
	}
	config += plain.ClientConfig("behind") + "\tProxyJump jump\n"
	testscript.Run(t, params("testdata/ssh", func(e *testscript.Env) error {
		e.Setenv("PLAIN_URL", plain.URL())
		dir := filepath.Join(e.WorkDir, ".ssh")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600)
	}))
}

func params(dir string, setup func(*testscript.Env) error) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("SSH_AUTH_SOCK", "")
			if setup != nil {
				return setup(e)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	}
}

// exits CODE PROGRAM ARGS... runs a program, which must end with this code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("%v", err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("it ended with %d, not %d", got, want)
	}
}
