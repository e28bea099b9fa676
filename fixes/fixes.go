// Package fixes mends what controls find in Terraform: it changes the files as the
// recipe of a control says, and leaves the rest of them as it was written. What
// cannot be changed by rule, since a value is made elsewhere or a person must
// decide, is left with a reason.
package fixes

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"merlon/compliance"
)

// A Repository is a tree of Terraform files, each read once.
type Repository struct {
	tree   tree
	secret func(attribute string) bool
	files  map[string]*file
	names  map[string]map[string]string // texts of resources, by directory and "TYPE.NAME"
}

// Open opens the repository whose files findings name, relative to base. secret
// tells whether an attribute of this name holds a secret, which no fix in a report
// may show. The caller closes it.
func Open(base string, secret func(attribute string) bool) (*Repository, error) {
	t, err := openTree(base)
	if err != nil {
		return nil, err
	}
	return &Repository{tree: t, secret: secret, files: map[string]*file{}, names: map[string]map[string]string{}}, nil
}

// Close closes the repository.
func (r *Repository) Close() { r.tree.root.Close() }

// Fixable tells whether a finding is of the kind that may be mended by rule.
func Fixable(f *compliance.Finding) bool {
	return f.State == compliance.Fail && !f.Waived() && f.Control.Fix != nil
}

// Suggest gives each finding that can be mended by itself its Fix.
func (r *Repository) Suggest(findings []*compliance.Finding) {
	for _, f := range findings {
		if !Fixable(f) || f.Sensitive {
			continue
		}
		d := r.draft()
		if err := d.mend(f); err != nil {
			continue
		}
		edits := d.edits()
		if r.showsSecret(edits, 0) {
			continue
		}
		f.Fix = &compliance.Fix{Description: description(f), Edits: public(edits)}
		if !r.showsSecret(edits, contextLines) {
			f.Fix.Diff = unified(edits)
		}
	}
}

// description says what a fix does: "Set encrypted in aws_ebs_volume.data".
func description(f *compliance.Finding) string {
	recipe, address := f.Control.Fix, addressOf(f.Path)
	kind, target := recipeFor(f)
	text := ""
	switch kind {
	case setting:
		text = fmt.Sprintf("Set %s in %s", strings.Join(target, ", "), address)
	case removing:
		text = fmt.Sprintf("Remove %s from %s", recipe.Remove, address)
	default:
		text = fmt.Sprintf("Add %s", strings.Join(target, ", "))
		if len(target) == 0 {
			text = "Add what is missing"
		}
		text += " for " + address
	}
	if Replaces(f) {
		text += "; Terraform may have to replace it, with what it holds"
	}
	return text
}

// Replaces tells whether applying the fix may destroy what is deployed and make it
// anew.
func Replaces(f *compliance.Finding) bool {
	return f.Control.Fix != nil && len(f.Path) > 0 && slices.Contains(f.Control.Fix.Replaces, f.Path[0])
}

func addressOf(p compliance.Path) string {
	if len(p) < 2 {
		return p.String()
	}
	return p[1]
}

// A Left is a finding that is not mended.
type Left struct {
	Finding *compliance.Finding
	Reason  string
}

// A Plan is one change of the repository that mends many findings.
type Plan struct {
	Mended []*compliance.Finding
	Left   []Left
	Files  []File
	edits  []edit
}

// A File is what a file holds before and after.
type File struct {
	Name     string
	Old, New []byte
}

// Plan mends all findings that can be mended together.
func (r *Repository) Plan(findings []*compliance.Finding) *Plan {
	p := &Plan{}
	d := r.draft()
	for _, f := range ordered(findings) {
		if err := d.mend(f); err != nil {
			p.Left = append(p.Left, Left{f, err.Error()})
		} else {
			p.Mended = append(p.Mended, f)
		}
	}
	p.edits = d.edits()
	p.Files = d.changed()
	return p
}

// Diff is the plan as a unified diff that `git apply` takes.
func (p *Plan) Diff() string { return unified(p.edits) }

// ordered puts what is removed last, from the end of a list to its beginning, so
// that the numbers of others hold.
func ordered(findings []*compliance.Finding) []*compliance.Finding {
	removes := func(f *compliance.Finding) int {
		if kind, _ := recipeFor(f); kind == removing {
			return 1
		}
		return 0
	}
	out := slices.Clone(findings)
	slices.SortStableFunc(out, func(f, g *compliance.Finding) int {
		if c := cmp.Compare(removes(f), removes(g)); c != 0 || removes(f) == 0 {
			return c
		}
		return slices.CompareFunc(g.Path, f.Path, func(a, b string) int {
			return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
		})
	})
	return out
}

// The reasons that are no matter of how a file is written.
var (
	errNoRecipe = errors.New("no fix is known for this control")
	errPerson   = errors.New("a person must decide")
	// What is added would be there for some of them only: nobody could check it.
	errMaybe = errors.New("how many of it there will be is not known")
)

// what a recipe does about a finding.
type what int

const (
	nothing what = iota
	setting
	removing
	adding
)

// recipeFor tells what the control's recipe does about a finding, and the names of
// what it sets or adds.
func recipeFor(f *compliance.Finding) (what, []string) {
	recipe := f.Control.Fix
	if recipe == nil || len(f.Path) < 2 || f.Path[0] == "data" {
		return nothing, nil
	}
	last := f.Path[len(f.Path)-1]
	switch {
	case len(f.Path) == 2:
		if recipe.Add != "" {
			return adding, blockTypes(recipe.Add)
		}
		return nothing, nil
	case recipe.Set[last] != nil:
		return setting, sortedKeys(recipe.Set)
	case recipe.Want && !isIndex(last) && isValue(f.Want):
		return setting, []string{last}
	case recipe.Remove != "" && slices.Contains(f.Path[2:], recipe.Remove):
		return removing, nil
	case slices.Contains(blockTypes(recipe.Add), f.Path[2]):
		return adding, blockTypes(recipe.Add)
	}
	return nothing, nil
}

// isValue tells a value from prose: "the addresses that need access".
func isValue(want string) bool { return want != "" && !strings.ContainsAny(want, " …[") }

// mend does in the draft what the finding's recipe says; it does nothing where
// that is not possible as a whole.
func (d *draft) mend(f *compliance.Finding) error {
	kind, names := recipeFor(f)
	if f.Control.Fix == nil {
		return errNoRecipe
	}
	if kind == nothing {
		return errPerson
	}
	if kind == adding && f.Conditional {
		return errMaybe
	}
	u, err := d.unit(f)
	if err != nil {
		return err
	}
	rest := f.Path[2:]
	switch kind {
	case setting:
		return u.together(func() error { return u.setAll(f, rest, names) })
	case removing:
		i := len(rest) - 1
		for rest[i] != f.Control.Fix.Remove {
			i--
		}
		if i+1 < len(rest) && isIndex(rest[i+1]) {
			i++
		}
		return u.together(func() error { return u.remove(rest[:i+1]) })
	}
	return u.together(func() error { return u.addAll(f.Control.Fix.Add) })
}

func (u *unit) setAll(f *compliance.Finding, rest compliance.Path, names []string) error {
	for _, name := range names {
		at := rest[:len(rest)-1].Append(name)
		value, err := wantedText(f.Want), error(nil)
		if v, ok := f.Control.Fix.Set[name]; ok {
			value, err = valueText(v)
		}
		if err != nil {
			return err
		}
		if err := u.set(at, value); err != nil {
			return err
		}
	}
	return nil
}

// set sets an attribute, unless that was done for another finding.
func (u *unit) set(at compliance.Path, value string) error {
	key := at.String()
	switch done, ok := u.done[key]; {
	case ok && done == value:
		return nil
	case ok:
		return fmt.Errorf("the fix of another finding sets it to %s", done)
	}
	if err := u.block.set(at, value); err != nil {
		return err
	}
	u.done[key] = value
	return nil
}

func (u *unit) remove(at compliance.Path) error {
	key := "-" + at.String()
	if _, ok := u.done[key]; ok {
		return nil
	}
	if err := u.block.remove(at); err != nil {
		return err
	}
	u.done[key] = ""
	return nil
}

// inTree refuses files that are not the user's to change, or not to be changed by
// rule.
func inTree(name string) error {
	switch base := path.Base(name); {
	case slices.Contains(strings.Split(name, "/"), ".terraform"):
		return errors.New("it lies in a module that is not part of the repository")
	case strings.HasSuffix(base, ".json"):
		return errors.New("it is written in JSON")
	case isOverride(base):
		return errors.New("it is written in an override file")
	}
	return nil
}

func isOverride(base string) bool {
	stem := strings.TrimSuffix(base, path.Ext(base))
	return stem == "override" || strings.HasSuffix(stem, "_override")
}
