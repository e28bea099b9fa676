package host

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// merge says which of several lines counts.
type merge int

const (
	first merge = iota // the first one
	last               // the last one: OpenSSH does not look whether it is set
	add                // all of them, one after another
)

// form is how `sshd -T` prints a keyword.
type form int

const (
	one    form = iota // "keyword value"
	each               // a line for each element; none where there is none
	words              // elements on one line, blanks between
	commas             // elements on one line, commas between
)

// A keyword is how one keyword of sshd_config(5) is read, merged and told.
type keyword struct {
	name  string
	form  form
	merge merge
	// match: a Match block may set it.
	match bool
	// parse turns the arguments of one line into elements as `sshd -T` prints them.
	parse func(d directive) ([]string, error)
	// fact turns elements into the document's value.
	fact func(tokens []string) any
	// fill completes the first line's elements from a later line's.
	fill func(now, later []string) []string
	// blockedBy is a keyword that, once set, keeps this one from being set.
	blockedBy string
}

var errValue = errors.New("the value is not understood")

// sshdKeywords are all keywords that become facts, by lower-case name and alias.
var sshdKeywords = keywordTable()

func keywordTable() map[string]*keyword {
	yesNo := enum("yes", "no")
	forwarding := enum("yes", "no", "all=yes", "local", "remote")
	value := func(name string, match bool) keyword {
		return keyword{name: name, match: match, parse: word, fact: text}
	}
	flag := func(name string, match bool) keyword {
		return keyword{name: name, match: match, parse: yesNo, fact: lower}
	}
	number := func(name string) keyword {
		return keyword{name: name, match: true, parse: integer, fact: count}
	}
	list := func(name string) keyword {
		return keyword{name: name, form: each, merge: add, match: true, parse: all, fact: listFact}
	}
	algorithms := func(name string, match bool) keyword {
		return keyword{name: name, form: commas, match: match, parse: algorithmList, fact: listFact}
	}
	rest := func(name string) keyword {
		return keyword{name: name, match: true, parse: restOfLine, fact: text}
	}
	table := []keyword{
		{name: "port", form: each, merge: add, parse: port, fact: numbers},
		{name: "addressfamily", parse: enum("any", "inet", "inet6"), fact: lower},
		{name: "listenaddress", form: each, merge: add, parse: listenAddress, fact: listFact},
		flag("usepam", false),
		{name: "logingracetime", parse: duration, fact: count},
		number("x11displayoffset"), number("maxauthtries"), number("maxsessions"),
		{name: "clientaliveinterval", match: true, parse: duration, fact: count},
		number("clientalivecountmax"), number("requiredrsasize"),
		{name: "streamlocalbindmask", merge: last, match: true, parse: octalMask, fact: func(t []string) any { return only(t) }},
		{name: "unusedconnectiontimeout", match: true, parse: timeoutOrNone, fact: noneIsZero},
		{name: "permitrootlogin", match: true, fact: rootLogin,
			parse: enum("without-password", "prohibit-password=without-password", "forced-commands-only", "yes", "no")},
		{name: "ignorerhosts", match: true, parse: enum("yes", "no", "shosts-only"), fact: lower},
		flag("ignoreuserknownhosts", false), flag("hostbasedauthentication", true),
		flag("hostbasedusesnamefrompacketonly", true), flag("pubkeyauthentication", true),
		flag("kerberosauthentication", true), flag("kerberosorlocalpasswd", false),
		flag("kerberosticketcleanup", false), flag("kerberosgetafstoken", false),
		flag("gssapiauthentication", true), flag("gssapicleanupcredentials", false), flag("gssapikeyexchange", false),
		flag("gssapistrictacceptorcheck", false), flag("gssapistorecredentialsonrekey", false),
		algorithms("gssapikexalgorithms", false),
		flag("passwordauthentication", true), flag("kbdinteractiveauthentication", true),
		flag("printmotd", false), flag("printlastlog", false), flag("x11forwarding", true), flag("x11uselocalhost", true),
		flag("permittty", true), flag("permituserrc", true), flag("strictmodes", false), flag("tcpkeepalive", false),
		flag("permitemptypasswords", true), flag("usedns", false), flag("allowagentforwarding", true),
		flag("disableforwarding", true), flag("streamlocalbindunlink", true), flag("exposeauthinfo", true),
		flag("debianbanner", false), flag("refuseconnection", true),
		{name: "compression", parse: enum("yes", "no", "delayed=yes"), fact: lower},
		{name: "gatewayports", match: true, parse: enum("yes", "no", "clientspecified"), fact: lower},
		{name: "allowtcpforwarding", match: true, parse: forwarding, fact: lower},
		{name: "allowstreamlocalforwarding", match: true, parse: forwarding, fact: lower},
		{name: "fingerprinthash", merge: last, parse: enum("SHA256", "MD5"), fact: lower},
		value("pidfile", false), value("modulifile", false), value("xauthlocation", false), value("banner", true),
		value("chrootdirectory", true), value("trustedusercakeys", true), value("revokedkeys", true),
		value("securitykeyprovider", false), value("authorizedprincipalsfile", true), value("rdomain", true),
		value("authorizedkeyscommanduser", true), value("authorizedprincipalscommanduser", true), value("hostkeyagent", false),
		value("pamservicename", false), value("sshdsessionpath", false), value("sshdauthpath", false),
		rest("forcecommand"), rest("authorizedkeyscommand"), rest("authorizedprincipalscommand"),
		{name: "versionaddendum", parse: restOfLine, fact: text},
		{name: "loglevel", match: true, parse: enum("QUIET", "FATAL", "ERROR", "INFO", "VERBOSE", "DEBUG", "DEBUG1=DEBUG", "DEBUG2", "DEBUG3"), fact: lower},
		{name: "syslogfacility", fact: lower, parse: enum("DAEMON", "USER", "AUTH", "AUTHPRIV",
			"LOCAL0", "LOCAL1", "LOCAL2", "LOCAL3", "LOCAL4", "LOCAL5", "LOCAL6", "LOCAL7")},
		algorithms("ciphers", false), algorithms("macs", false), algorithms("kexalgorithms", false),
		algorithms("casignaturealgorithms", true), algorithms("hostbasedacceptedalgorithms", true),
		algorithms("hostkeyalgorithms", false), algorithms("pubkeyacceptedalgorithms", true),
		{name: "authorizedkeysfile", form: words, match: true, parse: all, fact: listFact},
		{name: "hostkey", form: each, merge: add, parse: word, fact: listFact},
		{name: "hostcertificate", form: each, merge: add, parse: word, fact: listFact},
		list("acceptenv"), list("allowusers"), list("denyusers"), list("allowgroups"), list("denygroups"),
		{name: "setenv", form: each, match: true, parse: all, fact: listFact},
		{name: "authenticationmethods", form: words, match: true, parse: all, fact: listFact},
		{name: "subsystem", form: each, merge: add, parse: subsystem, fact: subsystems},
		{name: "maxstartups", merge: last, parse: maxStartups, fact: startups},
		{name: "persourcemaxstartups", merge: last, parse: numberOrNone, fact: func(t []string) any { return scalar(only(t)) }},
		{name: "persourcenetblocksize", merge: last, parse: netBlock, fact: text},
		{name: "persourcepenalties", form: words, parse: all, fact: listFact},
		{name: "persourcepenaltyexemptlist", form: commas, parse: algorithmList, fact: listFact},
		{name: "channeltimeout", form: words, match: true, parse: all, fact: listFact},
		{name: "logverbose", form: words, match: true, parse: all, fact: listFact},
		{name: "permittunnel", match: true, parse: enum("no", "point-to-point", "ethernet", "yes"), fact: lower},
		{name: "ipqos", form: words, merge: last, match: true, parse: ipqos, fact: listFact},
		{name: "rekeylimit", form: words, match: true, parse: rekeyLimit, fact: rekey, fill: fillRekey},
		{name: "permitopen", form: words, match: true, parse: all, fact: listFact},
		{name: "permitlisten", form: words, match: true, parse: permitListen, fact: listFact},
		{name: "permituserenvironment", match: true, parse: word, fact: text},
		{name: "pubkeyauthoptions", form: words, match: true, parse: keyOptions, fact: withoutNone},
	}
	out := make(map[string]*keyword, len(table))
	for i := range table {
		out[table[i].name] = &table[i]
	}
	// OpenSSH looks at authorizedkeyscommand to see whether authorizedprincipalscommand is set.
	out["authorizedprincipalscommand"].blockedBy = "authorizedkeyscommand"
	return out
}

// sshdAliases are other names of keywords.
var sshdAliases = map[string]string{ //nolint:gosec // G101: names of keywords, no credentials
	"challengeresponseauthentication": "kbdinteractiveauthentication",
	"skeyauthentication":              "kbdinteractiveauthentication",
	"dsaauthentication":               "pubkeyauthentication",
	"keepalive":                       "tcpkeepalive",
	"hostdsakey":                      "hostkey",
	"pubkeyacceptedkeytypes":          "pubkeyacceptedalgorithms",
	"hostbasedacceptedkeytypes":       "hostbasedacceptedalgorithms",
	"gssapicleanupcreds":              "gssapicleanupcredentials",
}

// Readers of arguments.

func enum(values ...string) func(directive) ([]string, error) {
	return func(d directive) ([]string, error) {
		if len(d.args) != 1 {
			return nil, errValue
		}
		for _, v := range values {
			name, same, alias := strings.Cut(v, "=")
			if strings.EqualFold(d.args[0], name) {
				if alias {
					return []string{same}, nil
				}
				return []string{name}, nil
			}
		}
		return nil, errValue
	}
}

func word(d directive) ([]string, error) {
	if len(d.args) != 1 || d.args[0] == "" || d.args[0][0] == '~' {
		return nil, errValue
	}
	if strings.EqualFold(d.args[0], "none") {
		return []string{"none"}, nil
	}
	return []string{d.args[0]}, nil
}

func all(d directive) ([]string, error) {
	if len(d.args) == 0 || slices.Contains(d.args, "") {
		return nil, errValue
	}
	return d.args, nil
}

// restOfLine keeps what is written, quotes and comments too.
func restOfLine(d directive) ([]string, error) {
	if d.rest == "" {
		return nil, errValue
	}
	if strings.EqualFold(d.rest, "none") {
		return []string{"none"}, nil
	}
	return []string{d.rest}, nil
}

func integer(d directive) ([]string, error) {
	if len(d.args) != 1 {
		return nil, errValue
	}
	n, err := strconv.ParseInt(d.args[0], 10, 32)
	if err != nil || n < 0 {
		return nil, errValue
	}
	return []string{strconv.FormatInt(n, 10)}, nil
}

func numberOrNone(d directive) ([]string, error) {
	if len(d.args) == 1 && d.args[0] == "none" {
		return d.args, nil
	}
	return integer(d)
}

func port(d directive) ([]string, error) {
	if len(d.args) != 1 {
		return nil, errValue
	}
	n, err := strconv.ParseUint(d.args[0], 10, 16)
	if err != nil || n == 0 {
		return nil, errValue
	}
	return []string{strconv.FormatUint(n, 10)}, nil
}

// duration reads times such as 90, 2m, 1h30m (sshd_config(5), TIME FORMATS).
func duration(d directive) ([]string, error) {
	if len(d.args) != 1 {
		return nil, errValue
	}
	n, ok := seconds(d.args[0])
	if !ok {
		return nil, errValue
	}
	return []string{strconv.FormatInt(n, 10)}, nil
}

func timeoutOrNone(d directive) ([]string, error) {
	if len(d.args) == 1 && d.args[0] == "none" {
		return d.args, nil
	}
	t, err := duration(d)
	if err == nil && t[0] == "0" {
		return []string{"none"}, nil
	}
	return t, err
}

func seconds(s string) (int64, bool) {
	units := map[byte]int64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400, 'w': 604800}
	var total int64
	for s != "" {
		i := strings.IndexFunc(s, func(c rune) bool { return c < '0' || c > '9' })
		digits, unit := s, int64(1)
		if i == 0 {
			return 0, false
		}
		if i > 0 {
			digits = s[:i]
			if unit = units[s[i]|0x20]; unit == 0 {
				return 0, false
			}
			s = s[i+1:]
		} else {
			s = ""
		}
		n, err := strconv.ParseInt(digits, 10, 32)
		if err != nil {
			return 0, false
		}
		if total += n * unit; total > math.MaxInt32 {
			return 0, false
		}
	}
	return total, true
}

func algorithmList(d directive) ([]string, error) {
	if len(d.args) != 1 || d.args[0] == "" {
		return nil, errValue
	}
	return strings.Split(d.args[0], ","), nil
}

// listenAddress returns "addr" or "addr:port"; the ports are filled in at the end.
func listenAddress(d directive) ([]string, error) {
	if len(d.args) != 1 {
		return nil, errValue // a routing domain
	}
	arg := d.args[0]
	if a, err := netip.ParseAddr(strings.Trim(arg, "[]")); err == nil {
		return []string{bracketed(a)}, nil
	}
	if ap, err := netip.ParseAddrPort(arg); err == nil && ap.Port() > 0 {
		return []string{bracketed(ap.Addr()) + ":" + strconv.Itoa(int(ap.Port()))}, nil
	}
	return nil, errors.New("the address is a name, or not understood")
}

func bracketed(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

func subsystem(d directive) ([]string, error) {
	if len(d.args) < 2 {
		return nil, errValue
	}
	return []string{strings.Join(d.args, " ")}, nil
}

func maxStartups(d directive) ([]string, error) {
	if len(d.args) != 1 {
		return nil, errValue
	}
	parts := strings.Split(d.args[0], ":")
	for _, p := range parts {
		if n, err := strconv.Atoi(p); err != nil || n < 0 {
			return nil, errValue
		}
	}
	switch len(parts) {
	case 1:
		return nil, errors.New("a single number keeps the rate of an earlier line or of the default") // resolved by -T
	case 3:
		return []string{d.args[0]}, nil
	}
	return nil, errValue
}

func netBlock(d directive) ([]string, error) {
	if len(d.args) != 1 {
		return nil, errValue
	}
	four, six, both := strings.Cut(d.args[0], ":")
	n, err := strconv.Atoi(four)
	if !both || err != nil || n < 0 || n > 32 {
		return nil, errValue // without IPv6, OpenSSH leaves that to chance
	}
	if n, err = strconv.Atoi(six); err != nil || n < 0 || n > 128 {
		return nil, errValue
	}
	return []string{d.args[0]}, nil
}

func octalMask(d directive) ([]string, error) {
	if len(d.args) != 1 {
		return nil, errValue
	}
	n, err := strconv.ParseUint(d.args[0], 8, 9)
	if err != nil {
		return nil, errValue
	}
	return []string{"0" + strconv.FormatUint(n, 8)}, nil
}

// qosNames are the names of DSCP and type-of-service values, the first of a value
// being the one that is printed.
var qosNames = []struct {
	name  string
	value int
}{
	{"af11", 0x28}, {"af12", 0x30}, {"af13", 0x38}, {"af21", 0x48}, {"af22", 0x50}, {"af23", 0x58},
	{"af31", 0x68}, {"af32", 0x70}, {"af33", 0x78}, {"af41", 0x88}, {"af42", 0x90}, {"af43", 0x98},
	{"cs0", 0x00}, {"cs1", 0x20}, {"cs2", 0x40}, {"cs3", 0x60}, {"cs4", 0x80}, {"cs5", 0xa0}, {"cs6", 0xc0}, {"cs7", 0xe0},
	{"ef", 0xb8}, {"le", 0x04}, {"lowdelay", 0x10}, {"throughput", 0x08}, {"reliability", 0x04},
}

func ipqos(d directive) ([]string, error) {
	if len(d.args) != 1 && len(d.args) != 2 {
		return nil, errValue
	}
	var out []string
	for _, a := range d.args {
		name, err := qosName(a)
		if err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	if len(out) == 1 {
		out = append(out, out[0])
	}
	return out, nil
}

func qosName(a string) (string, error) {
	value := int64(-1)
	for _, q := range qosNames {
		if strings.EqualFold(q.name, a) {
			value = int64(q.value)
		}
	}
	if strings.EqualFold(a, "none") {
		return "none", nil
	}
	if value < 0 {
		n, err := strconv.ParseInt(a, 0, 32)
		if err != nil || n < 0 || n > 255 {
			return "", errValue
		}
		value = n
	}
	for _, q := range qosNames {
		if int64(q.value) == value {
			return q.name, nil
		}
	}
	return fmt.Sprintf("0x%02x", value), nil
}

// rekeyLimit returns bytes and seconds; an empty part is not set by this line.
func rekeyLimit(d directive) ([]string, error) {
	if len(d.args) != 1 && len(d.args) != 2 {
		return nil, errValue
	}
	size := "0"
	if d.args[0] != "default" {
		n, ok := scaled(d.args[0])
		if !ok || n != 0 && n < 16 {
			return nil, errValue
		}
		size = strconv.FormatInt(n, 10)
	}
	interval := ""
	if len(d.args) == 2 && d.args[1] != "none" {
		n, ok := seconds(d.args[1])
		if !ok {
			return nil, errValue
		}
		interval = strconv.FormatInt(n, 10)
	}
	return []string{size, interval}, nil
}

func fillRekey(now, later []string) []string {
	if len(now) == 2 && len(later) == 2 && now[1] == "" {
		return []string{now[0], later[1]}
	}
	return now
}

// scaled reads 512, 4K, 1.5G (scan_scaled(3)).
func scaled(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	shift := strings.IndexByte("BKMGTPE", s[len(s)-1]&^0x20)
	if shift >= 0 && !(s[len(s)-1] >= '0' && s[len(s)-1] <= '9') {
		s = s[:len(s)-1]
	} else {
		shift = 0
	}
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64>>(10*shift) {
		return 0, false
	}
	total := n << (10 * shift)
	if fraction != "" {
		f, err := strconv.ParseFloat("0."+fraction, 64)
		if err != nil {
			return 0, false
		}
		total += int64(f * float64(int64(1)<<(10*shift)))
	}
	return total, true
}

func permitListen(d directive) ([]string, error) {
	args, err := all(d)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(args)
	for i, a := range out {
		if a != "any" && a != "none" && !strings.Contains(a, ":") {
			out[i] = "*:" + a // a bare port
		}
	}
	return out, nil
}

func keyOptions(d directive) ([]string, error) {
	var out []string
	for _, o := range []string{"touch-required", "verify-required"} {
		if slices.ContainsFunc(d.args, func(a string) bool { return strings.EqualFold(a, o) }) {
			out = append(out, o)
		}
	}
	if len(out) == 0 {
		return []string{"none"}, nil
	}
	return out, nil
}

// Makers of facts.

func only(t []string) string {
	if len(t) == 0 {
		return "none"
	}
	return t[0]
}

func text(t []string) any  { return only(t) }
func lower(t []string) any { return strings.ToLower(only(t)) }

func count(t []string) any {
	n, err := strconv.Atoi(only(t))
	if err != nil {
		return nil
	}
	return n
}

func noneIsZero(t []string) any {
	if only(t) == "none" {
		return 0
	}
	return count(t)
}

func numbers(t []string) any {
	out := make([]any, 0, len(t))
	for _, s := range t {
		n, err := strconv.Atoi(s)
		if err != nil {
			return nil
		}
		out = append(out, n)
	}
	return out
}

func listFact(t []string) any {
	out := make([]any, len(t))
	for i, s := range t {
		out[i] = s
	}
	return out
}

func withoutNone(t []string) any {
	return listFact(slices.DeleteFunc(slices.Clone(t), func(s string) bool { return s == "none" }))
}

func rootLogin(t []string) any {
	if only(t) == "without-password" {
		return "prohibit-password"
	}
	return only(t)
}

func subsystems(t []string) any {
	out := map[string]any{}
	for _, s := range t {
		name, command, _ := strings.Cut(s, " ")
		if plainName(name) {
			out[name] = command
		}
	}
	return out
}

func startups(t []string) any {
	parts := strings.Split(only(t), ":")
	if len(parts) != 3 {
		return nil
	}
	n := numbers(parts)
	if n == nil {
		return nil
	}
	l := n.([]any)
	return map[string]any{"start": l[0], "rate": l[1], "full": l[2]}
}

func rekey(t []string) any {
	if len(t) != 2 {
		return nil
	}
	out := map[string]any{}
	for i, key := range []string{"bytes", "seconds"} {
		if t[i] == "" {
			t = []string{t[0], "0"}
		}
		n, err := strconv.ParseInt(t[i], 10, 64)
		if err != nil {
			return nil
		}
		out[key] = n
	}
	return out
}
