package main

import (
	"os"

	"merlon/compliance"
	"merlon/scanners/terraform"
)

// maxSnippet is how many lines of source a finding shows.
const maxSnippet = 6

// addSnippets gives each failure in Terraform the lines that it points at, but
// for those that hold a secret. source is the directory that plans were made from.
func addSnippets(r *compliance.Report, source string) {
	for i := range r.Results {
		res := &r.Results[i]
		if res.Target.Kind != compliance.KindTerraform || res.Err != "" {
			continue
		}
		dir := res.Target.Address
		if info, err := os.Stat(dir); err == nil && !info.IsDir() {
			dir = sourceOf(dir, source)
		}
		text, err := terraform.OpenText(dir)
		if err != nil {
			continue // the directory is gone; the finding stands without its lines
		}
		for j := range res.Findings {
			if f := &res.Findings[j]; f.State == compliance.Fail && !f.Sensitive {
				f.Snippet = text.Lines(f.Source, maxSnippet)
			}
		}
		text.Close()
	}
}
