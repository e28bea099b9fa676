package terraform

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/big"
	"net"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apparentlymart/go-cidr/cidr"
	"github.com/google/uuid"
	"github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
)

// functions are Terraform's built-in functions, but for those that need more
// than their arguments' values (see special).
var functions = map[string]function.Function{
	"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "log": stdlib.LogFunc,
	"max": stdlib.MaxFunc, "min": stdlib.MinFunc, "parseint": stdlib.ParseIntFunc, "pow": stdlib.PowFunc,
	"signum": signumFunc,

	"chomp": stdlib.ChompFunc, "format": stdlib.FormatFunc, "formatlist": stdlib.FormatListFunc,
	"indent": stdlib.IndentFunc, "join": stdlib.JoinFunc, "lower": stdlib.LowerFunc, "regex": stdlib.RegexFunc,
	"regexall": stdlib.RegexAllFunc, "replace": replaceFunc, "split": stdlib.SplitFunc,
	"strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc, "title": stdlib.TitleFunc, "trim": stdlib.TrimFunc,
	"trimprefix": stdlib.TrimPrefixFunc, "trimspace": stdlib.TrimSpaceFunc, "trimsuffix": stdlib.TrimSuffixFunc,
	"upper":      stdlib.UpperFunc,
	"startswith": startsWithFunc, "endswith": testText(strings.HasSuffix), "strcontains": testText(strings.Contains),

	"chunklist": stdlib.ChunklistFunc, "coalesce": coalesceFunc, "coalescelist": stdlib.CoalesceListFunc,
	"compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc,
	"distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc, "flatten": stdlib.FlattenFunc,
	"keys": stdlib.KeysFunc, "length": lengthFunc, "merge": stdlib.MergeFunc, "range": stdlib.RangeFunc,
	"reverse": stdlib.ReverseListFunc, "setintersection": stdlib.SetIntersectionFunc,
	"setproduct": stdlib.SetProductFunc, "setsubtract": stdlib.SetSubtractFunc, "setunion": stdlib.SetUnionFunc,
	"slice": stdlib.SliceFunc, "sort": stdlib.SortFunc, "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,
	"alltrue": allOf(true), "anytrue": allOf(false), "index": indexFunc, "matchkeys": matchKeysFunc,
	"sum": sumFunc, "transpose": transposeFunc,

	"base64decode": text1(decodeBase64), "base64encode": text1(func(s string) (string, error) { return encode64([]byte(s)), nil }),
	"base64gzip": text1(gzip64), "base64gunzip": text1(gunzip64), "csvdecode": stdlib.CSVDecodeFunc, "jsondecode": jsonDecodeFunc,
	"urlencode": text1(func(s string) (string, error) { return url.QueryEscape(s), nil }), "urldecode": text1(url.QueryUnescape),
	"yamldecode": yamlDecodeFunc, "yamlencode": yaml.YAMLEncodeFunc,
	"textencodebase64": text2(textEncode), "textdecodebase64": text2(textDecode),

	"md5": digest(md5.New, hex.EncodeToString), "sha1": digest(sha1.New, hex.EncodeToString),
	"sha256": digest(sha256.New, hex.EncodeToString), "sha512": digest(sha512.New, hex.EncodeToString),
	"base64sha256": digest(sha256.New, encode64), "base64sha512": digest(sha512.New, encode64),
	"uuidv5": text2(uuidv5),

	"basename": text1(func(s string) (string, error) { return path.Base(s), nil }),
	"dirname":  text1(func(s string) (string, error) { return path.Dir(s), nil }),

	"formatdate": stdlib.FormatDateFunc, "timeadd": stdlib.TimeAddFunc, "timecmp": timeCmpFunc,

	"cidrhost": cidrHostFunc, "cidrnetmask": text1(cidrNetmask), "cidrsubnet": cidrSubnetFunc, "cidrsubnets": cidrSubnetsFunc,
	"cidrcontains": cidrContainsFunc,

	"tobool": stdlib.MakeToFunc(cty.Bool), "tonumber": stdlib.MakeToFunc(cty.Number), "tostring": stdlib.MakeToFunc(cty.String),
	"tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)), "toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
	"tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
}

// impure are functions whose result Terraform itself has only while it runs.
var impure = map[string]bool{
	"timestamp": true, "plantimestamp": true, "uuid": true, "bcrypt": true, "rsadecrypt": true, "abspath": true,
}

// passing are functions that hand elements of their arguments on as they are.
var passing = map[string]bool{
	"element": true, "flatten": true, "merge": true, "values": true, "zipmap": true, "reverse": true, "slice": true,
}

// retyping are functions that change a value's type and nothing else.
var retyping = map[string]bool{"tostring": true, "tolist": true, "tomap": true, "toset": true}

// quadratic are functions that compare every element with every other.
var quadratic = map[string]bool{"distinct": true, "matchkeys": true, "setproduct": true, "transpose": true}

const maxQuadratic = 4000

func param(name string, ty cty.Type) function.Parameter {
	return function.Parameter{Name: name, Type: ty}
}

func newFunction(ret cty.Type, impl func(args []cty.Value) (cty.Value, error), params ...function.Parameter) function.Function {
	return function.New(&function.Spec{
		Params: params,
		Type:   function.StaticReturnType(ret),
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return impl(args) },
	})
}

func text1(f func(string) (string, error)) function.Function {
	return newFunction(cty.String, func(a []cty.Value) (cty.Value, error) {
		s, err := f(a[0].AsString())
		return cty.StringVal(s), err
	}, param("text", cty.String))
}

func text2(f func(a, b string) (string, error)) function.Function {
	return newFunction(cty.String, func(a []cty.Value) (cty.Value, error) {
		s, err := f(a[0].AsString(), a[1].AsString())
		return cty.StringVal(s), err
	}, param("a", cty.String), param("b", cty.String))
}

// testText makes a function of two strings that answers true or false.
func testText(f func(s, sub string) bool) function.Function {
	return newFunction(cty.Bool, func(a []cty.Value) (cty.Value, error) {
		return cty.BoolVal(f(a[0].AsString(), a[1].AsString())), nil
	}, param("text", cty.String), param("part", cty.String))
}

// startsWithFunc also decides where only the beginning of the text is known.
var startsWithFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "text", Type: cty.String, AllowUnknown: true}, param("prefix", cty.String)},
	Type:   function.StaticReturnType(cty.Bool),
	Impl: func(a []cty.Value, _ cty.Type) (cty.Value, error) {
		prefix := a[1].AsString()
		if a[0].IsKnown() {
			return cty.BoolVal(strings.HasPrefix(a[0].AsString(), prefix)), nil
		}
		known := a[0].Range().StringPrefix()
		switch {
		case strings.HasPrefix(known, prefix):
			return cty.True, nil
		case !strings.HasPrefix(prefix, known):
			return cty.False, nil
		}
		return cty.UnknownVal(cty.Bool), nil
	},
})

// signumFunc takes whole numbers, as Terraform's does.
var signumFunc = newFunction(cty.Number, func(a []cty.Value) (cty.Value, error) {
	n, err := whole(a[0])
	if err != nil {
		return cty.NilVal, err
	}
	return cty.NumberIntVal(int64(n.Sign())), nil
}, param("number", cty.Number))

func encode64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func decodeBase64(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err == nil && !utf8.Valid(b) {
		err = errors.New("the decoded text is no UTF-8")
	}
	return string(b), err
}

func gzip64(s string) (string, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, s); err != nil {
		return "", err
	}
	// Terraform flushes before it closes, which the bytes show.
	if err := errors.Join(w.Flush(), w.Close()); err != nil {
		return "", err
	}
	return encode64(b.Bytes()), nil
}

// gunzip64 is OpenTofu's; Terraform lacks it.
func gunzip64(s string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return "", err
	}
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return "", err
	}
	out, err := io.ReadAll(io.LimitReader(r, maxText+1))
	switch {
	case err != nil:
		return "", err
	case len(out) > maxText:
		return "", errors.New("the text is too large")
	case !utf8.Valid(out):
		return "", errors.New("the text is no UTF-8")
	}
	return string(out), nil
}

func digest(h func() hash.Hash, encode func([]byte) string) function.Function {
	return text1(func(s string) (string, error) { return encode(sum(h, []byte(s))), nil })
}

func sum(h func() hash.Hash, b []byte) []byte {
	d := h()
	d.Write(b)
	return d.Sum(nil)
}

// charset finds a character encoding by the name that IANA gave it.
func charset(name string) (encoding.Encoding, error) {
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		return nil, fmt.Errorf("the character encoding %q is not supported", name)
	}
	return enc, nil
}

func textEncode(s, name string) (string, error) {
	enc, err := charset(name)
	if err != nil {
		return "", err
	}
	out, err := enc.NewEncoder().String(s)
	return encode64([]byte(out)), err
}

func textDecode(s, name string) (string, error) {
	enc, err := charset(name)
	if err != nil {
		return "", err
	}
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return "", err
	}
	out, err := enc.NewDecoder().Bytes(raw)
	return string(out), err
}

func uuidv5(namespace, name string) (string, error) {
	known := map[string]uuid.UUID{"dns": uuid.NameSpaceDNS, "url": uuid.NameSpaceURL, "oid": uuid.NameSpaceOID, "x500": uuid.NameSpaceX500}
	space, ok := known[namespace]
	if !ok {
		var err error
		if space, err = uuid.Parse(namespace); err != nil {
			return "", err
		}
	}
	return uuid.NewSHA1(space, []byte(name)).String(), nil
}

// replaceFunc takes a pattern between slashes as a regular expression.
var replaceFunc = newFunction(cty.String, func(a []cty.Value) (cty.Value, error) {
	if p := a[1].AsString(); len(p) > 1 && p[0] == '/' && p[len(p)-1] == '/' {
		return stdlib.RegexReplace(a[0], cty.StringVal(p[1:len(p)-1]), a[2])
	}
	return stdlib.Replace(a[0], a[1], a[2])
}, param("text", cty.String), param("old", cty.String), param("new", cty.String))

// coalesceFunc skips nulls and empty strings.
var coalesceFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "values", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowDynamicType: true, AllowNull: true},
	Type: func(args []cty.Value) (cty.Type, error) {
		types := make([]cty.Type, len(args))
		for i, a := range args {
			types[i] = a.Type()
		}
		if ty, _ := convert.UnifyUnsafe(types); ty != cty.NilType {
			return ty, nil
		}
		return cty.NilType, errors.New("all arguments must have the same type")
	},
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		for _, a := range args {
			v, err := convert.Convert(a, ty)
			if err != nil {
				return cty.NilVal, err
			}
			if !v.IsKnown() {
				return cty.UnknownVal(ty), nil
			}
			if !v.IsNull() && !(ty == cty.String && v.AsString() == "") {
				return v, nil
			}
		}
		return cty.NilVal, errors.New("no argument is neither null nor an empty string")
	},
})

// lengthFunc takes strings too.
var lengthFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true, AllowUnknown: true, AllowMarked: true}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, marks := args[0].Unmark()
		ty := v.Type()
		switch {
		case ty == cty.DynamicPseudoType:
			return cty.UnknownVal(cty.Number).WithMarks(marks), nil
		case ty.IsTupleType():
			return cty.NumberIntVal(int64(ty.Length())).WithMarks(marks), nil
		case ty.IsObjectType():
			return cty.NumberIntVal(int64(len(ty.AttributeTypes()))).WithMarks(marks), nil
		case !v.IsKnown():
			return cty.UnknownVal(cty.Number).WithMarks(marks), nil
		case ty == cty.String:
			n, err := stdlib.Strlen(v)
			return n.WithMarks(marks), err
		case ty.IsCollectionType():
			return v.Length().WithMarks(marks), nil
		}
		return cty.NilVal, errors.New("the argument has no length")
	},
})

// allOf is alltrue, or anytrue: the value that decides is the opposite of all.
func allOf(all bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			out := cty.BoolVal(all)
			for it := args[0].ElementIterator(); it.Next(); {
				_, v := it.Element()
				switch {
				case !v.IsKnown():
					out = cty.UnknownVal(cty.Bool)
				case v.IsNull():
					if all {
						return cty.False, nil
					}
				case v.True() != all:
					return cty.BoolVal(!all), nil
				}
			}
			return out, nil
		},
	})
}

var indexFunc = newFunction(cty.Number, func(a []cty.Value) (cty.Value, error) {
	if !a[0].CanIterateElements() || a[0].Type().IsMapType() || a[0].Type().IsObjectType() {
		return cty.NilVal, errors.New("the first argument must be a list")
	}
	for it := a[0].ElementIterator(); it.Next(); {
		k, v := it.Element()
		eq, err := stdlib.Equal(v, a[1])
		if err != nil {
			return cty.NilVal, err
		}
		if !eq.IsKnown() {
			return cty.UnknownVal(cty.Number), nil
		}
		if eq.True() {
			return k, nil
		}
	}
	return cty.NilVal, errors.New("the list does not have the value")
}, param("list", cty.DynamicPseudoType), param("value", cty.DynamicPseudoType))

var matchKeysFunc = function.New(&function.Spec{
	Params: []function.Parameter{
		param("values", cty.List(cty.DynamicPseudoType)), param("keys", cty.List(cty.DynamicPseudoType)), param("search", cty.List(cty.DynamicPseudoType)),
	},
	Type: func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl: func(a []cty.Value, ty cty.Type) (cty.Value, error) {
		if a[0].LengthInt() != a[1].LengthInt() {
			return cty.NilVal, errors.New("values and keys must be equally long")
		}
		if !a[1].IsWhollyKnown() || !a[2].IsWhollyKnown() {
			return cty.UnknownVal(ty), nil
		}
		if same, _ := convert.UnifyUnsafe([]cty.Type{a[1].Type(), a[2].Type()}); same != cty.NilType {
			for i := range a[1:] {
				var err error
				if a[i+1], err = convert.Convert(a[i+1], same); err != nil {
					return cty.NilVal, err
				}
			}
		}
		values, keys, search := a[0].AsValueSlice(), a[1].AsValueSlice(), a[2].AsValueSlice()
		var out []cty.Value
		for i, k := range keys {
			if slices.ContainsFunc(search, func(s cty.Value) bool { eq, err := stdlib.Equal(s, k); return err == nil && eq.True() }) {
				out = append(out, values[i])
			}
		}
		if len(out) == 0 {
			return cty.ListValEmpty(ty.ElementType()), nil
		}
		return cty.ListVal(out), nil
	},
})

var sumFunc = newFunction(cty.Number, func(a []cty.Value) (cty.Value, error) {
	if !a[0].CanIterateElements() || a[0].LengthInt() == 0 {
		return cty.NilVal, errors.New("the argument must be a list of numbers that is not empty")
	}
	total := cty.NumberIntVal(0)
	for it := a[0].ElementIterator(); it.Next(); {
		_, v := it.Element()
		v, err := convert.Convert(v, cty.Number)
		if err != nil || v.IsNull() {
			return cty.NilVal, errors.New("an element is no number")
		}
		if v.IsKnown() && hugeNumber(v) {
			return cty.NilVal, errors.New("a number is too large")
		}
		total = total.Add(v)
	}
	return total, nil
}, param("list", cty.DynamicPseudoType))

var transposeFunc = newFunction(cty.Map(cty.List(cty.String)), func(a []cty.Value) (cty.Value, error) {
	out := cty.Map(cty.List(cty.String))
	if !a[0].IsWhollyKnown() {
		return cty.UnknownVal(out), nil
	}
	turned := map[string][]cty.Value{}
	for it := a[0].ElementIterator(); it.Next(); {
		k, list := it.Element()
		if list.IsNull() {
			return cty.NilVal, errors.New("a list is null")
		}
		for jt := list.ElementIterator(); jt.Next(); {
			_, v := jt.Element()
			if v.IsNull() {
				return cty.NilVal, errors.New("an element is null")
			}
			turned[v.AsString()] = append(turned[v.AsString()], k)
		}
	}
	if len(turned) == 0 {
		return cty.MapValEmpty(cty.List(cty.String)), nil
	}
	lists := map[string]cty.Value{}
	for k, v := range turned {
		lists[k] = cty.ListVal(v)
	}
	return cty.MapVal(lists), nil
}, param("map", cty.Map(cty.List(cty.String))))

// errDeep is what decoders say of text that nests too deeply: they recurse.
var errDeep = fmt.Errorf("it nests more than %d levels deep", maxNesting)

var jsonDecodeFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("text", cty.String)},
	Type: func(args []cty.Value) (cty.Type, error) {
		if !args[0].IsKnown() {
			return cty.DynamicPseudoType, nil
		}
		if jsonDepth([]byte(args[0].AsString())) > maxNesting {
			return cty.NilType, errDeep
		}
		return stdlib.JSONDecodeFunc.ReturnTypeForValues(args)
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return stdlib.JSONDecode(args[0]) },
})

var yamlDecodeFunc = function.New(&function.Spec{
	Params: []function.Parameter{param("text", cty.String)},
	Type: func(args []cty.Value) (cty.Type, error) {
		if !args[0].IsKnown() {
			return cty.DynamicPseudoType, nil
		}
		return yamlType([]byte(args[0].AsString()))
	},
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		return yaml.Unmarshal([]byte(args[0].AsString()), ty)
	},
})

// yamlType refuses text that nests too deeply or, by aliases of aliases, stands
// for far more than it says.
func yamlType(src []byte) (cty.Type, error) {
	if depth(src) > maxNesting || yamlMarkers(src) > maxNesting {
		return cty.NilType, errDeep
	}
	ty, err := yaml.ImpliedType(src)
	if err == nil && typeSize(ty, maxNodes, 0) >= maxNodes {
		err = errors.New("it is too large")
	}
	return ty, err
}

// yamlMarkers is the largest number of "- " and "? " in a line, each of which may
// open a level.
func yamlMarkers(src []byte) int {
	most := 0
	for line := range bytes.Lines(src) {
		most = max(most, bytes.Count(line, []byte("- "))+bytes.Count(line, []byte("? "))+bytes.Count(line, []byte("-\t")))
	}
	return most
}

// typeSize counts the nodes of a type, and stops at limit.
func typeSize(ty cty.Type, limit, depth int) int {
	if depth > maxDepth {
		return limit
	}
	n := 1
	switch {
	case ty.IsTupleType():
		for _, t := range ty.TupleElementTypes() {
			if n += typeSize(t, limit-n, depth+1); n >= limit {
				return limit
			}
		}
	case ty.IsObjectType():
		for _, t := range ty.AttributeTypes() {
			if n += typeSize(t, limit-n, depth+1); n >= limit {
				return limit
			}
		}
	}
	return n
}

var timeCmpFunc = newFunction(cty.Number, func(a []cty.Value) (cty.Value, error) {
	x, err := time.Parse(time.RFC3339, a[0].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	y, err := time.Parse(time.RFC3339, a[1].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	return cty.NumberIntVal(int64(x.Compare(y))), nil
}, param("a", cty.String), param("b", cty.String))

var leadingZeros = regexp.MustCompile(`\b0+([0-9]+\b)`)

// parseCIDR takes leading zeros, which Go's parser refuses, as Terraform's does.
func parseCIDR(s string) (*net.IPNet, error) {
	_, n, err := net.ParseCIDR(leadingZeros.ReplaceAllString(s, "$1"))
	return n, err
}

var cidrHostFunc = newFunction(cty.String, func(a []cty.Value) (cty.Value, error) {
	n, err := parseCIDR(a[0].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	host, err := whole(a[1])
	if err != nil {
		return cty.NilVal, err
	}
	ip, err := cidr.HostBig(n, host)
	if err != nil {
		return cty.NilVal, err
	}
	return cty.StringVal(ip.String()), nil
}, param("prefix", cty.String), param("host", cty.Number))

// cidrContainsFunc is OpenTofu's; Terraform lacks it. The second argument is an
// address or a prefix.
var cidrContainsFunc = newFunction(cty.Bool, func(a []cty.Value) (cty.Value, error) {
	n, err := parseCIDR(a[0].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	first := net.ParseIP(a[1].AsString())
	last := first
	if first == nil {
		inner, err := parseCIDR(a[1].AsString())
		if err != nil {
			return cty.NilVal, err
		}
		first, last = cidr.AddressRange(inner)
	}
	if (n.IP.To4() == nil) != (first.To4() == nil) {
		return cty.NilVal, errors.New("one is of IPv4, the other of IPv6")
	}
	return cty.BoolVal(n.Contains(first) && n.Contains(last)), nil
}, param("prefix", cty.String), param("inner", cty.String))

func cidrNetmask(s string) (string, error) {
	n, err := parseCIDR(s)
	if err != nil {
		return "", err
	}
	if n.IP.To4() == nil {
		return "", errors.New("only IPv4 prefixes have a netmask")
	}
	return net.IP(n.Mask).String(), nil
}

var cidrSubnetFunc = newFunction(cty.String, func(a []cty.Value) (cty.Value, error) {
	n, err := parseCIDR(a[0].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	bits, err := smallInt(a[1])
	if err != nil {
		return cty.NilVal, err
	}
	num, err := whole(a[2])
	if err != nil {
		return cty.NilVal, err
	}
	out, err := cidr.SubnetBig(n, bits, num)
	if err != nil {
		return cty.NilVal, err
	}
	return cty.StringVal(out.String()), nil
}, param("prefix", cty.String), param("newbits", cty.Number), param("netnum", cty.Number))

var cidrSubnetsFunc = function.New(&function.Spec{
	Params:   []function.Parameter{param("prefix", cty.String)},
	VarParam: &function.Parameter{Name: "newbits", Type: cty.Number},
	Type:     function.StaticReturnType(cty.List(cty.String)),
	Impl: func(a []cty.Value, _ cty.Type) (cty.Value, error) {
		n, err := parseCIDR(a[0].AsString())
		if err != nil {
			return cty.NilVal, err
		}
		if len(a) == 1 {
			return cty.ListValEmpty(cty.String), nil
		}
		start, _ := n.Mask.Size()
		var current *net.IPNet
		var out []cty.Value
		for _, arg := range a[1:] {
			bits, err := smallInt(arg)
			if err != nil || bits < 1 {
				return cty.NilVal, errors.New("each number of new bits must be at least 1")
			}
			if current == nil {
				current, err = cidr.Subnet(n, bits, 0)
				if err != nil {
					return cty.NilVal, err
				}
			} else {
				next, wrapped := cidr.NextSubnet(current, start+bits)
				if wrapped || !n.Contains(next.IP) {
					return cty.NilVal, errors.New("the prefix has no room for all these subnets")
				}
				current = next
			}
			out = append(out, cty.StringVal(current.String()))
		}
		return cty.ListVal(out), nil
	},
})

func whole(v cty.Value) (*big.Int, error) {
	if hugeNumber(v) {
		return nil, errors.New("the number is too large")
	}
	n, accuracy := v.AsBigFloat().Int(nil)
	if accuracy != big.Exact {
		return nil, errors.New("the number must be whole")
	}
	return n, nil
}

func smallInt(v cty.Value) (int, error) {
	n, err := whole(v)
	if err != nil || !n.IsInt64() || n.Int64() < 0 || n.Int64() > 128 {
		return 0, errors.New("the number must be between 0 and 128")
	}
	return int(n.Int64()), nil
}
