package remote

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxIncludes is how deep Include may nest, as in OpenSSH's readconf.c.
const maxIncludes = 16

// A directive is one line of ssh_config(5).
type directive struct {
	keyword string // in lower case
	args    []string
	file    string
	line    int
}

func (d directive) where() string { return fmt.Sprintf("%s:%d", d.file, d.line) }

// A configReader collects what ssh_config(5) says about one host. The first
// value of a keyword wins; the keywords in cumulative add up.
type configReader struct {
	home string
	// asked and user are the host and user as the caller named them; localUser
	// is who runs this process.
	asked, user, localUser string

	values   map[string][]directive
	warnings []string
	// final is the second pass, which `Match final` and `Match canonical` want.
	final, wantFinal bool
}

var cumulative = []string{"identityfile", "certificatefile"}

// systemDir is where the machine's own configuration lives.
const systemDir = "/etc/ssh"

// read fills r.values from config, or from the user's and the machine's files
// where config is "". As with `ssh -F`, "none" reads nothing.
func (r *configReader) read(config string) error {
	if config == "none" {
		return nil
	}
	if err := r.pass(config); err != nil || !r.wantFinal {
		return err
	}
	r.final = true
	return r.pass(config)
}

func (r *configReader) pass(config string) error {
	userDir := filepath.Join(r.home, ".ssh")
	if config != "" {
		return r.file(config, userDir, 0, true)
	}
	for _, dir := range []string{userDir, systemDir} {
		name := filepath.Join(dir, "config")
		if dir == systemDir {
			name = filepath.Join(dir, "ssh_config")
		}
		err := checkOwner(name)
		if err == nil {
			err = r.file(name, dir, 0, true)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// file reads one configuration file. Names in Include are relative to dir.
func (r *configReader) file(name, dir string, depth int, active bool) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("reading the SSH configuration: %w", err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		d := directive{file: name, line: i + 1}
		d.keyword, d.args, err = splitDirective(line)
		if err != nil {
			return fmt.Errorf("%s: %w", d.where(), err)
		}
		if d.keyword == "" {
			continue
		}
		if len(d.args) == 0 {
			return fmt.Errorf("%s: %s has no value", d.where(), d.keyword)
		}
		switch d.keyword {
		case "host":
			active = matchesAny(d.args, r.asked)
		case "match":
			active, err = r.match(d)
		case "include":
			if active {
				err = r.include(d, dir, depth+1)
			}
		default:
			if active {
				r.add(d)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *configReader) add(d directive) {
	have := r.values[d.keyword]
	if len(have) == 0 {
		r.values[d.keyword] = []directive{d}
		return
	}
	again := slices.ContainsFunc(have, func(h directive) bool { return slices.Equal(h.args, d.args) })
	if slices.Contains(cumulative, d.keyword) && !again {
		r.values[d.keyword] = append(have, d)
	}
}

func (r *configReader) include(d directive, dir string, depth int) error {
	if depth > maxIncludes {
		return fmt.Errorf("%s: Include nests deeper than %d files; does a file include itself?", d.where(), maxIncludes)
	}
	for _, pattern := range d.args {
		pattern = expandHome(pattern, r.home)
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(dir, pattern)
		}
		names, err := filepath.Glob(pattern)
		if err != nil {
			return fmt.Errorf("%s: Include %s: %w", d.where(), pattern, err)
		}
		for _, name := range names {
			if err := r.file(name, dir, depth, true); err != nil {
				return err
			}
		}
	}
	return nil
}

// unsupported are the criteria of Match that depend on what only ssh itself can
// tell, or that would run a program. Their blocks are left out, with a warning.
var unsupported = []string{"exec", "localnetwork", "tagged", "version", "sessiontype", "command"}

// match tells whether all criteria of a Match line hold.
func (r *configReader) match(d directive) (bool, error) {
	holds, skipped := true, ""
	for args := d.args; len(args) > 0; {
		name, value, hasValue := strings.Cut(args[0], "=")
		args = args[1:]
		negated := strings.HasPrefix(name, "!")
		name = strings.ToLower(strings.TrimPrefix(name, "!"))
		var is bool
		switch name {
		case "all":
			is = true
		case "final", "canonical":
			r.wantFinal = r.wantFinal || name == "final"
			is = r.final
		default:
			if !hasValue {
				if len(args) == 0 {
					return false, fmt.Errorf("%s: Match %s has no value", d.where(), name)
				}
				value, args = args[0], args[1:]
			}
			if slices.Contains(unsupported, name) {
				skipped = name
				continue
			}
			subject, err := r.subject(name)
			if err != nil {
				return false, fmt.Errorf("%s: %w", d.where(), err)
			}
			is = matchesAny(strings.Split(value, ","), subject)
		}
		holds = holds && is != negated
	}
	if holds && skipped != "" {
		r.warnings = append(r.warnings, fmt.Sprintf("%s: `Match %s` is not evaluated; the block is left out", d.where(), skipped))
		return false, nil
	}
	return holds, nil
}

// subject is what a criterion of Match is compared with.
func (r *configReader) subject(criterion string) (string, error) {
	switch criterion {
	case "host":
		if name := r.first("hostname"); name != "" {
			return strings.NewReplacer("%%", "%", "%h", r.asked).Replace(name), nil
		}
		return r.asked, nil
	case "originalhost":
		return r.asked, nil
	case "user":
		if r.user != "" {
			return r.user, nil
		}
		if user := r.first("user"); user != "" {
			return user, nil
		}
		return r.localUser, nil
	case "localuser":
		return r.localUser, nil
	}
	return "", fmt.Errorf("`Match %s` is not known", criterion)
}

// first returns the first argument of a keyword, "" where it is not set.
func (r *configReader) first(keyword string) string {
	if v := r.values[keyword]; len(v) > 0 {
		return v[0].args[0]
	}
	return ""
}

// splitDirective takes a line apart as OpenSSH does: a keyword, blanks or one
// "=", then arguments that may stand in quotes; "#" begins a comment where an
// argument could begin. The keyword is "" where the line says nothing.
func splitDirective(line string) (keyword string, args []string, err error) {
	line = strings.Trim(line, " \t\r\f")
	if line == "" || line[0] == '#' {
		return "", nil, nil
	}
	end := strings.IndexAny(line, " \t=")
	if end < 0 {
		return strings.ToLower(line), nil, nil
	}
	keyword, line = strings.ToLower(line[:end]), strings.TrimLeft(line[end:], " \t")
	line = strings.TrimPrefix(line, "=")
	args, err = splitArgs(line)
	return keyword, args, err
}

func splitArgs(s string) (args []string, err error) {
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" || s[0] == '#' {
			return args, nil
		}
		var arg strings.Builder
		quote := byte(0)
		i := 0
		for ; i < len(s); i++ {
			c := s[i]
			switch {
			case c == '\\' && i+1 < len(s) && escapable(s[i+1], quote):
				i++
				arg.WriteByte(s[i])
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
			case quote != 0 && c == quote:
				quote = 0
			case quote == 0 && (c == ' ' || c == '\t'):
				goto done
			default:
				arg.WriteByte(c)
			}
		}
	done:
		if quote != 0 {
			return nil, fmt.Errorf("a quote (%c) is not closed", quote)
		}
		args, s = append(args, arg.String()), s[i:]
	}
}

func escapable(c, quote byte) bool {
	return c == '"' || c == '\'' || c == '\\' || quote == 0 && c == ' '
}

// matchesAny tells whether a list of patterns matches s: one of them does, and
// none that begins with "!" does.
func matchesAny(patterns []string, s string) bool {
	found := false
	for _, p := range patterns {
		if rest, negated := strings.CutPrefix(p, "!"); negated {
			if matches(rest, s) {
				return false
			}
		} else if matches(p, s) {
			found = true
		}
	}
	return found
}

// matches is ssh_config(5)'s PATTERNS: "*" stands for any text, "?" for one byte.
// It takes at most len(pattern)*len(s) steps.
func matches(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// expandHome replaces a leading "~/" with the home directory.
func expandHome(name, home string) string {
	if name == "~" {
		return home
	}
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		return filepath.Join(home, rest)
	}
	return name
}
