package inventory

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"merlon/compliance"
)

// An inventory is what the files say, before patterns and precedence.
type inventory struct {
	groups      map[string]*group
	inOrder     []*group // as they were first named
	hosts       map[string]*host
	hostOrder   []*host
	diagnostics []compliance.Diagnostic
	// told are the places of variables that are not followed and were reported.
	told  map[string]bool
	files int // and directories, visited so far
}

// A group is a set of hosts with variables of its own.
type group struct {
	name              string
	vars              vars
	hosts             []*host
	children, parents []*group
	depth, priority   int // what wins where two groups set the same variable
}

// A host is one name in an inventory.
type host struct {
	name     string
	vars     vars
	groups   []*group // those that name it themselves
	declared compliance.Source
}

// vars are the variables that say how to reach a host; all others are dropped.
type vars map[string]value

// A value is a variable's value; "" is the same as not set.
type value struct {
	text string
	// unreadable says why the text is not known.
	unreadable string
	source     compliance.Source
}

const (
	all       = "all"
	ungrouped = "ungrouped"
)

func newInventory() *inventory {
	inv := &inventory{groups: map[string]*group{}, hosts: map[string]*host{}, told: map[string]bool{}}
	_ = inv.adopt(inv.group(all), inv.group(ungrouped)) // two new groups make no circle
	return inv
}

func (inv *inventory) diagnose(level string, at compliance.Source, format string, args ...any) {
	inv.diagnostics = append(inv.diagnostics, compliance.Diagnostic{Level: level, Message: fmt.Sprintf(format, args...), Source: at})
}

// checkSize bounds the number of groups, which takes its square in time where they
// nest.
func (inv *inventory) checkSize(at compliance.Source) error {
	if len(inv.groups) >= maxGroups {
		return fmt.Errorf("%s:%d: the inventory has more than %d groups", at.File, at.Line, maxGroups)
	}
	return nil
}

// group returns the group of that name, and makes it where there is none.
func (inv *inventory) group(name string) *group {
	g := inv.groups[name]
	if g == nil {
		g = &group{name: name, vars: vars{}, priority: 1}
		inv.groups[name] = g
		inv.inOrder = append(inv.inOrder, g)
	}
	return g
}

// adopt makes child a child of parent. It fails where that closes a circle.
func (inv *inventory) adopt(parent, child *group) error {
	if slices.Contains(parent.children, child) {
		return nil
	}
	if child == parent || slices.Contains(parent.ancestors(), child) {
		return fmt.Errorf("group %s cannot be a child of %s, which is beneath it", child.name, parent.name)
	}
	parent.children = append(parent.children, child)
	child.parents = append(child.parents, parent)
	child.sink(parent.depth + 1)
	return nil
}

// sink moves g and what is beneath it down to depth. There are no circles.
func (g *group) sink(depth int) {
	if depth <= g.depth {
		return
	}
	g.depth = depth
	for _, c := range g.children {
		c.sink(depth + 1)
	}
}

// ancestors returns all groups above g.
func (g *group) ancestors() []*group {
	return closure(g.parents, func(g *group) []*group { return g.parents })
}

// closure returns start and all that next leads to, nearest first, each once.
func closure(start []*group, next func(*group) []*group) []*group {
	seen := map[*group]bool{}
	var out []*group
	for queue := start; len(queue) > 0; {
		var more []*group
		for _, g := range queue {
			if !seen[g] {
				seen[g] = true
				out = append(out, g)
				more = append(more, next(g)...)
			}
		}
		queue = more
	}
	return out
}

// members returns the hosts of g and of all groups beneath it, each once.
func (g *group) members() []*host {
	seen := map[*host]bool{}
	var out []*host
	for _, g := range closure([]*group{g}, func(g *group) []*group { return g.children }) {
		for _, h := range g.hosts {
			if !seen[h] {
				seen[h] = true
				out = append(out, h)
			}
		}
	}
	return out
}

// addHosts declares the hosts of one entry, "web[01:20]:2222", in g.
func (inv *inventory) addHosts(g *group, entry string, v vars, at compliance.Source) {
	names, port, err := expandEntry(entry, maxHosts-len(inv.hosts))
	if err != nil {
		inv.diagnose(compliance.LevelError, at, "the entry %q is left out: %v", entry, err)
		return
	}
	for _, name := range names {
		if err := checkName(name); err != nil {
			inv.diagnose(compliance.LevelError, at, "the host %q is left out: %v", name, err)
			continue
		}
		h := inv.hosts[name]
		if h == nil {
			h = &host{name: name, vars: vars{}, declared: at}
			if port != "" {
				h.vars["ansible_port"] = value{text: port, source: at}
			}
			inv.hosts[name] = h
			inv.hostOrder = append(inv.hostOrder, h)
		}
		maps.Copy(h.vars, v)
		if !slices.Contains(h.groups, g) {
			h.groups = append(h.groups, g)
			g.hosts = append(g.hosts, h)
		}
	}
}

// checkName refuses names that no host has, and that could mislead who reads a
// report.
func checkName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("it has no name")
	case len(name) > 253:
		return fmt.Errorf("it is longer than 253 bytes")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' }):
		return fmt.Errorf("it holds blanks or control characters")
	case strings.ContainsAny(name, "/\\?#@"):
		return fmt.Errorf("it holds one of / \\ ? # @")
	}
	return nil
}

// checkGroupName refuses what could mislead a reader, and the comma that stands
// between groups in a label.
func checkGroupName(name string) error {
	if name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' || r == ',' }) {
		return fmt.Errorf("%q is no name for a group: it is empty, or holds blanks, commas or control characters", name)
	}
	return nil
}

// reconcile gives every group a parent and every host a group, as Ansible does:
// what has none goes beneath "all" and into "ungrouped".
func (inv *inventory) reconcile() {
	top, rest := inv.groups[all], inv.groups[ungrouped]
	for _, g := range inv.inOrder {
		if g != top && len(g.parents) == 0 {
			_ = inv.adopt(top, g) // nothing is above "all", so there is no circle
		}
	}
	for _, h := range inv.hostOrder {
		own := slices.ContainsFunc(h.groups, func(g *group) bool { return g != top && g != rest })
		if in := slices.Contains(h.groups, rest); own && in {
			h.groups = slices.DeleteFunc(h.groups, func(g *group) bool { return g == rest })
		} else if !own && !in {
			h.groups = append(h.groups, rest)
			rest.hosts = append(rest.hosts, h)
		}
	}
	rest.hosts = slices.DeleteFunc(rest.hosts, func(h *host) bool { return !slices.Contains(h.groups, rest) })
}

// allGroups returns the groups of h and those above, but "all", in the order in
// which their variables apply: by depth, priority and name.
func (h *host) allGroups() []*group {
	groups := closure(h.groups, func(g *group) []*group { return g.parents })
	groups = slices.DeleteFunc(groups, func(g *group) bool { return g.name == all })
	slices.SortFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.depth, b.depth), cmp.Compare(a.priority, b.priority), cmp.Compare(a.name, b.name))
	})
	return groups
}

// targets works out how to reach each host. A host for which that cannot be told
// is left out, with a diagnostic.
func (inv *inventory) targets(hosts []*host, groupVars, hostVars *varsDir) []compliance.Target {
	var out []compliance.Target
	for _, h := range hosts {
		groups := h.allGroups()
		v := inv.effective(h, groups, groupVars, hostVars)
		address, err := v.address(h.name)
		if err != nil {
			inv.diagnose(compliance.LevelError, h.declared, "%s is left out: %v", h.name, err)
			continue
		}
		inv.tellIgnored(v)
		t := compliance.Target{Name: h.name, Kind: compliance.KindHost, Address: address, Declared: h.declared}
		var names []string
		for _, g := range groups {
			if g.name != ungrouped {
				names = append(names, g.name)
			}
		}
		if len(names) > 0 {
			slices.Sort(names)
			t.Labels = map[string]string{"groups": strings.Join(names, ",")}
		}
		out = append(out, t)
	}
	return out
}

// effective merges the variables of h in Ansible's order of precedence, the
// strongest last: all, groups, group_vars/all, group_vars/GROUP, host, host_vars.
func (inv *inventory) effective(h *host, groups []*group, groupVars, hostVars *varsDir) vars {
	out := maps.Clone(inv.groups[all].vars)
	for _, g := range groups {
		maps.Copy(out, g.vars)
	}
	maps.Copy(out, groupVars.of(all))
	for _, g := range groups {
		maps.Copy(out, groupVars.of(g.name))
	}
	maps.Copy(out, h.vars)
	maps.Copy(out, hostVars.of(h.name))
	return out
}

// The variables that say how to reach a host. Of two names for one thing, the
// later wins, as in Ansible's ssh connection plugin.
var (
	hostNames       = []string{"ansible_host", "ansible_ssh_host"}
	portNames       = []string{"ansible_port", "ansible_ssh_port"}
	userNames       = []string{"ansible_user", "ansible_ssh_user"}
	connectionNames = []string{"ansible_connection"}
	// ignored are those that change the way to a host, and that are left to
	// ~/.ssh/config here.
	ignored = []string{"ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_ssh_args", "ansible_ssh_private_key_file", "ansible_private_key_file"}

	needed = slices.Concat(hostNames, portNames, userNames, connectionNames)
)

// kept tells whether a variable is of any use here.
func kept(name string) bool { return slices.Contains(needed, name) || slices.Contains(ignored, name) }

// set stores a variable if it is of use.
func (v vars) set(name string, val value) {
	if kept(name) {
		v[name] = val
	}
}

// find returns the last of names that is set.
func (v vars) find(names []string) (string, error) {
	text := ""
	for _, name := range names {
		val := v[name]
		if val.unreadable == "" && strings.Contains(val.text, "{{") {
			val.unreadable = "it is a template, which Merlon does not evaluate; write the value out"
		}
		if val.unreadable != "" {
			return "", fmt.Errorf("%s (%s:%d) cannot be read: %s", name, val.source.File, val.source.Line, val.unreadable)
		}
		if val.text != "" {
			text = val.text
		}
	}
	return text, nil
}

// address returns "ssh://[user@]host[:port]" or "local".
func (v vars) address(name string) (string, error) {
	var found [4]string
	for i, names := range [][]string{connectionNames, hostNames, portNames, userNames} {
		var err error
		if found[i], err = v.find(names); err != nil {
			return "", err
		}
	}
	connection, host, port, user := found[0], cmp.Or(found[1], name), found[2], found[3]
	switch strings.TrimPrefix(connection, "ansible.builtin.") {
	case "local":
		return "local", nil
	case "", "ssh", "smart", "openssh", "paramiko", "paramiko_ssh":
	default:
		return "", fmt.Errorf("ansible_connection is %q; Merlon reaches hosts over ssh, or is run there (local)", connection)
	}
	if err := checkName(host); err != nil {
		return "", fmt.Errorf("ansible_host %q: %w", host, err)
	}
	if strings.ContainsFunc(user, func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' }) {
		return "", fmt.Errorf("ansible_user %q holds blanks or control characters", user)
	}
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 1 || n > 65535) {
		return "", fmt.Errorf("ansible_port %q is no port: 1 to 65535", port)
	}
	return sshURL(user, host, port)
}

func sshURL(user, host, port string) (string, error) {
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	ip, _, _ := strings.Cut(host, "%")
	u := url.URL{Scheme: "ssh", Host: host}
	if strings.Contains(host, ":") {
		if net.ParseIP(ip) == nil {
			return "", fmt.Errorf("ansible_host %q is neither a name nor an IP address; the port belongs into ansible_port", host)
		}
		u.Host = "[" + host + "]"
	}
	if port != "" {
		u.Host += ":" + port
	}
	if user != "" {
		u.User = url.User(user)
	}
	address := u.String()
	if back, err := url.Parse(address); err != nil || back.Hostname() != host {
		return "", fmt.Errorf("%q is no name that a host can have", host)
	}
	return address, nil
}

// tellIgnored warns, once a place, of variables that Ansible would follow.
func (inv *inventory) tellIgnored(v vars) {
	for _, name := range ignored {
		val := v[name]
		if val.text == "" {
			continue
		}
		at := fmt.Sprintf("%s:%d:%s", val.source.File, val.source.Line, name)
		if inv.told[at] {
			continue
		}
		inv.told[at] = true
		inv.diagnose(compliance.LevelWarning, val.source, "%s is not followed; write its settings (ProxyJump, IdentityFile) into ~/.ssh/config", name)
	}
}
