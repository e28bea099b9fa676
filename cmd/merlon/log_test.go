package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"merlon/compliance"
)

// What a hostile target says must not reach a terminal as it came, colours or not.
func TestLogIsClean(t *testing.T) {
	hostile := "a\x1b]0;title\x07b\u202ec\x9bd"
	for _, f := range []logrus.Formatter{
		&logrus.TextFormatter{ForceColors: true}, &logrus.TextFormatter{DisableColors: true}, &logrus.JSONFormatter{},
	} {
		var out strings.Builder
		log := logrus.New()
		log.SetOutput(&out)
		log.SetFormatter(cleanFormatter{f})
		log.WithField("at", hostile).WithError(errors.New(hostile)).Warn(hostile)
		said := strings.NewReplacer("\x1b[33m", "", "\x1b[0m", "").Replace(out.String()) // logrus' own colours
		if strings.ContainsAny(said, "\x1b\x07\u202e\u009b") || strings.Contains(said, "\x9b") {
			t.Errorf("%T: %q", f, said)
		}
		if !strings.Contains(said, "title") {
			t.Errorf("%T lost the message: %q", f, said)
		}
	}
}

// A recorded document shows nothing of that on a terminal, and loses nothing.
func TestDocumentIsClean(t *testing.T) {
	const hostile = "a\x1b[2J\u009b31m\u202e\u2028\U000e0001\x7fz ü 漢"
	d := compliance.NewDocument(compliance.Target{Name: "t", Kind: compliance.KindHost})
	d.Put(compliance.Path{"os", "id"}, hostile, compliance.Source{})
	var out strings.Builder
	if err := writeDocument(&out, d); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\u009b\u202e\u2028\U000e0001\x7f") {
		t.Errorf("%q", out.String())
	}
	var back compliance.Document
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil {
		t.Fatal(err)
	}
	if v, _ := back.Value(compliance.Path{"os", "id"}); v != hostile {
		t.Errorf("got %q", v)
	}
}
