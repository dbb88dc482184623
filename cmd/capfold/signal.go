package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// signalError is the cause of a context that a signal has ended.
type signalError struct{ syscall.Signal }

func (e signalError) Error() string {
	if e.Signal == syscall.SIGINT {
		return "interrupted"
	}
	return "ended by signal: " + e.Signal.String()
}

func (e signalError) exitCode() int { return 128 + int(e.Signal) }

// grace is how long an interrupted run may take to end by itself.
const grace = 700 * time.Millisecond

// onSignal has signals that end a program cancel the run instead, so that it can clean
// up. Those that whoever started capfold wants ignored stay so. It returns what undoes it.
func (a *app) onSignal(cancel context.CancelCauseFunc) (stop func()) {
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	// A reader that goes away is an error of Write, not the end of the process.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		s, ok := (<-signals).(syscall.Signal)
		if !ok {
			return
		}
		err := signalError{s}
		cancel(err)
		// What does not look at the context, such as a long sort, is not waited for.
		time.Sleep(grace)
		a.cleanUp()
		if a.done { // too late to end it
			return
		}
		fmt.Fprintln(a.stderr, "capfold:", err)
		os.Exit(err.exitCode())
	}()
	return func() { signal.Stop(signals) }
}
