package compliance

import "strings"

// A Path names a fact in a [Document]: a section, then keys and list indexes,
// each as a string: {"sshd", "contexts", "global", "permitrootlogin"} or
// {"aws_security_group", "aws_security_group.web", "ingress", "0", "from_port"}.
type Path []string

// Any stands in the path of an unknown for an element, a key or a rest of a
// list that could not be told.
const Any = "?"

// String joins the elements with "/".
func (p Path) String() string { return strings.Join(p, "/") }

// Append returns a new path; p is left as it is.
func (p Path) Append(more ...string) Path {
	out := make(Path, 0, len(p)+len(more))
	return append(append(out, p...), more...)
}

// HasPrefix tells whether prefix is p itself or an ancestor of it.
func (p Path) HasPrefix(prefix Path) bool {
	if len(prefix) > len(p) {
		return false
	}
	for i, s := range prefix {
		if p[i] != s {
			return false
		}
	}
	return true
}

// Section is what a scanner is asked for: the first element of a path. Beneath
// "data", "references" and "referrers", where resource types come second, it is
// the first two, joined with "/".
func (p Path) Section() string {
	if len(p) == 0 {
		return ""
	}
	switch p[0] {
	case "data", "references", "referrers":
		if len(p) > 1 {
			return p[0] + "/" + p[1]
		}
	}
	return p[0]
}

// key is the form under which maps hold a path. Elements may hold "/", never NUL.
func (p Path) key() string { return strings.Join(p, "\x00") }

// pathOf undoes key.
func pathOf(key string) Path { return strings.Split(key, "\x00") }

// A Source tells where a fact was read: a file with its lines, or a command.
// Lines and columns count from 1; 0 is "not known". EndLine is the last line of
// the range, the same as Line where there is one.
type Source struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	EndLine int    `json:"end_line,omitempty"`
	Command string `json:"command,omitempty"`
	// Default tells that nothing was written anywhere: the value is the
	// program's own, as Command or File tells.
	Default bool `json:"default,omitempty"`
	// Via is the chain that led here, nearest first: the module blocks above a
	// resource in Terraform, the Include lines above a drop-in.
	Via []Source `json:"via,omitempty"`
	// Shadowed are the lines that set the same thing and lost.
	Shadowed []Source `json:"shadowed,omitempty"`
	// Text is the line as it stands, where it is evidence and holds no secret.
	Text string `json:"text,omitempty"`
}

// IsZero tells whether nothing is known about the origin.
func (s Source) IsZero() bool { return s.File == "" && s.Command == "" }
