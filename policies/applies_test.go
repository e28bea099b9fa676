package policies

import (
	"context"
	"slices"
	"testing"
)

// TestReason: the fact that keeps a control from applying is named.
func TestReason(t *testing.T) {
	box := m{"boxes": m{"a": m{"size": 3, "kind": "tin"}}, "os": m{"container": false, "id": "debian"}}
	for name, c := range map[string]struct {
		rule  string
		facts m
		want  string
	}{
		"a truth":     {`input.os.container == true`, box, "os/container is false"},
		"a negation":  {`input.boxes; not input.os.id == "debian"`, box, "os/id is debian"},
		"absent":      {`input.lids.b`, box, "lids/b is not there"},
		"a number":    {`input.boxes.a.size >= 5`, box, "boxes/a/size is 3"},
		"a choice":    {`input.boxes.a.kind in ["wood", "iron"]`, box, "boxes/a/kind is tin"},
		"a variable":  {`kind := "a"; box := input.boxes[kind]; box.size < 2`, box, "boxes/a/size is 3"},
		"a loop":      {`some _, box in input.boxes; box.size == 9`, box, "nothing in boxes that this control judges"},
		"empty":       {`some _ in input.lids`, box, "lids is not there"},
		"a helper":    {`helper`, box, "boxes/a/kind is tin"},
		"unknown":     {`input.boxes.a.lid; input.boxes.a.size == 1`, m{"boxes": m{"a": m{"size": 3, "lid": unknown}}}, "boxes/a/size is 3"},
		"not decided": {`count(input.boxes) == 7`, box, "no x here that this control judges"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := one(t, `subject contains ["x"] if { `+c.rule+` }
fail contains {"path": ["x"]} if input.x
helper if input.boxes.a.kind == "wood"
helper if input.boxes.a.kind == "iron"`)
			found, errs := s.Evaluate(context.Background(), in(c.facts))
			if len(errs) > 0 || len(found) != 1 || found[0].Message != c.want {
				t.Errorf("got %+v, %v", found, errs)
			}
		})
	}
}

// Where there is no one fact: one of several lists, or text that is compared.
var withoutReason = []string{"host/banners/text", "host/files/public_host_keys", "host/kernel/layered", "host/packages/end_of_life", "host/time/sources", "host/time/starts", "host/updates/dnf_automatic"}

// TestReasons: of nearly every host control that does not apply the fact is named.
func TestReasons(t *testing.T) {
	s, errs := forTest("host")
	for _, err := range errs {
		t.Fatal(err)
	}
	told := 0
	for _, r := range s.rules {
		fixtures, err := readFixtures(r.fsys, "host", r.file)
		if err != nil {
			t.Fatal(err)
		}
		test := tester{set: s, rule: r}
		for _, x := range fixtures {
			if len(x.Expect) > 0 || len(x.Parameters) > 0 {
				continue
			}
			w, err := test.world(t.Context(), x)
			if err != nil {
				t.Fatal(err)
			}
			keys := r.keys
			if keys == nil {
				keys = []string{""}
			}
			for _, key := range keys {
				if why, _ := r.reason(newFacts(w.document()), key); why != "" {
					told++
				} else if !slices.Contains(withoutReason, r.policy) {
					t.Errorf("%s %s: %s: no reason", r.policy, key, x.Name)
				}
			}
		}
	}
	if told < 300 {
		t.Errorf("only %d reasons were told", told)
	}
}
