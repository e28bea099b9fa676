package waivers

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"merlon/compliance"
)

// wild are the characters that make a text a pattern.
const wild = `*?[\`

// instanceKey is the key of a resource's or a module's instance: ["a"], [0].
const instanceKey = `(?:\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])?`

// addressPattern turns a pattern of subjects into an expression. "*", "?" and a
// last "**" are as in [compliance.Match]; brackets stand for themselves, as they are part of
// addresses, and a name without a key stands for all its instances.
func addressPattern(pattern string) (*regexp.Regexp, error) {
	var b strings.Builder
	b.WriteString(`^(?s:`)
	rest, deep := strings.CutSuffix(pattern, "**")
	for _, r := range rest {
		switch r {
		case '*':
			b.WriteString(`[^/]*`)
		case '?':
			b.WriteString(`[^/]`)
		case '.':
			b.WriteString(instanceKey + `\.`)
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	if deep {
		b.WriteString(`.*`)
	} else {
		b.WriteString(instanceKey)
	}
	b.WriteString(`)$`)
	return regexp.Compile(b.String())
}

var class = regexp.MustCompile(`\[[^\]]*\]`)

// anything tells whether a pattern of targets or subjects names nothing in
// particular: it has wildcards, and not one letter or digit.
func anything(pattern string) bool {
	if pattern == "" {
		return true
	}
	named := strings.ContainsFunc(class.ReplaceAllString(pattern, ""), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	return strings.ContainsAny(pattern, wild) && !named
}

// sweeping tells whether a pattern names every control, or every one of a kind.
func sweeping(pattern string, known []*compliance.Control) bool {
	if strings.Trim(pattern, "*?/") == "" {
		return true
	}
	if !strings.ContainsAny(pattern, wild) {
		return false
	}
	named, spared := map[compliance.Kind]bool{}, map[compliance.Kind]bool{}
	for _, c := range known {
		if c.Named(pattern) {
			named[c.Kind] = true
		} else {
			spared[c.Kind] = true
		}
	}
	for kind := range named {
		if !spared[kind] {
			return true
		}
	}
	return false
}

func namesAny(pattern string, known []*compliance.Control) bool {
	return slices.ContainsFunc(known, func(c *compliance.Control) bool { return c.Named(pattern) })
}

// validPattern tells whether a pattern is one of path.Match.
func validPattern(pattern string) bool {
	_, err := path.Match(strings.TrimSuffix(pattern, "**"), "")
	return err == nil
}
