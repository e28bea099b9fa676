package report

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"merlon/compliance"
)

// schemas says which schema holds for which format.
var schemas = map[string]string{
	"json":        "../docs/report-schema.json",
	"sarif":       "testdata/schemas/sarif-2.1.0-errata01.json",
	"gitlab":      "testdata/schemas/gitlab-sast-15.1.4.transcribed.json",
	"codequality": "testdata/schemas/gitlab-codequality.json",
}

// compiled returns a validator of each JSON format, formats such as date-time and
// uri-reference asserted.
func compiled(t testing.TB) map[string]func([]byte) error {
	t.Helper()
	out := map[string]func([]byte) error{}
	for format, file := range schemas {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if format == "json" {
			closeObjects(doc)
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource(format+".json", doc); err != nil {
			t.Fatal(err)
		}
		schema, err := c.Compile(format + ".json")
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out[format] = func(report []byte) error {
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(report))
			if err != nil {
				return err
			}
			return schema.Validate(v)
		}
	}
	return out
}

// closeObjects makes a schema refuse fields that it does not describe. Ours is
// published open, so that readers of one version take the fields of a later.
func closeObjects(v any) {
	switch x := v.(type) {
	case map[string]any:
		for _, e := range x {
			closeObjects(e)
		}
		if _, ok := x["required"].([]any); ok {
			x["additionalProperties"] = false
		}
	case []any:
		for _, e := range x {
			closeObjects(e)
		}
	}
}

func TestSchemas(t *testing.T) {
	validate := compiled(t)
	reports := map[string]*compliance.Report{
		"fixture":  fixture(),
		"large":    large(700),
		"empty":    {},
		"clean":    cleanRun(),
		"compared": compared(),
		"fleet":    fleet(20, 5),
	}
	for name, r := range reports {
		for format, valid := range validate {
			for _, group := range append(Groupings(), "") {
				if err := valid(write(t, format, r, Options{GroupBy: group})); err != nil {
					t.Errorf("%s of %s by %q: %v", format, name, group, err)
				}
			}
		}
	}
}

// The schemas must be able to refuse: a validator that takes anything proves
// nothing.
func TestSchemasRefuse(t *testing.T) {
	validate := compiled(t)
	for format, change := range map[string][2]string{
		"json":        {`"absent":true`, `"absent":true,"undescribed":1`},
		"sarif":       {`"kind":"fail"`, `"kind":"failed"`},
		"gitlab":      {`"start_time":"2026-03-01T02:00:00"`, `"start_time":"2026-03-01T02:00:00Z"`},
		"codequality": {`"severity":"blocker"`, `"severity":"high"`},
	} {
		out := string(write(t, format, fixture(), Options{}))
		broken := strings.Replace(out, change[0], change[1], 1)
		if broken == out {
			t.Fatalf("%s has no %s", format, change[0])
		}
		if validate[format]([]byte(broken)) == nil {
			t.Errorf("%s: %s was accepted", format, change[1])
		}
	}
}
