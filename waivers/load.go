// Package waivers reads which findings are accepted, by whom, why and until when,
// and applies that to a report. Waivers stand in merlon.yaml, which this package
// reads, or as comments beside the code, which scanners find.
package waivers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"merlon/compliance"
)

// File is the usual name of the file.
const File = "merlon.yaml"

// Bounds on the file, on one text in it, and on what is said of it.
const (
	maxFile   = 1 << 20
	maxText   = 2000
	maxFaults = 100 // that are listed
)

// Read reads merlon.yaml, as docs/merlon-schema.json describes it, from f; name is
// how messages call it. known are all controls that there are, enabled or not.
//
// The diagnostics are all errors: entries, or the file, that cannot be used. They
// waive nothing; the other entries hold.
func Read(f fs.File, name string, known []*compliance.Control) ([]compliance.Waiver, []compliance.Diagnostic) {
	text, err := readBounded(f)
	if err != nil {
		p := &parser{file: name}
		p.fault(0, "%s was not read, so nothing is waived: %v", name, err)
		return nil, p.faults
	}
	return Parse(text, name, known)
}

func readBounded(f fs.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("it is larger than %d MiB", maxFile>>20)
	}
	return text, err
}

// Parse is [Read] of text.
func Parse(text []byte, name string, known []*compliance.Control) ([]compliance.Waiver, []compliance.Diagnostic) {
	p := &parser{file: name, known: known, first: map[[3]string]int{}}
	p.document(text)
	return p.waivers, p.faults
}

type parser struct {
	file    string
	known   []*compliance.Control
	waivers []compliance.Waiver
	faults  []compliance.Diagnostic
	// mistakes is how many there are, of which faults lists the first.
	mistakes int
	// first are the lines of the waivers by what they accept.
	first map[[3]string]int
}

func (p *parser) fault(line int, format string, args ...any) {
	if p.mistakes++; p.mistakes > maxFaults+1 {
		return
	}
	if p.mistakes > maxFaults {
		format, args = "from here on there are more mistakes, which are not listed", nil
	}
	at := compliance.Source{File: p.file, Line: line, EndLine: line}
	p.faults = append(p.faults, compliance.Diagnostic{Level: compliance.LevelError, Source: at, Message: fmt.Sprintf(format, args...)})
}

var lineInError = regexp.MustCompile(`line (\d+)`)

func (p *parser) document(text []byte) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		line := 1
		if m := lineInError.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		p.fault(line, "%s is no YAML, so nothing is waived: %s", p.file, strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	if !errors.Is(dec.Decode(&more), io.EOF) {
		p.fault(1, "%s holds more than one YAML document, so nothing is waived", p.file)
		return
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		p.fault(1, "%s does not begin with `version: 1` and `waivers:`, so nothing is waived", p.file)
		return
	}
	p.settings(doc.Content[0])
}

// settings reads the keys of the file. Of another version nothing is known.
func (p *parser) settings(root *yaml.Node) {
	found := map[string]*yaml.Node{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		switch {
		case found[key.Value] != nil:
			p.fault(key.Line, "%s stands twice in %s; the first counts", key.Value, p.file)
		case key.Value != "version" && key.Value != "waivers":
			p.fault(key.Line, "%s is not known in %s; there are version and waivers", quoted(key), p.file)
		default:
			found[key.Value] = value
		}
	}
	version := found["version"]
	switch {
	case version == nil:
		p.fault(root.Line, "`version: 1` is missing in %s, so nothing is waived", p.file)
	case version.Tag != "!!int" || version.Value != "1":
		p.fault(version.Line, "the version %s of %s is not known, so nothing is waived: this Merlon reads version 1", quoted(version), p.file)
	default:
		p.list(found["waivers"])
	}
}

func (p *parser) list(n *yaml.Node) {
	if n == nil || n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.SequenceNode {
		p.fault(n.Line, "waivers is no list: each begins with a dash, `- control: AWS0101`")
		return
	}
	for _, item := range n.Content {
		before := p.mistakes
		w := p.waiver(item)
		if p.mistakes == before {
			p.add(w)
		}
	}
}

// waiver reads one entry; it counts only where no fault was found.
func (p *parser) waiver(n *yaml.Node) compliance.Waiver {
	w := compliance.Waiver{Source: compliance.Source{File: p.file, Line: n.Line, EndLine: n.Line}}
	if n.Kind != yaml.MappingNode {
		p.fault(n.Line, "a waiver has control and reason, and target, subject, owner and until where they are wanted; this is %s", quoted(n))
		return w
	}
	texts := map[string]*string{
		"control": &w.Control, "target": &w.Target, "subject": &w.Subject,
		"reason": &w.Reason, "owner": &w.Owner, "until": &w.Until,
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		to := texts[key.Value]
		switch {
		case to == nil:
			p.fault(key.Line, "%s is not known; a waiver has control, target, subject, reason, owner and until", quoted(key))
		case lines[key.Value] > 0:
			p.fault(key.Line, "%s stands twice in this waiver", key.Value)
		case !isText(value) && !(key.Value == "until" && value.Tag == "!!timestamp"):
			p.fault(value.Line, "the waiver's %s is not text; put it in quotes", key.Value)
		case strings.TrimSpace(value.Value) == "":
			p.fault(key.Line, "the waiver's %s is empty", key.Value)
		case len(value.Value) > maxText:
			p.fault(key.Line, "the waiver's %s is longer than %d bytes", key.Value, maxText)
		default:
			*to = strings.TrimSpace(value.Value)
		}
		lines[key.Value] = max(key.Line, 1)
	}
	for _, key := range []string{"control", "reason"} {
		if lines[key] == 0 {
			p.fault(n.Line, "this waiver has no %s", key)
		}
	}
	p.check(w, lines)
	return w
}

// check holds a waiver against what there is.
func (p *parser) check(w compliance.Waiver, lines map[string]int) {
	if w.Until != "" {
		if _, err := compliance.ParseDay(w.Until); err != nil {
			p.fault(lines["until"], "the waiver's until: %v", err)
		}
	}
	if !validPattern(w.Target) {
		p.fault(lines["target"], "the waiver's target: the pattern %q is malformed", w.Target)
	}
	if _, err := addressPattern(w.Subject); err != nil {
		p.fault(lines["subject"], "the waiver's subject: the pattern %q is too large", w.Subject)
	}
	switch {
	case w.Control == "": // told already
	case sweeping(w.Control, p.known) && anything(w.Target) && anything(w.Subject):
		p.fault(lines["control"], "the waiver of %q accepts everything; name the controls, or a target, or a subject", w.Control)
	case !namesAny(w.Control, p.known):
		p.fault(lines["control"], "no control is called %q: `merlon controls` lists them; those of your own are known where --policies names their folder", w.Control)
	}
}

// add takes a waiver in, unless the same is waived above.
func (p *parser) add(w compliance.Waiver) {
	what := [3]string{w.Control, w.Target, w.Subject}
	if line, twice := p.first[what]; twice {
		p.fault(w.Source.Line, "the same is waived in line %d; keep one of the two (that one counts)", line)
		return
	}
	p.first[what] = w.Source.Line
	p.waivers = append(p.waivers, w)
}

func isText(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!str" }

// quoted names a node in a message.
func quoted(n *yaml.Node) string {
	switch n.Kind {
	case yaml.ScalarNode:
		return strconv.Quote(n.Value[:min(len(n.Value), 80)])
	case yaml.AliasNode:
		return "an alias, which is not followed"
	case yaml.SequenceNode:
		return "a list"
	}
	return "a mapping"
}
