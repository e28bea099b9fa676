package host

import (
	"regexp"
	"slices"
	"strings"
)

// A sudoScanner walks over one logical line of sudoers(5).
type sudoScanner struct {
	text string
	pos  int
}

func (p *sudoScanner) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *sudoScanner) blank() {
	for p.pos < len(p.text) && (p.text[p.pos] == ' ' || p.text[p.pos] == '\t') {
		p.pos++
	}
}

// end tells whether the line ends here, or a comment starts. '#' before a digit
// is a user id.
func (p *sudoScanner) end() bool {
	if p.pos >= len(p.text) {
		return true
	}
	return p.text[p.pos] == '#' && !idStart.MatchString(p.text[p.pos:])
}

var idStart = regexp.MustCompile(`^#-?[0-9]`)

func (p *sudoScanner) take(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.pos++
	return true
}

func (p *sudoScanner) takeWord(w string) bool {
	if !strings.HasPrefix(p.text[p.pos:], w) {
		return false
	}
	p.pos += len(w)
	return true
}

// until returns the text up to the first byte that stop names, unescaped; quotes
// keep their content together.
func (p *sudoScanner) until(stop string) string {
	var b strings.Builder
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		switch {
		case c == '\\' && p.pos+1 < len(p.text):
			p.pos++
			b.WriteByte(p.text[p.pos])
		case c == '"':
			if !p.quoted(&b) {
				return b.String()
			}
		case strings.IndexByte(stop, c) >= 0:
			return b.String()
		default:
			b.WriteByte(c)
		}
		p.pos++
	}
	return b.String()
}

// quoted reads what stands between double quotes, the first of which is at pos, and
// stops at the last; false where there is none. Of escapes only \" is one there.
func (p *sudoScanner) quoted(b *strings.Builder) bool {
	for p.pos++; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; {
		case c == '"':
			return true
		case c == '\\' && strings.HasPrefix(p.text[p.pos+1:], `"`):
			p.pos++
			b.WriteByte('"')
		default:
			b.WriteByte(c)
		}
	}
	return false
}

// name reads a word of a list: a user, %group, +netgroup, #uid, host or alias.
func (p *sudoScanner) name() string {
	if idStart.MatchString(p.text[p.pos:]) {
		p.pos++
		return "#" + p.until(" \t,:=!()#")
	}
	if p.takeWord("%:#") {
		return "%:#" + p.until(" \t,:=!()#")
	}
	if p.takeWord("%:") {
		return "%:" + p.until(" \t,:=!()#")
	}
	if p.takeWord("%#") {
		return "%#" + p.until(" \t,:=!()#")
	}
	return p.until(" \t,:=!()#")
}

func (p *sudoScanner) option() string { return p.until(" \t,=+-!#") }

// value reads the value of a Defaults setting.
func (p *sudoScanner) value() string { return p.until(" \t,#") }

// list reads names with commas between, each perhaps behind "!"; it ends before
// anything else.
func (p *sudoScanner) list() ([]string, bool) {
	var out []string
	for {
		p.blank()
		not := p.negation()
		n := p.address()
		if n == "" {
			return nil, false
		}
		out = append(out, not+n)
		at := p.pos
		p.blank()
		if !p.take(',') {
			p.pos = at
			return out, true
		}
	}
}

func (p *sudoScanner) negation() string {
	not := ""
	for p.take('!') {
		not = map[string]string{"": "!", "!": ""}[not]
		p.blank()
	}
	return not
}

var ipv6 = regexp.MustCompile(`^[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){2,7}(/[0-9]{1,3})?`)

// address reads a name, or an IPv6 address, whose colons end no name.
func (p *sudoScanner) address() string {
	if a := ipv6.FindString(p.text[p.pos:]); a != "" {
		p.pos += len(a)
		return a
	}
	return p.name()
}

// commandList reads the commands of a Cmnd_Alias.
func (p *sudoScanner) commandList() ([]string, bool) {
	var out []string
	for {
		p.blank()
		not := p.negation()
		c, ok := p.command()
		if !ok {
			return nil, false
		}
		out = append(out, not+c)
		p.blank()
		if !p.take(',') {
			return out, true
		}
	}
}

var (
	sudoTag    = regexp.MustCompile(`^(NO)?(PASSWD|EXEC|SETENV|LOG_INPUT|LOG_OUTPUT|FOLLOW|MAIL|INTERCEPT)[ \t]*:`)
	sudoOption = regexp.MustCompile(`^(ROLE|TYPE|PRIVS|LIMITPRIVS|TIMEOUT|NOTBEFORE|NOTAFTER|CWD|CHROOT|APPARMOR_PROFILE)[ \t]*=`)
	sudoDigest = regexp.MustCompile(`^sha(224|256|384|512)[ \t]*:[ \t]*[A-Za-z0-9+/]+=*`)
	sudoAlias  = regexp.MustCompile(`^[A-Z][A-Z0-9_]*`)
)

// commandSpecs reads commands with their run-as users and tags, which hold for
// the commands after them too.
func (p *sudoScanner) commandSpecs() ([]sudoRule, bool) {
	var out []sudoRule
	now := sudoRule{}
	for {
		if !p.runas(&now) {
			return nil, false
		}
		p.tags(&now)
		not := p.negation()
		c, ok := p.command()
		if !ok {
			return nil, false
		}
		if n := len(out); n > 0 && out[n-1].alike(now) {
			out[n-1].commands = append(out[n-1].commands, not+c)
		} else {
			next := now
			next.commands = []string{not + c}
			out = append(out, next)
		}
		p.blank()
		if !p.take(',') {
			return out, true
		}
	}
}

// alike tells whether the commands of both run under the same terms.
func (x sudoRule) alike(y sudoRule) bool {
	return x.options == y.options && slices.Equal(x.tags, y.tags) &&
		slices.Equal(x.runasUsers, y.runasUsers) && slices.Equal(x.runasGroups, y.runasGroups)
}

// runas reads (users : groups), where it stands.
func (p *sudoScanner) runas(now *sudoRule) bool {
	p.blank()
	if !p.take('(') {
		return true
	}
	now.runasUsers, now.runasGroups = nil, nil
	p.blank()
	var ok bool
	if c := p.peek(); c != ':' && c != ')' {
		if now.runasUsers, ok = p.list(); !ok {
			return false
		}
	}
	p.blank()
	if p.take(':') {
		if now.runasGroups, ok = p.list(); !ok {
			return false
		}
	}
	p.blank()
	return p.take(')')
}

// tags reads options and tags. A tag replaces its opposite.
func (p *sudoScanner) tags(now *sudoRule) {
	for {
		p.blank()
		if o := sudoOption.FindString(p.text[p.pos:]); o != "" {
			p.pos += len(o)
			p.blank()
			now.options += o + p.until(" \t,") + " "
			continue
		}
		t := sudoTag.FindString(p.text[p.pos:])
		if t == "" {
			return
		}
		p.pos += len(t)
		name := strings.Trim(t, ": \t")
		bare := strings.TrimPrefix(name, "NO")
		kept := slices.DeleteFunc(slices.Clone(now.tags), func(x string) bool { return strings.TrimPrefix(x, "NO") == bare })
		now.tags = slices.Concat(kept, []string{name})
	}
}

// command reads one command with its arguments: a path, ALL, an alias, sudoedit,
// list, a regular expression, with digests before it.
func (p *sudoScanner) command() (string, bool) {
	digests := ""
	for {
		d := sudoDigest.FindString(p.text[p.pos:])
		if d == "" {
			break
		}
		p.pos += len(d)
		digests += strings.ReplaceAll(strings.ReplaceAll(d, " ", ""), "\t", "")
		p.blank()
		if p.take(',') {
			digests += ","
			p.blank()
			continue
		}
		digests += " "
	}
	rest := p.text[p.pos:]
	if p.end() {
		return "", false
	}
	if strings.HasPrefix(rest, "^") {
		if i := strings.Index(rest, "$"); i > 0 {
			p.pos += i + 1
			return digests + rest[:i+1] + p.arguments(), true
		}
		return "", false
	}
	if a := sudoAlias.FindString(rest); a != "" && !strings.Contains(a, "/") {
		p.pos += len(a)
		return digests + a, true
	}
	c := p.arguments()
	return digests + c, c != ""
}

// arguments reads up to an unescaped ',', ':' or '#'; behind the first word '=' is one
// of its characters.
func (p *sudoScanner) arguments() string {
	var b strings.Builder
	stop := ",:=#"
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		if c == '\\' && p.pos+1 < len(p.text) {
			next := p.text[p.pos+1]
			if strings.IndexByte(",:=# \t\\", next) < 0 {
				b.WriteByte(c)
			}
			b.WriteByte(next)
			p.pos += 2
			continue
		}
		if c == ' ' || c == '\t' {
			stop = ",:#"
		}
		if strings.IndexByte(stop, c) >= 0 {
			break
		}
		b.WriteByte(c)
		p.pos++
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
