package fixes

import (
	"fmt"
	"strconv"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// valueText writes a recipe's value as HCL.
func valueText(v any) (string, error) {
	value, err := valueOf(v)
	if err != nil {
		return "", err
	}
	return string(hclwrite.TokensForValue(value).Bytes()), nil
}

func valueOf(v any) (cty.Value, error) {
	switch x := v.(type) {
	case bool:
		return cty.BoolVal(x), nil
	case string:
		return cty.StringVal(x), nil
	case int:
		return cty.NumberIntVal(int64(x)), nil
	case float64:
		return cty.NumberFloatVal(x), nil
	case []any:
		items := make([]cty.Value, len(x))
		for i, e := range x {
			var err error
			if items[i], err = valueOf(e); err != nil {
				return cty.NilVal, err
			}
		}
		return cty.TupleVal(items), nil
	}
	return cty.NilVal, fmt.Errorf("a recipe cannot set a value of type %T", v)
}

// wantedText writes what a finding wants, which comes as text. Terraform converts
// between text, numbers and booleans as the attribute needs it: text is always
// right, and what looks like the others is written as people do.
func wantedText(want string) string {
	if n, err := strconv.ParseInt(want, 10, 64); err == nil && strconv.FormatInt(n, 10) == want {
		return want
	}
	if want == "true" || want == "false" {
		return want
	}
	return string(hclwrite.TokensForValue(cty.StringVal(want)).Bytes())
}

// keyText writes an item's key.
func keyText(key string) string {
	if hclsyntax.ValidIdentifier(key) {
		return key
	}
	return string(hclwrite.TokensForValue(cty.StringVal(key)).Bytes())
}

func isText(v cty.Value, want string) bool {
	v, _ = v.Unmark()
	return v.IsKnown() && !v.IsNull() && v.Type() == cty.String && v.AsString() == want
}
