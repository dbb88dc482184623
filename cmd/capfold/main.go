// Command capfold folds packet captures into warehouse-ready tables.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitFailed      = 1 // nothing was written
	exitUsage       = 2
	exitDamaged     = 3 // --strict, and damage was found; results were written
	exitInterrupted = 130
)

// errInterrupted is the cause of a context that a signal has ended.
var errInterrupted = errors.New("interrupted")

// errDamaged is returned by a strict run that found damage and wrote its results.
var errDamaged = errors.New("damage found")

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// gcPercent keeps the heap close to what is in use. It costs little, since nearly all of
// it is tables without pointers, which the collector does not look into; measured on 3
// and 10 million packets: a third less memory, a tenth more time than at 100.
const gcPercent = 25

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes the command line and returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	go func() {
		if _, ok := <-signals; !ok {
			return
		}
		cancel(errInterrupted)
		// What does not look at the context, such as a long sort, is not waited for.
		time.Sleep(grace)
		a.cleanUp()
		fmt.Fprintln(stderr, "capfold: interrupted")
		os.Exit(exitInterrupted)
	}()

	root := newRoot(a)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	a.cleanUp()
	switch usage := (usageError{}); {
	case err == nil:
		return 0
	case context.Cause(ctx) == errInterrupted: //nolint:errorlint // the cause is this very value
		fmt.Fprintln(stderr, "capfold: interrupted")
		return exitInterrupted
	case errors.Is(err, errDamaged):
		fmt.Fprintln(stderr, "capfold:", err)
		return exitDamaged
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "capfold: %v\nSee 'capfold --help'.\n", err)
		return exitUsage
	default:
		printError(stderr, err)
		return exitFailed
	}
}

// grace is how long an interrupted run may take to end by itself.
const grace = 700 * time.Millisecond

// printError prints the error, each part of a joined one on its own line.
func printError(w io.Writer, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			printError(w, e)
		}
		return
	}
	fmt.Fprintln(w, "capfold:", err)
}

// app is what the commands share.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	mu       sync.Mutex
	cleanups []func()
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

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "capfold",
		Short: "Fold packet captures into warehouse-ready tables",
		Long: "capfold folds packet captures into warehouse-ready tables: who sent how much, from which\n" +
			"ports, over which protocols, at what times. Exactly, on every core, in one pass.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newAnalyze(a), newTables(a), newSynth(a), newVersion(a))
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
