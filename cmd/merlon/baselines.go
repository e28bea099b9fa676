package main

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"

	"merlon/compliance"
	"merlon/policies"
)

// listBaselines writes what baselines are shipped, and what is in each.
func (a *app) listBaselines(format string) error {
	var sets []*policies.Set
	for _, name := range policies.Baselines() {
		set, errs := policies.Load(policies.Options{Baseline: name})
		if len(errs) > 0 {
			return errs[0]
		}
		sets = append(sets, set)
	}
	switch format {
	case "markdown":
		return writeBaselines(a.stdout, sets)
	case "text":
		w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		for _, set := range sets {
			fmt.Fprintf(w, "%s\t%d controls\t%s\n", set.Baseline().Name, len(set.Controls()), set.Baseline().Title)
		}
		return w.Flush()
	}
	return fmt.Errorf("-o %s: with --baselines it is text or markdown", format)
}

// writeBaselines writes the reference of the shipped baselines, which
// docs/baselines.md is.
func writeBaselines(w io.Writer, sets []*policies.Set) error {
	var b strings.Builder
	b.WriteString(`# Baselines

Made by ` + "`merlon controls --baselines -o markdown`" + `; do not edit. [baselines-guide.md](baselines-guide.md)
says which to choose, and how to make one of your own.

A number is covered where a control refers to it; the control then judges what the
number is about, with values of its own where the framework leaves a choice. Numbers
that are not in these lists are not known here: a framework can have more.

| baseline | controls | numbers | covered | not covered | |
|---|---|---|---|---|---|
`)
	for _, set := range sets {
		numbers, covered, open := "", "", ""
		for _, c := range set.Coverage() {
			numbers = fmt.Sprint(len(c.Covered) + len(c.NotCovered) + len(c.Open))
			covered, open = fmt.Sprint(len(c.Covered)), fmt.Sprint(len(c.NotCovered)+len(c.Open))
		}
		name := set.Baseline().Name
		fmt.Fprintf(&b, "| [%s](#%s) | %d | %s | %s | %s | %s |\n", name, anchor(name), len(set.Controls()), numbers, covered, open, set.Baseline().Title)
	}
	for _, set := range sets {
		writeBaseline(&b, set)
	}
	b.WriteString("\n## Parameters\n\nWhat a baseline can set under `parameters`.\n\n| parameter | type | default | what it is | controls |\n|---|---|---|---|---|\n")
	all, readers := allParameters(sets[0])
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p := all[name]
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", name, typeName(p), shown(p.Default), p.Description, strings.Join(readers[name], ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// anchor is what GitLab makes of a heading: dots go.
func anchor(heading string) string { return strings.ReplaceAll(heading, ".", "") }

func writeBaseline(b *strings.Builder, set *policies.Set) {
	base := set.Baseline()
	fmt.Fprintf(b, "\n## %s\n\n**%s**\n\n%s\n", base.Name, base.Title, strings.TrimSpace(base.Description))
	kinds := map[compliance.Kind]int{}
	for _, c := range set.Controls() {
		kinds[c.Kind]++
	}
	fmt.Fprintf(b, "\n%d controls for hosts, %d for Terraform.", kinds[compliance.KindHost], kinds[compliance.KindTerraform])
	if base.Extends != "" {
		fmt.Fprintf(b, " Extends [%s](#%s).", base.Extends, anchor(base.Extends))
	}
	b.WriteString("\n")
	all, _ := allParameters(set)
	var given []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if v := set.Value(name); !reflect.DeepEqual(v, all[name].Default) {
			given = append(given, fmt.Sprintf("`%s`: %s", name, shown(v)))
		}
	}
	if len(given) > 0 {
		fmt.Fprintf(b, "\nIt sets %s.\n", strings.Join(given, ", "))
	}
	for _, c := range set.Coverage() {
		writeUncovered(b, c)
	}
}

func writeUncovered(b *strings.Builder, c policies.Coverage) {
	n := len(c.NotCovered) + len(c.Open)
	fmt.Fprintf(b, "\nOf [%s](%s), %d numbers are covered, %d not:\n", c.Framework.Title, c.Framework.URL, len(c.Covered), n)
	if n == 0 {
		return
	}
	b.WriteString("\n| number | about | why not |\n|---|---|---|\n")
	for _, number := range policies.SortNumbers(slices.Concat(slices.Collect(maps.Keys(c.NotCovered)), c.Open)) {
		about := c.Framework.Numbers[number]
		if about.Manual {
			about.About += " (left to a person's judgement)"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", number, about.About, c.NotCovered[number])
	}
}

// allParameters returns every parameter that there is, and the ids of the controls
// that read it; of a family the first.
func allParameters(set *policies.Set) (map[string]policies.Parameter, map[string][]string) {
	all, readers := map[string]policies.Parameter{}, map[string][]string{}
	families := map[string]bool{}
	for _, c := range set.All() {
		family, _, _ := strings.Cut(c.Policy, "#")
		if families[family] {
			continue
		}
		families[family] = true
		for name, p := range set.Parameters(c.ID) {
			all[name] = p
			readers[name] = append(readers[name], c.ID)
		}
	}
	for _, ids := range readers {
		slices.Sort(ids)
	}
	return all, readers
}

// typeName says of what type a parameter's value is.
func typeName(p policies.Parameter) string {
	name := p.Type
	switch p.Type {
	case "list":
		name = "list of strings"
	case "numbers":
		name = "list of numbers"
	}
	if len(p.OneOf) > 0 {
		name += " out of " + strings.Join(p.OneOf, ", ")
	}
	return name
}

// shown is a parameter's value as a baseline would write it.
func shown(v any) string {
	switch x := v.(type) {
	case string:
		return fmt.Sprintf("`%q`", x)
	case []any:
		var parts []string
		for _, e := range x {
			parts = append(parts, fmt.Sprint(e))
		}
		return "`[" + strings.Join(parts, ", ") + "]`"
	}
	return fmt.Sprintf("`%v`", v)
}
