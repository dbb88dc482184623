package capture

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/packet"
)

var errEnough = errors.New("enough")

// silentPipe returns the end of a pipe that nobody writes to.
func silentPipe(t *testing.T) io.Reader {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = in.Close(), out.Close() })
	return out
}

// signalling calls its function before every Read.
type signalling struct {
	io.Reader
	signal func()
}

func (s signalling) Read(p []byte) (int, error) {
	s.signal()
	return s.Reader.Read(p)
}

func discard(packet.Batch) error { return nil }

func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	path := writeFile(t, "c.pcap", newPcap().frames(10, 10).out)
	t.Run("cancelled before", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errEnough)
		for _, paths := range [][]string{{path}, {Stdin}, {path, Stdin}} {
			if _, err := Open(ctx, paths, silentPipe(t), Options{}); !errors.Is(err, errEnough) {
				t.Errorf("Open(%q, cancelled) = %v, want %v", paths, err, errEnough)
			}
		}
	})
	t.Run("cancelled while it waits for the header", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		stdin := signalling{silentPipe(t), func() { cancel(errEnough) }}
		if _, err := Open(ctx, []string{path, Stdin}, stdin, Options{}); !errors.Is(err, errEnough) {
			t.Errorf("Open(a pipe that nobody writes to) = %v, want %v", err, errEnough)
		}
	})
}

func TestReadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	data := newPcap().frames(600, 10).out
	path := writeFile(t, "c.pcap", data)
	// An open stream: packets come, and then nothing, not even the end.
	open := func(t *testing.T) io.Reader { return io.MultiReader(bytes.NewReader(data), silentPipe(t)) }

	for _, in := range []string{path, Stdin} {
		for _, workers := range workerCounts {
			for _, before := range []bool{true, false} {
				r, err := Open(t.Context(), []string{in}, open(t), Options{SplitSize: 100})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				if before {
					cancel(errEnough)
				}
				g, gctx := errgroup.WithContext(ctx)
				for range workers {
					g.Go(func() error {
						return r.Read(gctx, func(packet.Batch) error { cancel(errEnough); return nil }, func() {})
					})
				}
				if err := g.Wait(); !errors.Is(err, errEnough) {
					t.Errorf("Read(%s, %d workers, cancelled before: %t) = %v, want %v", in, workers, before, err, errEnough)
				}
				cancel(nil)
				_ = r.Close()
			}
		}
	}
	t.Run("cancelled while it waits for a stream", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		head := bytes.NewReader(data[:headLen])
		stdin := io.MultiReader(head, signalling{silentPipe(t), func() { cancel(errEnough) }})
		r, err := Open(ctx, []string{Stdin}, stdin, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if err := r.Read(ctx, discard, nil); !errors.Is(err, errEnough) {
			t.Errorf("Read(a pipe that nobody writes to) = %v, want %v", err, errEnough)
		}
	})
}

// TestSplitWaitsForItsPredecessorOnly takes a split and gives it up. The next one has
// no true state to begin with, and waits until its context ends.
func TestSplitWaitsForItsPredecessorOnly(t *testing.T) {
	t.Parallel()
	path := writeFile(t, "c.pcap", newPcap().frames(100, 10).out)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		r, err := Open(ctx, []string{path}, nil, Options{SplitSize: 1000})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		_, _, _ = (&worker{Reader: r}).take(ctx)
		done := make(chan error, 1)
		folded := false
		go func() { done <- r.Read(ctx, func(packet.Batch) error { folded = true; return nil }, nil) }()
		synctest.Wait()
		cancel(errEnough)
		if err := <-done; !errors.Is(err, errEnough) || folded {
			t.Errorf("Read(behind a split that does not end) = %v, folded %t, want %v and nothing folded", err, folded, errEnough)
		}
	})
}

func TestFoldsErrorEndsRead(t *testing.T) {
	t.Parallel()
	data := newPcap().frames(1000, 10).out
	path := writeFile(t, "c.pcap", data)
	for _, in := range []string{path, Stdin} {
		for _, workers := range workerCounts {
			r, err := Open(t.Context(), []string{in}, bytes.NewReader(data), Options{SplitSize: 100})
			if err != nil {
				t.Fatal(err)
			}
			g, ctx := errgroup.WithContext(t.Context())
			for range workers {
				g.Go(func() error { return r.Read(ctx, func(packet.Batch) error { return errEnough }, func() {}) })
			}
			if err := g.Wait(); err != errEnough { //nolint:errorlint // the very error, not wrapped
				t.Errorf("Read(%s, %d workers, a fold that fails) = %v, want %v", in, workers, err, errEnough)
			}
			_ = r.Close()
		}
	}
}

// TestNoGoroutineIsLeft reads in bubbles, which fail if a goroutine outlives them.
func TestNoGoroutineIsLeft(t *testing.T) {
	t.Parallel()
	whole := newPcap().frames(1000, 10)
	data, cut := whole.out, whole.out[:20_000]
	path := writeFile(t, "c.pcap", data)
	text := writeFile(t, "c.txt", []byte("text"))
	var packedPaths []string
	for _, c := range compressors {
		packedPaths = append(packedPaths, writeFile(t, "c.pcap"+c.suffix, c.member(data)))
	}
	for _, c := range []struct {
		name  string
		paths []string
		stdin io.Reader
		fold  func(cancel context.CancelCauseFunc) error
		fails bool
	}{
		{"file", []string{path}, nil, nil, false},
		{"file that is no capture", []string{path, text}, nil, nil, true},
		{"file, fold fails", []string{path}, nil, func(context.CancelCauseFunc) error { return errEnough }, true},
		{"file, cancelled", []string{path}, nil, func(c context.CancelCauseFunc) error { c(errEnough); return nil }, true},
		{"stream", []string{Stdin}, bytes.NewReader(data), nil, false},
		{"stream that is cut", []string{Stdin}, bytes.NewReader(cut), nil, false},
		{"stream that fails", []string{Stdin}, io.MultiReader(bytes.NewReader(cut), iotest.ErrReader(errEnough)), nil, true},
		{"stream, fold fails", []string{Stdin}, bytes.NewReader(data), func(context.CancelCauseFunc) error { return errEnough }, true},
		{"stream, cancelled", []string{Stdin}, bytes.NewReader(data), func(c context.CancelCauseFunc) error { c(errEnough); return nil }, true},
		{"compressed", packedPaths, nil, nil, false},
		{"compressed stream", []string{Stdin}, bytes.NewReader(compressors[2].member(data)), nil, false},
		{"compressed, fold fails", packedPaths, nil, func(context.CancelCauseFunc) error { return errEnough }, true},
		{"compressed, cancelled", packedPaths, nil, func(c context.CancelCauseFunc) error { c(errEnough); return nil }, true},
		{"compressed stream, cancelled", []string{Stdin}, bytes.NewReader(compressors[2].member(data)), func(c context.CancelCauseFunc) error { c(errEnough); return nil }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				r, err := Open(ctx, c.paths, c.stdin, Options{SplitSize: 500})
				if err == nil {
					defer r.Close()
					g, gctx := errgroup.WithContext(ctx)
					for range 3 {
						g.Go(func() error {
							return r.Read(gctx, func(packet.Batch) error {
								if c.fold == nil {
									return nil
								}
								return c.fold(cancel)
							}, func() {})
						})
					}
					err = g.Wait()
				}
				if (err != nil) != c.fails {
					t.Errorf("Read = %v, want an error: %t", err, c.fails)
				}
				cancel(nil)
			})
		})
	}
}
