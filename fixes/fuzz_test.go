package fixes

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"merlon/compliance"
)

// FuzzFix changes whatever parses, however it is written: the result parses, only
// what was asked for is another, every comment is still there, and what was
// formatted still is.
func FuzzFix(f *testing.F) {
	f.Add("resource \"t\" \"a\" {\n  on = false # why\n  x  = 1 /* so */\n}\n", "on", "true")
	f.Add("resource \"t\" \"a\" {\r\n\ton=false\r\n\r\n}", "ebs/0/on", "true")
	f.Add("resource \"t\" \"a\" { on = <<EOT\nx\nEOT\n}\n", "on", "${y}")
	f.Add("resource \"t\" \"a\" {\n  ebs { size = 1 } # c\n  ebs {}\n  l = [{ a = 1 }, { b : 2, }]\n}\n", "ebs/1/on", "1")
	f.Add("resource \"t\" \"a\" {\n  m = { a = 1, // one\n    b = 2 } \n /* c\n */ z = (\n 1)\n}", "m/c d", "x")
	f.Add("/* a */ resource t a {\n  l = [{ a = 1 }]\n  depends_on = [\n  ]\n}# end", "l/0/a", "x\ny")
	f.Add("resource \"t\" \"a\" {\n  x = 1\n\n  b { # c\n  }\n}\n", "b/0/longer_name", "1")
	f.Add("resource \"t\" \"a\" {\n  x = <<-EOT\n  a\n    EOT\n\n  # last\n}\n", "longer", "1")
	f.Fuzz(func(t *testing.T, text, path, wanted string) { checkFix(t, text, path, wanted) })
}

// TestRandomFormatting does the same to resources that are written in random ways.
func TestRandomFormatting(t *testing.T) {
	changed := 0
	for seed := range uint64(1000) {
		w := writer{rand: rand.New(rand.NewPCG(seed, 0))}
		w.body(0)
		text := "resource \"t\" \"a\" " + w.String()
		if w.rand.IntN(2) == 0 {
			text += "\n\n// next\nlocals {\n}\n"
		}
		if w.rand.IntN(3) == 0 {
			text = string(hclwrite.Format([]byte(text)))
		}
		if w.rand.IntN(4) == 0 {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		path := []string{"a", "longer_name", "b/0/a", "b/1/longer_name", "b/0/b/0/a", "o/k", "o/new", "c/0/a", "l/0/k"}[w.rand.IntN(9)]
		if checkFix(t, text, path, []string{"true", "a text", "7", "x"}[w.rand.IntN(4)]) {
			changed++
		}
		if t.Failed() {
			t.Fatalf("seed %d, %s of\n%s", seed, path, text)
		}
	}
	if changed < 300 {
		t.Errorf("only %d of 1000 were changed: the test tells little", changed)
	}
}

// A writer writes HCL in random ways.
type writer struct {
	strings.Builder
	rand *rand.Rand
}

func (w *writer) any(texts ...string) { w.WriteString(texts[w.rand.IntN(len(texts))]) }

func (w *writer) body(depth int) {
	if w.rand.IntN(6) == 0 {
		w.any("{}", "{ }", "{ a = 1 }", "{  \n}")
		return
	}
	w.WriteString("{")
	w.end()
	indent := strings.Repeat([]string{"  ", " ", "\t", ""}[w.rand.IntN(4)], depth+1)
	names := []string{"a", "x", "yyy", "o", "l"}
	for _, name := range names[:w.rand.IntN(len(names)+1)] {
		w.any("", "", "\n", indent+"# above\n", "/* a\n  b */\n")
		w.WriteString(indent + name)
		w.any(" = ", "=", "  =\t")
		w.value(name, indent)
		w.end()
	}
	for range w.rand.IntN(3) {
		if depth < 2 {
			w.any("", "\n", indent+"// block\n")
			w.WriteString(indent)
			w.any("b ", "b", "other ", `dynamic "c" `)
			w.body(depth + 1)
			w.end()
		}
	}
	w.any("", indent+"# last\n", "\n\n")
	w.WriteString(strings.Repeat("  ", depth) + "}")
}

func (w *writer) value(name, indent string) {
	switch name {
	case "o":
		w.any("{}", "{ k = 1 }", "{\n k = 1\n}", "{ k : 1, z = 2, }", "{\n\"k\" = 1, # c\n\n    z = {}}", "{\n}", "var.o", "{\n # none\n}")
	case "l":
		w.any("[]", "[{ k = 1 }]", "[\n{\nk = var.k\n},\n{}]", "[var.x, {k=1}]")
	default:
		w.any("1", "\"t\"", "var.v", "(\n1)", "[\n"+indent+"  1,\n]", "<<EOT\ntext\nEOT", "<<-EOT\n  ${var.x}\n  EOT")
	}
}

// end ends a line.
func (w *writer) end() {
	if strings.HasSuffix(w.String(), "EOT") {
		w.WriteString("\n")
		return
	}
	w.any("\n", "\n", " # end\n", "\t// end\n", " /* end */\n", "  \n")
}

// checkFix tells whether there was a change.
func checkFix(t *testing.T, text, path, wanted string) bool {
	before, ok := contents(text)
	if !ok || len(text) > 4096 {
		return false
	}
	r := repository(t, text)
	file := r.file("main.tf")
	if file.err != nil || len(file.units) == 0 {
		return false
	}
	u := file.units[0]
	address := u.labels[0] + "." + u.labels[1]
	finding := &compliance.Finding{
		Control: &compliance.Control{Fix: want}, State: compliance.Fail, Want: wanted,
		Path:   append(compliance.Path{u.labels[0], address}, strings.Split(path, "/")...),
		Source: compliance.Source{File: "main.tf", Line: u.line + 1},
	}
	p := r.Plan([]*compliance.Finding{finding})
	if len(p.Files) == 0 {
		return false
	}
	result := string(p.Files[0].New)
	after, ok := contents(result)
	if !ok {
		t.Fatalf("the result does not parse:\n%s", result)
	}
	for _, key := range changes(before, after) {
		if at := strings.TrimPrefix(key, "0/"); at != path && !strings.HasPrefix(path, at+"/") {
			t.Errorf("%s changed, not %s:\n%s", key, path, result)
		}
	}
	if had, has := comments(text), comments(result); had != has {
		t.Errorf("the comments were\n%s\nand are\n%s", had, has)
	}
	unit := []byte(strings.ReplaceAll(text[u.from:u.to], "\r\n", "\n"))
	if !bytes.HasSuffix(unit, []byte("\n")) {
		unit = append(unit, '\n')
	}
	now := []byte(strings.ReplaceAll(result[u.from:len(result)-(len(text)-u.to)], "\r\n", "\n"))
	if !bytes.HasSuffix(now, []byte("\n")) {
		now = append(now, '\n')
	}
	if bytes.Equal(hclwrite.Format(unit), unit) && !bytes.Equal(hclwrite.Format(now), now) {
		t.Errorf("it was formatted, and is no longer:\n%s\nwas\n%s", now, unit)
	}
	return true
}

// contents are the attributes of a file, by their place.
func contents(text string) (map[string]string, bool) {
	f, diags := hclsyntax.ParseConfig([]byte(text), "", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, false
	}
	out := map[string]string{}
	collect(out, "", []byte(text), f.Body.(*hclsyntax.Body))
	return out, true
}

func collect(out map[string]string, at string, text []byte, body *hclsyntax.Body) {
	for _, a := range body.Attributes {
		out[at+a.Name] = tokens(a.Expr.Range().SliceBytes(text))
	}
	n, resources := map[string]int{}, 0
	for _, b := range body.Blocks {
		key := fmt.Sprintf("%s%s/%d/", at, b.Type, n[b.Type])
		if at == "" {
			key = fmt.Sprintf("%s %q %d/", b.Type, b.Labels, n[b.Type])
		}
		if at == "" && b.Type == "resource" && len(b.Labels) == 2 {
			key = fmt.Sprintf("%d/", resources)
			resources++
		}
		n[b.Type]++
		out[key] = strings.Join(b.Labels, " ")
		collect(out, key, text, b.Body)
	}
}

// tokens is an expression without its white space and comments.
func tokens(text []byte) string {
	lexed, _ := hclsyntax.LexExpression(text, "", hcl.InitialPos)
	var out strings.Builder
	for _, t := range lexed {
		if t.Type != hclsyntax.TokenComment && t.Type != hclsyntax.TokenNewline {
			out.WriteString(strings.ReplaceAll(string(t.Bytes), "\r\n", "\n") + " ")
		}
	}
	return out.String()
}

// changes are the places that differ; of blocks, those that are gone.
func changes(before, after map[string]string) []string {
	var out []string
	for key := range maps.All(after) {
		old, there := before[key]
		if was := there && old == after[key]; !was && !strings.HasSuffix(key, "/") {
			out = append(out, key)
		}
	}
	for key := range before {
		if _, there := after[key]; !there {
			out = append(out, key)
		}
	}
	return out
}

// comments are those of a file, a line each.
func comments(text string) string {
	lexed, _ := hclsyntax.LexConfig([]byte(text), "", hcl.InitialPos)
	var out strings.Builder
	for _, t := range lexed {
		if t.Type == hclsyntax.TokenComment {
			out.WriteString(strings.TrimSpace(string(t.Bytes)) + "\n")
		}
	}
	return out.String()
}
