package terraform

import (
	"strings"

	"merlon/compliance"
)

// A Text reads lines of a repository again, to show beside a finding.
type Text struct {
	tree  *tree
	files map[string][]string
}

// OpenText opens the repository around dir, as [Scanner.Scan] does.
func OpenText(dir string) (*Text, error) {
	tr, _, err := openTree(dir)
	if err != nil {
		return nil, err
	}
	return &Text{tree: tr, files: map[string][]string{}}, nil
}

// Base is the repository's directory: the files of sources are relative to it.
func (t *Text) Base() string { return t.tree.base }

// Close closes the repository.
func (t *Text) Close() { t.tree.close() }

// Lines returns at most limit lines from the first of src on; "" where they
// cannot be read, or are no longer there.
func (t *Text) Lines(src compliance.Source, limit int) string {
	if src.File == "" || src.Line < 1 {
		return ""
	}
	lines, ok := t.files[src.File]
	if !ok {
		if data, err := t.tree.read(src.File, sourceLimit(src.File)); err == nil {
			lines = strings.Split(string(data), "\n")
		}
		t.files[src.File] = lines
	}
	if src.Line > len(lines) {
		return ""
	}
	end := min(max(src.EndLine, src.Line), src.Line+limit-1, len(lines))
	return strings.TrimRight(strings.Join(lines[src.Line-1:end], "\n"), "\r\n")
}

// IsSecretName tells from an attribute's name that its value is a secret, and not a
// reference to one.
func IsSecretName(attribute string) bool { return isSensitiveName(attribute) }
