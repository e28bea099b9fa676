package remote

import (
	"strings"
	"unicode"
)

// maxText bounds what a server can put into an error message, in bytes.
const maxText = 1000

// clean makes text from a server fit to be shown: one line, bounded, nothing that
// a terminal would obey.
func clean(s string) string {
	cut := len(s) > maxText
	if cut {
		s = s[:maxText]
	}
	s = strings.Join(strings.Fields(printable(s)), " ")
	if cut {
		s += " ..."
	}
	return s
}

// printable replaces what a terminal would obey or not show; newlines and tabs stay.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return -1
		case unicode.IsPrint(r):
			return r
		}
		return '\uFFFD'
	}, s)
}
