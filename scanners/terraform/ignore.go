package terraform

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// ignoreFile holds patterns of what a scan leaves out, at the repository's base.
const ignoreFile = ".merlonignore"

// An ignore tells what a scan leaves out, by patterns as gitignore(5) has them.
type ignore []ignorePattern

type ignorePattern struct {
	glob         string
	negated, dir bool // it re-includes; it matches directories only
}

// Bounds on what a repository may ask to leave out: each file is held against each pattern.
const (
	maxIgnore   = 64 << 10 // bytes of the file
	maxPatterns = 1000
)

// readIgnore reads the repository's patterns; none where it has no such file.
func readIgnore(t *tree) (ignore, error) {
	src, err := t.read(ignoreFile, maxIgnore)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, errTooBig):
		return nil, fmt.Errorf("it is larger than %d KiB", maxIgnore>>10)
	case err != nil:
		return nil, fmt.Errorf("it %s", describe(err))
	}
	return parseIgnore(strings.Split(string(src), "\n"))
}

// parseIgnore reads lines of patterns; an error names the first that is malformed.
func parseIgnore(lines []string) (ignore, error) {
	var out ignore
	for _, line := range lines {
		p, ok := parseIgnoreLine(line)
		if !ok {
			continue
		}
		if !doublestar.ValidatePattern(p.glob) {
			return nil, fmt.Errorf("the pattern %q is malformed", line)
		}
		if out = append(out, p); len(out) > maxPatterns {
			return nil, fmt.Errorf("it has more than %d patterns", maxPatterns)
		}
	}
	return out, nil
}

func parseIgnoreLine(line string) (p ignorePattern, ok bool) {
	line = strings.TrimSuffix(line, "\r")
	for strings.HasSuffix(line, " ") && !strings.HasSuffix(line, `\ `) {
		line = line[:len(line)-1]
	}
	if line == "" || line[0] == '#' {
		return p, false
	}
	line, p.negated = strings.CutPrefix(line, "!")
	line, p.dir = strings.CutSuffix(line, "/")
	if line == "" {
		return p, false
	}
	// Braces mean nothing in gitignore, and alternatives in doublestar, where a
	// negated class also matches the separator.
	p.glob = strings.NewReplacer(`\{`, `\{`, `\}`, `\}`, `\[`, `\[`, "{", `\{`, "}", `\}`, "[!", "[!/", "[^", "[^/").Replace(line)
	if strings.Contains(line, "/") {
		p.glob = strings.TrimPrefix(p.glob, "/")
	} else {
		p.glob = "**/" + p.glob
	}
	return p, true
}

// match tells whether a file or directory is left out: itself, or one above it.
// Names are relative to the base, with slashes.
func (g ignore) match(name string, isDir bool) bool {
	if len(g) == 0 || name == "." {
		return false
	}
	return g.match(path.Dir(name), true) || g.matchOne(name, isDir)
}

// matchOne looks at no directory above; the last pattern that matches decides.
func (g ignore) matchOne(name string, isDir bool) bool {
	for i := len(g) - 1; i >= 0; i-- {
		if p := g[i]; (isDir || !p.dir) && doublestar.MatchUnvalidated(p.glob, name) {
			return !p.negated
		}
	}
	return false
}
