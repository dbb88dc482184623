//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInterrupt ends real runs by a signal, in every state of their input: they must be
// over within a second, with the exit code that shells know and nothing left on disk.
func TestInterrupt(t *testing.T) {
	head := pcapOf(pcapOptions{packets: 2})
	for _, tt := range []struct {
		name   string
		signal syscall.Signal
		// feed writes what comes from the standard input, until that is closed.
		feed func(stdin io.Writer)
		// begun is what appears, in the directory of the run, when it is time for the signal.
		begun string
	}{
		{"endless input", syscall.SIGINT, endless, ".out.capfold-*"},
		{"endless input, terminated", syscall.SIGTERM, endless, ".out.capfold-*"},
		{"endless input, terminal closed", syscall.SIGHUP, endless, ".out.capfold-*"},
		{"silent after some packets", syscall.SIGINT, func(w io.Writer) { _, _ = w.Write(head) }, ".out.capfold-*"},
		{"silent in the header", syscall.SIGINT, func(w io.Writer) { _, _ = w.Write(head[:10]) }, "run.trace"},
		{"silent", syscall.SIGINT, func(io.Writer) {}, "run.trace"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// A busy machine may keep a process from running for a second, but hardly
			// every time.
			const attempts, most = 4, time.Second
			for i := range attempts {
				took := interrupt(t, tt.signal, tt.feed, tt.begun)
				if took <= most || t.Failed() {
					return
				}
				t.Logf("attempt %d: the run was over %v after the signal", i+1, took)
			}
			t.Errorf("runs take more than %v to end", most)
		})
	}
}

// start starts a run that signals can end, also where whoever started the tests has them
// ignored, as a shell has for what it runs in the background: a process inherits that,
// unless its parent catches the signal.
func start(cmd *exec.Cmd) error {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(caught)
	return cmd.Start()
}

// TestInterruptWriting ends a run while it writes its largest table.
func TestInterruptWriting(t *testing.T) {
	dir := t.TempDir()
	capfold(t, "synth", "scan", "--packets", "200000", "-q", "-o", filepath.Join(dir, "scan.pcap"))
	cmd := exec.CommandContext(t.Context(), "capfold", "analyze", "-q", "scan.pcap", "-o", "out", "--json-tables", "all")
	cmd.Dir = dir
	if err := start(cmd); err != nil {
		t.Fatal(err)
	}
	waitFor(t, filepath.Join(dir, ".out.capfold-*", "tables", "flows.parquet"))
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if leftovers, _ := filepath.Glob(filepath.Join(dir, ".out*")); len(leftovers) > 0 {
		t.Errorf("run left %q behind", leftovers)
	}
	_, noResult := os.Stat(filepath.Join(dir, "out"))
	switch code := cmd.ProcessState.ExitCode(); {
	case code == 0 && noResult == nil: // it was faster than the signal
	case code != exitInterrupted || noResult == nil:
		t.Errorf("run ended with %v, want exit code %d and no result", err, exitInterrupted)
	}
}

// TestInterruptSynth ends the making of a large capture.
func TestInterruptSynth(t *testing.T) {
	dir := t.TempDir()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "capfold", "synth", "mixed", "-o", "new.pcap")
	cmd.Dir, cmd.Stderr = dir, &stderr
	if err := start(cmd); err != nil {
		t.Fatal(err)
	}
	waitFor(t, filepath.Join(dir, ".new.pcap.capfold-*"))
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || stderr.String() != "capfold: interrupted\n" {
		t.Errorf("run ended with %v and printed %q, want exit code %d and that it was interrupted", err, &stderr, exitInterrupted)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("run left %v behind, %v", left, err)
	}
}

// endless writes a capture without an end.
func endless(w io.Writer) {
	packets := pcapOf(pcapOptions{packets: 1000})
	for rest := packets; ; rest = packets[24:] {
		if _, err := w.Write(rest); err != nil {
			return
		}
	}
}

// interrupt starts a run, sends the signal when a file like begun has appeared, and returns
// how long the run then took to end.
func interrupt(t *testing.T, s syscall.Signal, feed func(io.Writer), begun string) time.Duration {
	t.Helper()
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "capfold", "analyze", "-", "-o", "out", "--trace", "run.trace")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.WaitDelay = 10 * time.Second
	// A pipe of our own: the one that cmd makes would be waited for.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin = r
	if err := errors.Join(start(cmd), r.Close()); err != nil {
		t.Fatal(err)
	}
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		feed(w)
	}()
	waitFor(t, filepath.Join(dir, begun))
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	sent := time.Now()
	err = cmd.Wait()
	took := time.Since(sent)
	_ = w.Close() // ends a feed that waits
	<-fed

	exit := &exec.ExitError{}
	if code := 128 + int(s); !errors.As(err, &exit) || exit.ExitCode() != code {
		t.Errorf("run ended with %v, want exit code %d\n%s", err, code, &stderr)
	}
	want := map[syscall.Signal]string{syscall.SIGINT: "interrupted", syscall.SIGTERM: "terminated", syscall.SIGHUP: "hangup"}[s]
	if stdout.Len() > 0 || !strings.HasPrefix(stderr.String(), "capfold: ") || !strings.HasSuffix(stderr.String(), want+"\n") {
		t.Errorf("run printed %q and %q, want only that it was %s", &stdout, &stderr, want)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		if strings.Contains(entry.Name(), "out") {
			t.Errorf("run left %s behind", entry.Name())
		}
	}
	return took
}

// waitFor waits until there is a file that matches pattern.
func waitFor(t *testing.T, pattern string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if found, err := filepath.Glob(pattern); err != nil || len(found) > 0 {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%s did not appear", pattern)
		case <-tick.C:
		}
	}
}
