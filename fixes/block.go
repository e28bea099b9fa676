package fixes

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"merlon/compliance"
)

// A block is the text of one resource, while it is being changed. Each change
// parses it anew, so that the next one finds what the last one wrote.
type block struct {
	text []byte // whole lines, with LF
	tree *hclsyntax.Block
	// tidy: it is formatted as `terraform fmt` would, and stays so.
	tidy bool
	// written are the lines that were there before any change.
	written map[string]bool
}

var errLayout = errors.New("it is written in a way that cannot be changed by rule")

func parseBlock(text []byte) (*block, error) {
	b := &block{text: text, tidy: bytes.Equal(hclwrite.Format(text), text), written: map[string]bool{}}
	for line := range strings.Lines(string(text)) {
		b.written[line] = true
	}
	return b, b.parse()
}

func (b *block) parse() error {
	f, diags := hclsyntax.ParseConfig(b.text, "", hcl.InitialPos)
	if diags.HasErrors() {
		return errLayout
	}
	body, ok := f.Body.(*hclsyntax.Body)
	if !ok || len(body.Blocks) != 1 || len(body.Attributes) > 0 {
		return errLayout
	}
	b.tree = body.Blocks[0]
	return nil
}

// splice replaces text[from:to], formats what was formatted before, and parses.
func (b *block) splice(from, to int, text string) error {
	b.text = slices.Concat(b.text[:from:from], []byte(text), b.text[to:])
	if b.tidy {
		b.text = hclwrite.Format(b.text)
	}
	return b.parse()
}

// set gives the attribute at path, which is relative to the resource, a value. A
// nested block that is missing is added, where it is the only one: of more, nobody
// here knows which arguments they cannot go without.
func (b *block) set(path compliance.Path, value string) error {
	in := b.tree
	for {
		name, rest := path[0], path[1:]
		a := in.Body.Attributes[name]
		switch {
		case len(rest) == 0:
			return b.setAttribute(in, name, value)
		case a != nil:
			return b.setWithin(a.Expr, rest, value)
		case !isIndex(rest[0]) && len(rest) == 1:
			return b.setAttribute(in, name, "{\n"+keyText(rest[0])+" = "+value+"\n}")
		case !isIndex(rest[0]) || len(rest) == 1:
			return errLayout
		}
		child, err := nested(in, name, rest[0])
		switch {
		case err != nil:
			return err
		case child != nil:
			in, path = child, rest[1:]
		case rest[0] != "0" || len(rest) != 2:
			return fmt.Errorf("there is no block %s to set it in", name)
		default:
			return b.addBlock(in, name+" {\n"+rest[1]+" = "+value+"\n}")
		}
	}
}

func isIndex(s string) bool {
	_, err := strconv.ParseUint(s, 10, 31)
	return err == nil
}

// nested returns a nested block by type and number; nil where there is none. What
// a dynamic block makes is not there to be changed.
func nested(in *hclsyntax.Block, name, index string) (*hclsyntax.Block, error) {
	want, _ := strconv.Atoi(index)
	n := 0
	for _, c := range in.Body.Blocks {
		switch {
		case c.Type == "dynamic" && len(c.Labels) == 1 && c.Labels[0] == name:
			return nil, fmt.Errorf("the block %s comes from a dynamic block", name)
		case c.Type == name && n == want:
			return c, nil
		case c.Type == name:
			n++
		}
	}
	return nil, nil
}

// literal refuses a value that is made elsewhere: changing it here would undo what
// somebody meant, or change nothing.
func literal(x hclsyntax.Expression) error {
	for _, t := range x.Variables() {
		return fmt.Errorf("its value comes through %s", traversalText(t))
	}
	return nil
}

// traversalText writes the beginning of a reference: var.encrypted, each.value.
func traversalText(t hcl.Traversal) string {
	out := t.RootName()
	if len(t) > 1 {
		if a, ok := t[1].(hcl.TraverseAttr); ok {
			out += "." + a.Name
		}
	}
	return out
}

func (b *block) setAttribute(in *hclsyntax.Block, name, value string) error {
	a := in.Body.Attributes[name]
	if a == nil {
		return b.addAttribute(in, name+" = "+value)
	}
	if err := literal(a.Expr); err != nil {
		return err
	}
	return b.replace(a.Expr, value)
}

// replace puts a value in the place of an expression.
func (b *block) replace(x hclsyntax.Expression, value string) error {
	r := x.Range()
	if bytes.HasSuffix(b.text[r.Start.Byte:r.End.Byte], []byte("\n")) {
		value += "\n" // a here-document ends with its line
	}
	before := string(b.text)
	if err := b.splice(r.Start.Byte, r.End.Byte, value); err != nil {
		return err
	}
	if string(b.text) == before {
		return errors.New("it has the wanted value where it is written")
	}
	return nil
}

// setWithin sets an item of a literal: metadata = { "enable-oslogin" = "FALSE" }.
func (b *block) setWithin(x hclsyntax.Expression, path compliance.Path, value string) error {
	switch x := x.(type) {
	case *hclsyntax.ParenthesesExpr:
		return b.setWithin(x.Expression, path, value)
	case *hclsyntax.ObjectConsExpr:
		item := itemOf(x, path[0])
		switch {
		case item == nil && len(path) == 1:
			return b.addItem(x, keyText(path[0])+" = "+value)
		case item != nil && len(path) == 1:
			if err := literal(item); err != nil {
				return err
			}
			return b.replace(item, value)
		case item != nil:
			return b.setWithin(item, path[1:], value)
		}
	case *hclsyntax.TupleConsExpr:
		i, err := strconv.Atoi(path[0])
		if err != nil || i >= len(x.Exprs) || len(path) == 1 {
			break
		}
		for _, earlier := range x.Exprs[:i] {
			if err := literal(earlier); err != nil {
				return err // what is unknown has no number
			}
		}
		return b.setWithin(x.Exprs[i], path[1:], value)
	}
	if err := literal(x); err != nil {
		return err
	}
	return errLayout
}

// itemOf returns the value of the last item with this key.
func itemOf(x *hclsyntax.ObjectConsExpr, key string) hclsyntax.Expression {
	for _, item := range slices.Backward(x.Items) {
		if v, diags := item.KeyExpr.Value(nil); !diags.HasErrors() && isText(v, key) {
			return item.ValueExpr
		}
	}
	return nil
}

func (b *block) addItem(x *hclsyntax.ObjectConsExpr, item string) error {
	open, end := x.OpenRange.End, x.Range().End
	switch blank := len(bytes.TrimSpace(b.text[open.Byte:end.Byte-1])) == 0; {
	case blank:
		return b.splice(open.Byte, end.Byte, " "+item+" }")
	case len(x.Items) == 0 && open.Line == end.Line:
		return b.splice(end.Byte-1, end.Byte-1, item+" ")
	case len(x.Items) == 0:
		return b.insertLines(b.lineOf(end.Byte-1), b.leading(open.Byte)+"  ", item)
	}
	first, last := x.Items[0], x.Items[len(x.Items)-1].ValueExpr.Range().End
	if last.Line == end.Line {
		return b.splice(last.Byte, last.Byte, ", "+item)
	}
	at := b.lineAfter(last.Byte)
	return b.insertLines(at, b.indentLike(first.KeyExpr.Range().Start.Byte, open.Byte), item)
}

// addAttribute adds an attribute: after the others, before the nested blocks.
func (b *block) addAttribute(in *hclsyntax.Block, text string) error {
	in, err := b.opened(in)
	if err != nil {
		return err
	}
	at := b.lineAfter(in.OpenBraceRange.Start.Byte)
	if last := lastAttribute(in.Body); last != nil {
		at = b.lineAfter(last.SrcRange.End.Byte - 1)
	}
	return b.insertLines(at, b.indentIn(in), text)
}

// lastAttribute is the last attribute above the nested blocks.
func lastAttribute(body *hclsyntax.Body) *hclsyntax.Attribute {
	var last *hclsyntax.Attribute
	for _, a := range body.Attributes {
		above := len(body.Blocks) == 0 || a.SrcRange.Start.Byte < body.Blocks[0].TypeRange.Start.Byte
		if above && a.Name != "depends_on" && (last == nil || a.SrcRange.Start.Byte > last.SrcRange.Start.Byte) {
			last = a
		}
	}
	return last
}

// addBlock adds a nested block at the end of a block.
func (b *block) addBlock(in *hclsyntax.Block, text string) error {
	in, err := b.opened(in)
	if err != nil {
		return err
	}
	end := b.lineOf(in.CloseBraceRange.Start.Byte)
	if len(in.Body.Attributes)+len(in.Body.Blocks) > 0 && !bytes.HasSuffix(b.text[:end], []byte("\n\n")) {
		text = "\n" + text
	}
	return b.insertLines(end, b.indentIn(in), text)
}

// opened breaks a block that stands on one line into several.
func (b *block) opened(in *hclsyntax.Block) (*hclsyntax.Block, error) {
	from, to := in.OpenBraceRange.End, in.CloseBraceRange.Start
	alone := len(bytes.TrimSpace(b.text[b.lineOf(to.Byte):to.Byte])) == 0
	switch {
	case from.Line != to.Line && alone:
		return in, nil
	case from.Line != to.Line:
		return nil, errLayout
	}
	outer, text := b.leading(in.TypeRange.Start.Byte), "\n"
	if inner := strings.TrimSpace(string(b.text[from.Byte:to.Byte])); inner != "" {
		text += outer + "  " + inner + "\n"
	}
	if err := b.splice(from.Byte, to.Byte, text+outer); err != nil {
		return nil, err
	}
	if in = opensAt(b.tree, from.Line); in == nil {
		return nil, errLayout
	}
	return in, nil
}

// opensAt returns the block that opens on a line.
func opensAt(in *hclsyntax.Block, line int) *hclsyntax.Block {
	if in.OpenBraceRange.Start.Line == line {
		return in
	}
	for _, c := range in.Body.Blocks {
		if found := opensAt(c, line); found != nil {
			return found
		}
	}
	return nil
}

// insertLines inserts text, which may be several lines, indented, at the beginning
// of a line. What was formatted comes out formatted; where that would move other
// lines, since the new name is longer than theirs, the text stands apart.
func (b *block) insertLines(at int, indent, text string) error {
	lines := indented(text, indent)
	if !b.tidy {
		return b.splice(at, at, b.aligned(at, lines))
	}
	apart := lines
	if at > 0 && !bytes.HasSuffix(b.text[:at], []byte("{\n")) && !bytes.HasSuffix(b.text[:at], []byte("\n\n")) {
		apart = "\n" + apart
	}
	if next := bytes.TrimSpace(b.text[at:b.lineAfter(at)]); len(next) > 0 && next[0] != '}' {
		apart += "\n"
	}
	whole := b.with(at, lines)
	if b.moves(at, strings.Count(lines, "\n"), whole) {
		whole = b.with(at, apart)
	}
	b.text = whole
	return b.parse()
}

func (b *block) with(at int, lines string) []byte {
	return hclwrite.Format(slices.Concat(b.text[:at:at], []byte(lines), b.text[at:]))
}

// moves tells whether whole, which has n more lines from a place on, writes
// others in another way that were there before any change.
func (b *block) moves(at, n int, whole []byte) bool {
	old, now := strings.SplitAfter(string(b.text), "\n"), strings.SplitAfter(string(whole), "\n")
	first := bytes.Count(b.text[:at], []byte("\n"))
	if len(now) != len(old)+n {
		return true
	}
	now = slices.Delete(now, first, first+n)
	for i, line := range old {
		if line != now[i] && b.written[line] {
			return true
		}
	}
	return false
}

// indented formats text and indents it.
func indented(text, indent string) string {
	var out strings.Builder
	for line := range strings.Lines(string(hclwrite.Format([]byte(text + "\n")))) {
		if line != "\n" {
			out.WriteString(indent)
		}
		out.WriteString(line)
	}
	return out.String()
}

// aligned moves the = of an inserted line below that of the line above, where the
// name leaves room.
func (b *block) aligned(at int, line string) string {
	if at == 0 || strings.Count(line, "\n") != 1 {
		return line
	}
	above := string(b.text[b.lineOf(at-1):at])
	column, own := strings.Index(above, " = "), strings.Index(line, " = ")
	if own < 0 || column <= own || strings.ContainsAny(above[:column], "\"{#\t") {
		return line
	}
	return line[:own] + strings.Repeat(" ", column-own) + line[own:]
}

// remove takes out the block or attribute at path, with the comment above it.
func (b *block) remove(path compliance.Path) error {
	in := b.tree
	for {
		if len(path) == 1 {
			a := in.Body.Attributes[path[0]]
			if a == nil {
				return errLayout
			}
			return b.cut(a.SrcRange)
		}
		child, err := nested(in, path[0], path[1])
		switch {
		case err != nil:
			return err
		case child == nil:
			return errLayout
		case len(path) == 2:
			return b.cut(child.Range())
		}
		in, path = child, path[2:]
	}
}

// cut takes out the whole lines of a range.
func (b *block) cut(r hcl.Range) error {
	from, to := b.lineOf(r.Start.Byte), b.lineAfter(r.End.Byte-1)
	before, after := bytes.TrimSpace(b.text[from:r.Start.Byte]), bytes.TrimSpace(b.text[r.End.Byte:max(to, r.End.Byte)])
	if len(before) > 0 || len(after) > 0 && !isComment(after) {
		return errLayout
	}
	for from > 0 && isComment(b.text[b.lineOf(from-1):from]) {
		from = b.lineOf(from - 1)
	}
	next := bytes.TrimSpace(b.text[to:b.lineAfter(to)])
	if above := b.text[:from]; bytes.HasSuffix(above, []byte("\n\n")) && (len(next) == 0 || next[0] == '}') {
		from--
	}
	return b.splice(from, to, "")
}

func isComment(line []byte) bool {
	line = bytes.TrimSpace(line)
	return bytes.HasPrefix(line, []byte("#")) || bytes.HasPrefix(line, []byte("//"))
}

// add adds the blocks and attributes of a recipe's HCL to the resource.
func (b *block) add(source []byte, in *hclsyntax.Body) error {
	for _, a := range in.Attributes {
		if b.tree.Body.Attributes[a.Name] != nil {
			return fmt.Errorf("%s is set already", a.Name)
		}
		if err := b.addAttribute(b.tree, string(a.SrcRange.SliceBytes(source))); err != nil {
			return err
		}
	}
	for _, c := range in.Blocks {
		if c.Type == "resource" {
			continue
		}
		if there, err := nested(b.tree, c.Type, "0"); err != nil {
			return err
		} else if there != nil {
			return fmt.Errorf("a block %s is there already", c.Type)
		}
		if err := b.addBlock(b.tree, string(c.Range().SliceBytes(source))); err != nil {
			return err
		}
	}
	return nil
}

// lineOf is where the line of a byte begins, lineAfter where the next one does.
func (b *block) lineOf(at int) int { return bytes.LastIndexByte(b.text[:at], '\n') + 1 }

func (b *block) lineAfter(at int) int {
	if i := bytes.IndexByte(b.text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(b.text)
}

// leading is the white space that the line of a byte begins with.
func (b *block) leading(at int) string {
	line := b.text[b.lineOf(at):]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// indentLike is the indent of what begins at a byte; where it does not begin its
// line, two spaces more than that of the line that opens.
func (b *block) indentLike(at, opening int) string {
	if len(bytes.TrimSpace(b.text[b.lineOf(at):at])) == 0 {
		return b.leading(at)
	}
	return b.leading(opening) + "  "
}

// indentIn is the indent of what stands in a block.
func (b *block) indentIn(in *hclsyntax.Block) string {
	first := in.OpenBraceRange.Start.Byte
	for _, c := range in.Body.Blocks {
		first = c.TypeRange.Start.Byte
		break
	}
	if last := lastAttribute(in.Body); last != nil {
		first = last.SrcRange.Start.Byte
	}
	return b.indentLike(first, in.OpenBraceRange.Start.Byte)
}
