package terraform

import (
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
type plan struct {
	version   string
	variables map[string]tfjson.PlanVariable
	// resources are those that will exist, and the data sources.
	resources []*plannedResource
	deferred  []deferredResource
	config    planConfig
	errored   bool
	state     bool // it has what only a state has
}

// A plannedResource is one instance, with its values after the apply.
type plannedResource struct {
	address, module, typ, name string
	data                       bool
	// values, unknown and sensitive have the same shape: what is known, true where
	// it is not, true where it is sensitive.
	values, unknown, sensitive any
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

// readPlan reads a plan's file.
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
	defer f.Close()
	p, err := decodePlan(ctx, io.LimitReader(f, maxPlan))
	if err != nil {
		return nil, fmt.Errorf("%s is no plan in JSON: %w; make one with `terraform show -json PLAN > plan.json`", file, err)
	}
	return p, nil
}

// decodePlan reads a plan piece by piece, so that the states in it, which can be
// larger than all the rest, are not held.
func decodePlan(ctx context.Context, r io.Reader) (*plan, error) {
	start := make([]byte, 4)
	n, err := io.ReadFull(r, start)
	switch start = start[:n]; {
	case err != nil:
		return nil, errors.New("it is empty")
	case bytes.HasPrefix(start, []byte("PK")):
		return nil, errors.New("it is a plan in Terraform's own binary form")
	case start[0] != '{' && start[0] > ' ':
		return nil, errors.New("it does not begin with an object (in UTF-8, without a byte order mark)")
	}
	d := &planDecoder{Decoder: json.NewDecoder(io.MultiReader(bytes.NewReader(start), r)), ctx: ctx, seen: map[string]bool{}, planned: map[string]*plannedResource{}}
	d.UseNumber()
	if err := d.fields(d.section); err != nil {
		return nil, err
	}
	p := &d.plan
	if p.state {
		return nil, errors.New("it is a state, which tells what is and not what will be")
	}
	if err := (&tfjson.Plan{FormatVersion: p.version}).Validate(); err != nil {
		return nil, err
	}
	for address, r := range d.planned {
		if !d.seen[address] {
			p.resources = append(p.resources, r)
		}
	}
	slices.SortFunc(p.resources, func(a, b *plannedResource) int { return strings.Compare(a.address, b.address) })
	return p, nil
}

type planDecoder struct {
	*json.Decoder
	plan
	ctx  context.Context
	seen map[string]bool // addresses among the changes, destroyed ones too
	// planned are the resources of planned_values and prior_state, as long as no
	// change of them is met, by address.
	planned map[string]*plannedResource
}

// fields calls f for each key of the object that comes next.
func (d *planDecoder) fields(f func(key string) error) error {
	if err := d.expect('{'); err != nil {
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
	if err := d.expect('['); err != nil {
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

func (d *planDecoder) expect(delim json.Delim) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != delim {
		return fmt.Errorf("%q expected, not %v", delim, t)
	}
	return nil
}

func (d *planDecoder) section(key string) error {
	switch key {
	case "format_version":
		return d.Decode(&d.version)
	case "variables":
		return d.Decode(&d.variables)
	case "errored":
		return d.Decode(&d.errored)
	case "configuration":
		return d.Decode(&d.config)
	case "resource_changes":
		return d.items(d.change)
	case "deferred_changes":
		return d.items(d.deferral)
	case "planned_values":
		return d.values(false)
	case "prior_state":
		var state struct {
			Values json.RawMessage `json:"values"`
		}
		if err := d.Decode(&state); err != nil || state.Values == nil {
			return err
		}
		inner := &planDecoder{Decoder: json.NewDecoder(bytes.NewReader(state.Values)), ctx: d.ctx, seen: d.seen, planned: d.planned}
		inner.UseNumber()
		return inner.values(true)
	case "values", "serial", "lineage":
		d.state = true
	}
	var skipped json.RawMessage
	return d.Decode(&skipped)
}

// change reads one of the resource changes.
func (d *planDecoder) change() error {
	var c tfjson.ResourceChange
	if err := d.Decode(&c); err != nil {
		return err
	}
	if c.DeposedKey != "" || c.Change == nil {
		return nil
	}
	d.seen[c.Address] = true
	delete(d.planned, c.Address)
	if a := c.Change.Actions; a.Delete() || a.Forget() {
		return nil
	}
	if c.Address == "" || c.Type == "" || strings.Contains(c.Address+c.Type, "\x00") {
		return fmt.Errorf("a resource has no proper address or type: %q, %q", c.Address, c.Type)
	}
	d.resources = append(d.resources, &plannedResource{
		address: c.Address, module: c.ModuleAddress, typ: c.Type, name: c.Name, data: c.Mode == tfjson.DataResourceMode,
		values: c.Change.After, unknown: c.Change.AfterUnknown, sensitive: c.Change.AfterSensitive,
	})
	return nil
}

// deferral reads a change that Terraform cannot plan yet.
func (d *planDecoder) deferral() error {
	var c tfjson.DeferredResourceChange
	if err := d.Decode(&c); err != nil || c.ResourceChange == nil {
		return err
	}
	r := c.ResourceChange
	d.deferred = append(d.deferred, deferredResource{address: r.Address, typ: r.Type, reason: c.Reason, data: r.Mode == tfjson.DataResourceMode})
	return nil
}

// values reads a tree of resources by modules; of a prior state the data sources
// alone, since those that were read while planning stand nowhere else.
func (d *planDecoder) values(dataOnly bool) error {
	var v tfjson.StateValues
	if err := d.Decode(&v); err != nil || v.RootModule == nil {
		return err
	}
	for todo := []*tfjson.StateModule{v.RootModule}; len(todo) > 0; {
		m := todo[len(todo)-1]
		todo = append(todo[:len(todo)-1], m.ChildModules...)
		for _, r := range m.Resources {
			isData := r.Mode == tfjson.DataResourceMode
			if r.DeposedKey != "" || dataOnly && !isData || r.Type == "" || strings.Contains(r.Address+r.Type, "\x00") {
				continue
			}
			var sensitive any
			if len(r.SensitiveValues) > 0 {
				if err := json.Unmarshal(r.SensitiveValues, &sensitive); err != nil {
					return err
				}
			}
			if d.planned[r.Address] == nil && !d.seen[r.Address] {
				d.planned[r.Address] = &plannedResource{
					address: r.Address, module: m.Address, typ: r.Type, name: r.Name, data: isData, values: r.AttributeValues, sensitive: sensitive,
				}
			}
		}
	}
	return nil
}
