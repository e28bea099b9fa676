package policies

import (
	"fmt"
	"slices"
	"strings"
)

// A Parameter is a value that a baseline may set; rules read it as
// data.parameters.<name>.
type Parameter struct {
	// Type is string, number, boolean, list (of strings) or numbers (a list).
	Type        string `json:"type" yaml:"type"`
	Default     any    `json:"default" yaml:"default"`
	Description string `json:"description" yaml:"description"`
	// OneOf, where it is not empty, holds the only strings that may stand there.
	OneOf []string `json:"one_of,omitempty" yaml:"one_of"`
}

// parameterTypes are the types of parameters, each with what it is called.
var parameterTypes = map[string]string{
	"string": "a string", "number": "a number", "boolean": "true or false", "list": "a list of strings", "numbers": "a list of numbers",
}

// check tells what is wrong with v as a value of the parameter; "" is nothing.
func (p Parameter) check(v any) string {
	called, ok := parameterTypes[p.Type]
	if !ok {
		return fmt.Sprintf("the type %q is none: a parameter is a string, number, boolean, list (of strings) or numbers", p.Type)
	}
	elements := []any{v}
	switch p.Type {
	case "list", "numbers":
		if elements, ok = v.([]any); !ok {
			return fmt.Sprintf("%v is not %s", v, called)
		}
	}
	for _, e := range elements {
		if !p.takes(e) {
			return fmt.Sprintf("%v is not %s", v, called)
		}
		if s, isString := e.(string); isString && len(p.OneOf) > 0 && !slices.Contains(p.OneOf, s) {
			return fmt.Sprintf("%q is none of %s", s, strings.Join(p.OneOf, ", "))
		}
	}
	return ""
}

// takes tells whether v is of the parameter's type, or of that of its elements.
func (p Parameter) takes(v any) bool {
	switch v.(type) {
	case string:
		return p.Type == "string" || p.Type == "list"
	case int, float64:
		return p.Type == "number" || p.Type == "numbers"
	case bool:
		return p.Type == "boolean"
	}
	return false
}
