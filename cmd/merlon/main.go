// Command merlon judges hosts and Terraform trees by hardening baselines.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Exit codes, as docs/cli.md has them.
const (
	exitClean      = 0
	exitFindings   = 1
	exitUsage      = 2
	exitIncomplete = 3
)

// An exitError ends the program with a code of its own. A nil Err says nothing:
// what there was to say has been said.
type exitError struct {
	Code int
	Err  error
}

func (e *exitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit %d", e.Code)
	}
	return e.Err.Error()
}

func (e *exitError) Unwrap() error { return e.Err }

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	app := &app{stdout: os.Stdout, stderr: os.Stderr, terminal: term.IsTerminal(int(os.Stderr.Fd()))}
	err := app.command().ExecuteContext(ctx)
	return app.exitCode(err)
}

// app is what the verbs share: the streams, the log and the global flags.
type app struct {
	stdout, stderr io.Writer
	terminal       bool // stderr is one
	log            *logrus.Logger
	verbose, quiet bool
	logFormat      string
}

func (a *app) exitCode(err error) int {
	if err == nil {
		return exitClean
	}
	var e *exitError
	if errors.As(err, &e) {
		if e.Err != nil {
			a.complain(e.Err)
		}
		return e.Code
	}
	a.complain(err)
	return exitUsage
}

func (a *app) complain(err error) {
	if a.log == nil {
		fmt.Fprintln(a.stderr, "merlon:", printable(err.Error()))
		return
	}
	a.log.Error(err)
}

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "merlon",
		Short: "Judge hosts and Terraform by hardening baselines",
		Long: `Merlon reads hosts over SSH and Terraform trees, judges them by controls
written in Rego, and says for each failure which file and line to change.

Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage, configuration
or policy error, 3 nothing failed but the scan is incomplete.`,
		Example: `  merlon scan .                        the Terraform tree here
  merlon scan local                    this machine
  merlon scan ssh://admin@web01 -o sarif=merlon.sarif
  merlon scan -i inventory.ini --limit 'web*' --sudo`,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			return a.openLog()
		},
	}
	flags := root.PersistentFlags()
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "say more: every finding, and what is being done")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "say only what went wrong")
	flags.StringVar(&a.logFormat, "log-format", "text", "form of the log on standard error: text or json")
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.AddCommand(a.scanCommand(), a.factsCommand(), a.checkCommand(), a.gateCommand(), a.mergeCommand(), a.controlsCommand(), a.fixCommand(), a.testCommand(), a.versionCommand())
	return root
}

func (a *app) openLog() error {
	log := logrus.New()
	log.SetOutput(a.stderr)
	switch a.logFormat {
	case "text":
		log.SetFormatter(cleanFormatter{&logrus.TextFormatter{
			DisableColors: !a.color(os.Stderr), ForceColors: a.color(os.Stderr), DisableTimestamp: a.terminal, FullTimestamp: true,
		}})
	case "json":
		log.SetFormatter(cleanFormatter{&logrus.JSONFormatter{}})
	default:
		return fmt.Errorf("--log-format %q: it is text or json", a.logFormat)
	}
	switch {
	case a.quiet && a.verbose:
		return errors.New("-q and -v ask for opposite things")
	case a.verbose:
		log.SetLevel(logrus.DebugLevel)
	case a.quiet:
		log.SetLevel(logrus.ErrorLevel)
	}
	a.log = log
	return nil
}

// color tells whether f may be sent colours: it is a terminal, and NO_COLOR
// (https://no-color.org) is not set.
func (a *app) color(f *os.File) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}
