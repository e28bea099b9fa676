package inventory

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// limit returns the hosts that patterns match, in the inventory's order as Ansible does.
func (inv *inventory) limit(patterns string) ([]*host, error) {
	if strings.TrimSpace(patterns) == "" {
		return inv.groups[all].members(), nil
	}
	list := splitPatterns(patterns)
	// Plain patterns add, then "&" keeps, then "!" takes away, wherever they stand.
	rank := func(p string) int { return strings.IndexByte("&!", p[0]) }
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	var hosts []*host
	if len(list) == 0 || rank(list[0]) >= 0 {
		hosts = inv.groups[all].members()
	}
	for _, pattern := range list {
		found, err := inv.match(strings.TrimLeft(pattern, "&!"))
		if err != nil {
			return nil, fmt.Errorf("limit %q: %w", patterns, err)
		}
		switch pattern[0] {
		case '!':
			hosts = difference(hosts, found)
		case '&':
			hosts = intersection(hosts, found)
		default:
			hosts = union(hosts, found)
		}
	}
	if len(hosts) == 0 {
		return nil, fmt.Errorf("limit %q leaves no host", patterns)
	}
	return intersection(inv.groups[all].members(), hosts), nil
}

// intersection returns those of hosts that are in with, in the order of hosts.
func intersection(hosts, with []*host) []*host {
	in := map[*host]bool{}
	for _, h := range with {
		in[h] = true
	}
	return slices.DeleteFunc(hosts, func(h *host) bool { return !in[h] })
}

// difference returns those of hosts that are not in without.
func difference(hosts, without []*host) []*host {
	out := map[*host]bool{}
	for _, h := range without {
		out[h] = true
	}
	return slices.DeleteFunc(hosts, func(h *host) bool { return out[h] })
}

func union(hosts, more []*host) []*host {
	have := map[*host]bool{}
	for _, h := range hosts {
		have[h] = true
	}
	for _, h := range more {
		if !have[h] {
			have[h] = true
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// betweenColons finds the patterns of "web:!db[0:2]": colons in brackets do not
// separate.
var betweenColons = regexp.MustCompile(`(?:[^\s:\[\]]|\[[^\]]*\])+`)

func splitPatterns(s string) []string {
	var parts []string
	switch {
	case strings.Contains(s, ","):
		parts = strings.Split(s, ",")
	case strings.HasPrefix(s, "~"), net.ParseIP(s) != nil:
		parts = []string{s}
	default:
		parts = betweenColons.FindAllString(s, -1)
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return slices.DeleteFunc(parts, func(p string) bool { return p == "" })
}

// subscript is a pattern with "[1]", "[-1]", "[1:3]" or "[1:]" behind it.
var subscript = regexp.MustCompile(`^(.+)\[(?:(-?[0-9]+)|([0-9]+)[:-]([0-9]*))\]$`)

// match returns the hosts of one pattern. To match none is an error.
func (inv *inventory) match(pattern string) ([]*host, error) {
	if h := inv.hosts[pattern]; h != nil {
		return []*host{h}, nil
	}
	if strings.HasPrefix(pattern, "@") {
		return nil, fmt.Errorf("%s: files with patterns are not read; list the patterns with commas between them", pattern)
	}
	expr, from, to, sliced, err := splitSubscript(pattern)
	if err != nil {
		return nil, err
	}
	found, err := inv.enumerate(expr)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%q matches no host and no group with hosts; there are %s", pattern, inv.summary())
	}
	if !sliced {
		return found, nil
	}
	if from < 0 {
		from += len(found)
		to = from
	}
	if from < 0 || from >= len(found) || to < from {
		return nil, fmt.Errorf("%q is outside of the %d hosts of %s", pattern, len(found), expr)
	}
	return found[from : min(to, len(found)-1)+1], nil
}

// splitSubscript returns the pattern before a subscript and the first and last
// index of it.
func splitSubscript(pattern string) (expr string, from, to int, sliced bool, err error) {
	m := subscript.FindStringSubmatch(pattern)
	if m == nil || pattern[0] == '~' {
		return pattern, 0, 0, false, nil
	}
	switch {
	case m[2] != "":
		from, err = strconv.Atoi(m[2])
		to = from
	case m[4] == "":
		from, err = strconv.Atoi(m[3])
		to = maxHosts
	default:
		if from, err = strconv.Atoi(m[3]); err == nil {
			to, err = strconv.Atoi(m[4])
		}
	}
	if err != nil {
		err = fmt.Errorf("%q: the number in brackets is too large", pattern)
	}
	return m[1], from, to, true, err
}

// enumerate returns the hosts of all groups that expr matches, and the hosts that
// it matches itself where it is a wildcard or matches no group.
func (inv *inventory) enumerate(expr string) ([]*host, error) {
	if expr == "" {
		return nil, fmt.Errorf("a pattern is empty")
	}
	matches, err := compile(expr)
	if err != nil {
		return nil, err
	}
	start := &group{} // a group of all that matches
	for _, g := range inv.inOrder {
		if matches(g.name) {
			start.children = append(start.children, g)
		}
	}
	var own []*host
	if len(start.children) == 0 || expr[0] == '~' || strings.ContainsAny(expr, ".?*[") {
		for _, h := range inv.hostOrder {
			if matches(h.name) {
				own = append(own, h)
			}
		}
	}
	return union(start.members(), own), nil
}

// compile makes a test out of a shell pattern or, behind "~", of a regular
// expression that must match from the start.
func compile(expr string) (func(string) bool, error) {
	source, isRegexp := strings.CutPrefix(expr, "~")
	if !isRegexp {
		source = translate(expr) + "$"
	}
	re, err := regexp.Compile("^(?:" + source + ")")
	if isRegexp && err != nil {
		return nil, fmt.Errorf("%q is no regular expression that Merlon knows (https://github.com/google/re2/wiki/Syntax): %w", expr, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%q is no pattern: %w", expr, err)
	}
	return re.MatchString, nil
}

// translate turns a shell pattern into a regular expression (Python's
// fnmatch.translate).
func translate(pattern string) string {
	var out strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '*':
			out.WriteString(".*")
		case '?':
			out.WriteString(".")
		case '[':
			end := strings.IndexByte(pattern[min(i+2, len(pattern)):], ']')
			if end < 0 {
				out.WriteString(`\[`)
				break
			}
			set := pattern[i+1 : i+2+end]
			i += 2 + end
			negated := ""
			if set[0] == '!' {
				set, negated = set[1:], "^"
			}
			out.WriteString("[" + negated + strings.NewReplacer(`\`, `\\`, `[`, `\[`, `^`, `\^`, `&`, `\&`).Replace(set) + "]")
		default:
			out.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		}
	}
	return out.String()
}

// summary names what is there, for who mistyped a pattern.
func (inv *inventory) summary() string {
	const most = 10
	show := func(kind string, names []string) string {
		slices.Sort(names)
		more := ""
		if len(names) > most {
			names, more = names[:most], ", ..."
		}
		return kind + " " + strings.Join(names, ", ") + more
	}
	return show("the groups", slices.Collect(maps.Keys(inv.groups))) + " and " + show("the hosts", slices.Collect(maps.Keys(inv.hosts)))
}
