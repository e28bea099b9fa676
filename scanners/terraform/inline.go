package terraform

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"merlon/compliance"
)

// waiverMark begins a comment that accepts findings:
//
//	# merlon:ignore AWS0101,AWS0102 until=2027-03-01 reason="a public website"
const waiverMark = "merlon:ignore"

// maxWaivers bounds how many of them one file may hold.
const maxWaivers = 1000

// waiverFault begins every complaint about such a comment.
const waiverFault = "this " + waiverMark + " accepts nothing: "

// readWaivers takes in the waivers in a file's comments. What `terraform init`
// fetched is left out: others wrote it, and cannot accept anything here.
func (m *module) readWaivers(src []byte, file string, body *hclsyntax.Body, broken bool) {
	if installed(m.dir) {
		return
	}
	found, faults := inlineWaivers(src, file, body, broken)
	m.waivers = append(m.waivers, found...)
	m.diagnostics = append(m.diagnostics, faults...)
}

// inlineWaivers finds the waivers in a file's comments, each with the lines of the
// attribute, block, list element or object item that it stands at. broken: the file
// does not parse, and body is a part of it.
func inlineWaivers(src []byte, file string, body *hclsyntax.Body, broken bool) (found []compliance.Waiver, faults []compliance.Diagnostic) {
	if strings.HasSuffix(file, ".json") || !bytes.Contains(src, []byte(waiverMark)) {
		return nil, nil
	}
	defer func() {
		if p := recover(); p != nil {
			found, faults = nil, []compliance.Diagnostic{faultAt(compliance.Source{File: file}, fmt.Sprintf("a defect ended the reading of comments: %v", p))}
		}
	}()
	tokens, _ := hclsyntax.LexConfig(src, file, hcl.InitialPos)
	places := placesOf(body)
	type what struct {
		control  string
		from, to int
	}
	first := map[what]int{}
	for _, c := range commentsOf(tokens) {
		at, attached := places.of(c)
		for _, d := range c.directives() {
			if len(found)+len(faults) >= maxWaivers {
				return found, append(faults, faultAt(d.at, fmt.Sprintf("%s holds more than %d waivers; this one and those below it are not read", file, maxWaivers)))
			}
			ws, err := parseDirective(d.text)
			switch {
			case err == nil && !attached && broken:
				continue // what it stood at may not have been read, which is told
			case err == nil && !attached:
				err = errNowhere
			}
			if err != nil {
				faults = append(faults, faultAt(d.at, err.Error()))
				continue
			}
			for _, w := range ws {
				w.Source, w.Covers = d.at, at
				key := what{w.Control, at.Line, at.EndLine}
				if line := first[key]; line > 0 {
					faults = append(faults, faultAt(d.at, fmt.Sprintf("%s is waived for the same lines in line %d; keep one of the two", w.Control, line)))
					continue
				}
				first[key] = d.at.Line
				found = append(found, w)
			}
		}
	}
	return found, faults
}

var errNowhere = errors.New("it stands at nothing; put it on the line of an attribute, on the first line of a block, or directly above one")

func faultAt(at compliance.Source, text string) compliance.Diagnostic {
	return compliance.Diagnostic{Level: compliance.LevelError, Message: waiverFault + text, Source: at}
}

// A comment is one comment of a file.
type comment struct {
	hcl.Range
	text string
	// trailing: something stands before it on its line. Otherwise above is where what
	// it stands directly above begins; its line is 0 where that is nothing.
	trailing bool
	above    hcl.Pos
}

// commentsOf returns the comments that may hold a waiver.
func commentsOf(tokens hclsyntax.Tokens) []comment {
	var out []comment
	before := trailing(tokens)
	next := 0           // the line of what follows
	target := hcl.Pos{} // where the code begins that it leads to
	for i := len(tokens) - 1; i >= 0; i-- {
		t := tokens[i]
		switch t.Type {
		case hclsyntax.TokenNewline:
		case hclsyntax.TokenEOF:
			next, target = 0, hcl.Pos{}
		case hclsyntax.TokenComment:
			if next > sourceOf(t.Range).EndLine+1 {
				target = hcl.Pos{}
			}
			next = t.Range.Start.Line
			if bytes.Contains(t.Bytes, []byte(waiverMark)) {
				out = append(out, comment{Range: t.Range, text: string(t.Bytes), trailing: before[i], above: target})
			}
		default:
			next, target = t.Range.Start.Line, t.Range.Start
		}
	}
	slices.Reverse(out)
	return out
}

// trailing tells of each comment whether code stands before it on its line.
func trailing(tokens hclsyntax.Tokens) map[int]bool {
	out := map[int]bool{}
	line := 0
	for i, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenNewline:
		case hclsyntax.TokenComment:
			out[i] = t.Range.Start.Line == line
		default:
			line = sourceOf(t.Range).EndLine
		}
	}
	return out
}

// A directive is one line of a comment that begins with [waiverMark].
type directive struct {
	text string // what follows the mark
	at   compliance.Source
}

func (c comment) directives() []directive {
	var out []directive
	text := c.text
	if strings.HasPrefix(text, "/*") {
		text = strings.TrimSuffix(text, "*/")
	}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(strings.TrimLeft(line, "#/* \t"))
		rest, ok := strings.CutPrefix(line, waiverMark)
		if !ok {
			continue
		}
		at := sourceOf(c.Range)
		at.Line += i
		at.EndLine = at.Line
		if i > 0 {
			at.Column = 0
		}
		out = append(out, directive{rest, at})
	}
	return out
}

var (
	controlName = regexp.MustCompile(`^[A-Za-z0-9_./#-]+$`) // an id or a policy path; no pattern
	option      = regexp.MustCompile(`^([^\s="]+)=("(?:[^"\\]|\\["\\])*"|[^\s"]+)(?:\s+|$)`)
)

const wantedForm = ` (it is written ` + waiverMark + ` AWS0101 reason="..." until=2027-03-01)`

// parseDirective reads what follows the mark: controls, then options.
func parseDirective(text string) ([]compliance.Waiver, error) {
	rest := strings.TrimLeft(text, " \t")
	if rest == text && text != "" {
		return nil, errors.New("a space is missing after the mark" + wantedForm)
	}
	ids, rest := cutControls(rest)
	if len(ids) == 0 {
		return nil, errors.New("it names no control" + wantedForm)
	}
	w, err := parseOptions(rest)
	if err != nil {
		return nil, err
	}
	var out []compliance.Waiver
	for _, id := range ids {
		if !controlName.MatchString(id) {
			return nil, fmt.Errorf("%q is no control%s", shorten(id), wantedForm)
		}
		w.Control = id
		out = append(out, w)
	}
	return out, nil
}

// cutControls cuts off the list of controls: "AWS0101,AWS0102", "AWS0101, AWS0102".
func cutControls(text string) (ids []string, rest string) {
	for more := true; more && text != ""; {
		word, after := text, ""
		if i := strings.IndexAny(text, " \t"); i >= 0 {
			word, after = text[:i], strings.TrimLeft(text[i:], " \t")
		}
		if strings.Contains(word, "=") {
			break
		}
		more = strings.HasSuffix(word, ",") || strings.HasPrefix(after, ",")
		for id := range strings.SplitSeq(word, ",") {
			if id != "" {
				ids = append(ids, id)
			}
		}
		text = after
	}
	return ids, text
}

func parseOptions(text string) (w compliance.Waiver, err error) {
	into := map[string]*string{"reason": &w.Reason, "until": &w.Until, "owner": &w.Owner}
	for text = strings.TrimSpace(text); text != ""; {
		m := option.FindStringSubmatch(text)
		if m == nil {
			return w, fmt.Errorf("%q is not understood; reasons of several words are put in quotes%s", shorten(text), wantedForm)
		}
		text = text[len(m[0]):]
		to, known := into[m[1]]
		switch {
		case !known:
			return w, fmt.Errorf("%q is not known; there are reason, until and owner", shorten(m[1]))
		case *to != "":
			return w, fmt.Errorf("%s stands twice", m[1])
		}
		if *to = strings.TrimSpace(unquoted(m[2])); *to == "" {
			return w, fmt.Errorf("%s is empty", m[1])
		}
	}
	if w.Reason == "" {
		return w, errors.New("it has no reason" + wantedForm)
	}
	if w.Until != "" {
		_, err = compliance.ParseDay(w.Until)
	}
	return w, err
}

func unquoted(s string) string {
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s[1 : len(s)-1])
}

func shorten(s string) string { return s[:min(len(s), 80)] }

// places are what comments can stand at, by lines: of several that begin on one, the
// outermost; and so of those that end there. A block ends with its brace, at which
// no comment about it stands.
type places struct{ starts, ends map[int]hcl.Range }

func placesOf(body *hclsyntax.Body) *places {
	p := &places{map[int]hcl.Range{}, map[int]hcl.Range{}}
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.Block:
			put(p.starts, n.Range().Start.Line, n.Range())
		case *hclsyntax.Attribute:
			p.value(n.SrcRange)
		case *hclsyntax.TupleConsExpr:
			for _, x := range n.Exprs {
				p.value(x.Range())
			}
		case *hclsyntax.ObjectConsExpr:
			for _, item := range n.Items {
				p.value(hcl.RangeBetween(item.KeyExpr.Range(), item.ValueExpr.Range()))
			}
		}
		return nil
	})
	return p
}

func (p *places) value(r hcl.Range) {
	put(p.starts, r.Start.Line, r)
	put(p.ends, sourceOf(r).EndLine, r)
}

func put(table map[int]hcl.Range, line int, r hcl.Range) {
	old, ok := table[line]
	if !ok || r.Start.Byte <= old.Start.Byte && r.End.Byte >= old.End.Byte {
		table[line] = r
	}
}

// of returns the lines that a comment is about.
func (p *places) of(c comment) (compliance.Source, bool) {
	r, ok := p.starts[c.above.Line]
	ok = ok && r.Start.Byte == c.above.Byte
	if line := c.Range.Start.Line; c.trailing {
		if r, ok = p.starts[line]; !ok {
			r, ok = p.ends[line]
		}
	}
	if !ok {
		return compliance.Source{}, false
	}
	covers := sourceOf(r)
	covers.Column = 0
	return covers, true
}
