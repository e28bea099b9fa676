package policies

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"merlon/compliance"
)

// maxShown bounds a value in a finding; the whole of it stands in the document.
const maxShown = 200

// text is a value as people read it: strings bare, lists of scalars in brackets,
// nothing for what is larger.
func text(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return cut(x)
	case bool, int, int64, float64, json.Number:
		return fmt.Sprint(x)
	case []any:
		if slices.ContainsFunc(x, composite) {
			return fmt.Sprintf("%d items", len(x))
		}
		parts := make([]string, len(x))
		for i, e := range x {
			parts[i] = text(e)
		}
		return cut("[" + strings.Join(parts, ", ") + "]")
	}
	return ""
}

func composite(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

// cut shortens s at a rune boundary.
func cut(s string) string {
	n := 0
	for i := range s {
		if n == maxShown {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// sentence says what was found: "permitrootlogin is yes, want no".
func sentence(f *compliance.Finding) string {
	name := setting(f)
	switch {
	case f.Absent && f.Want == "":
		return name + " is not set"
	case f.Absent:
		return fmt.Sprintf("%s is not set, want %s", name, f.Want)
	case f.Saw == "" && f.Want == "":
		return name + " is there"
	case f.Saw == "":
		return fmt.Sprintf("%s: want %s", name, f.Want)
	case f.Want == "":
		return fmt.Sprintf("%s is %s", name, f.Saw)
	}
	return fmt.Sprintf("%s is %s, want %s", name, f.Saw, f.Want)
}

// setting is the path without its section; in Terraform the address alone stands
// for the resource.
func setting(f *compliance.Finding) string {
	if len(f.Path) == 1 {
		return f.Path[0]
	}
	rest := f.Path[1:]
	if f.Path[0] == "data" && len(f.Path) > 2 {
		rest = f.Path[2:]
	}
	if len(rest) == 1 {
		return rest[0]
	}
	return rest[0] + " " + strings.Join(rest[1:], ".")
}
