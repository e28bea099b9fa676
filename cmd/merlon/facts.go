package main

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
	"sync"
	"unicode"
	"unicode/utf16"

	"github.com/spf13/cobra"

	"merlon/audit"
	"merlon/compliance"
	"merlon/scanners/host"
)

func (a *app) factsCommand() *cobra.Command {
	var r reach
	var sections []string
	var file string
	cmd := &cobra.Command{
		Use:   "facts TARGET",
		Short: "Print what can be read of a target, and judge nothing",
		Long: `Facts prints one JSON document of a host, or one of each root module of a
Terraform tree: the facts, where each was read (file, line, command, the lines
that it shadowed), and what could not be read, with the cause. ` + "`merlon check`" + ` judges
what it prints.`,
		Example: `  merlon facts local --section sshd
  merlon facts ssh://web01 -o web01.json.zst
  merlon facts rootfs:/mnt/image`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.facts(cmd.Context(), args[0], &r, sections, file)
		},
	}
	r.addHostFlags(cmd)
	cmd.Flags().StringSliceVarP(&sections, "section", "s", nil, "only these: of a host "+strings.Join(host.Sections(), ", ")+"; of Terraform resource types")
	cmd.Flags().StringVarP(&file, "output", "o", "-", "the file to write, compressed with Zstandard where its name ends in .zst; - is standard output")
	return cmd
}

func (a *app) facts(ctx context.Context, arg string, r *reach, sections []string, file string) error {
	t, err := parseTarget(arg)
	if err != nil {
		return err
	}
	if t.Kind == compliance.KindHost {
		for _, s := range sections {
			if !slices.Contains(host.Sections(), s) {
				return fmt.Errorf("--section %s: a host has %s", s, strings.Join(host.Sections(), ", "))
			}
		}
	}
	scanners, err := a.scanners(r)
	if err != nil {
		return err
	}
	docs, err := gather(ctx, scanners[t.Kind], t, sections, r)
	if err != nil {
		return &exitError{Code: exitIncomplete, Err: err}
	}
	write := func(w io.Writer) error {
		for _, d := range docs {
			if err := writeDocument(w, d); err != nil {
				return err
			}
		}
		return nil
	}
	if file == "-" {
		err = write(a.stdout)
	} else {
		err = replaceFile(file, recorder(file, write))
	}
	if err != nil {
		return err
	}
	if slices.ContainsFunc(docs, (*compliance.Document).Incomplete) {
		return &exitError{Code: exitIncomplete, Err: errors.New("the document is incomplete; its diagnostics say where")}
	}
	return nil
}

// writeDocument writes indented JSON. What a terminal could take for a command is
// escaped: encoding/json does so below U+0020 only.
func writeDocument(w io.Writer, d *compliance.Document) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return err
	}
	var safe bytes.Buffer
	for _, r := range text.String() {
		if r == '\n' || unicode.IsPrint(r) {
			safe.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&safe, `\u%04x`, unit)
		}
	}
	_, err := w.Write(safe.Bytes())
	return err
}

// gather scans one target and returns its documents, ordered by name.
func gather(ctx context.Context, s audit.Scanner, t compliance.Target, sections []string, r *reach) ([]*compliance.Document, error) {
	if r.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.timeout)
		defer cancel()
	}
	var mu sync.Mutex
	var docs []*compliance.Document
	err := s.Scan(ctx, t, sections, func(d *compliance.Document) {
		mu.Lock()
		defer mu.Unlock()
		d.Sections = sections
		docs = append(docs, d)
	})
	slices.SortFunc(docs, func(a, b *compliance.Document) int { return strings.Compare(a.Target.Name, b.Target.Name) })
	return docs, err
}

func (a *app) checkCommand() *cobra.Command {
	var j judging
	var c comparing
	cmd := &cobra.Command{
		Use:   "check FACTS...",
		Short: "Judge recorded documents, and touch no target",
		Long:  "Check judges what `merlon facts` printed, compressed with Zstandard or not. FACTS are\nfiles; - is standard input.",
		Example: `  merlon facts ssh://web01 | merlon check -
  merlon check web01.json.zst`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.check(cmd.Context(), args, &j, &c)
		},
	}
	j.addFlags(cmd)
	c.addFlags(cmd)
	return cmd
}

func (a *app) check(ctx context.Context, files []string, j *judging, c *comparing) error {
	out, err := a.openOutputs(j)
	if err != nil {
		return err
	}
	base, err := c.open(ctx, a, nil)
	if err != nil {
		return err
	}
	set, mistakes := j.load()
	for _, err := range mistakes {
		a.complain(err)
	}
	if len(set.Controls()) == 0 {
		return errors.New("no control is left to judge by")
	}
	waived, err := j.openWaivers(set)
	if err != nil {
		return err
	}
	var docs []*compliance.Document
	var unread []compliance.Result
	for _, f := range files {
		found, err := readDocuments(f)
		docs = append(docs, found...)
		if err != nil {
			err = fmt.Errorf("%s: %w", f, err)
			a.complain(err)
			mistakes = append(mistakes, err)
			unread = append(unread, compliance.Result{Target: compliance.Target{Name: f}, Err: err.Error(), Findings: []compliance.Finding{}})
		}
	}
	au := &audit.Audit{Judge: set, Log: a.log, Version: version()}
	report, errs := au.Check(ctx, docs)
	report.Results = append(report.Results, unread...)
	errs = append(errs, waived.apply(a, report, nil, nil)...)
	errs = append(errs, base.compare(ctx, au, nil, report)...)
	a.tellOfRoot(report)
	out.onlyNew = c.onlyNew
	return a.conclude(report, append(mistakes, errs...), len(mistakes), out)
}

// readDocuments reads the documents that follow one another in a file.
func readDocuments(file string) ([]*compliance.Document, error) {
	in := io.Reader(os.Stdin)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	text, done, err := openRecording(in)
	if err != nil {
		return nil, err
	}
	defer done()
	dec := json.NewDecoder(text)
	var docs []*compliance.Document
	for {
		d := new(compliance.Document)
		err := dec.Decode(d)
		if errors.Is(err, io.EOF) && len(docs) > 0 {
			return docs, nil
		}
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty; `merlon facts` makes such documents")
		}
		if err != nil {
			return docs, fmt.Errorf("no document that `merlon facts` printed: %w", err)
		}
		if d.Target.Kind != compliance.KindHost && d.Target.Kind != compliance.KindTerraform {
			return docs, fmt.Errorf("no document that `merlon facts` printed: its target has the kind %q", d.Target.Kind)
		}
		docs = append(docs, d)
	}
}
