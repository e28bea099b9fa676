package terraform

import (
	"fmt"
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
		out = append(out, p)
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
