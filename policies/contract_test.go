package policies

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"merlon/compliance"
)

const header = `# METADATA
# title: T
# description: D
# custom:
#   id: TST0001
#   severity: low
#   remediation: R
package policies.host.test.one

import future.keywords.not

`

// one compiles a single control.
func one(t *testing.T, rego string) (*Set, *rule) {
	t.Helper()
	s, errs := fromSource(fstest.MapFS{"one.rego": {Data: []byte(header + rego)}})
	for _, err := range errs {
		t.Fatal(err)
	}
	return s, s.rules[0]
}

// in makes a document of fixture notation.
func in(facts map[string]any) *compliance.Document {
	w := world{name: "test", kind: compliance.KindHost}
	w.facts, _ = w.strip(facts, nil).(map[string]any)
	return w.document()
}

func states(t *testing.T, s *Set, d *compliance.Document) map[string]compliance.State {
	t.Helper()
	found, errs := s.Evaluate(context.Background(), d)
	for _, err := range errs {
		t.Error(err)
	}
	out := map[string]compliance.State{}
	for _, f := range found {
		if f.State != compliance.NotApplicable {
			out[f.Subject.String()] = f.State
		}
	}
	return out
}

type m = map[string]any
type l = []any

var unknown = m{"$unknown": "test"}

const firewall = `subject contains ["host"] if input.host.network == true
fail contains {"subject": ["host"], "path": ["nft"], "want": "an input policy that drops"} if { input.host.network; not denies }
denies if { some t in input.nft.tables; some c in t.chains; c.policy == "drop" }
denies if { input.ufw.active == true; input.ufw.incoming == "deny" }
`

const contained = `subject contains ["host"] if { input.host.network == true; not input.os.container == true }
fail contains {"path": ["host", "network"]} if input.host.network == 7
`

const group = `subject contains ["group", a] if some a, _ in input.group
fail contains {"path": ["group", a, "rule", i, k, j]} if {
	some a, g in input.group
	some i, r in g.rule
	covers(r, 22)
	some k in ["v4", "v6"]
	some j, range in r[k]
	range in {"0.0.0.0/0", "::/0"}
}
covers(r, port) if { r.from <= port; port <= r.to }
covers(r, _) if r.protocol == "all"
`

const joined = `subject contains ["bucket", a] if some a, _ in input.bucket
fail contains {"path": ["bucket", a], "want": "a block"} if {
	some a, _ in input.bucket
	not a in blocked
}
blocked contains a if {
	some p, b in input.block
	b.all == true
	some a in input.references.block[p].bucket
}
`

const watch = `subject contains ["audit"] if input.audit
fail contains {"path": ["audit", "rules"], "want": call} if {
	some call in ["adjtimex", "settimeofday"]
	input.audit
	not watched(call)
}
watched(call) if { some r in input.audit.rules; r.action == "always"; call in r.calls }
`

const first = `subject contains ["db", a] if some a, _ in input.db
fail contains {"path": ["db", a, "settings", 0, "ssl"], "want": true} if {
	some a, d in input.db
	not d.settings[0].ssl == true
}
`

const everyone = `subject contains ["g"] if input.g
fail contains {"path": ["g", "ports"], "want": "all above 1023"} if {
	input.g.ports
	not high
}
high if { every p in input.g.ports { p > 1023 } }
`

const counted = `subject contains ["g"] if input.g
fail contains {"path": ["g", "names"], "want": "at most one"} if count(input.g.names) > 1
`

const powers = `subject contains ["role", a] if some a, _ in input.role
fail contains {"path": ["role", a, "statement", i], "want": "less"} if {
	some a, r in input.role
	some i, s in r.statement
	mighty(s)
	not a in bounded
}
mighty(s) if { s.effect == "allow"; everything(s) }
everything(s) if { "*" in s.action; "*" in s.resource }
everything(s) if { kind(s) == "admin"; s.effect != "deny" }
kind(s) := k if k := lower(s.kind)
bounded contains a if some a in input.boundary
`

const paired = `subject contains ["bucket", a] if some a, _ in input.bucket
fail contains {"path": ["bucket", a], "want": "a closed block"} if {
	some [a, p] in pairs
	input.block[p].open == true
}
pairs contains [a, p] if {
	some p, _ in input.block
	some a in input.references.block[p].bucket
}
`

const twoWays = `subject contains ["g"] if input.g
fail contains {"path": ["g", "open"]} if { input.g.open == true; not input.g.allowed }
fail contains {"path": ["g", "open"]} if { input.g.open == true; input.g.public == true }
`

func TestVerdicts(t *testing.T) {
	for _, tc := range []struct {
		name, rego string
		facts      m
		want       map[string]compliance.State
	}{
		{"what denies is known, the rest is not", firewall,
			m{"host": m{"network": true}, "nft": unknown, "ufw": m{"active": true, "incoming": "deny"}}, map[string]compliance.State{"host": "pass"}},
		{"nothing known denies", firewall,
			m{"host": m{"network": true}, "nft": unknown, "ufw": m{"active": false}}, map[string]compliance.State{"host": "unknown"}},
		{"nothing denies", firewall,
			m{"host": m{"network": true}, "nft": m{"tables": l{m{"chains": l{m{"policy": "accept"}}}}}}, map[string]compliance.State{"host": "fail"}},
		{"a table was left out", firewall,
			m{"host": m{"network": true}, "nft": m{"tables": l{unknown, m{"chains": l{m{"policy": "accept"}}}}}}, map[string]compliance.State{"host": "unknown"}},
		{"a table was left out, another denies", firewall,
			m{"host": m{"network": true}, "nft": m{"tables": l{unknown, m{"chains": l{m{"policy": "drop"}}}}}}, map[string]compliance.State{"host": "pass"}},
		{"whether it applies is unknown, and it is no server", contained, m{"os": m{"container": true}, "host": m{"network": unknown}}, nil},
		{"whether it applies is unknown, and so is what it is", contained, m{"os": m{"container": unknown}, "host": m{"network": unknown}}, map[string]compliance.State{"host": "unknown"}},
		{"whether it applies is unknown on a server", contained, m{"os": m{"container": false}, "host": m{"network": unknown}}, map[string]compliance.State{"host": "unknown"}},
		{"whether it applies is unknown", firewall, m{"host": m{"network": unknown}}, map[string]compliance.State{"host": "unknown"}},
		{"it does not apply", firewall, m{"host": m{"network": false}}, map[string]compliance.State{}},

		{"open beside an unknown range", group,
			m{"group": m{"a": m{"rule": l{m{"from": 1, "to": 99, "v4": l{unknown, "0.0.0.0/0"}}}}}}, map[string]compliance.State{"group/a": "fail"}},
		{"an unknown range", group,
			m{"group": m{"a": m{"rule": l{m{"from": 1, "to": 99, "v4": l{unknown, "10.0.0.0/8"}}}}}}, map[string]compliance.State{"group/a": "unknown"}},
		{"an unknown description never matters", group,
			m{"group": m{"a": m{"description": unknown, "rule": l{m{"description": unknown, "from": 1, "to": 99, "v4": l{"10.0.0.0/8"}}}}}},
			map[string]compliance.State{"group/a": "pass"}},
		{"an unknown port, though the range is closed", group,
			m{"group": m{"a": m{"rule": l{m{"from": unknown, "to": 99, "v4": l{"0.0.0.0/0"}}}}}}, map[string]compliance.State{"group/a": "unknown"}},
		{"an unknown range behind a known port", group,
			m{"group": m{"a": m{"rule": l{m{"from": 443, "to": 443, "v4": l{unknown}}}}}}, map[string]compliance.State{"group/a": "pass"}},
		{"an unknown port before a closed range", group,
			m{"group": m{"a": m{"rule": l{m{"from": unknown, "to": 99, "v4": l{"10.0.0.0/8"}}}}}}, map[string]compliance.State{"group/a": "pass"}},
		{"each rule's unknown is its own", group,
			m{"group": m{"a": m{"rule": l{m{"from": 443, "to": 443, "v4": unknown}, m{"from": unknown, "to": 99, "v4": l{"10.0.0.0/8"}}, m{"from": 22, "to": 22, "v4": l{"10.0.0.0/8"}}}}}},
			map[string]compliance.State{"group/a": "pass"}},
		{"each group's unknown is its own", group,
			m{"group": m{"a": m{"rule": l{m{"from": 443, "to": 443, "v4": unknown}}}, "b": m{"rule": l{m{"from": unknown, "to": 22, "v4": l{"0.0.0.0/0"}}}}}},
			map[string]compliance.State{"group/a": "pass", "group/b": "unknown"}},
		{"two unknowns of one rule", group,
			m{"group": m{"a": m{"rule": l{m{"from": unknown, "to": 99, "v4": unknown}}}}}, map[string]compliance.State{"group/a": "unknown"}},
		{"a rule of which nothing is known", group,
			m{"group": m{"a": m{"rule": l{unknown, m{"from": 443, "to": 443, "v4": l{"0.0.0.0/0"}}}}}}, map[string]compliance.State{"group/a": "unknown"}},
		{"an unknown protocol, which could cover every port", group,
			m{"group": m{"a": m{"rule": l{m{"from": 443, "to": 443, "protocol": unknown, "v4": l{"0.0.0.0/0"}}}}}}, map[string]compliance.State{"group/a": "unknown"}},
		{"an unknown protocol before a closed range", group,
			m{"group": m{"a": m{"rule": l{m{"from": 443, "to": 443, "protocol": unknown, "v4": l{"10.0.0.0/8"}}}}}}, map[string]compliance.State{"group/a": "pass"}},
		{"another group's unknown", group,
			m{"group": m{"a": m{"rule": l{}}, "b": unknown}}, map[string]compliance.State{"group/a": "pass", "group/b": "unknown"}},
		{"groups that nobody could list", group,
			m{"group": m{"a": m{"rule": l{}}, "?": unknown}}, map[string]compliance.State{"group/a": "pass", "group/?": "unknown"}},
		{"the whole section unknown", group, m{"group": unknown}, map[string]compliance.State{"group/?": "unknown"}},

		{"joined", joined,
			m{"bucket": m{"a": m{}, "b": m{}}, "block": m{"p": m{"all": true}}, "references": m{"block": m{"p": m{"bucket": l{"a"}}}}},
			map[string]compliance.State{"bucket/a": "pass", "bucket/b": "fail"}},
		{"a link to nobody knows what", joined,
			m{"bucket": m{"b": m{}}, "block": m{"p": m{"all": true}}, "references": m{"block": m{"p": m{"bucket": l{unknown}}}}},
			map[string]compliance.State{"bucket/b": "unknown"}},
		{"a companion that may not exist", joined,
			m{"bucket": m{"a": m{}}, "block": m{"p": m{"all": true, "$maybe": "count"}}, "references": m{"block": m{"p": m{"bucket": l{"a"}}}}},
			map[string]compliance.State{"bucket/a": "unknown"}},
		{"handed to a module that was not read", joined,
			m{"bucket": m{"a": m{}, "b": m{}}, "referrers": m{"bucket": m{"a": m{"?": unknown}}}}, map[string]compliance.State{"bucket/a": "unknown", "bucket/b": "fail"}},
		{"handed to a module, but its own facts decide", group,
			m{"group": m{"a": m{"rule": l{m{"from": 1, "to": 99, "v4": l{"0.0.0.0/0"}}}}}, "referrers": m{"group": m{"a": m{"?": unknown}}}},
			map[string]compliance.State{"group/a": "fail"}},
		{"a subject that may not exist is judged", joined,
			m{"bucket": m{"a": m{"$maybe": "count"}}}, map[string]compliance.State{"bucket/a": "fail"}},

		{"merged lists", watch, m{"audit": m{"rules": l{m{"action": "always", "calls": l{"adjtimex"}}, m{"action": "always", "calls": l{"settimeofday"}}}}},
			map[string]compliance.State{"audit": "pass"}},
		{"a rule left out, all there nevertheless", watch, m{"audit": m{"rules": l{unknown, m{"action": "always", "calls": l{"adjtimex", "settimeofday"}}}}},
			map[string]compliance.State{"audit": "pass"}},
		{"a rule left out, one missing", watch, m{"audit": m{"rules": l{unknown, m{"action": "always", "calls": l{"adjtimex"}}}}},
			map[string]compliance.State{"audit": "unknown"}},

		{"an element left out before a constant index", first, m{"db": m{"a": m{"settings": l{unknown, m{"ssl": true}}}}},
			map[string]compliance.State{"db/a": "unknown"}},
		{"an element left out, and the other is wrong", first, m{"db": m{"a": m{"settings": l{unknown, m{"ssl": false}}}}},
			map[string]compliance.State{"db/a": "unknown"}},

		{"one clause is in doubt, another is certain", twoWays, m{"g": m{"open": true, "public": true, "allowed": unknown}},
			map[string]compliance.State{"g": "fail"}},
		{"the clause that fails is in doubt", twoWays, m{"g": m{"open": true, "public": false, "allowed": unknown}},
			map[string]compliance.State{"g": "unknown"}},
		{"every, all good", everyone, m{"g": m{"ports": l{2000}}}, map[string]compliance.State{"g": "pass"}},
		{"every, one unknown, the others good", everyone, m{"g": m{"ports": l{2000, unknown}}}, map[string]compliance.State{"g": "unknown"}},
		{"every, one unknown, another bad", everyone, m{"g": m{"ports": l{80, unknown}}}, map[string]compliance.State{"g": "fail"}},
		{"within a function, what is known rules the failure out", powers, m{"role": m{"a": m{"statement": l{m{"effect": "allow", "action": l{"logs:Put"}, "resource": unknown}}}}},
			map[string]compliance.State{"role/a": "pass"}},
		{"within a function, what is known does not", powers, m{"role": m{"a": m{"statement": l{m{"effect": "allow", "action": l{"*"}, "resource": unknown}}}}},
			map[string]compliance.State{"role/a": "unknown"}},
		{"within a function, another of its rules might hold", powers, m{"role": m{"a": m{"statement": l{m{"effect": "allow", "action": l{"logs:Put"}, "resource": unknown, "kind": unknown}}}}},
			map[string]compliance.State{"role/a": "unknown"}},
		{"within a function's value", powers, m{"role": m{"a": m{"statement": l{m{"effect": unknown, "kind": "guest"}}}, "b": m{"statement": l{m{"effect": unknown, "kind": "ADMIN"}}}}},
			map[string]compliance.State{"role/a": "pass", "role/b": "unknown"}},
		{"what lets off is unknown", powers, m{"role": m{"a": m{"statement": l{m{"effect": "allow", "kind": "admin"}}}}, "boundary": l{unknown}},
			map[string]compliance.State{"role/a": "unknown"}},
		{"pairs taken apart", paired, m{"bucket": m{"a": m{}, "b": m{}}, "block": m{"p": m{"open": true}, "q": m{"open": false}}, "references": m{"block": m{"p": m{"bucket": l{"a"}}, "q": m{"bucket": l{"b"}}}}},
			map[string]compliance.State{"bucket/a": "fail", "bucket/b": "pass"}},
		{"a pair of which one is unknown", paired, m{"bucket": m{"a": m{}, "b": m{}}, "block": m{"p": m{"open": true}}, "references": m{"block": m{"p": m{"bucket": l{unknown}}}}},
			map[string]compliance.State{"bucket/a": "unknown", "bucket/b": "unknown"}},
		{"a pair that does not matter whoever it is", paired, m{"bucket": m{"a": m{}}, "block": m{"p": m{"open": false}}, "references": m{"block": m{"p": m{"bucket": l{unknown}}}}},
			map[string]compliance.State{"bucket/a": "pass"}},
		{"a pair's other side is unknown", paired, m{"bucket": m{"a": m{}, "b": m{}}, "block": m{"p": m{"open": unknown}}, "references": m{"block": m{"p": m{"bucket": l{"a"}}}}},
			map[string]compliance.State{"bucket/a": "unknown", "bucket/b": "pass"}},
		{"count, part known", counted, m{"g": m{"names": l{"a", "b", unknown}}}, map[string]compliance.State{"g": "unknown"}},
		{"count, all known", counted, m{"g": m{"names": l{"a", "b"}}}, map[string]compliance.State{"g": "fail"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, _ := one(t, tc.rego)
			if got := states(t, s, in(tc.facts)); !maps.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	subject := `subject contains ["a"] if input.a` + "\n"
	for _, tc := range []struct{ name, rego, want string }{
		{"no subject", `fail contains {"path": ["a"]} if input.a`, "no rule `subject contains"},
		{"no fail", subject, "no rule `fail contains"},
		{"pass", subject + `fail contains {"path": ["a"]} if input.a` + "\npass contains 1 if input.a", "no pass"},
		{"varying section", subject + `fail contains {"path": ["a"]} if { some x; input[x] == 1 }`, "the section must be a constant"},
		{"whole input", subject + `fail contains {"path": ["a"]} if count(input) > 1`, "`input` as a whole"},
		{"with", subject + `fail contains {"path": ["a"]} if { input.a with input as {"a": 1} }`, "`with` is not allowed"},
		{"default", subject + `fail contains {"path": ["a"]} if { x }` + "\ndefault x := false\nx if input.a", "`default` and `else`"},
		{"else", subject + `fail contains {"path": ["a"]} if { x }` + "\nx if input.a.b\nelse := 1 if input.a", "`default` and `else`"},
		{"walk", subject + `fail contains {"path": ["a"]} if { walk(input.a, [_, 1]) }`, "walk"},
		{"object.get", subject + `fail contains {"path": ["a"]} if { object.get(input.a, "b", 1) == 1 }`, "object.get"},
		{"http.send", subject + `fail contains {"path": ["a"]} if { http.send({"url": "http://127.0.0.1", "method": "get"}).status_code == 200 }`, "http.send"},
		{"net lookup", subject + `fail contains {"path": ["a"]} if { net.lookup_ip_addr("localhost") }`, "net.lookup_ip_addr"},
		{"runtime", subject + `fail contains {"path": ["a"]} if { opa.runtime().env.HOME }`, "opa.runtime"},
		{"clock", subject + `fail contains {"path": ["a"]} if { time.now_ns() > input.a }`, "time.now_ns"},
		{"object rule", subject + `fail contains {"path": ["a"]} if { x.b }` + "\nx[k] := v if some k, v in input.a", "makes an object"},
		{"varying look-up", subject + `fail contains {"path": ["a"]} if { some k in input.a; set[k] }` + "\nset contains x if some x in input.b", "write `k in set`"},
		{"read in a head", subject + `fail contains {"path": ["a"], "want": input.b} if input.a`, "in a head"},
		{"path that is no list", subject + `fail contains {"path": concat("/", ["a"])} if input.a`, "path must be a literal list"},
		{"no path", subject + `fail contains {"want": 1} if input.a`, "needs a path"},
		{"unknown field", subject + `fail contains {"path": ["a"], "message": "x"} if input.a`, "not \"message\""},
		{"path without subject", subject + `fail contains {"path": ["b", "c"]} if input.b.c`, "begins with no subject"},
		{"undeclared parameter", subject + `fail contains {"path": ["a"]} if input.a > data.parameters.most`, "data.parameters.most is not declared"},
		{"unknown rule", subject + `fail contains {"path": ["a"]} if data.elsewhere.x`, "no rule, parameter or table"},
		{"taken apart", subject + `fail contains {"path": ["a"]} if { [x, _] = input.a; x == 1 }`, "is taken apart"},
		{"references without type", subject + `fail contains {"path": ["a"]} if { some t; input.references[t].b }`, "must be a constant"},
		{"syntax", subject + "fail contains {", "unexpected"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, errs := fromSource(fstest.MapFS{"one.rego": {Data: []byte(header + tc.rego)}})
			if !slices.ContainsFunc(errs, func(err error) bool {
				return strings.Contains(err.Error(), tc.want) && strings.HasPrefix(err.Error(), "one.rego:")
			}) {
				t.Errorf("want an error of one.rego with %q, got %v", tc.want, errs)
			}
		})
	}
}

func TestRefusedWithoutNot(t *testing.T) {
	src := strings.Replace(header, "import future.keywords.not\n", "", 1) + "subject contains [\"a\"] if input.a\nfail contains {\"path\": [\"a\"]} if not input.a >= 14\n"
	_, errs := fromSource(fstest.MapFS{"one.rego": {Data: []byte(src)}})
	if len(errs) == 0 || !strings.Contains(errs[0].Error(), "import future.keywords.not") {
		t.Errorf("got %v", errs)
	}
}

func TestMetadataRefused(t *testing.T) {
	body := "subject contains [\"a\"] if input.a\nfail contains {\"path\": [\"a\"]} if input.a\n"
	for name, tc := range map[string]struct{ old, new, want string }{
		"no id":         {"#   id: TST0001\n", "", "is no id"},
		"bad id":        {"TST0001", "one", "is no id"},
		"no severity":   {"#   severity: low\n", "", "severity"},
		"bad severity":  {"low", "terrible", "terrible"},
		"no title":      {"# title: T\n", "", "title"},
		"no remedy":     {"#   remediation: R\n", "", "remediation"},
		"misspelt key":  {"severity: low", "severity: low\n#   remedy: x", "remedy"},
		"wrong package": {"policies.host.test.one", "rules.one", "no place for a control"},
		"no metadata":   {"# METADATA", "# metadata", "no METADATA"},
	} {
		t.Run(name, func(t *testing.T) {
			src := strings.Replace(header, tc.old, tc.new, 1) + body
			_, errs := fromSource(fstest.MapFS{"one.rego": {Data: []byte(src)}})
			if len(errs) == 0 || !strings.Contains(errs[0].Error(), tc.want) {
				t.Errorf("want %q, got %v", tc.want, errs)
			}
		})
	}
}

// A mistake in one of the user's policies must not cost the others.
func TestUserPolicies(t *testing.T) {
	dir := t.TempDir()
	write := func(name, src string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	body := "subject contains [\"a\"] if input.a\nfail contains {\"path\": [\"a\"]} if input.a == 1\n"
	write("good.rego", header+body)
	write("bad.rego", strings.NewReplacer("one", "two", "0001", "0002").Replace(header)+body+"oops")
	write("same.rego", strings.Replace(header, "one", "three", 1)+body)
	write("type.rego", strings.NewReplacer("one", "four", "0001", "0004").Replace(header)+body+"x if lower(1, 2, 3)\n")
	s, errs := Load(Options{Dirs: []string{dir}, Controls: []string{"TST0001"}})
	if len(errs) != 3 {
		t.Errorf("want three errors, got %v", errs)
	}
	for _, err := range errs {
		if !strings.Contains(err.Error(), dir) {
			t.Errorf("%v does not name the file", err)
		}
	}
	if got := states(t, s, in(m{"a": 1})); got["a"] != compliance.Fail {
		t.Errorf("the good control gives %v", got)
	}
}

func TestSelection(t *testing.T) {
	for _, pattern := range []string{"SSH0001", "host/sshd/root_login", "host/sshd/root_*"} {
		s, errs := Load(Options{Controls: []string{pattern}})
		if len(errs) > 0 || len(s.Controls()) != 1 {
			t.Errorf("%s: %v, %v", pattern, s.Controls(), errs)
		}
	}
	_, errs := Load(Options{Controls: []string{"SSH9999"}})
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "SSH9999") {
		t.Errorf("got %v", errs)
	}
	_, errs = Load(Options{Baseline: "nonesuch"})
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "default") {
		t.Errorf("got %v", errs)
	}
}

// A rule that does not end is unknown, and says so.
func TestTimeLimit(t *testing.T) {
	s, _ := one(t, `subject contains ["a"] if input.a
fail contains {"path": ["a", "slow"]} if { some x in input.a; some y in input.a; some z in input.a; some w in input.a; x + y + z + w < 0 }`)
	s.limit = 50 * time.Millisecond
	var long l
	for i := range 1000 {
		long = append(long, i)
	}
	found, errs := s.Evaluate(context.Background(), in(m{"a": long}))
	if len(errs) != 1 || len(found) != 1 || found[0].State != compliance.Unsure || found[0].Unknown.Deferred {
		t.Errorf("got %+v, %v", found, errs)
	}
}

// A rule that trips the evaluator is unknown, with an error, and the next is judged.
func TestTrippedRule(t *testing.T) {
	s, _ := one(t, `subject contains ["a"] if input.a
fail contains {"path": ["a"]} if { some x in input.a; x == 1 }`)
	found, errs := s.Evaluate(context.Background(), in(m{"a": m{"b": make(chan int)}}))
	if len(errs) != 1 || len(found) != 1 || found[0].State != compliance.Unsure {
		t.Errorf("got %+v, %v", found, errs)
	}
}

// What was not gathered is unknown, and never silently not applicable.
func TestNotGathered(t *testing.T) {
	s, _ := one(t, `subject contains ["a"] if input.a
fail contains {"path": ["a"]} if input.a == 1`)
	d := in(m{"b": 1})
	d.Sections = []string{"b"}
	if got := states(t, s, d); got["a"] != compliance.Unsure {
		t.Errorf("got %v", got)
	}
}

func TestAllowedBuiltins(t *testing.T) {
	known := map[string]*ast.Builtin{}
	for _, b := range ast.CapabilitiesForThisVersion().Builtins {
		known[b.Name] = b
	}
	for _, name := range allowed {
		b, ok := known[name]
		if !ok {
			t.Errorf("%s is no built-in", name)
			continue
		}
		if b.Nondeterministic {
			t.Errorf("%s depends on more than its arguments", name)
		}
	}
	if n := len(capabilities().Builtins); n != len(allowed) {
		t.Errorf("%d built-ins are enabled, %d are listed", n, len(allowed))
	}
}

// The fuzz must be able to fail: verdicts that a doubt does not cover are found.
func TestContradiction(t *testing.T) {
	type states = map[string]compliance.State
	for _, tc := range []struct {
		name           string
		doubtful, real states
		want           int
	}{
		{"same", states{"a": "pass"}, states{"a": "pass"}, 0},
		{"unknown covers", states{"a": "unknown"}, states{"a": "fail"}, 0},
		{"pass that fails", states{"a": "pass"}, states{"a": "fail"}, 1},
		{"fail that passes", states{"a": "fail"}, states{"a": "pass"}, 1},
		{"silently not judged", states{}, states{"a": "pass"}, 1},
		{"covered by a wildcard", states{"s/?": "unknown"}, states{"s/x": "fail"}, 0},
		{"judged, yet does not apply", states{"a": "pass"}, states{}, 1},
	} {
		x := &tester{}
		x.contradiction("f", "d", "v", tc.doubtful, tc.real)
		if len(x.result.Problems) != tc.want {
			t.Errorf("%s: %v", tc.name, x.result.Problems)
		}
	}
}

// With the parity taken away, the fuzz finds the contradictions that it guards
// against: `merlon test` would notice a mistake in the analysis.
func TestFuzzFindsUnsoundAnalysis(t *testing.T) {
	_, r := one(t, group)
	for _, c := range r.fail {
		for _, x := range c.reads {
			x.even, x.odd, x.deep = false, false, false
		}
	}
	w := world{name: "w", rule: r, kind: compliance.KindHost, facts: m{"group": m{"a": m{"rule": l{m{"from": 1, "to": 99, "v4": l{"0.0.0.0/0"}}}}}}}
	x := &tester{rule: r, pool: map[string][]any{}}
	x.fuzz(context.Background(), w)
	if len(x.result.Problems) == 0 {
		t.Error("an analysis that reads nothing went unnoticed")
	}
}

// big makes n groups, of which every third has unknowns, and buckets with blocks.
func big(n int) *compliance.Document {
	w := world{name: "big", kind: compliance.KindHost}
	groups, buckets, blocks, refs := m{}, m{}, m{}, m{}
	for i := range n {
		g := m{"rule": l{m{"from": 0, "to": 100 + i%2, "v4": l{"10.0.0.0/8", "192.168.0.0/16"}}}, "name": fmt.Sprint(i)}
		if i%3 == 0 {
			g["description"] = unknown
			g["rule"] = l{m{"from": 0, "to": 9, "v4": l{unknown, "10.0.0.0/8"}}}
		}
		name := fmt.Sprintf("b.%d", i)
		groups[fmt.Sprintf("g.%d", i)] = g
		buckets[name] = m{"bucket": name, "arn": unknown}
		blocks[fmt.Sprintf("p.%d", i)] = m{"all": i%2 == 0, "id": unknown}
		refs[fmt.Sprintf("p.%d", i)] = m{"bucket": l{name}}
	}
	w.facts, _ = w.strip(m{"group": groups, "bucket": buckets, "block": blocks, "references": m{"block": refs}}, nil).(m)
	return w.document()
}

// BenchmarkJudge gives verdicts on 10,000 resources with thousands of unknowns;
// its floor is the evaluation of the same rule alone.
func BenchmarkJudge(b *testing.B) {
	for name, rego := range map[string]string{"condition": group, "join": joined} {
		s, errs := fromSource(fstest.MapFS{"one.rego": {Data: []byte(header + rego)}})
		if len(errs) > 0 {
			b.Fatal(errs)
		}
		f := newFacts(big(5000))
		r := s.rules[0]
		b.Run(name+"/floor", func(b *testing.B) {
			for b.Loop() {
				if _, _, err := r.eval(context.Background(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/judge", func(b *testing.B) {
			for b.Loop() {
				if _, err := r.judge(context.Background(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A resource that may not come to exist is judged as if it did, by its own
// references too; for others it casts doubt.
func TestConditionalSubjectHasItsReferences(t *testing.T) {
	src := strings.Replace(header, "policies.host.test", "policies.terraform.test", 1) + `subject contains ["db", a] if some a, _ in input.db
fail contains {"path": ["db", a, "subnet"]} if {
	some a, _ in input.db
	some s in input.references.db[a].subnet
	input.subnet[s].public == true
}
`
	s, errs := fromSource(fstest.MapFS{"one.rego": {Data: []byte(src)}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	d := in(m{"db": m{"d": m{"$maybe": "count"}}, "subnet": m{"s": m{"public": true}}, "references": m{"db": m{"d": m{"subnet": l{"s"}}}}})
	d.Target.Kind = compliance.KindTerraform
	found, errs := s.Evaluate(context.Background(), d)
	if len(errs) > 0 || len(found) != 1 || found[0].State != compliance.Fail || !found[0].Conditional {
		t.Errorf("got %+v, %v", found, errs)
	}
}
