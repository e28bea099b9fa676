package terraform

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// maxPolicy bounds the text of one policy, in bytes. AWS allows 20 KiB at most.
const maxPolicy = 512 << 10

// policyOf returns the policy that a string attribute holds: its JSON, with
// unknown values where the text is not known. A text that looks like a policy
// and cannot be parsed is an unknown value: taken as plain text it would seem to
// allow nothing.
func (e *evaluation) policyOf(v cty.Value) (cty.Value, bool) {
	doc, ok := e.rawPolicy(v)
	if raw, marks := v.Unmark(); ok && doc == cty.NilVal {
		return withOnly(unknown(&cause{text: "the policy is no valid JSON, or too large", unread: true}), marks, derivable), raw.IsKnown()
	} else if ok && isPolicy(doc) {
		return withOnly(normalPolicy(doc), marks, isSecret), true
	}
	return cty.NilVal, false
}

// rawPolicy is what the text of a policy says; ok where it looks like one, and the
// value is [cty.NilVal] where it cannot be read.
func (e *evaluation) rawPolicy(v cty.Value) (doc cty.Value, ok bool) {
	raw, _ := v.Unmark()
	p := markOf[*partial](v)
	switch {
	case raw.IsNull():
	case raw.IsKnown():
		if raw.Type() == cty.String && looksLikePolicy(raw.AsString()) {
			return e.parsePolicy(raw.AsString(), nil), true
		}
	case p != nil && p.template != "":
		doc = e.parsePolicy(p.template, p.parts)
		return doc, doc != cty.NilVal
	case p != nil && p.encoded:
		return p.value, true
	}
	return cty.NilVal, false
}

func looksLikePolicy(text string) bool {
	return strings.HasPrefix(strings.TrimSpace(text), "{") &&
		(strings.Contains(text, `"Statement"`) || strings.Contains(text, `"bindings"`))
}

// parsePolicy parses the text of a policy, in which placeholders may stand for
// parts; cty.NilVal where it is none.
func (e *evaluation) parsePolicy(text string, parts []cty.Value) cty.Value {
	trimmed := strings.TrimSpace(text)
	if !looksLikePolicy(trimmed) || len(trimmed) > maxPolicy {
		return cty.NilVal
	}
	if e.spend(len(trimmed)/4) != nil || jsonDepth([]byte(trimmed)) > maxNesting || !json.Valid([]byte(trimmed)) {
		return cty.NilVal
	}
	ty, err := ctyjson.ImpliedType([]byte(trimmed))
	if err != nil {
		return cty.NilVal
	}
	v, err := ctyjson.Unmarshal([]byte(trimmed), ty)
	if err != nil {
		return cty.NilVal
	}
	if len(parts) == 0 {
		return v
	}
	return fillIn(v, parts)
}

var placeholders = regexp.MustCompile("\U000F4D31([0-9]+)\U000F4D32")

// renumbered moves the numbers of a text's placeholders up.
func renumbered(text string, by int) string {
	if by == 0 {
		return text
	}
	return placeholders.ReplaceAllStringFunc(text, func(m string) string {
		i, err := strconv.Atoi(placeholders.FindStringSubmatch(m)[1])
		if err != nil {
			return m
		}
		return placeholder(i + by)
	})
}

// fillIn puts unknown values where a parsed text has placeholders.
func fillIn(v cty.Value, parts []cty.Value) cty.Value {
	if v.IsNull() {
		return v
	}
	switch ty := v.Type(); {
	case ty == cty.String:
		found := placeholders.FindAllStringSubmatch(v.AsString(), -1)
		if found == nil {
			return v
		}
		out := cty.UnknownVal(cty.String)
		if text, ok := withNames(v.AsString(), parts); ok {
			out = cty.StringVal(text)
		}
		for _, m := range found {
			if i, err := strconv.Atoi(m[1]); err == nil && i < len(parts) {
				_, marks := parts[i].Unmark()
				out = out.WithMarks(marks)
			}
		}
		return out
	case ty.IsTupleType():
		vals := v.AsValueSlice()
		for i := range vals {
			vals[i] = fillIn(vals[i], parts)
		}
		return cty.TupleVal(vals)
	case ty.IsObjectType():
		out := newObject(0)
		for k, a := range v.AsValueMap() {
			key := fillIn(cty.StringVal(k), parts)
			raw, marks := key.Unmark()
			if raw.IsKnown() {
				out.attrs[raw.AsString()] = fillIn(a, parts)
				continue
			}
			out.unknownKey(marks)
		}
		if out.rest != cty.NilVal {
			out.attrs[anyKey] = out.rest
		}
		return cty.ObjectVal(out.attrs)
	}
	return v
}

func isPolicy(v cty.Value) bool {
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() {
		return false
	}
	if ty := v.Type(); ty.IsObjectType() {
		return ty.HasAttribute("Statement") || ty.HasAttribute("bindings")
	} else if !ty.IsMapType() {
		return false
	}
	m := v.AsValueMap()
	_, statement := m["Statement"]
	_, bindings := m["bindings"]
	return statement || bindings
}

// normalPolicy gives a policy its one shape: Statement a list, Action and
// Resource lists, principals lists by type.
func normalPolicy(v cty.Value) cty.Value {
	return eachAttr(v, func(name string, a cty.Value) cty.Value {
		switch name {
		case "Statement":
			return mapList(a, normalStatement)
		case "bindings":
			return mapList(a, func(b cty.Value) cty.Value {
				return eachAttr(b, func(name string, x cty.Value) cty.Value {
					if name == "members" {
						return listOf(x)
					}
					return x
				})
			})
		}
		return a
	})
}

func normalStatement(s cty.Value) cty.Value {
	return eachAttr(s, func(name string, a cty.Value) cty.Value {
		switch name {
		case "Action", "NotAction", "Resource", "NotResource":
			return listOf(a)
		case "Principal", "NotPrincipal":
			return normalPrincipal(a)
		}
		return a
	})
}

func normalPrincipal(p cty.Value) cty.Value {
	raw, marks := p.Unmark()
	if raw.IsKnown() && !raw.IsNull() && raw.Type() == cty.String {
		who := cty.TupleVal([]cty.Value{raw})
		return cty.ObjectVal(map[string]cty.Value{raw.AsString(): who}).WithMarks(marks)
	}
	return eachAttr(p, func(_ string, who cty.Value) cty.Value { return listOf(who) })
}

// eachAttr maps the attributes of a known object; anything else it leaves.
func eachAttr(v cty.Value, f func(name string, a cty.Value) cty.Value) cty.Value {
	if p := markOf[*partial](v); p != nil && !p.encoded && p.value != cty.NilVal {
		v = p.value
	}
	raw, marks := v.Unmark()
	if !raw.IsKnown() || raw.IsNull() || !(raw.Type().IsObjectType() || raw.Type().IsMapType()) {
		return v
	}
	out := map[string]cty.Value{}
	for k, a := range raw.AsValueMap() {
		out[k] = f(k, a)
	}
	return cty.ObjectVal(out).WithMarks(marks)
}

// mapList maps the elements of a list, or a single value as a list of one.
func mapList(v cty.Value, f func(cty.Value) cty.Value) cty.Value {
	list := listOf(v)
	raw, marks := list.Unmark()
	if !raw.IsKnown() || raw.IsNull() {
		return list
	}
	vals := raw.AsValueSlice()
	for i := range vals {
		vals[i] = f(vals[i])
	}
	return cty.TupleVal(vals).WithMarks(marks)
}

// listOf makes a scalar or object a list of one. An unknown value of unknown
// type stays unknown: it may be a list.
func listOf(v cty.Value) cty.Value {
	if p := markOf[*partial](v); p != nil && !p.encoded && p.value != cty.NilVal {
		v = p.value
	}
	raw, _ := v.Unmark()
	ty := raw.Type()
	switch {
	case raw.IsNull() || ty == cty.DynamicPseudoType:
		return v
	case ty.IsListType() || ty.IsSetType() || ty.IsTupleType():
		if raw.IsKnown() && ty.IsSetType() {
			bare, marks := v.Unmark()
			return cty.TupleVal(bare.AsValueSlice()).WithMarks(marks)
		}
		return v
	}
	return cty.TupleVal([]cty.Value{v})
}

// policyDocument computes the JSON of the data sources that only put a policy
// together; nil for others.
func (e *evaluation) policyDocument(r *resource, name string) *partial {
	var doc cty.Value
	switch {
	case r.typ == "aws_iam_policy_document" && (name == "json" || name == "minified_json"):
		doc = e.awsDocument(r)
	case r.typ == "google_iam_policy" && name == "policy_data":
		doc = cty.ObjectVal(map[string]cty.Value{"bindings": e.blocksAs(r.block.Body, r.scope(), "binding", e.googleBinding)})
	default:
		return nil
	}
	return &partial{value: doc, encoded: true}
}

func (e *evaluation) awsDocument(r *resource) cty.Value {
	body, s := r.block.Body, r.scope()
	m := statementMerge{e: e}
	m.documents(r, mergedArguments[:2])
	for _, st := range e.blocksAs(body, s, "statement", e.awsStatement).AsValueSlice() {
		m.add(st)
	}
	m.documents(r, mergedArguments[2:])
	doc := map[string]cty.Value{"Statement": cty.TupleVal(m.statements), "Version": cty.StringVal("2012-10-17")}
	e.copyAttr(doc, "Version", body, s, "version")
	e.copyAttr(doc, "Id", body, s, "policy_id")
	return cty.ObjectVal(doc)
}

// mergedArguments have the documents that aws_iam_policy_document puts together.
var mergedArguments = []string{"source_policy_documents", "source_json", "override_policy_documents", "override_json"}

// A statementMerge puts the statements of several documents together as the data
// source aws_iam_policy_document does: one with a Sid takes the place of one with
// the same.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
type statementMerge struct {
	e          *evaluation
	statements []cty.Value
}

// documents adds the statements of the documents in arguments, of which some are
// lists.
func (m *statementMerge) documents(r *resource, arguments []string) {
	for _, name := range arguments {
		v := m.e.attr(r.block.Body, r.scope(), name)
		if v == cty.NilVal {
			continue
		}
		why := &cause{text: r.address + " takes statements from " + name + ", of which one is unknown", at: sourceOf(r.block.Body.Attributes[name].SrcRange)}
		if p := markOf[*partial](v); p != nil && !p.encoded && p.value != cty.NilVal && p.value.Type().IsTupleType() {
			v = p.value
		}
		raw, marks := v.Unmark()
		if !raw.IsKnown() || !raw.CanIterateElements() {
			m.document(v, why)
			continue
		}
		for it := raw.ElementIterator(); it.Next(); {
			_, d := it.Element()
			m.document(withOnly(d, marks, derivable), why)
		}
	}
}

func (m *statementMerge) document(v cty.Value, why *cause) {
	raw, marks := v.Unmark()
	if raw.IsNull() || raw.IsKnown() && raw.Type() == cty.String && strings.TrimSpace(raw.AsString()) == "" {
		return
	}
	doc, ok := m.e.rawPolicy(v)
	if bare, _ := doc.Unmark(); !ok || !bare.IsKnown() || !bare.Type().IsObjectType() || !bare.Type().HasAttribute("Statement") {
		_, deep := v.UnmarkDeep()
		m.unknown(withOnly(unknown(why), deep, func(x any) bool { _, isRef := x.(reference); return isRef }))
		return
	}
	bare, _ := doc.Unmark()
	list, listMarks := listOf(bare.GetAttr("Statement")).Unmark()
	if !list.IsKnown() || !list.CanIterateElements() {
		m.unknown(withOnly(cty.DynamicVal, listMarks, derivable))
		return
	}
	for _, st := range list.AsValueSlice() {
		if b, _ := st.Unmark(); b.IsNull() {
			continue
		}
		m.add(withOnly(st, marks, isSecret))
	}
}

// add adds a statement, or puts it in the place of another.
func (m *statementMerge) add(st cty.Value) {
	sid, known := sidOf(st)
	if !known {
		m.unknown(st)
		return
	}
	if sid == "" || m.e.spend(len(m.statements)) != nil {
		m.statements = append(m.statements, st)
		return
	}
	for i, old := range m.statements {
		switch was, known := sidOf(old); {
		case known && was != sid:
		case known:
			m.statements[i] = st
			return
		default: // it may be the one that is replaced
			m.statements[i] = uncertain(old)
		}
	}
	m.statements = append(m.statements, st)
}

// unknown adds statements of which the Sids are unknown: each that has a Sid may
// have been replaced by one of them.
func (m *statementMerge) unknown(st cty.Value) {
	if c := m.e.spend(len(m.statements)); c != nil {
		m.statements = []cty.Value{unknown(c)}
		return
	}
	for i, old := range m.statements {
		if sid, known := sidOf(old); !known || sid != "" {
			m.statements[i] = uncertain(old)
		}
	}
	m.statements = append(m.statements, st)
}

// uncertain is a statement of which it is unknown whether it is there.
func uncertain(st cty.Value) cty.Value {
	_, deep := st.UnmarkDeep()
	why := &cause{text: "another document may have a statement in its place"}
	if c := causeOf(marksOf(st)); c != nil {
		why = c
	}
	return withOnly(unknown(why), deep, func(x any) bool { _, isRef := x.(reference); return isRef })
}

// sidOf returns a statement's Sid, "" where it has none.
func sidOf(st cty.Value) (sid string, known bool) {
	raw, _ := st.Unmark()
	if !raw.IsKnown() || raw.IsNull() || !raw.Type().IsObjectType() {
		return "", false
	}
	if !raw.Type().HasAttribute("Sid") {
		_, open := raw.Type().AttributeTypes()[anyKey]
		return "", !open
	}
	v, _ := raw.GetAttr("Sid").Unmark()
	if v.IsNull() {
		return "", true
	}
	if !v.IsKnown() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

func (e *evaluation) awsStatement(b nestedBlock) cty.Value {
	out := map[string]cty.Value{"Effect": cty.StringVal("Allow")}
	for to, from := range map[string]string{"Sid": "sid", "Effect": "effect", "Action": "actions", "NotAction": "not_actions", "Resource": "resources", "NotResource": "not_resources"} {
		e.copyAttr(out, to, b.body, b.s, from)
	}
	if p := e.principals(b, "principals"); p != cty.NilVal {
		out["Principal"] = p
	}
	if p := e.principals(b, "not_principals"); p != cty.NilVal {
		out["NotPrincipal"] = p
	}
	if c := e.conditions(b); c != cty.NilVal {
		out["Condition"] = c
	}
	return awsVariables(cty.ObjectVal(out)).Mark(&writtenAt{b.at})
}

// awsVariables undoes the escape by which HCL writes IAM's ${...}: &{...}.
func awsVariables(v cty.Value) cty.Value {
	out, err := cty.Transform(v, func(_ cty.Path, x cty.Value) (cty.Value, error) {
		raw, marks := x.Unmark()
		if raw.IsKnown() && !raw.IsNull() && raw.Type() == cty.String && strings.Contains(raw.AsString(), "&{") {
			return cty.StringVal(strings.ReplaceAll(raw.AsString(), "&{", "${")).WithMarks(marks), nil
		}
		return x, nil
	})
	if err != nil {
		return v
	}
	return out
}

// principals merges the blocks by type.
func (e *evaluation) principals(b nestedBlock, name string) cty.Value {
	out := newObject(0)
	seen := false
	for _, g := range e.nested(b.body, b.s) {
		if g.name != name {
			continue
		}
		seen = true
		for _, item := range g.items {
			who := e.attr(item.body, item.s, "identifiers")
			typ := e.attr(item.body, item.s, "type")
			if who == cty.NilVal || typ == cty.NilVal {
				continue
			}
			raw, marks := typ.Unmark()
			if !raw.IsKnown() || raw.IsNull() || raw.Type() != cty.String {
				out.unknownKey(marks)
				continue
			}
			out.attrs[raw.AsString()] = joinLists(out.attrs[raw.AsString()], listOf(who))
		}
		if g.rest != nil {
			out.unknownKey(g.rest)
		}
	}
	return out.finish(seen)
}

// finish is the object with its unknown keys under "?"; cty.NilVal where there is none.
func (o *objectBuilder) finish(seen bool) cty.Value {
	if !seen {
		return cty.NilVal
	}
	if o.rest != cty.NilVal {
		o.attrs[anyKey] = o.rest
	}
	return cty.ObjectVal(o.attrs)
}

func joinLists(a, b cty.Value) cty.Value {
	if a == cty.NilVal {
		return b
	}
	var vals []cty.Value
	for _, l := range []cty.Value{a, b} {
		if p := markOf[*partial](l); p != nil && p.value != cty.NilVal {
			l = p.value
		}
		raw, marks := l.Unmark()
		if !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
			vals = append(vals, l)
			continue
		}
		for it := raw.ElementIterator(); it.Next(); {
			_, v := it.Element()
			vals = append(vals, withOnly(v, marks, derivable))
		}
	}
	return cty.TupleVal(vals)
}

// conditions are {test: {variable: [values]}}.
func (e *evaluation) conditions(b nestedBlock) cty.Value {
	tests := map[string]*objectBuilder{}
	all := newObject(0)
	seen := false
	for _, g := range e.nested(b.body, b.s) {
		if g.name != "condition" {
			continue
		}
		seen = true
		for _, item := range g.items {
			test, mt := plainText(e.attr(item.body, item.s, "test"))
			variable, mv := plainText(e.attr(item.body, item.s, "variable"))
			values := e.attr(item.body, item.s, "values")
			if mt != nil || mv != nil || values == cty.NilVal {
				all.unknownKey(mt, mv)
				continue
			}
			if tests[test] == nil {
				tests[test] = newObject(0)
			}
			tests[test].attrs[variable] = joinLists(tests[test].attrs[variable], listOf(values))
		}
		if g.rest != nil {
			all.unknownKey(g.rest)
		}
	}
	for name, t := range tests {
		all.attrs[name] = cty.ObjectVal(t.attrs)
	}
	return all.finish(seen)
}

// plainText returns a known string, or the marks of what is none.
func plainText(v cty.Value) (string, cty.ValueMarks) {
	if v == cty.NilVal {
		return "", cty.ValueMarks{&cause{text: "the block lacks an argument", unread: true}: {}}
	}
	raw, marks := v.Unmark()
	if raw.IsKnown() && !raw.IsNull() && raw.Type() == cty.String {
		return raw.AsString(), nil
	}
	return "", cty.ValueMarks{causeOr(marks, "an argument of the block is unknown"): {}}
}

func (e *evaluation) googleBinding(b nestedBlock) cty.Value {
	out := map[string]cty.Value{}
	e.copyAttr(out, "role", b.body, b.s, "role")
	e.copyAttr(out, "members", b.body, b.s, "members")
	for _, g := range e.nested(b.body, b.s) {
		if g.name == "condition" && len(g.items) > 0 {
			out["condition"] = e.blockValue(g.items[0], cty.DynamicVal)
		}
	}
	return cty.ObjectVal(out)
}

// blocksAs maps the nested blocks of one type to a list; blocks of which the
// number is unknown give an unknown element.
func (e *evaluation) blocksAs(body *hclsyntax.Body, s scope, name string, f func(nestedBlock) cty.Value) cty.Value {
	var vals []cty.Value
	for _, g := range e.nested(body, s) {
		if g.name != name {
			continue
		}
		for _, item := range g.items {
			vals = append(vals, f(item))
		}
		if g.rest != nil {
			vals = append(vals, cty.DynamicVal.WithMarks(g.rest))
		}
	}
	return cty.TupleVal(vals)
}

// attr evaluates an attribute; cty.NilVal where it is absent or null.
func (e *evaluation) attr(body *hclsyntax.Body, s scope, name string) cty.Value {
	a, ok := body.Attributes[name]
	if !ok {
		return cty.NilVal
	}
	v := settle(e.eval(a.Expr, s))
	if v.IsNull() {
		return cty.NilVal
	}
	return v
}

func (e *evaluation) copyAttr(to map[string]cty.Value, key string, body *hclsyntax.Body, s scope, name string) {
	if v := e.attr(body, s, name); v != cty.NilVal {
		to[key] = v
	}
}
