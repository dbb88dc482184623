package capture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/capfold/capfold/pipeline/packet"
)

// streamCaptures are a whole capture, and one with each kind of damage.
func streamCaptures() []namedCapture {
	whole := newPcap().frames(10, 50)
	cut := newPcap().frames(10, 50).out
	damaged := newPcap().frames(10, 50)
	return []namedCapture{
		{"no packets", newPcap().out},
		{"whole", whole.out},
		{"cut", cut[:len(cut)-3]},
		{"invalid length", damaged.edit(damaged.starts[6]+recordCaptured, 1<<30).out},
		{"jumbo", newPcap().record(0, 0, udpFrame(0, make([]byte, 100<<10))).frames(3, 9).out},
	}
}

// TestStreamIsTheFile reads streams that come in pieces of any size.
func TestStreamIsTheFile(t *testing.T) {
	t.Parallel()
	for _, c := range streamCaptures() {
		want, err := twin(Stdin, c.data)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []struct {
			name string
			of   func(io.Reader) io.Reader
		}{
			{"at once", func(r io.Reader) io.Reader { return r }},
			{"byte by byte", iotest.OneByteReader},
			{"half of what is asked for", iotest.HalfReader},
			{"end with the last bytes", iotest.DataErrReader},
			{"pipe", func(r io.Reader) io.Reader { return pipe(t, r) }},
		} {
			t.Run(c.name+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				for _, split := range []int{1, 64, 65, 1000, 0} {
					for _, buffers := range []int{0, 1, 2} {
						for _, workers := range []int{1, 3} {
							o := Options{SplitSize: split, Buffers: buffers}
							got, err := readAll(t.Context(), []string{Stdin}, s.of(bytes.NewReader(c.data)), o, workers)
							if err != nil {
								t.Errorf("Read(%+v, %d workers): %v", o, workers, err)
							} else if d := difference(want, got, workers == 1); d != "" {
								t.Errorf("Read(%+v, %d workers): %s", o, workers, d)
							}
						}
					}
				}
			})
		}
	}
}

// pipe returns the end of an operating system's pipe that r is written to.
func pipe(t *testing.T, r io.Reader) io.Reader {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close() })
	go func() {
		_, _ = io.Copy(in, r)
		_ = in.Close()
	}()
	return out
}

// TestFailingStream fails a stream at every byte: the error says where. An error that
// speaks of an end is one too.
func TestFailingStream(t *testing.T) {
	t.Parallel()
	faults := []error{errors.New("broken pipe"), io.ErrUnexpectedEOF, fmt.Errorf("connection lost: %w", io.EOF)}
	for _, c := range streamCaptures() {
		if len(c.data) > 1<<16 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for n := range len(c.data) + 1 {
				fault := faults[n%len(faults)]
				for _, split := range []int{1, 100, 5000} {
					stdin := io.MultiReader(bytes.NewReader(c.data[:n]), iotest.ErrReader(fault))
					_, err := readAll(t.Context(), []string{Stdin}, stdin, Options{SplitSize: split}, 2)
					if want := fmt.Sprintf("standard input: offset %d: %s", n, fault); err == nil || err.Error() != want || !errors.Is(err, fault) {
						t.Fatalf("Read(a stream that fails after %d bytes, split size %d) = %v, want %s", n, split, err, want)
					}
				}
			}
		})
	}
}

// TestFailingCompressedStream fails compressed streams at every byte, with the last of
// them or behind it: the error says where, and nothing is taken for damage.
func TestFailingCompressedStream(t *testing.T) {
	t.Parallel()
	data := newPcap().frames(10, 50).out
	faults := []error{errors.New("broken pipe"), io.ErrUnexpectedEOF, fmt.Errorf("connection lost: %w", io.EOF)}
	for _, c := range compressors {
		packed := c.member(data)
		t.Run(c.suffix, func(t *testing.T) {
			t.Parallel()
			for n := range len(packed) + 1 {
				fault := faults[n%len(faults)]
				stdin := io.MultiReader(bytes.NewReader(packed[:n]), iotest.ErrReader(fault))
				if n%2 == 0 {
					stdin = iotest.DataErrReader(stdin)
				}
				_, err := readAll(t.Context(), []string{Stdin}, stdin, Options{SplitSize: 100}, 2)
				if err == nil || !errors.Is(err, fault) || !strings.Contains(err.Error(), fmt.Sprintf("offset %d", n)) {
					t.Fatalf("Read(a stream that fails after %d of %d bytes) = %v, want %v at offset %d", n, len(packed), err, fault, n)
				}
			}
		})
	}
}

// TestStreamAndFilesTogether reads both, in any order.
func TestStreamAndFilesTogether(t *testing.T) {
	t.Parallel()
	data := newPcap().frames(100, 50).out
	a := writeFile(t, "a.pcap", data)
	b := writeFile(t, "b.pcap", data)
	var want result
	for _, path := range []string{Stdin, a, b} {
		r, err := twin(path, data)
		if err != nil {
			t.Fatal(err)
		}
		want.packets = append(want.packets, r.packets...)
		want.accounts = append(want.accounts, r.accounts...)
	}
	for _, paths := range [][]string{{Stdin, a, b}, {a, Stdin, b}, {b, a, Stdin}} {
		for _, workers := range workerCounts {
			got, err := readAll(t.Context(), paths, bytes.NewReader(data), Options{SplitSize: 100}, workers)
			if err != nil {
				t.Errorf("Read(%q, %d workers): %v", paths, workers, err)
			} else if d := difference(want, got, workers == 1); d != "" {
				t.Errorf("Read(%q, %d workers): %s", paths, workers, d)
			}
		}
	}
}

// TestStreamEndsOnce lets two workers find the end of a stream: the second must not take
// another away.
func TestStreamEndsOnce(t *testing.T) {
	t.Parallel()
	data := newPcap().frames(10, 50).out
	path := writeFile(t, "c.pcap", data)
	r, err := Open(t.Context(), []string{path, Stdin}, bytes.NewReader(data), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w := &worker{Reader: r}
	_, stream, _ := w.take(t.Context())
	r.finishStream(stream)
	r.finishStream(stream)
	if ru, _, _ := w.take(t.Context()); ru == nil || ru.in.path != path || ru.start != 0 {
		t.Errorf("take(after the stream) = %+v, want the first run of %s", ru, path)
	}
}

// endless returns the frames of a capture over and over.
type endless struct{ head, frames, rest []byte }

func (e *endless) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		e.rest = e.frames
	}
	from := &e.rest
	if len(e.head) > 0 {
		from = &e.head
	}
	n := copy(p, *from)
	*from = (*from)[n:]
	return n, nil
}

// TestStreamEndsForAll ends the context of the worker that has begun a stream. The other
// one, whose context goes on, must not take that for the end of the stream.
func TestStreamEndsForAll(t *testing.T) {
	t.Parallel()
	data := newPcap().frames(100, 50).out
	r, err := Open(t.Context(), []string{Stdin}, &endless{head: data[:pcapHeaderLen], frames: data[pcapHeaderLen:]}, Options{SplitSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	second := make(chan error, 1)
	joined := make(chan struct{})
	var begin, join sync.Once
	first := r.Read(ctx, func(packet.Batch) error {
		begin.Do(func() {
			go func() {
				second <- r.Read(t.Context(), func(packet.Batch) error {
					join.Do(func() { close(joined) })
					return nil
				}, nil)
			}()
		})
		select {
		case <-joined:
			cancel(errEnough)
		default:
		}
		return nil
	}, nil)
	if other := <-second; !errors.Is(first, errEnough) || !errors.Is(other, errEnough) {
		t.Errorf("Read = %v, and of the other worker %v, want %v of both", first, other, errEnough)
	}
}
