package main

import (
	"bufio"
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"merlon/report"
)

// repository is what is known of the checkout: from GitLab CI's variables, else
// from git's own files. The git program is not run: in a hostile repository its
// configuration names programs of its own.
func repository() report.Repository {
	r := report.Repository{URL: os.Getenv("CI_PROJECT_URL"), Revision: os.Getenv("CI_COMMIT_SHA"), Branch: os.Getenv("CI_COMMIT_BRANCH")}
	if r.URL != "" {
		return r
	}
	wd, err := os.Getwd()
	if err != nil {
		return r
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		git := filepath.Join(dir, ".git")
		if info, err := os.Lstat(git); err == nil && info.IsDir() {
			return readGit(git)
		}
		if dir == filepath.Dir(dir) {
			return r
		}
	}
}

// readGit reads the revision that is checked out and the address of origin from a
// .git directory; see gitrepository-layout(5). What is not there stays empty.
func readGit(git string) report.Repository {
	r := report.Repository{URL: originOf(filepath.Join(git, "config"))}
	head := readLine(filepath.Join(git, "HEAD"))
	ref, ok := strings.CutPrefix(head, "ref: ")
	if !ok {
		r.Revision = head
	} else if filepath.IsLocal(ref) {
		r.Branch = strings.TrimPrefix(ref, "refs/heads/")
		r.Revision = cmp.Or(readLine(filepath.Join(git, ref)), packed(filepath.Join(git, "packed-refs"), ref))
	}
	if !regexp.MustCompile(`^[0-9a-f]{40,64}$`).MatchString(r.Revision) {
		r.Revision = ""
	}
	return r
}

func readLine(file string) string {
	line := ""
	eachLine(file, func(s string) bool { line = s; return false })
	return line
}

func packed(file, ref string) string {
	hash := ""
	eachLine(file, func(s string) bool {
		h, name, _ := strings.Cut(s, " ")
		if name == ref {
			hash = h
		}
		return hash == ""
	})
	return hash
}

// originOf returns the address of the remote origin as a URL.
func originOf(config string) string {
	address, inOrigin := "", false
	eachLine(config, func(s string) bool {
		if strings.HasPrefix(s, "[") {
			inOrigin = s == `[remote "origin"]`
			return true
		}
		if key, value, ok := strings.Cut(s, "="); ok && inOrigin && strings.TrimSpace(key) == "url" {
			address = strings.TrimSpace(value)
		}
		return address == ""
	})
	// git@host:group/project is short for ssh://git@host/group/project.
	if m := regexp.MustCompile(`^([^/@:]+@[^/:]+):([^/].*)$`).FindStringSubmatch(address); m != nil {
		return "ssh://" + m[1] + "/" + m[2]
	}
	if !strings.Contains(address, "://") {
		return ""
	}
	return address
}

// eachLine hands the trimmed lines of a regular file to visit until it returns
// false.
func eachLine(file string, visit func(string) bool) {
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return
	}
	f, err := os.Open(file)
	if err != nil {
		return
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if !visit(strings.TrimSpace(lines.Text())) {
			return
		}
	}
}
