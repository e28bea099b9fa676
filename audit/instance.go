package audit

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

var (
	// instanceKey is the key of a resource's or a module's instance: ["a"], [0].
	instanceKey = regexp.MustCompile(`\[(?:[0-9]+|"(?:[^"\\]|\\.)*")\]`)
	// openKey stands for any number of instances, where count or for_each is unknown.
	openKey = `["?"]`
	anyKey  = `(?:` + instanceKey.String() + `)?`
)

// withoutFirst returns p where x[0] is written x: Terraform takes one for the other
// where a count is added or taken away, and no configuration has both.
func withoutFirst(p compliance.Path) compliance.Path {
	return mapped(p, func(s string) string {
		return instanceKey.ReplaceAllStringFunc(s, func(key string) string {
			if key == "[0]" {
				return ""
			}
			return key
		})
	})
}

func mapped(p compliance.Path, change func(string) string) compliance.Path {
	out := p.Append()
	for i, s := range p {
		out[i] = change(s)
	}
	return out
}

// identity is what a failure is recognised by in another run: its setting, at an
// address without [0].
func identity(f *compliance.Finding) string {
	subject, path := withoutFirst(f.Subject), withoutFirst(f.Path)
	if slices.Equal(subject, f.Subject) && slices.Equal(path, f.Path) {
		return f.Setting
	}
	g := compliance.Finding{Control: f.Control, Target: f.Target, Subject: subject, Path: path}
	g.SetSetting()
	return g.Setting
}

// block is shared by the findings of a control on all instances of one block.
func block(f *compliance.Finding) string {
	plain := func(s string) string { return instanceKey.ReplaceAllString(s, "") }
	g := compliance.Finding{Control: f.Control, Target: f.Target, Subject: mapped(f.Subject, plain)}
	g.SetSetting()
	return g.Setting
}

// covers tells whether f and g, of one [block], may be about the same instance: one
// of them is about all that an unknown count brings.
func covers(f, g *compliance.Finding) bool {
	return opens(f, g) || opens(g, f)
}

// isOpen tells whether f is about all that an unknown count brings.
func isOpen(f *compliance.Finding) bool {
	return slices.ContainsFunc(f.Subject, func(s string) bool { return strings.Contains(s, openKey) })
}

func opens(f, g *compliance.Finding) bool {
	if !isOpen(f) {
		return false
	}
	a, b := place(f), place(g)
	pattern := strings.ReplaceAll(regexp.QuoteMeta(a), regexp.QuoteMeta(openKey), anyKey)
	ok, err := regexp.MatchString(`^(?s:`+pattern+`)$`, b)
	return err == nil && ok
}

// place is the subject as text.
func place(f *compliance.Finding) string {
	return strings.Join(withoutFirst(f.Subject), "\x00")
}

// element is p up to its outermost list element, with the list's indexes left open;
// "" where p lies in none.
func element(p compliance.Path) string {
	for i, s := range p {
		if _, err := strconv.ParseUint(s, 10, 31); err == nil {
			return strings.Join(withoutFirst(p[:i]), "\x00")
		}
	}
	return ""
}
