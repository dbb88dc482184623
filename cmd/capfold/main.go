// Command capfold folds packet captures into warehouse-ready tables.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes. A run that a signal ends has that of a shell, 128 and the signal's number.
const (
	exitFailed      = 1 // nothing was written
	exitUsage       = 2
	exitDamaged     = 3 // --strict, and damage was found; results were written
	exitInterrupted = 128 + int(syscall.SIGINT)
)

const exitCodes = `Exit codes: 0 done, 1 failed and nothing written, 2 usage, 3 damage found with --strict and
results written, 130 interrupted and nothing written.`

// errDamaged is returned by a strict run that found damage and wrote its results.
var errDamaged = errors.New("damage found")

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func main() {
	runtime.MemProfileRate = 0 // --memprofile sets it again
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes the command line and returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	stop := a.onSignal(cancel)
	defer stop()

	root := newRoot(a)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	a.cleanUp()
	var (
		usage     usageError
		signalled signalError
	)
	switch {
	case err == nil:
		return 0
	case errors.As(context.Cause(ctx), &signalled):
		fmt.Fprintln(stderr, "capfold:", signalled)
		return signalled.exitCode()
	case errors.Is(err, errDamaged):
		printError(stderr, err)
		return exitDamaged
	case errors.As(err, &usage):
		printError(stderr, err)
		fmt.Fprintf(stderr, "See '%s --help'.\n", cmd.CommandPath())
		return exitUsage
	default:
		printError(stderr, err)
		return exitFailed
	}
}

// printError prints the error, each part of a joined one on its own line.
func printError(w io.Writer, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			printError(w, e)
		}
		return
	}
	fmt.Fprintln(w, "capfold:", printable(err.Error()))
}

// app is what the commands share.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	mu       sync.Mutex
	cleanups []func()
	done     bool // the result is in place
}

// onExit registers what must happen before the process ends, however it ends.
func (a *app) onExit(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cleanups = append(a.cleanups, f)
}

func (a *app) cleanUp() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range a.cleanups {
		f()
	}
	a.cleanups = nil
}

// commit puts a result in its place by put, unless the run has been ended. What ends the
// run waits for it, so that a result is there whole or not at all.
func (a *app) commit(ctx context.Context, put func() error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	err := put()
	a.done = err == nil
	return err
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "capfold",
		Short: "Fold packet captures into warehouse-ready tables",
		Long: "capfold folds packet captures into warehouse-ready tables: who sent how much, from which\n" +
			"ports, over which protocols, at what times. Exactly, on every core, in one pass.\n\n" + exitCodes,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	useGroups(root)
	root.AddCommand(newAnalyze(a), newReport(a), newTables(a), newSynth(a), newVersion(a))
	return root
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		if !cmd.HasParent() {
			return usagef("unknown command %q", args[0])
		}
		return usagef("%s takes no arguments, but there is %q", cmd.Name(), args[0])
	}
	return nil
}
