package fixes

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// self stands in a recipe for the resource that was found.
const self = "self"

// addBeside adds a resource of a recipe after the one that was found: with its
// name, its provider, and once for each of its instances.
func (u *unit) addBeside(source []byte, b *hclsyntax.Block) error {
	if len(b.Labels) != 2 || b.Labels[1] != self {
		return fmt.Errorf(`the control's fix adds a resource that is not called "%s"`, self)
	}
	typ, found := b.Labels[0], u.block.tree
	if _, ok := u.done["+"+typ]; ok {
		return fmt.Errorf("the fix of another finding adds a %s", typ)
	}
	u.done["+"+typ] = ""
	by, err := u.draft.repo.attached(path.Dir(u.file.name), typ, found.Labels[0]+"."+found.Labels[1])
	if err != nil {
		return err
	}
	if by != "" {
		// One beside it would be a second one for the instances that have it.
		return fmt.Errorf("%s.%s is for some of its instances only", typ, by)
	}
	name, err := u.draft.freeName(path.Dir(u.file.name), typ, found.Labels[1])
	if err != nil {
		return err
	}
	address := found.Labels[0] + "." + found.Labels[1]
	meta := ""
	switch {
	case found.Body.Attributes["count"] != nil:
		meta, address = "count = length("+address+")\n", address+"[count.index]"
	case found.Body.Attributes["for_each"] != nil:
		meta, address = "for_each = "+address+"\n", "each.value"
	}
	if p := found.Body.Attributes["provider"]; p != nil {
		meta += "provider = " + string(p.Expr.Range().SliceBytes(u.block.text)) + "\n"
	}
	if meta != "" {
		meta += "\n"
	}
	text := "resource \"" + typ + "\" \"" + name + "\" {\n" + meta + withAddress(source, b, address) + "}\n"
	u.beside = append(u.beside, string(hclwrite.Format([]byte(text))))
	return nil
}

// withAddress is what a block holds, with an address in the place of self.
func withAddress(source []byte, b *hclsyntax.Block, address string) string {
	var at []hcl.Range
	_ = hclsyntax.VisitAll(b.Body, func(n hclsyntax.Node) hcl.Diagnostics {
		if x, ok := n.(*hclsyntax.ScopeTraversalExpr); ok && x.Traversal.RootName() == self {
			at = append(at, x.Traversal[0].SourceRange())
		}
		return nil
	})
	slices.SortFunc(at, func(a, b hcl.Range) int { return a.Start.Byte - b.Start.Byte })
	var out strings.Builder
	from := b.OpenBraceRange.End.Byte
	for _, r := range at {
		out.Write(source[from:r.Start.Byte])
		out.WriteString(address)
		from = r.End.Byte
	}
	out.Write(source[from:b.CloseBraceRange.Start.Byte])
	return strings.TrimPrefix(out.String(), "\n")
}

// freeName is a name that no resource of a type has in a directory: the wanted
// one, else with a number.
func (d *draft) freeName(dir, typ, want string) (string, error) {
	taken, err := d.repo.taken(dir, typ)
	if err != nil {
		return "", err
	}
	name := want
	for n := 2; taken[name] || d.names[dir+"\x00"+typ+"\x00"+name]; n++ {
		name = fmt.Sprintf("%s_%d", want, n)
	}
	d.names[dir+"\x00"+typ+"\x00"+name] = true
	return name, nil
}

var resourceHeader = regexp.MustCompile(`(?m)^[ \t]*resource[ \t]+"?([\w-]+)"?[ \t]+"?([\w-]+)"?`)

// attached is the name of a directory's resource of a type that speaks of the one at
// address; "" where none does.
func (r *Repository) attached(dir, typ, address string) (string, error) {
	if _, err := r.taken(dir, typ); err != nil {
		return "", err
	}
	speaks := regexp.MustCompile(`\b` + regexp.QuoteMeta(address) + `(?:[^\w-]|$)`)
	for _, name := range sortedKeys(r.names[dir]) {
		if t, n, _ := strings.Cut(name, "."); t == typ && speaks.MatchString(r.names[dir][name]) {
			return n, nil
		}
	}
	return "", nil
}

// taken are the names of a directory's resources of a type.
func (r *Repository) taken(dir, typ string) (map[string]bool, error) {
	if r.names[dir] == nil {
		names := map[string]string{}
		files, err := r.tree.sources(dir)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			text, err := r.tree.read(f)
			if err != nil {
				continue // what cannot be read cannot be in the way of a name
			}
			headers := resourceHeader.FindAllSubmatchIndex(text, -1)
			for i, m := range headers {
				end := len(text)
				if i+1 < len(headers) {
					end = headers[i+1][0]
				}
				names[string(text[m[2]:m[3]])+"."+string(text[m[4]:m[5]])] = upToEnd(string(text[m[0]:end]))
			}
		}
		r.names[dir] = names
	}
	out := map[string]bool{}
	for name := range r.names[dir] {
		if t, n, _ := strings.Cut(name, "."); t == typ {
			out[n] = true
		}
	}
	return out, nil
}

// upToEnd is the text of a block without what follows it, where its brace closes at
// the beginning of a line.
func upToEnd(text string) string {
	block, _, _ := strings.Cut(text, "\n}")
	return block
}

// blockTypes are the types of what a recipe adds.
func blockTypes(text string) []string {
	if text == "" {
		return nil
	}
	parsed, _ := hclsyntax.ParseConfig([]byte(text), "", hcl.InitialPos)
	body, ok := parsed.Body.(*hclsyntax.Body)
	if !ok {
		return nil
	}
	out := sortedKeys(body.Attributes)
	for _, b := range body.Blocks {
		if b.Type == "resource" && len(b.Labels) > 0 {
			out = append(out, b.Labels[0])
		} else {
			out = append(out, b.Type)
		}
	}
	return out
}
