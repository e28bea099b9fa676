package policies

import (
	"testing"

	"merlon/compliance"
)

// TestUnknownBeneathWhatIsMissing: of what nothing is known but that something
// beneath it is unknown, it is not known whether it exists.
func TestUnknownBeneathWhatIsMissing(t *testing.T) {
	facts := map[string]any{"there": map[string]any{}}
	for _, c := range []struct {
		unknown compliance.Path
		read    pattern
		meets   bool
	}{
		{compliance.Path{"gone", "units"}, pattern{{kind: constant, text: "gone"}}, true},
		{compliance.Path{"gone", "units", "ssh"}, pattern{{kind: constant, text: "gone"}, {kind: constant, text: "units"}}, true},
		{compliance.Path{"there", "units"}, pattern{{kind: constant, text: "there"}}, false},
		{compliance.Path{"there", "units"}, pattern{{kind: constant, text: "there"}, {kind: constant, text: "units"}}, true},
		{compliance.Path{"there", "units"}, pattern{{kind: constant, text: "other"}}, false},
	} {
		var tree trie
		tree.add(&compliance.Unknown{Path: c.unknown}, facts)
		met := false
		tree.find(&read{at: c.read, parity: both}, nil, whetherMore, false, func(*compliance.Unknown) bool { met = true; return true })
		if met != c.meets {
			t.Errorf("%s unknown, read %v: met %v", c.unknown, c.read, met)
		}
	}
}
