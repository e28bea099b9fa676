package main

import (
	"fmt"

	"merlon/compliance"
	"merlon/scanners/host"
)

// tellOfRoot says, for each host, how many verdicts are unknown only because the scan
// was not root's.
func (a *app) tellOfRoot(r *compliance.Report) {
	for i := range r.Results {
		res := &r.Results[i]
		n := 0
		for _, f := range res.Findings {
			if f.State == compliance.Unsure && f.Unknown != nil && host.NeedsRoot(*f.Unknown) {
				n++
			}
		}
		if n == 0 {
			continue
		}
		said := fmt.Sprintf("%d verdicts are unknown for want of root", n)
		if n == 1 {
			said = "1 verdict is unknown for want of root"
		}
		res.Diagnostics = append(res.Diagnostics, compliance.Diagnostic{Level: compliance.LevelWarning, Message: said})
		a.log.WithField("target", res.Target.Name).Warn(said)
	}
}
