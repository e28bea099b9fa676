package terraform

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"merlon/compliance"
)

// text returns an expression of a text in which names of unknown things may be.
func (g generator) text(depth int) string {
	if depth == 0 {
		return g.pick("local.n", "local.m", `"a"`, `"ab"`, `"-"`, `""`, `"b${local.n}"`, `"${local.n}a"`, `"${local.n}/${local.m}"`)
	}
	t := func() string { return g.text(depth - 1) }
	part := func() string { return g.pick(`"a"`, `"b"`, `"ab"`, `"-"`, `"ba"`, `"n-"`) }
	switch g.IntN(14) {
	case 0:
		return "lower(" + t() + ")"
	case 1:
		return "upper(" + t() + ")"
	case 2:
		return fmt.Sprintf("replace(%s, %s, %s)", t(), part(), part())
	case 3:
		return fmt.Sprintf("trimprefix(%s, %s)", t(), part())
	case 4:
		return fmt.Sprintf("trimsuffix(%s, %s)", t(), part())
	case 5:
		return "trimspace(\" ${" + t() + "} \")"
	case 6:
		return fmt.Sprintf("format(%s, %s, %s)", g.pick(`"%s-%s"`, `"%[2]s%[1]s"`, `"%s%v"`, `"%4s%s"`, `"%.1s%s"`, `"%q%s"`), t(), t())
	case 7:
		return fmt.Sprintf("join(%s, %s)", part(), g.list(depth-1))
	case 8:
		return fmt.Sprintf("coalesce(%s, %s)", t(), t())
	case 9:
		return fmt.Sprintf("%s %s %s ? %s : %s", t(), g.pick("==", "!="), t(), t(), t())
	case 10:
		return fmt.Sprintf("(%s %s null ? %s : %s)", t(), g.pick("==", "!="), t(), t())
	case 11:
		return fmt.Sprintf("substr(%s, 0, %d)", t(), g.IntN(4))
	case 12:
		return fmt.Sprintf("trim(%s, %s)", t(), part())
	}
	return "\"${" + t() + "}" + g.pick("", "/", "b") + "${" + t() + "}\""
}

func (g generator) list(depth int) string {
	t := func() string { return g.text(max(0, depth-1)) }
	items := "[" + t() + ", " + t() + ", " + t() + "]"
	return g.pick(items, items, "compact("+items+")", "distinct("+items+")", "formatlist(\"%s/b\", "+items+")", "concat("+items+", ["+t()+"])", "tolist("+items+")")
}

var nameTexts = regexp.MustCompile(`\$\{[^{}]*\}`)

// holds tells whether a fact, in which names stand for what is unknown, is true of
// what the thing turns out to be.
func holds(fact, is string) bool {
	parts := nameTexts.Split(fact, -1)
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile("^(?s:" + strings.Join(parts, ".*") + ")$").MatchString(is)
}

// Whatever is said of a text in which names stand for unknown things is true
// whatever those turn out to be.
func TestNamesHold(t *testing.T) {
	const count = 1500
	g := generator{rand.New(rand.NewPCG(7, 10))}
	var expressions strings.Builder
	for i := range count {
		if i%5 == 0 {
			fmt.Fprintf(&expressions, "resource \"a_b\" \"x%d\" {\n  l = %s\n}\n", i, g.list(2))
		} else {
			fmt.Fprintf(&expressions, "resource \"a_b\" \"x%d\" {\n  v = %s\n}\n", i, g.text(1+i%3))
		}
	}
	unknown := scanText(t, "-- x.tf --\nresource \"c_d\" \"u\" {}\nlocals {\n  n = c_d.u.arn\n  m = c_d.u.kms_key_id\n}\n"+expressions.String())
	said, named := 0, 0
	for _, value := range [][2]string{{"arn:x-y", "key"}, {"a", ""}, {"b", "a"}, {"ab", "b"}, {"n-", "-"}, {"-", "ab"}} {
		is := scanText(t, fmt.Sprintf("-- x.tf --\nlocals {\n  n = %q\n  m = %q\n}\n", value[0], value[1])+expressions.String())
		for i := range count {
			at := compliance.Path{"a_b", fmt.Sprintf("a_b.x%d", i)}
			fact, ok := unknown.Value(at.Append("v"))
			want, known := is.Value(at.Append("v"))
			if ok && known {
				said++
				if strings.Contains(fmt.Sprint(fact), "${") {
					named++
				}
				if !holds(fmt.Sprint(fact), fmt.Sprint(want)) {
					t.Errorf("x%d is %q where n, m = %q, not %q", i, want, value, fact)
				}
			}
			list, _ := unknown.Value(at.Append("l"))
			wanted, known := is.Value(at.Append("l"))
			if known {
				for _, e := range asAny(list) {
					said++
					if !anyHolds(fmt.Sprint(e), asAny(wanted)) {
						t.Errorf("x%d: %q is not in %q where n, m = %q", i, e, wanted, value)
					}
				}
			}
		}
	}
	t.Logf("%d facts, %d with names in them", said, named)
	if named < count {
		t.Error("too few names")
	}
	if t.Failed() {
		for i, x := range strings.Split(expressions.String(), "\n") {
			if strings.Contains(x, " = ") {
				t.Logf("x%d: %s", i/3, x)
			}
		}
	}
}

func anyHolds(fact string, all []any) bool {
	for _, e := range all {
		if holds(fact, fmt.Sprint(e)) {
			return true
		}
	}
	return false
}
