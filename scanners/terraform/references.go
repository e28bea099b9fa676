package terraform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"merlon/compliance"
)

// links are what the attributes of one resource refer to.
type links struct {
	typ, address string
	// to maps an attribute ("route.0.gateway_id"), and every ancestor of it
	// ("route.0", "route"), to addresses.
	to map[string]map[string]bool
	// texts are the attributes' known strings, for the join by name.
	texts []text
	open  []openLink
}

type text struct{ attribute, value string }

type openLink struct {
	attribute string
	cause     *cause
	at        compliance.Source
}

func (l *links) add(attribute string, to map[string]bool) {
	if len(to) == 0 {
		return
	}
	for _, name := range withAncestors(attribute) {
		if l.to[name] == nil {
			l.to[name] = map[string]bool{}
		}
		for a := range to {
			l.to[name][a] = true
		}
	}
}

// name notes the strings that an attribute holds.
func (l *links) name(attribute string, fact any) {
	switch v := fact.(type) {
	case string:
		l.texts = append(l.texts, text{attribute, v})
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				l.texts = append(l.texts, text{attribute, s})
			}
		}
	}
}

// unsure records that an attribute may refer to something that nobody knows.
func (l *links) unsure(attribute string, c *cause, at compliance.Source) {
	for _, name := range withAncestors(attribute) {
		if !slices.ContainsFunc(l.open, func(o openLink) bool { return o.attribute == name }) {
			l.open = append(l.open, openLink{name, c, at})
		}
	}
}

// withAncestors returns "a.0.b", "a.0" and "a".
func withAncestors(attribute string) []string {
	out := []string{attribute}
	for i := len(attribute) - 1; i > 0; i-- {
		if attribute[i] == '.' {
			out = append(out, attribute[:i])
		}
	}
	return out
}

// name notes the strings that identify a resource: its name, id or identifier, or
// an attribute called like the end of its type (bucket of aws_s3_bucket).
func (x *extraction) name(r *resource) {
	for attr := range r.block.Body.Attributes {
		if !identity[attr] && !tells(attr, r.typ) {
			continue
		}
		x.begin(r.block.DefRange())
		v, _ := r.raw(x.evaluation, attr).Unmark()
		if v.IsKnown() && !v.IsNull() && v.Type() == cty.String && v.AsString() != "" {
			x.named(v.AsString(), r.typ, r.address)
		}
	}
}

var identity = map[string]bool{"name": true, "id": true, "identifier": true}

// join links resources by name, so that a name given as text and a reference to
// it meet: aws_s3_bucket_policy.bucket = "logs" is the bucket whose bucket is
// "logs". It asks that the attribute's name tells the type (bucket, db_instance_identifier):
// equal text alone means nothing.
func (x *extraction) join() {
	for i := range x.links {
		x.joinByName(&x.links[i])
	}
	for i := range x.handed {
		x.joinByName(&x.handed[i].links)
	}
}

// maxNamesakes bounds how many resources of one type a name may stand for.
const maxNamesakes = 1000

func (x *extraction) joinByName(l *links) {
	for _, t := range l.texts {
		for typ, addresses := range x.names[t.value] {
			if typ == l.typ || !tells(t.attribute, typ) {
				continue
			}
			if len(addresses) > maxNamesakes {
				l.unsure(t.attribute, &cause{text: fmt.Sprintf("more than %d resources of the type %s have the name that it gives", maxNamesakes, typ), unread: true}, compliance.Source{})
				continue
			}
			for _, address := range addresses {
				l.add(t.attribute, map[string]bool{address: true})
			}
		}
	}
}

// named notes a string that identifies a resource.
func (x *extraction) named(value, typ, address string) {
	if x.names[value] == nil {
		x.names[value] = map[string][]string{}
	}
	x.names[value][typ] = append(x.names[value][typ], address)
}

// tells whether an attribute's name, without "_name", "_id" and the like, is the
// end of a resource type's name: function_name and aws_lambda_function.
func tells(attribute, typ string) bool {
	name := attribute[strings.LastIndexByte(attribute, '.')+1:]
	for _, suffix := range []string{"_name", "_id", "_identifier", "_names", "_ids", "_identifiers"} {
		if s, ok := strings.CutSuffix(name, suffix); ok {
			name = s
			break
		}
	}
	return endsWith(typ, name) || strings.HasSuffix(name, "s") && endsWith(typ, name[:len(name)-1])
}

func endsWith(typ, words string) bool {
	return words != "" && strings.HasSuffix(typ, "_"+words)
}

// putLinks puts the references and the referrers.
func (x *extraction) putLinks() {
	referrers := map[string]map[string]map[string]bool{} // address, referring type, address
	for _, l := range x.links {
		if x.want.has("references/" + l.typ) {
			x.putReferences(&l)
		}
		for _, to := range l.to {
			for address := range to {
				if referrers[address] == nil {
					referrers[address] = map[string]map[string]bool{}
				}
				if referrers[address][l.typ] == nil {
					referrers[address][l.typ] = map[string]bool{}
				}
				referrers[address][l.typ][l.address] = true
			}
		}
	}
	for address, byType := range referrers {
		typ := x.types[address]
		if typ == "" || !x.want.has("referrers/"+typ) || isData(address) {
			continue
		}
		facts := map[string]any{}
		for t, from := range byType {
			facts[t] = list(from)
		}
		x.doc.Put(compliance.Path{"referrers", typ, address}, facts, compliance.Source{})
	}
}

func (x *extraction) putReferences(l *links) {
	path := compliance.Path{"references", l.typ, l.address}
	if len(l.to) > 0 {
		facts := map[string]any{}
		for attribute, to := range l.to {
			facts[attribute] = list(to)
		}
		x.doc.Put(path, facts, compliance.Source{})
	}
	for _, o := range l.open {
		x.doc.Add(compliance.Unknown{Path: path.Append(o.attribute, compliance.Any), Cause: o.cause.text, Source: o.at, Deferred: !o.cause.unread})
	}
}

// A handover is what a module that was not read, or not all of it, is given: what
// it does with that nobody knows.
type handover struct {
	links
	cause string
	at    compliance.Source
}

// callArguments are arguments of a module's block that Terraform itself reads.
var callArguments = map[string]bool{"source": true, "version": true, "providers": true, "count": true, "for_each": true, "depends_on": true}

// handOver gathers what the arguments of a module's call reach.
func (x *extraction) handOver(in *instance) {
	h := handover{
		links: links{address: in.address, to: map[string]map[string]bool{}},
		cause: in.address + " could not be read whole, and what it does with it is unknown",
		at:    in.parent.located(in.call.DefRange(), nil),
	}
	if in.missing != nil {
		h.cause = in.missing.text + ", and what it does with it is unknown"
	}
	for _, name := range sortedKeys(in.call.Body.Attributes) {
		if callArguments[name] {
			continue
		}
		a := in.call.Body.Attributes[name]
		x.begin(a.SrcRange)
		v := settle(x.eval(a.Expr, in.callScope()))
		to := map[string]bool{}
		x.reached(v, to, map[*instance]bool{})
		h.add(name, to)
		for _, s := range knownTexts(v) {
			h.texts = append(h.texts, text{name, s})
		}
	}
	x.handed = append(x.handed, h)
}

// reached gathers the addresses that a value was derived from, however deep.
func (x *extraction) reached(v cty.Value, to map[string]bool, seen map[*instance]bool) {
	_, marks := v.UnmarkDeep()
	for m := range marks {
		switch m := m.(type) {
		case reference:
			to[string(m)] = true
		case *partial:
			for _, p := range append([]cty.Value{m.value}, m.parts...) {
				if p != cty.NilVal {
					x.reached(p, to, seen)
				}
			}
		case *symbolic:
			x.reached(m.item.value(), to, seen)
		case *instance:
			if seen[m] || m.mod == nil {
				continue
			}
			seen[m] = true
			for name := range m.mod.outputs {
				x.reached(m.attribute(x.evaluation, name), to, seen)
			}
		}
	}
}

// knownTexts returns a known string, or those directly in a known list.
func knownTexts(v cty.Value) []string {
	raw, _ := v.Unmark()
	switch {
	case !raw.IsKnown() || raw.IsNull():
		return nil
	case raw.Type() == cty.String:
		return []string{raw.AsString()}
	case raw.Type().IsTupleType() || raw.Type().IsListType() || raw.Type().IsSetType():
		var out []string
		for it := raw.ElementIterator(); it.Next(); {
			if _, item := it.Element(); !item.Type().IsTupleType() && !item.Type().IsListType() && !item.Type().IsSetType() {
				out = append(out, knownTexts(item)...)
			}
		}
		return out
	}
	return nil
}

// putHandovers records of each resource that a module which was not read is given
// that some of its referrers are unknown. Whether referrers were asked for does
// not matter: the module may do anything that another resource could do to it.
func (x *extraction) putHandovers() {
	for _, h := range x.handed {
		reached := map[string]bool{}
		for _, to := range h.to {
			for address := range to {
				reached[address] = true
			}
		}
		for _, address := range sortedKeys(reached) {
			if typ := x.types[address]; typ != "" {
				x.doc.Add(compliance.Unknown{Path: compliance.Path{"referrers", typ, address, compliance.Any}, Cause: h.cause, Source: h.at})
			}
		}
	}
}

// isData tells whether an address is that of a data source.
func isData(address string) bool {
	return strings.HasPrefix(address, "data.") || strings.Contains(address, ".data.")
}

func list(set map[string]bool) []any {
	out := make([]any, 0, len(set))
	for _, k := range sortedKeys(set) {
		out = append(out, k)
	}
	return out
}
