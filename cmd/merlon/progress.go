package main

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"merlon/compliance"
)

// progress shows on standard error how many targets are done. The zero value
// shows nothing.
type progress struct {
	app  *app
	bars *mpb.Progress
	bar  *mpb.Bar
}

// startProgress shows a bar for more than one target, where a person looks on.
// Until it is closed the log goes above the bar.
func (a *app) startProgress(targets int) *progress {
	if targets < 2 || !a.terminal || a.quiet {
		return &progress{}
	}
	bars := mpb.New(mpb.WithOutput(a.stderr), mpb.WithWidth(40))
	bar := bars.AddBar(int64(targets),
		mpb.PrependDecorators(decor.Name("scanning "), decor.CountersNoUnit("%d/%d")),
		mpb.AppendDecorators(decor.Elapsed(decor.ET_STYLE_MMSS)),
		mpb.BarRemoveOnComplete())
	a.log.SetOutput(bars)
	return &progress{app: a, bars: bars, bar: bar}
}

// Done counts one target.
func (p *progress) Done(compliance.Target, error) {
	if p.bar != nil {
		p.bar.Increment()
	}
}

func (p *progress) close() {
	if p.bars == nil {
		return
	}
	p.bar.Abort(true)
	p.bars.Wait()
	p.app.log.SetOutput(p.app.stderr)
}

// prompt returns how a passphrase is asked for: on the terminal, one at a time;
// nil where there is none.
func (a *app) prompt() func(string) ([]byte, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	if err := tty.Close(); err != nil {
		return nil
	}
	var mu sync.Mutex
	return func(question string) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		defer tty.Close()
		if _, err := fmt.Fprint(tty, printable(question)); err != nil {
			return nil, err
		}
		answer, err := term.ReadPassword(int(tty.Fd()))
		_, newline := fmt.Fprintln(tty)
		return answer, errors.Join(err, newline)
	}
}
