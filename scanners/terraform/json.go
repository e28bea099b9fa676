package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
)

// parseJSON reads Terraform's JSON syntax into the tree that the native syntax
// gives, so that nothing behind it knows two languages.
//
// JSON does not tell a nested block from an attribute that holds a map; only the
// provider's schema does. Here an object is one nested block, unless its name is
// one that maps commonly bear (mapNames), it is empty, or a key of it is no
// identifier. An array that holds only objects is a list of nested blocks, which
// looks the same in a document as a list of maps.
func parseJSON(src []byte, file string) (*hclsyntax.Body, hcl.Diagnostics) {
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}}
	f, diags := json.Parse(src, file)
	if f == nil || diags.HasErrors() {
		return body, diags
	}
	attrs, more := f.Body.JustAttributes()
	diags = append(diags, more...)
	if strings.Contains(file, ".tfvars") {
		for name, a := range attrs {
			body.Attributes[name] = jsonValue(name, a)
		}
		return body, diags
	}
	for name, a := range attrs {
		c := jsonConverter{rng: a.NameRange}
		c.top(body, name, a.Expr)
	}
	return body, diags
}

// jsonLabels is how many labels a top-level block has.
var jsonLabels = map[string]int{
	"resource": 2, "data": 2, "module": 1, "variable": 1, "output": 1, "provider": 1, "locals": 0,
}

// mapNames are attributes that hold a map in one provider or another.
var mapNames = map[string]bool{
	"tags": true, "tags_all": true, "labels": true, "user_labels": true, "resource_labels": true, "match_labels": true,
	"annotations": true, "node_selector": true, "variables": true, "environment_variables": true, "app_settings": true,
	"parameters": true, "request_parameters": true, "response_parameters": true, "query": true,
	"triggers": true, "triggers_replace": true, "keepers": true, "input": true, "values": true,
	"data": true, "binary_data": true, "string_data": true,
}

// A jsonConverter turns a property into blocks; rng is where its name stands.
type jsonConverter struct{ rng hcl.Range }

func (c jsonConverter) top(body *hclsyntax.Body, name string, expr hcl.Expression) {
	n, known := jsonLabels[name]
	if !known {
		return
	}
	c.labelled(body, name, nil, n, expr)
}

// labelled descends through the objects whose keys are a block's labels.
func (c jsonConverter) labelled(body *hclsyntax.Body, typ string, labels []string, left int, expr hcl.Expression) {
	if list, diags := hcl.ExprList(expr); !diags.HasErrors() {
		for _, e := range list {
			c.labelled(body, typ, labels, left, e)
		}
		return
	}
	if left == 0 {
		body.Blocks = append(body.Blocks, c.block(typ, labels, expr))
		return
	}
	pairs, diags := hcl.ExprMap(expr)
	if diags.HasErrors() {
		return
	}
	for _, p := range pairs {
		key := jsonString(p.Key)
		if key == "//" {
			continue
		}
		inner := jsonConverter{rng: p.Key.Range()}
		inner.labelled(body, typ, append(labels[:len(labels):len(labels)], key), left-1, p.Value)
	}
}

// plainBodies are blocks whose arguments are all attributes.
var plainBodies = map[string]bool{"module": true, "variable": true, "output": true, "locals": true}

func (c jsonConverter) block(typ string, labels []string, expr hcl.Expression) *hclsyntax.Block {
	r := expr.Range()
	b := &hclsyntax.Block{
		Type: typ, Labels: labels, TypeRange: c.rng, OpenBraceRange: r, CloseBraceRange: r,
		Body: &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: r, EndRange: r},
	}
	for range labels {
		b.LabelRanges = append(b.LabelRanges, c.rng)
	}
	pairs, diags := hcl.ExprMap(expr)
	if diags.HasErrors() {
		return b
	}
	for _, p := range pairs {
		name := jsonString(p.Key)
		inner := jsonConverter{rng: p.Key.Range()}
		switch {
		case name == "//":
		case plainBodies[typ] || !inner.nested(b.Body, name, p.Value):
			b.Body.Attributes[name] = jsonAttribute(name, p.Key.Range(), p.Value)
		}
	}
	return b
}

// nested adds a property as nested blocks, where it is one.
func (c jsonConverter) nested(body *hclsyntax.Body, name string, expr hcl.Expression) bool {
	if name == "dynamic" {
		c.labelled(body, name, nil, 1, expr)
		return true
	}
	items := []hcl.Expression{expr}
	if list, diags := hcl.ExprList(expr); !diags.HasErrors() {
		items = list
	} else if mapNames[name] {
		return false
	}
	for _, e := range items {
		if !blockLike(e) {
			return false
		}
	}
	for _, e := range items {
		body.Blocks = append(body.Blocks, c.block(name, nil, e))
	}
	return len(items) > 0
}

func blockLike(e hcl.Expression) bool {
	pairs, diags := hcl.ExprMap(e)
	if diags.HasErrors() || len(pairs) == 0 {
		return false
	}
	for _, p := range pairs {
		if !hclsyntax.ValidIdentifier(jsonString(p.Key)) {
			return false
		}
	}
	return true
}

func jsonAttribute(name string, at hcl.Range, expr hcl.Expression) *hclsyntax.Attribute {
	value := jsonExpression(expr, parseText)
	if name == "type" {
		// A type is written as a string: "list(string)".
		if s, ok := jsonText(expr); ok {
			if parsed, diags := hclsyntax.ParseExpression([]byte(s), at.Filename, expr.Range().Start); !diags.HasErrors() && isTypeExpression(parsed) {
				value = parsed
			}
		}
	}
	r := expr.Range()
	return &hclsyntax.Attribute{Name: name, Expr: value, SrcRange: hcl.RangeBetween(at, r), NameRange: at, EqualsRange: at}
}

// isTypeExpression tells a type's constructor from a plain word, which "type" is
// in many resources.
func isTypeExpression(e hclsyntax.Expression) bool {
	call, ok := e.(*hclsyntax.FunctionCallExpr)
	return ok && (call.Name == "list" || call.Name == "map" || call.Name == "set" || call.Name == "object" || call.Name == "tuple")
}

// jsonValue is an attribute of a tfvars file, where strings are no templates.
func jsonValue(name string, a *hcl.Attribute) *hclsyntax.Attribute {
	literal := func(text string, at hcl.Range) hclsyntax.Expression {
		return &hclsyntax.LiteralValueExpr{Val: cty.StringVal(text), SrcRange: at}
	}
	return &hclsyntax.Attribute{
		Name: name, Expr: jsonExpression(a.Expr, literal), SrcRange: a.Range, NameRange: a.NameRange, EqualsRange: a.NameRange,
	}
}

// jsonExpression turns a JSON value into an expression, and strings with text.
func jsonExpression(expr hcl.Expression, text func(string, hcl.Range) hclsyntax.Expression) hclsyntax.Expression {
	r := expr.Range()
	if list, diags := hcl.ExprList(expr); !diags.HasErrors() {
		out := &hclsyntax.TupleConsExpr{SrcRange: r, OpenRange: r}
		for _, e := range list {
			out.Exprs = append(out.Exprs, jsonExpression(e, text))
		}
		return out
	}
	if pairs, diags := hcl.ExprMap(expr); !diags.HasErrors() {
		out := &hclsyntax.ObjectConsExpr{SrcRange: r, OpenRange: r}
		for _, p := range pairs {
			key := &hclsyntax.ObjectConsKeyExpr{Wrapped: jsonExpression(p.Key, text), ForceNonLiteral: true}
			out.Items = append(out.Items, hclsyntax.ObjectConsItem{KeyExpr: key, ValueExpr: jsonExpression(p.Value, text)})
		}
		return out
	}
	s, ok := jsonText(expr)
	if !ok {
		v, _ := expr.Value(nil)
		return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: r}
	}
	return text(s, r)
}

// parseText parses a JSON string as a template.
func parseText(text string, r hcl.Range) hclsyntax.Expression {
	if !strings.Contains(text, "${") && !strings.Contains(text, "%{") {
		return &hclsyntax.LiteralValueExpr{Val: cty.StringVal(text), SrcRange: r}
	}
	start := r.Start
	start.Column++
	start.Byte++
	parsed, diags := parseTemplate([]byte(text), r.Filename, start)
	if diags.HasErrors() {
		return &hclsyntax.ExprSyntaxError{Placeholder: cty.DynamicVal, ParseDiags: diags, SrcRange: r}
	}
	return parsed
}

// jsonText returns the text of a JSON string, its templates left alone.
func jsonText(expr hcl.Expression) (string, bool) {
	v, diags := expr.Value(nil)
	if diags.HasErrors() || v.IsNull() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

func jsonString(expr hcl.Expression) string {
	s, _ := jsonText(expr)
	return s
}

// jsonTooDeep is tooDeep for JSON, where only brackets nest.
func jsonTooDeep(src []byte, file string) *hcl.Diagnostic {
	if jsonDepth(src) <= maxNesting {
		return nil
	}
	return deep(hcl.Range{Filename: file, Start: hcl.InitialPos, End: hcl.InitialPos})
}

// jsonDepth is the deepest nesting of brackets outside of strings.
func jsonDepth(src []byte) int {
	deepest, now, quoted := 0, 0, false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}
