package terraform

import (
	"crypto/md5"  //nolint:gosec // Terraform has filemd5; nothing is protected by it
	"crypto/sha1" //nolint:gosec // and filesha1
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// call evaluates a function call.
func (e *evaluation) call(x *hclsyntax.FunctionCallExpr, s scope) (cty.Value, error) {
	name := strings.TrimPrefix(x.Name, "core::")
	at := x.Range()
	switch {
	case name == "try":
		return e.try(x, s)
	case name == "can":
		return e.can(x, s)
	case strings.HasPrefix(name, "provider::"):
		return e.unknownCall(x, s, name+" is computed by the provider")
	case impure[name]:
		return e.unknownCall(x, s, name+" is computed when Terraform runs")
	}
	args, rest, err := e.arguments(x, s)
	if err != nil {
		return cty.DynamicVal, err
	}
	if rest != nil {
		return withOnly(cty.DynamicVal, rest, derivable), nil
	}
	if f, ok := e.special[name]; ok {
		if len(args) < f.least || f.most >= 0 && len(args) > f.most {
			return cty.DynamicVal, failf(at, "%s does not take %d arguments", name, len(args))
		}
		return f.run(e, args, s, at)
	}
	f, ok := functions[name]
	if !ok {
		return unknown(&cause{text: fmt.Sprintf("the function %s is not known to Merlon", name), at: sourceOf(at), unread: true}), nil
	}
	return e.apply(name, f, args, at)
}

// arguments evaluates a call's arguments. Where the list that is expanded into
// them is unknown, it returns the marks of all.
func (e *evaluation) arguments(x *hclsyntax.FunctionCallExpr, s scope) ([]cty.Value, cty.ValueMarks, error) {
	args := make([]cty.Value, 0, len(x.Args))
	for _, a := range x.Args {
		v, err := e.eval(a, s)
		if err != nil {
			return nil, nil, err
		}
		args = append(args, v)
	}
	if !x.ExpandFinal || len(args) == 0 {
		return args, nil, nil
	}
	last, marks := args[len(args)-1].Unmark()
	args = args[:len(args)-1]
	switch {
	case last.IsNull():
		return nil, nil, failf(x.Range(), "the list that is expanded into arguments is null")
	case !last.IsKnown():
		all := []cty.ValueMarks{marks}
		for _, a := range args {
			_, m := a.UnmarkDeep()
			all = append(all, m)
		}
		_, joined := cty.DynamicVal.Mark(open{}).WithMarks(all...).Unmark()
		return nil, joined, nil
	case !last.CanIterateElements():
		return nil, nil, failf(x.Range(), "what is expanded into arguments is no list")
	}
	for it := last.ElementIterator(); it.Next(); {
		_, v := it.Element()
		args = append(args, withOnly(v, marks, derivable))
	}
	return args, nil, nil
}

func (e *evaluation) unknownCall(x *hclsyntax.FunctionCallExpr, s scope, why string) (cty.Value, error) {
	out := unknown(&cause{text: why, at: sourceOf(x.Range())})
	for _, a := range x.Args {
		v, err := e.eval(a, s)
		if err != nil {
			continue
		}
		_, marks := v.UnmarkDeep()
		out = withOnly(out, marks, func(m any) bool { _, isCause := m.(*cause); return derivable(m) && !isCause })
	}
	return out, nil
}

// apply calls a function that needs no more than values, within bounds.
func (e *evaluation) apply(name string, f function.Function, args []cty.Value, at hcl.Range) (cty.Value, error) {
	if c, ok := e.affordable(name, args); c != nil {
		return unknown(c), nil
	} else if !ok {
		return e.tooLarge(at), nil
	}
	if name == "values" && len(args) == 1 && markOf[*symbolic](args[0]) != nil {
		return args[0], nil // one instance stands for all in a list as in a map
	}
	if out, ok := e.overNames(name, f, args, at); ok {
		return out, nil
	}
	if name == "tolist" && len(args) == 1 {
		return retyped(args[0], cty.List(cty.DynamicPseudoType), at)
	}
	params, more := f.Params(), f.VarParam()
	if len(args) < len(params) || len(args) > len(params) && more == nil {
		return cty.DynamicVal, failf(at, "%s does not take %d arguments", name, len(args))
	}
	for i, v := range args {
		p := more
		if i < len(params) {
			p = &params[i]
		}
		v, err := convert.Convert(v, p.Type)
		if err != nil {
			return cty.DynamicVal, failf(at, "%s: argument %d: %s", name, i+1, err)
		}
		if v.IsNull() && !p.AllowNull {
			return cty.DynamicVal, failf(at, "%s: argument %d is null", name, i+1)
		}
		args[i] = v
	}
	out, err := f.Call(args)
	if err != nil {
		return cty.DynamicVal, failf(at, "%s: %s", name, firstLine(err.Error()))
	}
	out = explained(out, args)
	n, ok := size(out)
	if c := e.spend(n); c != nil {
		return unknown(c), nil
	}
	if !ok {
		return e.tooLarge(at), nil
	}
	switch {
	case name == "concat":
		return partialConcat(out, args), nil
	case name == "merge":
		return partialMerge(out, args), nil
	case retyping[name]:
		return out, nil
	case passing[name]:
		// An element keeps what is known of it; what is known of a whole
		// argument does not hold for the result.
		return without(out, func(m any) bool { return !derivable(m) && onAny(args, m) }), nil
	}
	return derived(out), nil
}

// retyped brings a value to a type; its elements keep what is known of them.
func retyped(v cty.Value, ty cty.Type, at hcl.Range) (cty.Value, error) {
	out, err := convert.Convert(v, ty)
	if err != nil {
		return cty.DynamicVal, failf(at, "%s", err)
	}
	return out, nil
}

// onAny tells whether an argument itself bears the mark.
func onAny(args []cty.Value, mark any) bool {
	return slices.ContainsFunc(args, func(a cty.Value) bool { return a.HasMark(mark) })
}

// explained gives an unknown result the reasons of its arguments, which some
// functions lose.
func explained(out cty.Value, args []cty.Value) cty.Value {
	raw, marks := out.Unmark()
	if raw.IsKnown() || causeOf(marks) != nil {
		return out
	}
	for _, a := range args {
		_, deep := a.UnmarkDeep()
		out = withOnly(out, deep, derivable)
	}
	return out
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// partialConcat keeps the lists that are known where others are not.
func partialConcat(out cty.Value, args []cty.Value) cty.Value {
	if raw, _ := out.Unmark(); raw.IsKnown() {
		return without(out, func(m any) bool { return !derivable(m) })
	}
	var vals []cty.Value
	for _, a := range args {
		raw, marks := a.Unmark()
		p := markOf[*partial](a)
		switch {
		case raw.IsKnown() && !raw.IsNull() && raw.CanIterateElements():
			for it := raw.ElementIterator(); it.Next(); {
				_, v := it.Element()
				vals = append(vals, withOnly(v, marks, derivable))
			}
		case p != nil && !p.encoded && p.value != cty.NilVal && p.value.Type().IsTupleType():
			vals = append(vals, p.value.AsValueSlice()...)
		default:
			vals = append(vals, withOnly(cty.DynamicVal, marks, derivable))
		}
	}
	if len(vals) > maxParts {
		return derived(out)
	}
	return derived(out).Mark(&partial{value: cty.TupleVal(vals)})
}

// partialMerge keeps the keys of maps that are known, where others are not: those
// that no unknown key can override.
func partialMerge(out cty.Value, args []cty.Value) cty.Value {
	if raw, _ := out.Unmark(); raw.IsKnown() {
		return without(out, func(m any) bool { return !derivable(m) && onAny(args, m) })
	}
	build := newObject(0)
	for _, a := range args {
		raw, marks := a.Unmark()
		p := markOf[*partial](a)
		partly := p != nil && !p.encoded && p.value != cty.NilVal
		if !raw.IsKnown() {
			clear(build.attrs)
			build.unknownKey(marks)
		}
		if partly {
			raw, _ = p.value.Unmark()
		}
		if !raw.IsKnown() || raw.IsNull() || !raw.Type().IsObjectType() && !raw.Type().IsMapType() {
			continue
		}
		for k, v := range raw.AsValueMap() {
			if !partly || k != anyKey {
				build.attrs[k] = withOnly(v, marks, isSecret)
			}
		}
	}
	if build.rest == cty.NilVal || len(build.attrs) > maxParts {
		return derived(out)
	}
	whole := build.value()
	return derived(out).Mark(markOf[*partial](whole))
}

var (
	hugeWidth  = regexp.MustCompile(`%[^a-zA-Z%]*[0-9]{5}`)
	hugeDigits = regexp.MustCompile(`^\s*[-+]?[0-9.]+[eE]\+?[0-9]{4,}\s*$`)
)

// affordable tells whether a call's result stays within bounds, and charges for
// looking at its arguments.
func (e *evaluation) affordable(name string, args []cty.Value) (*cause, bool) {
	total := 0
	var texts []int // bytes of the strings directly in arguments
	for _, a := range args {
		n, ok := size(a)
		if c := e.spend(n); c != nil {
			return c, true
		}
		if !ok {
			return nil, false
		}
		total += n
		raw, _ := a.Unmark()
		text := 0
		if raw.IsKnown() && !raw.IsNull() && raw.Type() == cty.String {
			s := raw.AsString()
			if text = len(s); text < 1000 && hugeDigits.MatchString(s) {
				return nil, false
			}
		}
		texts = append(texts, text)
	}
	if quadratic[name] && total > maxQuadratic {
		return nil, name == "setproduct" && product(args) <= maxNodes
	}
	return nil, growth(name, args, texts, total) <= maxText
}

// growth estimates the bytes of a result that can be far larger than the arguments.
func growth(name string, args []cty.Value, texts []int, total int) int64 {
	if len(args) == 0 {
		return 0
	}
	first, _ := args[0].Unmark()
	str := func(v cty.Value) string {
		v, _ = v.Unmark()
		if v.IsKnown() && !v.IsNull() && v.Type() == cty.String {
			return v.AsString()
		}
		return ""
	}
	switch name {
	case "join":
		return int64(texts[0]) * int64(total)
	case "replace":
		if len(args) == 3 && texts[2] > 0 {
			return int64(texts[0]+1) * int64(texts[2])
		}
	case "format", "formatlist":
		spec := str(first)
		if hugeWidth.MatchString(spec) {
			return maxText + 1
		}
		longest := 0
		for _, n := range texts[1:] {
			longest = max(longest, n)
		}
		return int64(strings.Count(spec, "%")) * int64(longest)
	case "indent":
		if len(args) == 2 && first.IsKnown() && !first.IsNull() {
			n, err := convert.Convert(first, cty.Number)
			if err != nil {
				return 0
			}
			spaces, _ := n.AsBigFloat().Int64()
			if spaces > maxText || spaces < 0 {
				return maxText + 1
			}
			return spaces * int64(strings.Count(str(args[1]), "\n"))
		}
	case "setproduct":
		return product(args) * 16
	}
	return 0
}

// product is how many elements the product of lists has.
func product(lists []cty.Value) int64 {
	n := int64(1)
	for _, l := range lists {
		l, _ = l.Unmark()
		if !l.IsKnown() || l.IsNull() || !l.CanIterateElements() {
			return 0
		}
		if n *= int64(l.LengthInt()); n > maxNodes {
			return n
		}
	}
	return n * int64(len(lists))
}

// try returns the first argument that does not fail.
func (e *evaluation) try(x *hclsyntax.FunctionCallExpr, s scope) (cty.Value, error) {
	var last error = failf(x.Range(), "try needs an argument")
	for i, a := range x.Args {
		v, err := e.eval(a, s)
		if err != nil {
			last = err
			continue
		}
		if i < len(x.Args)-1 {
			v = orElse(v)
		}
		return v, nil
	}
	return cty.DynamicVal, last
}

// orElse is a value that, where its instance does not come to exist, is another.
func orElse(v cty.Value) cty.Value {
	if !has[perhaps](v) {
		return v
	}
	raw, marks := v.Unmark()
	c := causeOr(marks, "whether the instance exists is unknown")
	return withOnly(cty.UnknownVal(raw.Type()), marks, isSecret).Mark(c).Mark(open{})
}

func (e *evaluation) can(x *hclsyntax.FunctionCallExpr, s scope) (cty.Value, error) {
	if len(x.Args) != 1 {
		return cty.DynamicVal, failf(x.Range(), "can takes one argument")
	}
	v, err := e.eval(x.Args[0], s)
	if err != nil {
		return cty.False, nil //nolint:nilerr // that it fails is the answer
	}
	raw, marks := v.Unmark()
	if raw.IsWhollyKnown() && !has[perhaps](v) {
		return cty.True, nil
	}
	return cty.UnknownVal(cty.Bool).Mark(causeOr(marks, "a part of it is unknown")), nil
}

// A specialFunction needs its arguments' marks, or the tree.
type specialFunction struct {
	least, most int // arguments; most < 0: any number
	run         func(e *evaluation, args []cty.Value, s scope, at hcl.Range) (cty.Value, error)
}

// specialFunctions is a function, not a table: templatefile evaluates, and so
// would need itself to be made.
func specialFunctions() map[string]specialFunction {
	hex64 := func(f func([]byte) []byte, enc func([]byte) string) func([]byte) (string, error) {
		return func(b []byte) (string, error) { return enc(f(b)), nil }
	}
	md5sum := func(b []byte) []byte { return sum(md5.New, b) }
	sha1sum := func(b []byte) []byte { return sum(sha1.New, b) }
	sha256sum := func(b []byte) []byte { return sum(sha256.New, b) }
	sha512sum := func(b []byte) []byte { return sum(sha512.New, b) }
	return map[string]specialFunction{
		"jsonencode": {1, 1, (*evaluation).jsonEncode},
		"lookup":     {2, 3, (*evaluation).lookup},
		"one":        {1, 1, (*evaluation).one},
		"sensitive": {1, 1, func(_ *evaluation, a []cty.Value, _ scope, _ hcl.Range) (cty.Value, error) {
			return a[0].Mark(secret{}), nil
		}},
		"nonsensitive": {1, 1, func(_ *evaluation, a []cty.Value, _ scope, _ hcl.Range) (cty.Value, error) {
			return without(a[0], isSecret), nil
		}},
		"issensitive": {1, 1, func(_ *evaluation, a []cty.Value, _ scope, _ hcl.Range) (cty.Value, error) {
			return cty.BoolVal(has[secret](a[0])), nil
		}},
		"ephemeralasnull":  {1, 1, ephemeralAsNull},
		"type":             {1, 1, typeName},
		"pathexpand":       {1, 1, pathExpand},
		"file":             {1, 1, fileFunction(readText)},
		"filebase64":       {1, 1, fileFunction(func(b []byte) (string, error) { return encode64(b), nil })},
		"filemd5":          {1, 1, fileFunction(hex64(md5sum, hex.EncodeToString))},
		"filesha1":         {1, 1, fileFunction(hex64(sha1sum, hex.EncodeToString))},
		"filesha256":       {1, 1, fileFunction(hex64(sha256sum, hex.EncodeToString))},
		"filesha512":       {1, 1, fileFunction(hex64(sha512sum, hex.EncodeToString))},
		"filebase64sha256": {1, 1, fileFunction(hex64(sha256sum, encode64))},
		"filebase64sha512": {1, 1, fileFunction(hex64(sha512sum, encode64))},
		"fileexists":       {1, 1, (*evaluation).fileExists},
		"fileset":          {2, 2, (*evaluation).fileSet},
		"templatefile":     {2, 2, (*evaluation).templateFile},
		"templatestring":   {2, 2, (*evaluation).templateString},
	}
}

// ephemeralAsNull leaves what is not ephemeral. Of a secret it is not known whether
// it is.
func ephemeralAsNull(_ *evaluation, a []cty.Value, _ scope, at hcl.Range) (cty.Value, error) {
	if _, marks := a[0].UnmarkDeep(); !has[secret](cty.True.WithMarks(marks)) {
		return a[0], nil
	}
	return unknown(&cause{text: "ephemeral values are opened during apply", at: sourceOf(at)}), nil
}

// jsonEncode gives the text of a value. Where parts of that are unknown, so is
// the text; the rest stays with it.
func (e *evaluation) jsonEncode(args []cty.Value, _ scope, at hcl.Range) (cty.Value, error) {
	v := args[0]
	n, ok := size(v)
	if c := e.spend(n); c != nil {
		return unknown(c), nil
	}
	if !ok {
		return e.tooLarge(at), nil
	}
	raw, marks := v.UnmarkDeep()
	if raw.IsWhollyKnown() {
		out, err := stdlib.JSONEncode(raw)
		if err != nil {
			return cty.DynamicVal, failf(at, "jsonencode: %s", err)
		}
		return withOnly(out, marks, derivable), nil
	}
	if p := markOf[*partial](v); p != nil && !p.encoded && p.value != cty.NilVal {
		v = p.value
	}
	return withOnly(unknownText(jsonStart(raw)), marks, derivable).Mark(&partial{value: v, encoded: true}), nil
}

// jsonStart is how the JSON of a value begins, where its type tells.
func jsonStart(v cty.Value) string {
	switch ty := v.Type(); {
	case !v.IsKnown():
		return ""
	case ty.IsObjectType() || ty.IsMapType():
		return "{"
	case ty.IsTupleType() || ty.IsListType() || ty.IsSetType():
		return "["
	}
	return ""
}

// lookup is map[key], or a default.
func (e *evaluation) lookup(args []cty.Value, _ scope, at hcl.Range) (cty.Value, error) {
	key, _ := args[1].Unmark()
	if raw, _ := args[0].Unmark(); raw.IsNull() || key.IsNull() {
		return cty.DynamicVal, failf(at, "lookup: an argument is null")
	}
	v, err := e.index(args[0], args[1], at)
	if len(args) == 3 {
		if err != nil {
			return defaultFor(args[0], args[2]), nil //nolint:nilerr // what the default is for
		}
		v = orElse(v)
	}
	return v, err
}

// defaultFor gives a default the type of a map's elements.
func defaultFor(coll, v cty.Value) cty.Value {
	if raw, _ := coll.Unmark(); raw.Type().IsMapType() {
		if out, err := convert.Convert(v, raw.Type().ElementType()); err == nil {
			return out
		}
	}
	return v
}

// one is the only element of a list, or null.
func (e *evaluation) one(args []cty.Value, _ scope, at hcl.Range) (cty.Value, error) {
	raw, marks := args[0].Unmark()
	switch {
	case !raw.IsKnown():
		return withOnly(cty.DynamicVal, marks, derivable), nil
	case raw.IsNull() || !raw.CanIterateElements():
		return cty.DynamicVal, failf(at, "one takes a list")
	case raw.LengthInt() == 0:
		return cty.NullVal(cty.DynamicPseudoType), nil
	case raw.LengthInt() > 1:
		return cty.DynamicVal, failf(at, "one: the list has %d elements", raw.LengthInt())
	}
	it := raw.ElementIterator()
	it.Next()
	_, v := it.Element()
	return withOnly(v, marks, derivable), nil
}

func typeName(_ *evaluation, a []cty.Value, _ scope, _ hcl.Range) (cty.Value, error) {
	return cty.StringVal(a[0].Type().FriendlyName()), nil
}

func pathExpand(_ *evaluation, a []cty.Value, _ scope, at hcl.Range) (cty.Value, error) {
	raw, _ := a[0].Unmark()
	if raw.IsKnown() && !raw.IsNull() && raw.Type() == cty.String && strings.HasPrefix(raw.AsString(), "~") {
		return unknown(&cause{text: "a home directory depends on who runs Terraform", at: sourceOf(at)}), nil
	}
	return a[0], nil
}

// pathArgument resolves a path against the root module's directory, where
// Terraform runs. The value says why it cannot be had, where it cannot.
func (e *evaluation) pathArgument(arg cty.Value, at hcl.Range) (string, cty.Value, error) {
	raw, marks := arg.Unmark()
	raw, err := convert.Convert(raw, cty.String)
	if err != nil || raw.IsNull() {
		return "", cty.NilVal, failf(at, "the path must be a string")
	}
	if !raw.IsKnown() {
		return "", withOnly(cty.DynamicVal, marks, derivable), nil
	}
	name, err := e.tree.resolve(e.root.mod.dir, raw.AsString())
	if err != nil {
		return "", unknown(&cause{text: fmt.Sprintf("the file %q %s", raw.AsString(), err), at: sourceOf(at), unread: true}), nil
	}
	return name, cty.NilVal, nil
}

// readData reads a file for a function. A missing file is a failure, as in
// Terraform; one that Merlon refuses to read gives an unknown value.
func (e *evaluation) readData(arg cty.Value, at hcl.Range) (string, []byte, cty.Value, error) {
	name, instead, err := e.pathArgument(arg, at)
	if err != nil || instead != cty.NilVal {
		return "", nil, instead, err
	}
	src, err := e.tree.read(name, maxData)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil, cty.NilVal, failf(at, "the file %s does not exist", name)
	case errors.Is(err, errTooBig):
		err = fmt.Errorf("is larger than %d MiB", maxData>>20)
	}
	if err != nil {
		return "", nil, unknown(&cause{text: fmt.Sprintf("the file %s was not read: it %s", name, err), at: sourceOf(at), unread: true}), nil
	}
	if c := e.spend(len(src) / 4); c != nil {
		return "", nil, unknown(c), nil
	}
	return name, src, cty.NilVal, nil
}

func fileFunction(f func([]byte) (string, error)) func(*evaluation, []cty.Value, scope, hcl.Range) (cty.Value, error) {
	return func(e *evaluation, args []cty.Value, _ scope, at hcl.Range) (cty.Value, error) {
		_, src, instead, err := e.readData(args[0], at)
		if err != nil || instead != cty.NilVal {
			return instead, err
		}
		text, err := f(src)
		if err != nil {
			return cty.DynamicVal, failf(at, "%s", err)
		}
		return cty.StringVal(text), nil
	}
}

func readText(b []byte) (string, error) {
	if !utf8.Valid(b) {
		return "", errors.New("the file is no UTF-8 text")
	}
	return string(b), nil
}

func (e *evaluation) fileExists(args []cty.Value, _ scope, at hcl.Range) (cty.Value, error) {
	name, instead, err := e.pathArgument(args[0], at)
	if err != nil || instead != cty.NilVal {
		return instead, err
	}
	info, err := e.tree.stat(name)
	return cty.BoolVal(err == nil && info.Mode().IsRegular()), nil
}

// maxFileSet bounds how many files a pattern may match.
const maxFileSet = 10_000

func (e *evaluation) fileSet(args []cty.Value, _ scope, at hcl.Range) (cty.Value, error) {
	dir, instead, err := e.pathArgument(args[0], at)
	if err != nil || instead != cty.NilVal {
		return instead, err
	}
	raw, marks := args[1].Unmark()
	raw, err = convert.Convert(raw, cty.String)
	if err != nil || raw.IsNull() {
		return cty.DynamicVal, failf(at, "the pattern must be a string")
	}
	if !raw.IsKnown() {
		return withOnly(cty.UnknownVal(cty.Set(cty.String)), marks, derivable), nil
	}
	pattern := raw.AsString()
	if strings.Contains(pattern, "..") {
		return unknown(&cause{text: "the pattern of fileset may lead out of the repository", at: sourceOf(at), unread: true}), nil
	}
	var files []cty.Value
	err = doublestar.GlobWalk(globber{e.tree, dir}, path.Clean(pattern), func(name string, d fs.DirEntry) error {
		if c := e.spend(16); c != nil || len(files) >= maxFileSet {
			return errTooBig
		}
		if d.Type().IsRegular() {
			files = append(files, cty.StringVal(name))
		}
		return nil
	}, doublestar.WithNoFollow())
	switch {
	case errors.Is(err, errTooBig):
		return e.tooLarge(at), nil
	case err != nil:
		return cty.DynamicVal, failf(at, "fileset: %s", err)
	case len(files) == 0:
		return cty.SetValEmpty(cty.String), nil
	}
	return cty.SetVal(files), nil
}

func (e *evaluation) templateFile(args []cty.Value, _ scope, at hcl.Range) (cty.Value, error) {
	name, src, instead, err := e.readData(args[0], at)
	if err != nil || instead != cty.NilVal {
		return instead, err
	}
	x, known := e.templates[name]
	if !known {
		var diags hcl.Diagnostics
		if x, diags = parseTemplate(src, name, hcl.InitialPos); diags.HasErrors() {
			return cty.DynamicVal, fromDiags(at, diags)
		}
		e.templates[name] = x
	}
	return e.render(x, args[1], at)
}

func (e *evaluation) templateString(args []cty.Value, _ scope, at hcl.Range) (cty.Value, error) {
	raw, marks := args[0].Unmark()
	if !raw.IsKnown() || raw.IsNull() || raw.Type() != cty.String {
		return withOnly(cty.UnknownVal(cty.String), marks, derivable), nil
	}
	x, diags := parseTemplate([]byte(raw.AsString()), at.Filename, at.Start)
	if diags.HasErrors() {
		return cty.DynamicVal, fromDiags(at, diags)
	}
	return e.render(x, args[1], at)
}

// render evaluates a template with the given names.
func (e *evaluation) render(x hclsyntax.Expression, vars cty.Value, at hcl.Range) (cty.Value, error) {
	raw, marks := vars.Unmark()
	if !raw.IsKnown() {
		return withOnly(cty.UnknownVal(cty.String), marks, derivable), nil
	}
	if raw.IsNull() || !(raw.Type().IsObjectType() || raw.Type().IsMapType()) {
		return cty.DynamicVal, failf(at, "a template's names must come as a map")
	}
	s := scope{}
	for it := raw.ElementIterator(); it.Next(); {
		k, v := it.Element()
		s = s.bind(k.AsString(), withOnly(v, marks, derivable))
	}
	out, err := e.eval(x, s)
	if err != nil {
		return out, err
	}
	if v, err := convert.Convert(out, cty.String); err == nil {
		out = v
	}
	return out, nil
}

// sortedKeys returns a map's keys in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
