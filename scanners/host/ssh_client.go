package host

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"merlon/compliance"
)

const (
	sshClientMain  = "/etc/ssh/ssh_config"
	sshClientTopic = "config"
)

// readSSHClient reads what ssh(1) does for every user whose own configuration and
// command line say nothing else: ssh_config(5), of which the first value counts.
func readSSHClient(r *reading) {
	list := r.output("present")
	from := compliance.Source{File: sshClientMain}
	if list.cause != "" {
		r.unknown(list.cause, compliance.Source{}, "installed")
		r.unknown(list.cause, from, "contexts")
		return
	}
	present := presentPaths(list.text)
	installed := present["/usr/bin/ssh"]
	r.put(installed, compliance.Source{File: "/usr/bin/ssh"}, "installed")
	if !installed {
		return
	}
	t, cause := r.tree(sshClientTopic)
	c := &sshClientConfig{tree: t}
	if cause == "" {
		c.file(sshClientMain, nil, nil, 0)
		cause = c.refused
	}
	if cause != "" {
		r.unknown(cause, from, "contexts")
		return
	}
	defaults := maps.Clone(sshClientDefaults)
	if present["/etc/debian_version"] {
		defaults["forwardx11trusted"] = true // Debian's patch
	}
	c.put(r, defaults)
}

// clientAlgorithms are lists whose default is ssh's own, of which nothing is told: they
// are empty then. "+", "-" or "^" before the first name changes that list.
var clientAlgorithms = []string{"ciphers", "macs", "kexalgorithms"}

// sshClientDefaults are those of ssh_config(5).
var sshClientDefaults = map[string]any{
	"stricthostkeychecking":   "ask",
	"userknownhostsfile":      []any{"~/.ssh/known_hosts", "~/.ssh/known_hosts2"},
	"globalknownhostsfile":    []any{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"},
	"forwardagent":            false,
	"forwardx11":              false,
	"forwardx11trusted":       false,
	"hashknownhosts":          false,
	"permitlocalcommand":      false,
	"tunnel":                  "no",
	"hostbasedauthentication": false,
	"enablesshkeysign":        false,
	"ciphers":                 []any{},
	"macs":                    []any{},
	"kexalgorithms":           []any{},
}

// A clientBlock is a Host or Match line.
type clientBlock struct {
	text   string
	always bool   // it holds for every host
	wide   bool   // it holds for all but some hosts, or for every host at times
	final  bool   // it counts after everything else (Match final)
	unsure string // why it is not known when it holds
}

// A clientDirective is one line that sets a keyword, or a gap: lines that could
// not be read.
type clientDirective struct {
	keyword string
	value   any
	when    []clientBlock
	gap     string
	from    compliance.Source
}

// An sshClientConfig is ssh_config with all that it includes, in order.
type sshClientConfig struct {
	tree       *tree
	directives []clientDirective
	lines      int
	refused    string // why ssh would end with an error
}

func (c *sshClientConfig) refuse(from compliance.Source) {
	if c.refused == "" {
		c.refused = fmt.Sprintf("%s line %d is not understood", from.File, from.Line)
	}
}

func (c *sshClientConfig) file(path string, outer []clientBlock, via []compliance.Source, depth int) {
	lines, cause := c.tree.lines(path)
	if cause == "" && (depth > includeDepth || c.lines > includeLines) {
		cause = "too many nested includes"
	}
	if cause != "" {
		c.directives = append(c.directives, clientDirective{gap: cause, when: outer, from: compliance.Source{File: path, Via: via}})
		return
	}
	when := outer
	for _, l := range lines {
		c.lines++
		from := line(path, l.n, l.text)
		from.Via = via
		word, rest := keywordOf(l.text)
		switch word {
		case "":
		case "host", "match":
			b, ok := parseClientBlock(word, rest)
			if !ok {
				c.refuse(from)
			}
			when = append(slices.Clone(outer), b)
		case "include":
			from.Via = nil // each step stands once
			c.include(rest, when, append([]compliance.Source{from}, via...), depth)
		default:
			c.directive(word, rest, when, from)
		}
	}
}

func (c *sshClientConfig) include(rest string, when []clientBlock, via []compliance.Source, depth int) {
	patterns, ok := splitArgs(rest)
	if !ok || len(patterns) == 0 || slices.Contains(patterns, "") {
		c.refuse(via[0])
		return
	}
	for _, p := range patterns {
		if p[0] == '~' {
			c.refuse(via[0])
			return
		}
		if p[0] != '/' {
			p = "/etc/ssh/" + p
		}
		paths, cause := c.tree.included(p)
		if strings.ContainsAny(p, "%$") { // OpenSSH 10 expands them, earlier ones do not
			cause = "an Include with % or $ is not followed"
		}
		if cause != "" || c.lines > includeLines {
			c.directives = append(c.directives, clientDirective{gap: cmp.Or(cause, "too many nested includes"), when: when, from: via[0]})
			continue
		}
		for _, path := range paths {
			c.lines++
			c.file(path, when, via, depth+1)
		}
	}
}

func (c *sshClientConfig) directive(word, rest string, when []clientBlock, from compliance.Source) {
	standard, known := sshClientDefaults[word]
	if !known {
		return
	}
	args, ok := splitArgs(rest)
	if !ok || len(args) == 0 {
		c.refuse(from)
		return
	}
	value, ok := clientValue(word, standard, args)
	if !ok {
		c.refuse(from)
		return
	}
	c.directives = append(c.directives, clientDirective{keyword: word, value: value, when: when, from: from})
}

// clientValue reads the arguments of a keyword; standard is its default.
func clientValue(word string, standard any, args []string) (any, bool) {
	if slices.Contains(clientAlgorithms, word) {
		return anyList(strings.Split(args[0], ",")), len(args) == 1 && args[0] != ""
	}
	if _, list := standard.([]any); list {
		out := []any{}
		for _, a := range args {
			out = append(out, a)
		}
		return out, true
	}
	if len(args) != 1 || args[0] == "" {
		return nil, false
	}
	flag, isFlag := map[string]string{"yes": "yes", "true": "yes", "no": "no", "false": "no"}[strings.ToLower(args[0])]
	arg := strings.ToLower(args[0])
	switch {
	case word == "stricthostkeychecking" && arg == "off":
		return "no", true
	case word == "stricthostkeychecking" && (arg == "ask" || arg == "accept-new"):
		return arg, true
	case word == "tunnel" && (flag == "yes" || arg == "point-to-point"):
		return "point-to-point", true
	case word == "tunnel" && arg == "ethernet":
		return arg, true
	case word == "forwardagent" && !isFlag:
		return true, true // the agent's socket, or a variable that names it
	case !isFlag:
		return nil, false
	}
	if _, text := standard.(string); text {
		return flag, true
	}
	return flag == "yes", true
}

// parseClientBlock reads what follows Host or Match.
func parseClientBlock(word, rest string) (clientBlock, bool) {
	if word == "host" {
		patterns, ok := splitArgs(rest)
		b := clientBlock{text: "host " + strings.Join(patterns, " ")}
		b.always, b.wide = patternCoverage(patterns)
		return b, ok && len(patterns) > 0 && !slices.Contains(patterns, "")
	}
	b := clientBlock{always: true, wide: true}
	var words []string
	for rest != "" && rest[0] != '#' {
		var name, arg string
		name, rest = cutWord(rest)
		if name == "" || name[0] == '#' {
			break
		}
		words = append(words, name)
		name, negated := strings.CutPrefix(strings.ToLower(name), "!")
		switch name {
		case "all":
			if negated {
				b.unsure = "Match !all"
			}
			continue
		case "final":
			b.final = true
			if negated {
				b.unsure = "ssh goes through its configuration twice, and this block counts the first time"
			}
			continue
		case "canonical":
			b.unsure = "it hangs on how the host's name resolves"
			continue
		}
		if !slices.Contains(clientCriteria, name) || rest == "" {
			return b, false
		}
		arg, rest = cutWord(rest)
		words = append(words, arg)
		always, wide := patternCoverage(strings.Split(arg, ","))
		switch name {
		case "exec":
			b.unsure = "it hangs on a command, which is not run"
			always, wide = false, true
		case "host", "originalhost":
			wide = wide || negated
		case "user", "localuser":
			wide = true
		default:
			always, wide = false, true
		}
		b.always = b.always && always && !negated
		b.wide = b.wide && wide
	}
	b.always = b.always && b.unsure == ""
	b.text = "match " + strings.Join(words, " ")
	return b, len(words) > 0
}

// clientCriteria are those with an argument, up to OpenSSH 10.
var clientCriteria = []string{"host", "originalhost", "user", "localuser", "exec", "localnetwork", "tagged", "command", "version", "sessiontype"}

// patternCoverage tells whether patterns match every name, or every name but some.
func patternCoverage(patterns []string) (always, wide bool) {
	negated := false
	for _, p := range patterns {
		negated = negated || strings.HasPrefix(p, "!")
		always = always || p != "" && strings.Trim(p, "*") == ""
		wide = wide || p != "" && strings.Trim(p, "*?.") == "" && strings.Contains(p, "*")
	}
	return always && !negated, wide
}

// conditions are the blocks of a directive that do not hold for every host.
func (d clientDirective) conditions() []clientBlock {
	return slices.DeleteFunc(slices.Clone(d.when), func(b clientBlock) bool { return b.always })
}

func (d clientDirective) final() bool {
	return slices.ContainsFunc(d.when, func(b clientBlock) bool { return b.final })
}

// A clientSetting is what is in effect of one keyword.
type clientSetting struct {
	value any
	from  compliance.Source
	cause string
}

// evaluate returns what holds for a host that meets the blocks that hold. The
// first value counts; Match final counts in a second pass.
func (c *sshClientConfig) evaluate(holds func(clientBlock) bool) map[string]clientSetting {
	out := map[string]clientSetting{}
	gap := ""
	for _, final := range []bool{false, true} {
		for _, d := range c.directives {
			if d.final() != final || slices.ContainsFunc(d.conditions(), func(b clientBlock) bool { return !holds(b) }) {
				continue
			}
			if d.gap != "" {
				gap = cmp.Or(gap, d.gap)
				continue
			}
			before, set := out[d.keyword]
			if set {
				before.from = withShadowed(before.from, d.from)
				out[d.keyword] = before
				continue
			}
			s := clientSetting{value: d.value, from: d.from, cause: gap}
			for _, b := range d.conditions() {
				if b.unsure != "" {
					s.cause = cmp.Or(s.cause, "the block "+b.text+": "+b.unsure)
				}
			}
			out[d.keyword] = s
		}
	}
	for word := range sshClientDefaults {
		if _, set := out[word]; !set && gap != "" {
			out[word] = clientSetting{cause: gap, from: compliance.Source{File: sshClientMain}}
		}
	}
	return out
}

// put puts what is in effect for hosts of which no block speaks, and for each
// chain of blocks.
func (c *sshClientConfig) put(r *reading, defaults map[string]any) {
	from := compliance.Source{File: sshClientMain}
	r.put(map[string]any{}, from, "contexts")
	c.putContext(r, globalName, true, from, defaults, func(clientBlock) bool { return false })
	seen := map[string]bool{globalName: true}
	for _, d := range c.directives {
		chain := d.conditions()
		if len(chain) == 0 {
			continue
		}
		names, wide := make([]string, len(chain)), true
		for i, b := range chain {
			names[i], wide = b.text, wide && b.wide
		}
		name := clean(strings.Join(names, " "))
		if seen[name] {
			continue
		}
		if len(seen) > maxContexts {
			r.unknown("there are too many blocks", d.from, "contexts", compliance.Any)
			return
		}
		seen[name] = true
		at := compliance.Source{File: d.from.File, Via: d.from.Via}
		c.putContext(r, name, wide, at, defaults, func(b clientBlock) bool { return slices.Contains(names, b.text) })
	}
}

func (c *sshClientConfig) putContext(r *reading, name string, wide bool, from compliance.Source, defaults map[string]any, holds func(clientBlock) bool) {
	r.put(map[string]any{}, from, "contexts", name)
	r.put(wide, from, "contexts", name, "wide")
	found := c.evaluate(holds)
	for word, standard := range defaults {
		s, set := found[word]
		if !set {
			s = clientSetting{value: standard, from: compliance.Source{File: sshClientMain, Default: true}}
		}
		r.putOr(s.value, s.cause == "", s.cause, s.from, "contexts", name, word)
	}
}
