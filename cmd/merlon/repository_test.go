package main

import (
	"os"
	"path/filepath"
	"testing"

	"merlon/report"
)

func TestReadGit(t *testing.T) {
	const a, b = "0123456789012345678901234567890123456789", "9876543210987654321098765432109876543210"
	config := "[core]\n\turl = no\n[remote \"upstream\"]\n\turl = https://x.example/y\n[remote \"origin\"]\n\tfetch = +refs/*\n\turl = git@gitlab.example.com:ops/infra.git\n"
	for name, tc := range map[string]struct {
		files map[string]string
		want  report.Repository
	}{
		"loose": {map[string]string{"HEAD": "ref: refs/heads/main\n", "refs/heads/main": a + "\n", "config": config},
			report.Repository{URL: "ssh://git@gitlab.example.com/ops/infra.git", Revision: a, Branch: "main"}},
		"packed": {map[string]string{"HEAD": "ref: refs/heads/main\n", "packed-refs": "# pack\n" + a + " refs/heads/other\n" + b + " refs/heads/main\n"},
			report.Repository{Revision: b, Branch: "main"}},
		"detached": {map[string]string{"HEAD": a + "\n", "config": "[remote \"origin\"]\nurl=/srv/git/x\n"}, report.Repository{Revision: a}},
		"outside":  {map[string]string{"HEAD": "ref: ../../secret\n"}, report.Repository{}},
		"hostile":  {map[string]string{"HEAD": "\x1b[31m\n"}, report.Repository{}},
		"empty":    {nil, report.Repository{}},
	} {
		dir := t.TempDir()
		for file, text := range tc.files {
			file = filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := readGit(dir); got != tc.want {
			t.Errorf("%s: got %+v, want %+v", name, got, tc.want)
		}
	}
}
