package fixes

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"merlon/compliance"
)

// A file is one that was read, and the resources in it.
type file struct {
	name  string
	text  []byte
	err   error // why it cannot be changed
	units []span
	split []string // its lines, once somebody asks
	// secrets are the lines of secrets, once somebody asks.
	secrets map[int]bool
}

// A span is the whole lines of a resource.
type span struct {
	labels    []string
	from, to  int // bytes
	line, end int // from 0; end is exclusive

	read *block // once somebody changes it
	crlf bool
}

// block parses the resource, with LF and a last newline, which [unit.result] undoes.
func (s *span) block(text []byte) (*block, error) {
	if s.read != nil {
		return s.read, nil
	}
	own := string(text[s.from:s.to])
	s.crlf = strings.Contains(own, "\r\n") && strings.Count(own, "\r\n") == strings.Count(own, "\n")
	if s.crlf {
		own = strings.ReplaceAll(own, "\r\n", "\n")
	}
	if !strings.HasSuffix(own, "\n") {
		own += "\n"
	}
	b, err := parseBlock([]byte(own))
	if err == nil {
		s.read = b
	}
	return b, err
}

// lines are the file's, each with its end.
func (f *file) lines() []string {
	if f.split == nil {
		f.split = slices.Collect(strings.Lines(string(f.text)))
	}
	return f.split
}

// file reads a file and finds the resources in it.
func (r *Repository) file(name string) *file {
	if f, ok := r.files[name]; ok {
		return f
	}
	f := &file{name: name}
	r.files[name] = f
	if f.err = inTree(name); f.err == nil {
		f.text, f.err = r.tree.read(name)
	}
	if f.err == nil {
		f.err = f.parse()
	}
	return f
}

func (f *file) parse() error {
	parsed, diags := hclsyntax.ParseConfig(f.text, f.name, hcl.InitialPos)
	body, ok := parsed.Body.(*hclsyntax.Body)
	if diags.HasErrors() || !ok {
		return errors.New("its file does not parse")
	}
	for _, b := range body.Blocks {
		if b.Type != "resource" || len(b.Labels) != 2 {
			continue
		}
		whole := b.Range()
		s := span{labels: b.Labels, line: whole.Start.Line - 1, end: whole.End.Line, to: len(f.text)}
		s.from = bytes.LastIndexByte(f.text[:whole.Start.Byte], '\n') + 1
		if i := bytes.IndexByte(f.text[whole.End.Byte:], '\n'); i >= 0 {
			s.to = whole.End.Byte + i + 1
		}
		f.units = append(f.units, s)
	}
	return nil
}

// A draft is a state of the repository that is being written.
type draft struct {
	repo  *Repository
	units map[unitKey]*unit
	names map[string]bool // of resources that it adds, with directory and type
}

type unitKey struct {
	file string
	line int
}

func (r *Repository) draft() *draft {
	return &draft{repo: r, units: map[unitKey]*unit{}, names: map[string]bool{}}
}

// A unit is a resource that is being changed, and what is added beside it.
type unit struct {
	draft  *draft
	file   *file
	span   *span
	block  *block
	beside []string
	done   map[string]string // what was done already: at a path, a value
}

// unit finds the resource that a finding's path lies in. Where the value comes
// from elsewhere, a finding's source lies elsewhere, or names it under Via.
func (d *draft) unit(f *compliance.Finding) (*unit, error) {
	src := f.Source
	if src.File == "" || src.Line < 1 {
		return nil, errors.New("no line is known for it")
	}
	file := d.repo.file(src.File)
	if file.err != nil {
		return nil, file.err
	}
	i := slices.IndexFunc(file.units, func(s span) bool { return s.line < src.Line && src.Line <= s.end })
	if i < 0 || !isAt(file.units[i], f.Path) {
		return nil, errors.New("it lies in a module that is not part of the repository")
	}
	key := unitKey{file.name, file.units[i].line}
	if u, ok := d.units[key]; ok {
		return u, nil
	}
	b, err := file.units[i].block(file.text)
	if err != nil {
		return nil, err
	}
	own := *b
	u := &unit{draft: d, file: file, span: &file.units[i], block: &own, done: map[string]string{}}
	d.units[key] = u
	return u, nil
}

// isAt tells whether a path's resource is the one in the span:
// {"aws_s3_bucket", `module.a["x"].aws_s3_bucket.logs[0]`, ...}.
func isAt(s span, p compliance.Path) bool {
	return s.labels[0] == p[0] && s.labels[1] == nameOf(p[1])
}

// nameOf is the resource's name in an address.
func nameOf(address string) string {
	if strings.HasSuffix(address, "]") {
		// The key of the last segment: an index, or text in quotes.
		depth := 0
		quoted := false
		for i := len(address) - 1; i >= 0; i-- {
			switch c := address[i]; {
			case c == '"' && !escaped(address[:i]):
				quoted = !quoted
			case c == ']' && !quoted:
				depth++
			case c == '[' && !quoted:
				depth--
			}
			if depth == 0 {
				address = address[:i]
				break
			}
		}
	}
	return address[strings.LastIndexByte(address, '.')+1:]
}

func escaped(before string) bool {
	return (len(before)-len(strings.TrimRight(before, `\`)))%2 == 1
}

// together does several changes or none.
func (u *unit) together(change func() error) error {
	block, beside, done, names := *u.block, slices.Clone(u.beside), maps.Clone(u.done), maps.Clone(u.draft.names)
	err := change()
	if err != nil {
		*u.block, u.beside, u.done, u.draft.names = block, beside, done, names
	}
	return err
}

// result is the text of the resource and what is beside it, as it goes into the
// file.
func (u *unit) result() string {
	text := string(u.block.text)
	for _, b := range u.beside {
		text += "\n" + b
	}
	if next := u.file.text[u.span.to:]; len(u.beside) > 0 && len(next) > 0 && next[0] != '\n' && next[0] != '\r' {
		text += "\n"
	}
	if u.span.crlf {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if !bytes.HasSuffix(u.file.text[u.span.from:u.span.to], []byte("\n")) {
		text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	}
	return text
}

// inOrder are the units as they stand in the files.
func (d *draft) inOrder() []*unit {
	return slices.SortedFunc(maps.Values(d.units), func(u, v *unit) int {
		if c := strings.Compare(u.file.name, v.file.name); c != 0 {
			return c
		}
		return u.span.line - v.span.line
	})
}

// edits are the changes of whole lines that the draft comes to.
func (d *draft) edits() []edit {
	var out []edit
	for _, u := range d.inOrder() {
		old, now := u.file.lines()[u.span.line:u.span.end], slices.Collect(strings.Lines(u.result()))
		out = append(out, difference(u.file, u.span.line, old, now)...)
	}
	return out
}

// changed are the files that the draft changes, in order.
func (d *draft) changed() []File {
	var out []File
	units := d.inOrder()
	for len(units) > 0 {
		f := units[0].file
		var now bytes.Buffer
		at := 0
		for len(units) > 0 && units[0].file == f {
			now.Write(f.text[at:units[0].span.from])
			now.WriteString(units[0].result())
			at, units = units[0].span.to, units[1:]
		}
		now.Write(f.text[at:])
		if !bytes.Equal(now.Bytes(), f.text) {
			out = append(out, File{Name: f.name, Old: f.text, New: now.Bytes()})
		}
	}
	return out
}

// addAll adds the HCL of a recipe, unless that was done for another finding.
func (u *unit) addAll(text string) error {
	if _, ok := u.done["+"+text]; ok {
		return nil
	}
	source := []byte(text)
	parsed, diags := hclsyntax.ParseConfig(source, "", hcl.InitialPos)
	body, ok := parsed.Body.(*hclsyntax.Body)
	if diags.HasErrors() || !ok {
		return fmt.Errorf("the control's fix is no HCL: %w", diags)
	}
	if err := u.block.add(source, body); err != nil {
		return err
	}
	for _, b := range body.Blocks {
		if b.Type != "resource" {
			continue
		}
		if err := u.addBeside(source, b); err != nil {
			return err
		}
	}
	u.done["+"+text] = ""
	return nil
}
