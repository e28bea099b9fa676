package main

import (
	"fmt"

	"github.com/sirupsen/logrus"
)

// cleanFormatter keeps control characters out of the log: messages quote what
// targets, repositories and policies hold, and logrus writes them to a terminal as
// they are.
type cleanFormatter struct{ logrus.Formatter }

// Format implements [logrus.Formatter].
func (f cleanFormatter) Format(e *logrus.Entry) ([]byte, error) {
	clean := *e
	clean.Message = printable(e.Message)
	clean.Data = logrus.Fields{}
	for k, v := range e.Data {
		switch x := v.(type) {
		case string:
			v = printable(x)
		case error, fmt.Stringer:
			v = printable(fmt.Sprint(x))
		}
		clean.Data[printable(k)] = v
	}
	return f.Formatter.Format(&clean)
}
