package fixes

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"merlon/compliance"
)

// contextLines is how many lines a diff shows around a change.
const contextLines = 3

// An edit replaces whole lines of a file.
type edit struct {
	file     *file
	line     int // the first, from 0
	old, now []string
}

// maxTable bounds the work of comparing a resource with what became of it; what is
// larger is one edit.
const maxTable = 1 << 22

// difference compares lines, the first of which is line n of the file: by the
// longest common subsequence.
func difference(f *file, n int, old, now []string) []edit {
	for len(old) > 0 && len(now) > 0 && old[0] == now[0] {
		old, now, n = old[1:], now[1:], n+1
	}
	for len(old) > 0 && len(now) > 0 && old[len(old)-1] == now[len(now)-1] {
		old, now = old[:len(old)-1], now[:len(now)-1]
	}
	switch {
	case len(old)+len(now) == 0:
		return nil
	case len(old)*len(now) > maxTable, len(old) == 0, len(now) == 0:
		return []edit{{f, n, old, now}}
	}
	common := commonLines(old, now)
	var out []edit
	i, j := 0, 0
	for i < len(old) || j < len(now) {
		a, b := i, j
		for (i < len(old) || j < len(now)) && (i == len(old) || j == len(now) || old[i] != now[j]) {
			if j == len(now) || i < len(old) && common[i+1][j] >= common[i][j+1] {
				i++
			} else {
				j++
			}
		}
		if i > a || j > b {
			out = append(out, edit{f, n + a, old[a:i], now[b:j]})
		}
		for i < len(old) && j < len(now) && old[i] == now[j] {
			i, j = i+1, j+1
		}
	}
	return out
}

// commonLines is the length of the longest common subsequence of old[i:] and now[j:].
func commonLines(old, now []string) [][]int {
	table := make([][]int, len(old)+1)
	for i := range table {
		table[i] = make([]int, len(now)+1)
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(now) - 1; j >= 0; j-- {
			if old[i] == now[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}

// public turns edits into those of a report.
func public(edits []edit) []compliance.Edit {
	out := make([]compliance.Edit, 0, len(edits))
	for _, e := range edits {
		x := compliance.Edit{File: e.file.name, Line: e.line + 1, Column: 1, EndLine: e.line + len(e.old) + 1, EndColumn: 1, Text: strings.Join(e.now, "")}
		// A line's end stays where it is: after the last there may be no line.
		if n := len(e.old); n > 0 && len(e.now) > 0 {
			last := e.old[n-1]
			end := last[len(strings.TrimRight(last, "\r\n")):]
			x.EndLine, x.EndColumn = e.line+n, utf8.RuneCountInString(strings.TrimRight(last, "\r\n"))+1
			x.Text = strings.TrimSuffix(x.Text, end)
		}
		if lines := e.file.lines(); len(e.old) == 0 && e.line == len(lines) && e.line > 0 {
			last := strings.TrimRight(lines[e.line-1], "\r\n")
			end := lines[e.line-1][len(last):]
			x.Line, x.Column = e.line, utf8.RuneCountInString(last)+1
			x.EndLine, x.EndColumn = x.Line, x.Column
			x.Text = end + strings.TrimSuffix(x.Text, end)
		}
		out = append(out, x)
	}
	return out
}

// unified writes edits, ordered by file and line, as a unified diff.
func unified(edits []edit) string {
	var out strings.Builder
	for len(edits) > 0 {
		n := 1
		for n < len(edits) && edits[n].file == edits[0].file {
			n++
		}
		writeFile(&out, edits[:n])
		edits = edits[n:]
	}
	return out.String()
}

func writeFile(out *strings.Builder, edits []edit) {
	name := edits[0].file.name
	fmt.Fprintf(out, "--- %s\n+++ %s\n", quoted("a/"+name), quoted("b/"+name))
	lines := edits[0].file.lines()
	shift := 0 // how many lines were added above
	for len(edits) > 0 {
		n := 1
		for n < len(edits) && edits[n].line-edits[n-1].end() <= 2*contextLines {
			n++
		}
		shift = writeHunk(out, lines, edits[:n], shift)
		edits = edits[n:]
	}
}

func (e edit) end() int { return e.line + len(e.old) }

// writeHunk writes edits that lie close to one another.
func writeHunk(out *strings.Builder, lines []string, edits []edit, shift int) int {
	first, last := edits[0], edits[len(edits)-1]
	from, to := max(0, first.line-contextLines), min(len(lines), last.end()+contextLines)
	grown := 0
	for _, e := range edits {
		grown += len(e.now) - len(e.old)
	}
	fmt.Fprintf(out, "@@ -%s +%s @@\n", rangeText(from, to-from), rangeText(from+shift, to-from+grown))
	at := from
	for _, e := range edits {
		writeLines(out, ' ', lines[at:e.line])
		writeLines(out, '-', e.old)
		writeLines(out, '+', e.now)
		at = e.end()
	}
	writeLines(out, ' ', lines[at:to])
	return shift + grown
}

// rangeText is a hunk's first line and number of lines; an empty one begins after
// the line that it names.
func rangeText(from, n int) string {
	if n == 0 {
		return fmt.Sprintf("%d,0", from)
	}
	return fmt.Sprintf("%d,%d", from+1, n)
}

func writeLines(out *strings.Builder, mark byte, lines []string) {
	for _, line := range lines {
		out.WriteByte(mark)
		out.WriteString(line)
		if !strings.HasSuffix(line, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// quoted writes a name as git does: with what could be taken for something else in
// quotes, see core.quotePath in git-config(1).
func quoted(name string) string {
	plain := func(c byte) bool { return c >= ' ' && c < 0x7f && c != '"' && c != '\\' }
	var out strings.Builder
	special := false
	for i := range len(name) {
		c := name[i]
		switch {
		case plain(c):
			out.WriteByte(c)
			continue
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, `\%03o`, c)
		}
		special = true
	}
	switch {
	case special:
		return `"` + out.String() + `"`
	case strings.Contains(name, " "):
		return name + "\t" // the name ends here, not at the space
	}
	return name
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), cmp.Compare)
}
