package host

import (
	"fmt"
	"slices"
	"strings"

	"merlon/compliance"
)

// The reading of sshd_config(5), by the rules of OpenSSH's servconf.c: the file
// is gone through twice. The first time sets what stands outside of Match blocks,
// the first value of a keyword winning; the second time, for a connection, sets
// what stands in the blocks that match, again the first value winning, and lays
// that over the first. Lists such as AllowUsers accumulate within one time.

// A criterion is one pair of a Match line: {"user", "bob,alice"}.
type criterion struct{ name, arg string }

// A matchLine is the criteria of one Match line; none of them is `Match all`.
type matchLine []criterion

func (m matchLine) String() string {
	words := make([]string, len(m))
	for i, c := range m {
		words[i] = c.name + " " + c.arg
	}
	return strings.Join(words, " ")
}

// A directive is one line that sets a keyword, or a gap: lines that could not be read.
type directive struct {
	keyword *keyword
	args    []string
	rest    string // the arguments as written
	// when are the Match lines that must hold: that of the block, and those of the
	// blocks whose Include led here.
	when []matchLine
	gap  string // why lines are missing here
	from compliance.Source
}

// global tells whether d counts outside of conditional blocks.
func (d directive) global() bool {
	return !slices.ContainsFunc(d.when, func(m matchLine) bool { return len(m) > 0 })
}

// An sshdConfig is a main file with all that it includes, in order.
type sshdConfig struct {
	directives []directive
	lines      int
}

// An sshdTree hands out the files of a configuration.
type sshdTree interface {
	// read returns a file's text, or why it cannot be had.
	read(path string) (text, cause string)
	// glob returns the files that a pattern of Include matches, sorted.
	glob(pattern string) (paths []string, cause string)
}

const (
	includeDepth = 16      // SERVCONF_MAX_DEPTH
	includeLines = 200_000 // a tree that includes itself all over must end
)

// parseSSHD reads the tree from its main file on.
func parseSSHD(tree sshdTree, main string) *sshdConfig {
	c := &sshdConfig{}
	c.file(tree, main, nil, nil, 0)
	return c
}

func (c *sshdConfig) missing(cause string, when []matchLine, from compliance.Source) {
	c.directives = append(c.directives, directive{gap: cause, when: when, from: from})
}

func (c *sshdConfig) file(tree sshdTree, path string, when []matchLine, via []compliance.Source, depth int) {
	text, cause := tree.read(path)
	if cause == "" && (depth > includeDepth || c.lines > includeLines) {
		cause = "too many nested includes"
	}
	if cause != "" {
		c.missing(cause, when, compliance.Source{File: path, Via: via})
		return
	}
	outer := when
	n := 0
	for l := range strings.Lines(text) {
		n++
		c.lines++
		from := line(path, n, l)
		from.Via = via
		word, rest := keywordOf(l)
		switch word {
		case "":
		case "match":
			m, ok := parseMatch(rest)
			if !ok {
				c.missing("the Match line is not understood", outer, from)
			}
			when = append(slices.Clone(outer), m)
		case "include":
			from.Via = nil // each step stands once
			c.include(tree, rest, when, append([]compliance.Source{from}, via...), depth)
		default:
			c.directive(word, rest, when, from)
		}
	}
}

func (c *sshdConfig) include(tree sshdTree, rest string, when []matchLine, via []compliance.Source, depth int) {
	args, ok := splitArgs(rest)
	if !ok {
		c.missing("the Include line is not understood", when, via[0])
	}
	for _, pattern := range args {
		if pattern == "" || pattern[0] == '~' {
			c.missing("the Include line is not understood", when, via[0])
			continue
		}
		if pattern[0] != '/' {
			pattern = "/etc/ssh/" + pattern
		}
		paths, cause := tree.glob(pattern)
		if cause != "" {
			c.missing(cause, when, via[0])
		}
		for _, p := range paths {
			if c.lines > includeLines {
				c.missing("too many nested includes", when, via[0])
				return
			}
			c.lines++
			c.file(tree, p, when, via, depth+1)
		}
	}
}

func (c *sshdConfig) directive(word, rest string, when []matchLine, from compliance.Source) {
	if same, ok := sshdAliases[word]; ok {
		word = same
	}
	k := sshdKeywords[word]
	if k == nil {
		return // deprecated, or of a version that came later: no fact depends on it
	}
	if k.name == "setenv" {
		from.Text = ""
	}
	args, ok := splitArgs(rest)
	if !ok {
		args = nil
	}
	c.directives = append(c.directives, directive{keyword: k, args: args, rest: strings.Trim(rest, " \t\r\n"), when: when, from: from})
}

const sshdBlanks = " \t\r\n"

// keywordOf splits a line into its keyword, in lower case, and the rest; "" for
// blank lines and comments. One '=' may stand between them, and quotes around
// the keyword.
func keywordOf(l string) (word, rest string) {
	l = strings.TrimRight(strings.TrimLeft(l, " \t\r\n"), " \t\r\n\f")
	word, rest = cutWord(l)
	if strings.HasPrefix(word, "#") {
		return "", ""
	}
	return strings.ToLower(word), rest
}

// cutWord takes the first word off, as strdelim() of OpenSSH does: words end at
// a blank, a quote or one '='.
func cutWord(s string) (word, rest string) {
	i := strings.IndexAny(s, sshdBlanks+"\"=")
	if i < 0 {
		return s, ""
	}
	if s[i] == '"' {
		end := strings.IndexByte(s[i+1:], '"')
		if end < 0 {
			return "", ""
		}
		return s[:i] + s[i+1:i+1+end], strings.TrimLeft(s[i+2+end:], sshdBlanks)
	}
	rest = strings.TrimLeft(s[i+1:], sshdBlanks)
	if s[i] != '=' && strings.HasPrefix(rest, "=") {
		rest = strings.TrimLeft(rest[1:], sshdBlanks)
	}
	return s[:i], rest
}

// splitArgs splits arguments as argv_split() of OpenSSH does: quotes of both
// kinds, backslashes before quotes, blanks and backslashes; '#' at the start of a
// word ends the line. false where a quote stays open.
func splitArgs(s string) ([]string, bool) {
	args := []string{}
	for i := 0; i < len(s); {
		if s[i] == ' ' || s[i] == '\t' {
			i++
			continue
		}
		if s[i] == '#' {
			return args, true
		}
		var word []byte
		quote := byte(0)
		for ; i < len(s); i++ {
			c := s[i]
			switch {
			case c == '\\' && i+1 < len(s) && (s[i+1] == '\'' || s[i+1] == '"' || s[i+1] == '\\' || quote == 0 && s[i+1] == ' '):
				i++
				word = append(word, s[i])
				continue
			case quote == 0 && (c == ' ' || c == '\t'):
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
				continue
			case quote != 0 && c == quote:
				quote = 0
				continue
			default:
				word = append(word, c)
				continue
			}
			break
		}
		if quote != 0 {
			return nil, false
		}
		args = append(args, string(word))
	}
	return args, true
}

// parseMatch reads what follows Match. Criteria that are not known here are kept:
// a block can be judged without knowing when it holds.
func parseMatch(rest string) (matchLine, bool) {
	var m matchLine
	for rest != "" && rest[0] != '#' {
		var name, arg string
		name, rest = cutWord(rest)
		name = strings.ToLower(name)
		if name == "" || strings.HasPrefix(name, "#") {
			break
		}
		if name == "all" && len(m) == 0 && (rest == "" || rest[0] == '#') {
			return matchLine{}, true
		}
		if rest == "" || rest[0] == '#' {
			return append(m, criterion{name, ""}), name == "invalid-user"
		}
		if name != "invalid-user" {
			arg, rest = cutWord(rest)
		}
		m = append(m, criterion{name, arg})
	}
	return m, len(m) > 0
}

// A setting is the value of one keyword.
type setting struct {
	tokens []string
	from   compliance.Source
	// each are the sources of the tokens of a list that accumulates.
	each []compliance.Source
	// cause says why the value is not known, "" where it is.
	cause string
}

// settings are values by keyword; what is not set anywhere is not in it.
type settings map[string]setting

// evaluate returns what holds for a connection: holds tells which Match lines it
// meets. Values stand as `sshd -T` prints them; +, - and ^ are not resolved.
func (c *sshdConfig) evaluate(holds func(matchLine) bool) settings {
	base := c.pass(directive.global, directive.global)
	active := func(d directive) bool {
		return !slices.ContainsFunc(d.when, func(m matchLine) bool { return len(m) > 0 && !holds(m) })
	}
	over := c.pass(func(d directive) bool { return len(d.when) > 0 && active(d) }, active)
	for name, s := range over {
		if !sshdKeywords[name].match {
			continue
		}
		if below, ok := base[name]; ok && s.cause == "" && below.cause == "" {
			s.from = withShadowed(s.from, below.from)
			if k := sshdKeywords[name]; k.fill != nil {
				s.tokens = k.fill(s.tokens, below.tokens)
			}
		}
		base[name] = s
	}
	return base
}

// pass goes through the directives once. A gap leaves open whatever is not
// settled before it.
func (c *sshdConfig) pass(active, hole func(directive) bool) settings {
	out := settings{}
	gap := ""
	for _, d := range c.directives {
		switch {
		case d.gap != "":
			if hole(d) && gap == "" {
				gap = d.gap
			}
		case !active(d):
		default:
			d.apply(out, gap)
		}
	}
	if gap == "" {
		return out
	}
	for name, k := range sshdKeywords {
		s, set := out[name]
		if !set || k.merge != first {
			s = setting{cause: gap}
		}
		out[name] = s
	}
	return out
}

// apply sets d's keyword; gap is why something before d may have set it already.
func (d directive) apply(out settings, gap string) {
	k := d.keyword
	now, set := out[k.name]
	tokens, err := k.parse(d)
	s := setting{tokens: tokens, from: d.from}
	switch {
	case err != nil:
		s.cause = fmt.Sprintf("%s line %d: %v", d.from.File, d.from.Line, err)
	case gap != "":
		s.cause = gap
	}
	switch {
	case k.blockedBy != "" && out[k.blockedBy].tokens != nil:
		return // a fault of OpenSSH: see authorizedprincipalscommand
	case !set:
		if k.merge == add {
			for range tokens {
				s.each = append(s.each, d.from)
			}
		}
		out[k.name] = s
	case k.merge == first:
		if k.fill != nil && now.cause == "" && s.cause == "" {
			now.tokens = k.fill(now.tokens, tokens)
		}
		now.from = withShadowed(now.from, d.from)
		out[k.name] = now
	case k.merge == last:
		s.from = withShadowed(d.from, now.from)
		out[k.name] = s
	case k.merge == add:
		now.tokens = append(slices.Clone(now.tokens), tokens...)
		for range tokens {
			now.each = append(now.each, d.from)
		}
		if now.cause == "" {
			now.cause = s.cause
		}
		out[k.name] = now
	}
}

// maxShadowed bounds the lines that are told of those that lost: a file that sets one
// key in each of its lines would cost the square of its length.
const maxShadowed = 100

// withShadowed adds loser, and what it had beaten, to what winner has beaten.
func withShadowed(winner, loser compliance.Source) compliance.Source {
	earlier := loser.Shadowed
	loser.Shadowed = nil
	winner.Shadowed = slices.Concat(winner.Shadowed, earlier, []compliance.Source{loser})
	winner.Shadowed = winner.Shadowed[:min(len(winner.Shadowed), maxShadowed)]
	return winner
}
