package main

import (
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strings"

	"merlon/compliance"
	"merlon/inventory"
)

// sshName is how reports call [user@]host[:port]: the host, and the port where it
// is another than 22.
func sshName(s string) (string, error) {
	u, err := url.Parse("ssh://" + s)
	if err != nil {
		return "", errors.New("it is not written ssh://[user@]host[:port]")
	}
	if u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("it is not written ssh://[user@]host[:port]")
	}
	if _, secret := u.User.Password(); secret {
		return "", errors.New("it holds a password, which other users of this machine can see; use a key")
	}
	if port := u.Port(); port != "" && port != "22" {
		return net.JoinHostPort(u.Hostname(), port), nil
	}
	return u.Hostname(), nil
}

// withoutPassword takes the password out of a target that holds one.
func withoutPassword(arg string) string {
	user, host, ok := strings.Cut(strings.TrimPrefix(arg, "ssh://"), "@")
	if name, _, secret := strings.Cut(user, ":"); ok && secret {
		return "ssh://" + name + ":...@" + host
	}
	return arg
}

// fromInventories reads the inventories, and says what was wrong with single
// entries of them.
func (r *reach) fromInventories() ([]compliance.Target, []compliance.Diagnostic, error) {
	if r.limit != "" && len(r.inventories) == 0 {
		return nil, nil, errors.New("--limit chooses from an inventory; name one with -i")
	}
	var targets []compliance.Target
	var complaints []compliance.Diagnostic
	for _, file := range r.inventories {
		found, diags, err := inventory.Load(filepath.Clean(file), r.limit)
		if err != nil {
			return nil, nil, err
		}
		targets = append(targets, found...)
		complaints = append(complaints, diags...)
	}
	return targets, complaints, nil
}

// addComplaints makes what was wrong with an inventory part of the report, so
// that a host that was lost there is not lost in silence.
func (a *app) addComplaints(r *compliance.Report, complaints []compliance.Diagnostic) {
	if len(complaints) == 0 {
		return
	}
	for _, d := range complaints {
		a.log.WithField("at", d.Source.File).Warn(d.Message)
	}
	r.Results = append(r.Results, compliance.Result{
		Target: compliance.Target{Name: "inventory", Kind: compliance.KindHost}, Diagnostics: complaints, Findings: []compliance.Finding{},
	})
}
