package terraform

import (
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
			x.names[v.AsString()] = append(x.names[v.AsString()], r.address)
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
		l := &x.links[i]
		for _, t := range l.texts {
			for _, address := range x.names[t.value] {
				if typ := x.types[address]; typ != l.typ && tells(t.attribute, typ) {
					l.add(t.attribute, map[string]bool{address: true})
				}
			}
		}
	}
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
