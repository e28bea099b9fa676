package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
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
