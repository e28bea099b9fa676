package terraform

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// maxPlan bounds a plan, in bytes of JSON.
const maxPlan = 256 << 20

// A plan is what is read of `terraform show -json PLAN`.
// https://developer.hashicorp.com/terraform/internals/json-format
//
// It is read twice: once for what there is, and once for the values, which are
// handed on one resource at a time. They can be many times larger than the rest.
type plan struct {
	file      *os.File
	version   string
	variables map[string]tfjson.PlanVariable
	// resources are those that will exist, and the data sources, without values.
	resources []*plannedResource
	// changed are the addresses among the changes, destroyed ones too; others are
	// those of resources that stand among the values alone.
	changed, others map[string]bool
	deferred        []deferredResource
	config          planConfig
	errored         bool
	state           bool // it has what only a state has
}

// A plannedResource is one instance, with its values after the apply.
type plannedResource struct {
	address, module, typ, name string
	data                       bool
	// values, unknown and sensitive have the same shape: what is known, true where
	// it is not, true where it is sensitive.
	values, unknown, sensitive any
	// gone: it will be destroyed or forgotten.
	gone bool
}

type deferredResource struct {
	address, typ, reason string
	data                 bool
}

// base is the address without the instance's own key.
func (r *plannedResource) base() string {
	base := r.typ + "." + r.name
	if r.data {
		base = "data." + base
	}
	if r.module != "" {
		base = r.module + "." + base
	}
	return base
}

// planConfig is the part of a plan that tells how the configuration was written.
// Expressions are left as they are: a nested block is told from an attribute by
// the form of its JSON.
type planConfig struct {
	Providers map[string]*planProvider `json:"provider_config"`
	Root      planModule               `json:"root_module"`
}

type planProvider struct {
	Name          string          `json:"name"`
	Alias         string          `json:"alias"`
	ModuleAddress string          `json:"module_address"`
	Expressions   planExpressions `json:"expressions"`
}

type planExpressions map[string]json.RawMessage

type planModule struct {
	Outputs map[string]struct {
		Expression json.RawMessage `json:"expression"`
	} `json:"outputs"`
	Resources []*planBlock         `json:"resources"`
	Calls     map[string]*planCall `json:"module_calls"`
}

type planBlock struct {
	Address     string          `json:"address"`
	Expressions planExpressions `json:"expressions"`
	ForEach     json.RawMessage `json:"for_each_expression"`
}

type planCall struct {
	Source      string          `json:"source"`
	Version     string          `json:"version_constraint"`
	Expressions planExpressions `json:"expressions"`
	Count       json.RawMessage `json:"count_expression"`
	ForEach     json.RawMessage `json:"for_each_expression"`
	Module      planModule      `json:"module"`
}

// readPlan opens a plan's file and reads what there is.
func readPlan(ctx context.Context, file string) (*plan, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the plan %s cannot be read: %w", file, plainError(err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("the plan %s %w", file, errSpecial)
	case info.Size() > maxPlan:
		return nil, fmt.Errorf("the plan %s is larger than %d MiB", file, maxPlan>>20)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("the plan %s cannot be read: %w", file, plainError(err))
	}
	p := &plan{file: f, changed: map[string]bool{}, others: map[string]bool{}}
	if err := p.index(ctx); err != nil {
		p.close()
		return nil, p.noPlan(err)
	}
	return p, nil
}

func (p *plan) close() { p.file.Close() }

func (p *plan) noPlan(err error) error {
	return fmt.Errorf("%s is no plan in JSON: %w; make one with `terraform show -json PLAN > plan.json`", p.file.Name(), err)
}

// index reads everything but values.
func (p *plan) index(ctx context.Context) error {
	d := &planDecoder{plan: p, ctx: ctx, section: p.section}
	beside := map[string]*plannedResource{}
	d.resource = func(r *plannedResource) {
		if beside[r.address] == nil {
			beside[r.address] = r
		}
	}
	d.change = func(r *plannedResource) {
		if p.changed[r.address] = true; !r.gone {
			p.resources = append(p.resources, r)
		}
	}
	if err := d.read(); err != nil {
		return err
	}
	if p.state {
		return errors.New("it is a state, which tells what is and not what will be")
	}
	if err := (&tfjson.Plan{FormatVersion: p.version}).Validate(); err != nil {
		return err
	}
	for address, r := range beside {
		if !p.changed[address] {
			p.others[address] = true
			p.resources = append(p.resources, r)
		}
	}
	slices.SortFunc(p.resources, func(a, b *plannedResource) int { return strings.Compare(a.address, b.address) })
	return nil
}

// each calls f with every resource that will exist and every data source, with its
// values, in the order of the file.
func (p *plan) each(ctx context.Context, f func(*plannedResource)) error {
	d := &planDecoder{plan: p, ctx: ctx, values: true}
	done := map[string]bool{}
	d.resource = func(r *plannedResource) {
		if p.others[r.address] && !done[r.address] {
			done[r.address] = true
			f(r)
		}
	}
	d.change = func(r *plannedResource) {
		if !r.gone {
			f(r)
		}
	}
	if err := d.read(); err != nil {
		return p.noPlan(err)
	}
	return nil
}

// A planDecoder reads a plan piece by piece.
type planDecoder struct {
	*json.Decoder
	plan *plan
	ctx  context.Context
	// values: they are asked for.
	values bool
	// section reads what has no resources; nil where that is of no interest.
	section func(d *planDecoder, key string) error
	// change gets the resources of resource_changes, resource those of planned_values
	// and the data sources of prior_state.
	change, resource func(*plannedResource)
}

// read reads the file from its beginning.
func (d *planDecoder) read() error {
	if _, err := d.plan.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r := bufio.NewReaderSize(io.LimitReader(d.plan.file, maxPlan), 64<<10)
	start, err := r.Peek(4)
	switch {
	case err != nil:
		return errors.New("it is empty")
	case bytes.HasPrefix(start, []byte("PK")):
		return errors.New("it is a plan in Terraform's own binary form")
	case start[0] != '{' && start[0] > ' ':
		return errors.New("it does not begin with an object (in UTF-8, without a byte order mark)")
	}
	d.Decoder = json.NewDecoder(r)
	d.UseNumber()
	return d.fields(d.top)
}

func (d *planDecoder) top(key string) error {
	switch key {
	case "resource_changes":
		return d.items(d.oneChange)
	case "planned_values":
		return d.fields(d.rootModule(false))
	case "prior_state":
		return d.fields(func(key string) error {
			if key == "values" {
				return d.fields(d.rootModule(true))
			}
			return d.skip()
		})
	}
	if d.section != nil {
		return d.section(d, key)
	}
	return d.skip()
}

func (d *planDecoder) skip() error {
	var skipped json.RawMessage
	return d.Decode(&skipped)
}

// fields calls f for each key of the object that comes next.
func (d *planDecoder) fields(f func(key string) error) error {
	if null, err := d.expect('{'); null || err != nil {
		return err
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		if err := f(key); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	_, err := d.Token()
	return err
}

// items calls f for each element of the list that comes next.
func (d *planDecoder) items(f func() error) error {
	if null, err := d.expect('['); null || err != nil {
		return err
	}
	for d.More() {
		if err := errors.Join(d.ctx.Err(), f()); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// expect reads the beginning of an object or list; null tells that there is none.
func (d *planDecoder) expect(delim json.Delim) (null bool, err error) {
	t, err := d.Token()
	if err == nil && t != nil && t != delim {
		err = fmt.Errorf("%q expected, not %v", delim, t)
	}
	return t == nil, err
}

// section reads what a plan has besides resources.
func (p *plan) section(d *planDecoder, key string) error {
	switch key {
	case "format_version":
		return d.Decode(&p.version)
	case "variables":
		return d.Decode(&p.variables)
	case "errored":
		return d.Decode(&p.errored)
	case "configuration":
		return d.Decode(&p.config)
	case "deferred_changes":
		return d.items(d.deferral)
	case "values", "serial", "lineage":
		p.state = true
	}
	return d.skip()
}

// planned is a resource as a plan writes it, without its values.
type planned struct {
	Address string              `json:"address"`
	Mode    tfjson.ResourceMode `json:"mode"`
	Type    string              `json:"type"`
	Name    string              `json:"name"`
}

func (r planned) in(module string) *plannedResource {
	return &plannedResource{address: r.Address, module: module, typ: r.Type, name: r.Name, data: r.Mode == tfjson.DataResourceMode}
}

// oneChange reads one of the resource changes.
func (d *planDecoder) oneChange() error {
	type head struct {
		planned
		Module  string `json:"module_address"`
		Deposed string `json:"deposed"`
	}
	type actions struct {
		Actions tfjson.Actions `json:"actions"`
	}
	if !d.values {
		var c struct {
			head
			Change *actions `json:"change"`
		}
		if err := d.Decode(&c); err != nil || c.Deposed != "" || c.Change == nil {
			return err
		}
		if c.Address == "" || c.Type == "" || strings.Contains(c.Address+c.Type, "\x00") {
			return fmt.Errorf("a resource has no proper address or type: %q, %q", c.Address, c.Type)
		}
		r := c.in(c.Module)
		r.gone = c.Change.Actions.Delete() || c.Change.Actions.Forget()
		d.change(r)
		return nil
	}
	var c struct {
		head
		Change *struct {
			actions
			After     any `json:"after"`
			Unknown   any `json:"after_unknown"`
			Sensitive any `json:"after_sensitive"`
		} `json:"change"`
	}
	if err := d.Decode(&c); err != nil || c.Deposed != "" || c.Change == nil {
		return err
	}
	r := c.in(c.Module)
	r.gone = c.Change.Actions.Delete() || c.Change.Actions.Forget()
	r.values, r.unknown, r.sensitive = c.Change.After, c.Change.Unknown, c.Change.Sensitive
	d.change(r)
	return nil
}

// deferral reads a change that Terraform cannot plan yet.
func (d *planDecoder) deferral() error {
	var c tfjson.DeferredResourceChange
	if err := d.Decode(&c); err != nil || c.ResourceChange == nil {
		return err
	}
	r := c.ResourceChange
	d.plan.deferred = append(d.plan.deferred, deferredResource{address: r.Address, typ: r.Type, reason: c.Reason, data: r.Mode == tfjson.DataResourceMode})
	return nil
}

// rootModule reads a tree of resources by modules; of a prior state the data sources
// alone, since those that were read while planning stand nowhere else.
func (d *planDecoder) rootModule(dataOnly bool) func(key string) error {
	return func(key string) error {
		if key == "root_module" {
			return d.module(dataOnly, 0)
		}
		return d.skip()
	}
}

func (d *planDecoder) module(dataOnly bool, depth int) error {
	if depth > maxModules {
		return d.skip()
	}
	var address string
	var found []*plannedResource
	err := d.fields(func(key string) error {
		switch key {
		case "address":
			return d.Decode(&address)
		case "resources":
			return d.items(func() error {
				r, err := d.oneResource()
				if r != nil && (r.data || !dataOnly) {
					found = append(found, r)
				}
				return err
			})
		case "child_modules":
			return d.items(func() error { return d.module(dataOnly, depth+1) })
		}
		return d.skip()
	})
	for _, r := range found {
		r.module = address
		d.resource(r)
	}
	return err
}

// oneResource reads a resource among the values; nil where it is of no interest.
func (d *planDecoder) oneResource() (*plannedResource, error) {
	var raw json.RawMessage
	var r struct {
		planned
		Deposed string `json:"deposed_key"`
	}
	if err := d.Decode(&raw); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, err
	}
	if r.Deposed != "" || r.Type == "" || strings.Contains(r.Address+r.Type, "\x00") {
		return nil, nil
	}
	out := r.in("")
	if !d.values || !d.plan.others[r.Address] {
		if d.values {
			out = nil
		}
		return out, nil
	}
	var v struct {
		Values    any `json:"values"`
		Sensitive any `json:"sensitive_values"`
	}
	inner := json.NewDecoder(bytes.NewReader(raw))
	inner.UseNumber()
	err := inner.Decode(&v)
	out.values, out.sensitive = v.Values, v.Sensitive
	return out, err
}
