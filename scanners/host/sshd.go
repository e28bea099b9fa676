package host

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"math/bits"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

const (
	sshdMain     = "/etc/ssh/sshd_config"
	sshdDump     = "sshd -T"
	sshdDefaults = "sshd -T -f /dev/null"
	sshdTest     = "sshd -T -C "
	globalName   = "global"
	maxContexts  = 200
)

var opensshVersion = regexp.MustCompile(`OpenSSH_(\d{1,3})\.(\d{1,3})`)

// readSSHD reads sshd's configuration and compares what it reads with what the
// daemon itself says, where it says anything.
func readSSHD(r *reading) {
	version := r.get("cmd", "sshd -V")
	if version.absent {
		r.put(false, command("command -v sshd"), "installed")
		return
	}
	if version.cause != "" && !version.unrun {
		for _, k := range []string{"installed", "version", "contexts", "host_keys"} {
			r.unknown(version.cause, command("sshd -V"), k)
		}
		return
	}
	r.put(true, command("command -v sshd"), "installed")
	major := putVersion(r)
	putContexts(r, major)
	putHostKeys(r)
}

// putVersion puts the version and returns its major number, 0 where it is not known.
func putVersion(r *reading) int {
	it := r.in.items[itemKey(r.section, "cmd", "sshd -V")]
	m := opensshVersion.FindStringSubmatch(it.stderr + string(it.data))
	if m == nil {
		r.unknown(r.get("cmd", "sshd -V").or("sshd -V does not tell"), command("sshd -V"), "version")
		return 0
	}
	r.put(m[1]+"."+m[2], command("sshd -V"), "version")
	major, _ := strconv.Atoi(m[1])
	return major
}

func putHostKeys(r *reading) {
	r.put(map[string]any{}, command("stat"), "host_keys")
	stats, public := r.stats(), r.output("public keys")
	for file, s := range stats {
		if s.cause != "" {
			r.unknown(s.cause, s.from, "host_keys", file)
			continue
		}
		r.put(s.fact, s.from, "host_keys", file)
		if public.cause != "" && s.fact["exists"] == true {
			r.unknown(public.cause, s.from, "host_keys", file, "algorithm")
			r.unknown(public.cause, s.from, "host_keys", file, "bits")
		}
	}
	for l := range strings.Lines(public.text) {
		w := strings.SplitN(strings.TrimRight(l, "\n"), " ", 3)
		if len(w) != 3 || stats[w[2]].fact["exists"] != true || !plainName(w[0]) {
			continue
		}
		from := compliance.Source{File: w[2] + ".pub"}
		r.put(w[0], from, "host_keys", w[2], "algorithm")
		if size := rsaBits(w[1]); size > 0 && w[0] == "ssh-rsa" {
			r.put(size, from, "host_keys", w[2], "bits")
		}
	}
}

// rsaBits returns the size of the RSA key that begins with text, which is Base64: the
// length of its modulus (RFC 4253, 6.6; RFC 4251, 5); 0 where it does not tell.
func rsaBits(text string) int {
	b, _ := base64.StdEncoding.DecodeString(text[:len(text)/4*4])
	var n uint32
	for range 3 { // the algorithm, the exponent, the modulus
		if len(b) < int(n)+4 {
			return 0
		}
		b = b[n:]
		n, b = binary.BigEndian.Uint32(b), b[4:]
		if n > 1<<16 {
			return 0
		}
	}
	if len(b) < 2 || n < 2 {
		return 0
	}
	if b[0] == 0 {
		b, n = b[1:], n-1
	}
	return int(n)*8 - bits.LeadingZeros8(b[0])
}

// read and glob make a reading the tree that was sent.
func (r *reading) read(path string) (text, cause string) {
	f := r.file(path)
	if f.absent {
		return "", path + " is missing"
	}
	return f.text, f.cause
}

func (r *reading) glob(pattern string) ([]string, string) {
	paths, g := r.dir(pattern)
	return paths, g.cause
}

// putContexts puts what is in effect in each context.
func putContexts(r *reading, major int) {
	main := strings.TrimSpace(r.output("config").text)
	dump, standard := r.output(sshdDump), r.output(sshdDefaults)
	options := unitOptions(r.output("units").text)
	cause := ""
	switch units := r.output("units"); {
	case units.cause != "":
		cause = units.cause
	case options.cause != "":
		cause = options.cause
	case main == "":
		cause = r.output("config").or("the path of sshd_config is not known")
	case options.file(sshdMain) != main:
		cause = "sshd's unit names another configuration, which was not read: " + options.file(sshdMain)
	case refuses(dump):
		cause = dump.failed
		r.doc.Diagnose(compliance.LevelError, "sshd would not start with its configuration: "+printable(dump.failed), compliance.Source{File: main})
	}
	if cause != "" {
		r.unknown(cause, compliance.Source{File: main}, "contexts")
		return
	}
	s := &sshdReading{reading: r, main: main, config: parseSSHD(r, main)}
	s.setDefaults(standard, dump, major)
	s.crossCheck(dump)
	s.config = options.over(s.config)
	s.putAll()
}

// refuses tells whether sshd itself rejects the configuration; not being root,
// or not having a key or /run/sshd, is another matter.
func refuses(dump got) bool {
	return dump.failed != "" && (strings.Contains(dump.failed, " line ") || strings.Contains(dump.failed, ": line ")) && !strings.Contains(dump.failed, "ermission denied")
}

// An sshdReading is one configuration on its way to facts.
type sshdReading struct {
	*reading
	main     string
	config   *sshdConfig
	defaults map[string][]string
	from     compliance.Source   // of the defaults: the file that leaves them, and the command that told them
	noValue  string              // why a default is not known
	silent   bool                // sshd told nothing: which keywords it has is not known either
	told     map[string][]string // what sshd -T says of the global context
	wrong    map[string]string   // keywords in which we and sshd differ
}

func (s *sshdReading) setDefaults(standard, dump got, major int) {
	s.defaults = map[string][]string{}
	s.silent = !standard.ok() && !dump.ok()
	switch {
	case standard.ok():
		maps.Copy(s.defaults, parseDump(standard.text))
		s.from = compliance.Source{File: s.main, Command: sshdDefaults, Default: true}
	case dump.ok(): // what is not set anywhere has its default there
		s.from = compliance.Source{File: s.main, Command: sshdDump, Default: true}
		s.noValue = "sshd -T does not tell"
	case major >= 8 && major <= 10:
		maps.Copy(s.defaults, parseDump(knownDefaults))
		s.from = compliance.Source{File: s.main, Default: true}
		s.noValue = "its default could not be had: " + standard.or("sshd -T did not run")
	default:
		s.noValue = "the defaults of this version of sshd are not known, and could not be had: " + standard.or("sshd -T did not run")
	}
	for _, name := range emptyLists {
		if _, ok := s.defaults[name]; !ok {
			s.defaults[name] = nil
		}
	}
}

// crossCheck compares what this parser finds with what sshd finds: globally, and
// for the connections that the script tried.
func (s *sshdReading) crossCheck(dump got) {
	s.wrong = map[string]string{}
	if dump.ok() {
		s.told = parseDump(dump.text)
		nobody := func(matchLine) bool { return false }
		s.compare(sshdDump, s.told, s.config.evaluate(nobody).resolve(s.defaults))
	}
	for _, it := range s.in.order {
		spec, ok := strings.CutPrefix(it.name, sshdTest)
		if !ok || s.in.items[itemKey(s.section, "cmd", it.name)] != it {
			continue
		}
		told, c, known := s.output(it.name), parseConnection(spec), true
		ours := s.config.evaluate(func(m matchLine) bool {
			met, sure := c.meets(m)
			known = known && sure
			return met
		})
		if told.ok() && known {
			s.compare(it.name, parseDump(told.text), ours.resolve(s.defaults))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.wrong)) {
		s.doc.Diagnose(compliance.LevelError, fmt.Sprintf("sshd_config, %s: %s; it is taken as unknown", name, printable(s.wrong[name])), compliance.Source{File: s.main})
	}
}

// compare notes every keyword that sshd prints otherwise. What this parser does
// not know is no disagreement, nor is the order in which the system's resolver
// returns the addresses to listen on (getaddrinfo(3): it depends on the routes).
func (s *sshdReading) compare(name string, told map[string][]string, ours settings) {
	for word, tokens := range told {
		k := sshdKeywords[word]
		mine, ok := ours[word]
		if !ok || mine.cause != "" || word == "setenv" {
			continue
		}
		a, b := slices.Clone(k.dump(mine.tokens)), slices.Clone(k.dump(tokens))
		if word == "listenaddress" {
			slices.Sort(a)
			slices.Sort(b)
		}
		if !slices.Equal(a, b) {
			s.wrong[word] = fmt.Sprintf("merlon reads %q, %s says %q", strings.Join(a, " "), name, strings.Join(b, " "))
		}
	}
}

// putAll puts the global context and one for each chain of Match lines.
func (s *sshdReading) putAll() {
	s.put(map[string]any{}, compliance.Source{File: s.main}, "contexts")
	s.putContext(globalName, compliance.Source{File: s.main}, func(matchLine) bool { return false })
	seen := map[string]bool{globalName: true}
	for _, d := range s.config.directives {
		chain := slices.DeleteFunc(slices.Clone(d.when), func(m matchLine) bool { return len(m) == 0 })
		if len(chain) == 0 {
			continue
		}
		names := make([]string, len(chain))
		for i, m := range chain {
			names[i] = m.String()
		}
		name := clean(strings.Join(names, " "))
		if seen[name] {
			continue
		}
		if len(seen) > maxContexts {
			s.unknown("there are too many Match blocks", d.from, "contexts", compliance.Any)
			return
		}
		seen[name] = true
		s.putContext(name, compliance.Source{File: d.from.File, Via: d.from.Via}, func(m matchLine) bool { return slices.Contains(names, m.String()) })
	}
}

func (s *sshdReading) putContext(context string, from compliance.Source, holds func(matchLine) bool) {
	found := s.config.evaluate(holds).resolve(s.defaults)
	s.put(map[string]any{}, from, "contexts", context)
	for name, k := range sshdKeywords {
		v, known := found[name]
		at := []string{"contexts", context, name}
		cause := v.cause
		switch {
		case s.wrong[name] != "":
			cause = s.wrong[name]
		case cause != "" && s.told[name] != nil && (context == globalName || !k.match):
			v, cause = setting{tokens: s.told[name], from: command(sshdDump)}, ""
		case !known && s.told[name] != nil:
			v = setting{tokens: s.told[name], from: compliance.Source{File: s.main, Command: sshdDump, Default: true}}
		case !known && s.noValue != "" && (s.noDefault(name) || s.silent):
			cause = s.noValue
		case !known:
			continue // this version has no such keyword
		}
		if name == "setenv" && len(v.tokens) > 0 && cause == "" {
			cause = "its values may be secrets and are not collected"
		}
		if v.from.IsZero() {
			v.from = s.from
		}
		fact := any(nil)
		if cause == "" {
			fact = k.fact(v.tokens)
		}
		if fact == nil && cause == "" {
			cause = "the value is not understood"
		}
		s.putOr(fact, cause == "", cause, v.from, at...)
		for i, e := range v.each {
			if cause == "" && k.form != one && name != "subsystem" {
				s.doc.PutSource(s.path(append(slices.Clone(at), strconv.Itoa(i))...), e)
			}
		}
	}
}

// noDefault tells whether name is a keyword of every version whose default is
// not known: without sshd -T its value stays open.
func (s *sshdReading) noDefault(name string) bool { return slices.Contains(everyVersion, name) }

// emptyLists are the lists that are empty unless something is set.
var emptyLists = []string{"acceptenv", "allowusers", "denyusers", "allowgroups", "denygroups", "setenv", "hostcertificate", "subsystem"}

// everyVersion are the keywords of every version since 8.0 whose defaults depend
// on how sshd was built.
var everyVersion = append([]string{
	"ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms", "hostbasedacceptedalgorithms",
	"casignaturealgorithms", "hostkey", "ipqos", "pidfile", "xauthlocation", "versionaddendum", "hostkeyagent",
	"persourcemaxstartups", "persourcenetblocksize", "unusedconnectiontimeout", "requiredrsasize", "pubkeyauthoptions",
	"modulifile", "securitykeyprovider", "kerberosorlocalpasswd", "kerberosticketcleanup",
}, slices.Sorted(maps.Keys(parseDump(knownDefaults)))...)

// knownDefaults are defaults that upstream and its distributions share from
// OpenSSH 8.0 to 10.x, as `sshd -T` prints them (servconf.c, sshd_config(5)).
const knownDefaults = `port 22
addressfamily any
usepam no
logingracetime 120
x11displayoffset 10
maxauthtries 6
maxsessions 10
clientaliveinterval 0
clientalivecountmax 3
streamlocalbindmask 0177
permitrootlogin without-password
ignorerhosts yes
ignoreuserknownhosts no
hostbasedauthentication no
hostbasedusesnamefrompacketonly no
pubkeyauthentication yes
kerberosauthentication no
gssapiauthentication no
passwordauthentication yes
kbdinteractiveauthentication yes
printmotd yes
printlastlog yes
x11forwarding no
x11uselocalhost yes
permittty yes
permituserrc yes
strictmodes yes
tcpkeepalive yes
permitemptypasswords no
compression yes
gatewayports no
usedns no
allowtcpforwarding yes
allowagentforwarding yes
disableforwarding no
allowstreamlocalforwarding yes
streamlocalbindunlink no
fingerprinthash SHA256
exposeauthinfo no
banner none
forcecommand none
chrootdirectory none
trustedusercakeys none
revokedkeys none
authorizedprincipalsfile none
authorizedkeyscommand none
authorizedkeyscommanduser none
authorizedprincipalscommand none
authorizedprincipalscommanduser none
loglevel INFO
syslogfacility AUTH
authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2
authenticationmethods any
maxstartups 10:30:100
permittunnel no
rekeylimit 0 0
permitopen any
permitlisten any
permituserenvironment no
`
