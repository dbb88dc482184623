package capture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/packet"
)

func TestRunLength(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		left               int64
		workers, splitSize int
		want               int64
	}{
		{0, 2, 100, 100},
		{1, 2, 100, 100},
		{799, 2, 100, 100},
		{800, 2, 100, 200},
		{100_000, 2, 100, 25_000},
		{100_000, 1, 100, 50_000},
		{100_000, 64, 100, 700},
		{1 << 50, 1 << 10, 1 << 30, 1 << 39},
	} {
		if got := RunLength(c.left, c.workers, c.splitSize); got != c.want {
			t.Errorf("RunLength(%d, %d workers, splits of %d) = %d, want %d", c.left, c.workers, c.splitSize, got, c.want)
		}
	}
}

// TestRunsAreAllOfTheFiles takes everything that there is to read. Runs are to become
// shorter, so that the last ones are single splits, and to follow each other.
func TestRunsAreAllOfTheFiles(t *testing.T) {
	t.Parallel()
	a, b := writeFile(t, "a.pcap", newPcap().frames(1000, 50).out), writeFile(t, "b.pcap", newPcap().frames(300, 50).out)
	r, err := Open(t.Context(), []string{a, b}, nil, Options{SplitSize: 500, Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w := &worker{Reader: r, forget: func() {}}
	var runs []*run
	for {
		ru, err := w.takeRun()
		if err != nil {
			t.Fatal(err)
		}
		if ru == nil {
			break
		}
		runs = append(runs, ru)
	}
	read := map[*input]int64{}
	for i, ru := range runs {
		if ru.start != read[ru.in] || ru.end <= ru.start {
			t.Errorf("run %d is from %d to %d of %s, where %d is to come", i, ru.start, ru.end, ru.in.path, read[ru.in])
		}
		if i > 0 && ru.end-ru.start > max(runs[i-1].end-runs[i-1].start, 500) && ru.in == runs[i-1].in {
			t.Errorf("run %d has %d bytes, the one before %d", i, ru.end-ru.start, runs[i-1].end-runs[i-1].start)
		}
		read[ru.in] = ru.end
	}
	for _, in := range r.inputs {
		if read[in] != in.size {
			t.Errorf("runs have %d of %d bytes of %s", read[in], in.size, in.path)
		}
	}
	if first, last := runs[0], runs[len(runs)-1]; first.end-first.start < 5000 || last.end-last.start > 500 {
		t.Errorf("the first run has %d bytes, the last one %d, want many splits and one of 500", first.end-first.start, last.end-last.start)
	}
}

// apart reads with workers that none of them can read alone: each waits with its first
// packets until all have some. So all of them but the first begin with a guess. It returns
// how often a worker was told to forget.
func apart(t *testing.T, r *Reader, workers int, fold func(packet.Batch) error) (got result, forgot int, err error) {
	t.Helper()
	shares, forgotten := make([][]packet.Summary, workers), make([]int, workers)
	var all sync.WaitGroup
	all.Add(workers)
	g, ctx := errgroup.WithContext(t.Context())
	for w := range workers {
		var first sync.Once
		g.Go(func() error {
			return r.Read(ctx, func(b packet.Batch) error {
				first.Do(func() {
					all.Done()
					all.Wait()
				})
				shares[w] = append(shares[w], b...)
				return fold(b)
			}, func() {
				shares[w] = nil
				forgotten[w]++
			})
		})
	}
	if err := g.Wait(); err != nil {
		return got, 0, err
	}
	for _, n := range forgotten {
		forgot += n
	}
	got.packets = slices.Concat(shares...)
	got.accounts, err = r.Captures(t.Context())
	return got, forgot, err
}

// TestWrongGuessIsForgotten has workers fold what proves wrong.
func TestWrongGuessIsForgotten(t *testing.T) {
	t.Parallel()
	nested := carrier(40, newPcap().frames(40, 30).out).out
	other := newBuilder(binary.LittleEndian, pcapMicros, 113).frames(600, 60)
	sections := slices.Concat(newPcap().frames(150, 60).out, other.out)
	damaged := newPcap().frames(600, 60)
	damaged.edit(damaged.starts[160]+8, 1<<31)
	ngPlain, ngDamaged := ngEthernet().frames(600, 60), ngEthernet().frames(600, 60)
	ngDamaged.edit(ngDamaged.starts[160]+4, 1<<31)
	blocks := ngPlain.out[ngPlain.starts[2]:ngPlain.starts[42]]
	for _, c := range []struct {
		name   string
		data   []byte
		split  int
		chain  func(framing) framing
		forget bool
	}{
		{"no reason", newPcap().frames(600, 60).out, 1000, nil, false},
		{"captures in packets", nested, 1000, nil, true},
		{"another section begins", sections, 1000, nil, true},
		{"damage", damaged.out, 1000, nil, false},
		{"pcapng: no reason", ngPlain.out, 1000, nil, false},
		{"pcapng: blocks in packets", ngCarrier(40, blocks).out, 1000, nil, true},
		{"pcapng: another section begins", ngEthernet().frames(150, 60).section(binary.LittleEndian).iface(113, 0).frames(600, 60).out, 1000, nil, true},
		{"pcapng: another interface", ngEthernet().frames(150, 60).iface(113, 0).frames(600, 60).out, 1000, nil, true},
		{"pcapng: damage", ngDamaged.out, 1000, nil, false},
		{"the second record", newPcap().frames(600, 60).out, 1000, behind(1), false},
		{"the fifth record", newPcap().frames(600, 60).out, 1000, behind(4), false},
		{"no record", newPcap().frames(600, 60).out, 1000, func(f framing) framing {
			return guesser{f, func(b []byte) int { return len(b) / 10 }}
		}, true},
	} {
		for _, workers := range []int{2, 3} {
			call := fmt.Sprintf("%s, %d workers", c.name, workers)
			path := writeFile(t, "c.pcap", c.data)
			want, err := twin(path, c.data)
			if err != nil {
				t.Fatal(err)
			}
			true4 := multiset(want.packets)
			synctest.Test(t, func(t *testing.T) {
				r, err := Open(t.Context(), []string{path}, nil, Options{SplitSize: c.split, Workers: workers})
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				if c.chain != nil {
					r.inputs[0].framing = c.chain(r.inputs[0].framing)
				}
				got, forgot, err := apart(t, r, workers, func(b packet.Batch) error {
					for _, s := range b { // as a table would that something is too much for
						if true4[s] == 0 {
							return errEnough
						}
					}
					return nil
				})
				if err != nil {
					t.Fatalf("Read(%s): %v", call, err)
				}
				if d := difference(want, got, false); d != "" {
					t.Errorf("Read(%s): %s", call, d)
				}
				if (forgot > 0) != c.forget || forgot > workers {
					t.Errorf("Read(%s) has forgotten %d times, want some: %t, and no worker twice", call, forgot, c.forget)
				}
				if bytes, packets := r.Progress(); bytes != int64(len(c.data)) || packets != int64(len(want.packets)) {
					t.Errorf("Progress(%s) = %d, %d, want %d, %d", call, bytes, packets, len(c.data), len(want.packets))
				}
			})
		}
	}
}

// behind has the guess be a number of records behind the first one.
func behind(records int) func(framing) framing {
	return func(f framing) framing { return late{f, records} }
}

// late is a framing that finds chains only so many records behind the beginning of one.
type late struct {
	framing
	records int
}

func (l late) chain(data []byte, at int, s *section, eof bool) (ok bool, need int) {
	n := 0
	for i := range at {
		if ok, _ := l.framing.chain(data, i, s, eof); ok {
			n++
		}
	}
	if n < l.records {
		return false, 0
	}
	return l.framing.chain(data, at, s, eof)
}

// TestGuessesAreSettledBeforeTheEnd takes a run and gives it up. The next one is begun with
// a guess, and its worker waits with the end until its context ends.
func TestGuessesAreSettledBeforeTheEnd(t *testing.T) {
	t.Parallel()
	path := writeFile(t, "c.pcap", newPcap().frames(100, 10).out)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		r, err := Open(ctx, []string{path}, nil, Options{SplitSize: 1000, Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		w := &worker{Reader: r, forget: func() {}}
		given, _ := w.takeRun()
		done := make(chan error, 1)
		folded := 0
		go func() { done <- r.Read(ctx, func(b packet.Batch) error { folded += len(b); return nil }, w.forget) }()
		synctest.Wait()
		_, packets := r.Progress()
		cancel(errEnough)
		if err := <-done; !errors.Is(err, errEnough) || packets != int64(folded) || folded == 0 || given.sent {
			t.Errorf("Read(behind a run that does not end) = %v, with %d packets folded, want %v, and some", err, folded, errEnough)
		}
	})
}

// TestStreamsAreNotForgotten reads files beside a stream, which cannot be read again.
func TestStreamsAreNotForgotten(t *testing.T) {
	t.Parallel()
	nested := carrier(40, newPcap().frames(40, 30).out).out
	data := newPcap().frames(600, 60).out
	r, err := Open(t.Context(), []string{writeFile(t, "c.pcap", nested), Stdin}, bytes.NewReader(data), Options{SplitSize: 500})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if !r.hasStopped() {
		t.Error("hasStopped(with a stream) = false")
	}
}
