package capture

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/packet"
)

// hostileCaptures are captures, each of one or several files, that guesses fail in: they
// find records that are none, sections that have ended, or nothing.
func hostileCaptures() map[string][][]byte {
	inner, ngInner := newPcap().frames(40, 30), ngEthernet().frames(40, 30)
	blocks := ngInner.out[ngInner.starts[2]:]
	plain, nested := make([]byte, 300), append(make([]byte, 60), inner.out...)
	// payloads are n plain ones and then m that hold records.
	payloads := func(n, m int, records []byte) [][]byte {
		return append(slices.Repeat([][]byte{plain}, n), slices.Repeat([][]byte{records}, m)...)
	}
	pcap := func(payloads [][]byte) []byte {
		b := newPcap()
		for i, p := range payloads {
			b.record(uint32(1e9+i), uint32(i), udpFrame(i, p))
		}
		return b.out
	}
	pcapng := func(payloads [][]byte) []byte {
		b := ngEthernet()
		for i, p := range payloads {
			f := udpFrame(i, p)
			b.enhanced(0, uint64(i), f, len(f))
		}
		return b.out
	}
	implausible := func(from int) []byte {
		b := newPcap()
		for i := range 8000 {
			fraction := uint32(i)
			if i >= from {
				fraction = 1 << 31
			}
			b.record(uint32(1e9+i), fraction, udpFrame(i, plain))
		}
		return b.out
	}
	long := make([][]byte, 300)
	for i := range long {
		long[i] = make([]byte, 9000+7*i)
	}
	second := newBuilder(binary.LittleEndian, pcapMicros, 113)
	for i := range 5000 {
		second.record(2e9, uint32(i), udpFrame(i, plain))
	}
	sections := append(pcap(payloads(5000, 0, nil)), second.out...)
	zeros := make([]byte, 3<<20)
	return map[string][][]byte{
		"captures in packets":              {pcap(payloads(0, 1000, nested))},
		"captures in the second half":      {pcap(payloads(4000, 500, nested))},
		"captures in the last packets":     {pcap(payloads(8000, 30, nested))},
		"captures in every other packet":   {pcap(slices.Repeat([][]byte{plain, nested}, 1000))},
		"blocks in packets":                {pcapng(payloads(0, 1000, blocks))},
		"blocks in the second half":        {pcapng(payloads(4000, 500, blocks))},
		"another section begins":           {sections},
		"records that are not plausible":   {implausible(0)},
		"not plausible in the second half": {implausible(4000)},
		"not plausible in the end":         {implausible(7980)},
		"records longer than splits":       {pcap(long)},
		"longer than splits at the end":    {pcap(append(payloads(8000, 0, nil), long[:20]...))},
		"captures in the first file":       {pcap(payloads(0, 700, nested)), pcap(payloads(6000, 0, nil))},
		"captures in the second file":      {pcap(payloads(6000, 0, nil)), pcap(payloads(0, 700, nested))},
		"damage behind captures":           {append(pcap(payloads(0, 1000, nested)), zeros...)},
		"captures at the ends of files":    slices.Repeat([][]byte{pcap(payloads(1000, 30, nested))}, 8),
	}
}

// TestFailedGuessesKeepNobodyFromWork reads in a model, where the clock counts nothing but
// what is folded, a nanosecond for each byte: so what it shows at the end is the work of the
// longest chain of those that wait for each other. With guesses that fail, it may be what
// careful reading takes once more, since all may have been in vain up to the last one.
func TestFailedGuessesKeepNobodyFromWork(t *testing.T) {
	t.Parallel()
	const splitSize = 8 << 10
	for name, files := range hostileCaptures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var paths []string
			var packets []packet.Summary
			for i, data := range files {
				path := writeFile(t, fmt.Sprintf("%d.pcap", i), data)
				want, err := twin(path, data)
				if err != nil {
					t.Fatal(err)
				}
				paths, packets = append(paths, path), append(packets, want.packets...)
			}
			want := multiset(packets)
			for _, workers := range []int{2, 3, 8, 64} {
				ahead, folded := modelRead(t, paths, splitSize, workers, func() {})
				careful, _ := modelRead(t, paths, splitSize, workers, nil)
				if most := 2*careful + 4*splitSize; ahead > most {
					t.Errorf("Read(%d workers) has folded %d bytes one after the other, want at most %d; careful reading %d", workers, ahead, most, careful)
				}
				for s, n := range want {
					if folded[s] < n || folded[s] > 2*n {
						t.Errorf("Read(%d workers) has folded %+v %d times, want once or twice", workers, s, folded[s]/n)
						break
					}
				}
			}
		})
	}
}

// TestWithoutAGuessNothingIsForgotten reads captures that go on with what nobody guesses, as
// with a long damaged region.
func TestWithoutAGuessNothingIsForgotten(t *testing.T) {
	t.Parallel()
	hostile := hostileCaptures()
	zeros := append(slices.Clone(hostile["not plausible in the end"][0]), make([]byte, 1<<20)...)
	for name, data := range map[string][]byte{
		"not plausible":              hostile["records that are not plausible"][0],
		"not plausible any more":     hostile["not plausible in the second half"][0],
		"zeros":                      zeros,
		"records longer than splits": hostile["records longer than splits"][0],
	} {
		path := writeFile(t, "c.pcap", data)
		modelRead(t, []string{path}, 8<<10, 2, func() { t.Errorf("Read(%s) has called forget", name) })
	}
}

// TestSearchEndsWhenGuessesAreVoid searches zeros without end behind a guess, until another
// worker has found a wrong one.
func TestSearchEndsWhenGuessesAreVoid(t *testing.T) {
	t.Parallel()
	path := writeFile(t, "c.pcap", newPcap().frames(20, 20).out)
	if err := os.Truncate(path, 1<<42); err != nil {
		t.Skip("no files with holes:", err)
	}
	r, err := Open(t.Context(), []string{path}, nil, Options{SplitSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w := &worker{Reader: r}
	ru, err := w.takeRun()
	if err != nil {
		t.Fatal(err)
	}
	w.guesses = []*run{ru}
	time.AfterFunc(time.Millisecond, r.stop)
	if _, err := w.resync(t.Context(), ru.in, 1<<12, ru.first.section); !errors.Is(err, errStopped) {
		t.Errorf("resync(zeros without end) = %v, want %v", err, errStopped)
	}
}

// TestSearchEndsWhenAGuessIsInDoubt searches zeros without end behind a guess that was wrong,
// or that records which nobody has read yet may lead to, and behind one that was right.
func TestSearchEndsWhenAGuessIsInDoubt(t *testing.T) {
	t.Parallel()
	path := writeFile(t, "c.pcap", newPcap().frames(20, 20).out)
	if err := os.Truncate(path, 1<<42); err != nil {
		t.Skip("no files with holes:", err)
	}
	for before, want := range map[int64]error{500: errStopped, 600: context.DeadlineExceeded, 700: errStopped} {
		t.Run(fmt.Sprint(before), func(t *testing.T) {
			r, err := Open(t.Context(), []string{path}, nil, Options{SplitSize: 1000})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			section := r.inputs[0].framing.begin().section
			ru := &run{in: r.inputs[0], start: 400, guess: state{600, section}, before: make(chan state, 1)}
			w := &worker{Reader: r, guesses: []*run{ru}}
			limit := 20 * time.Second
			if errors.Is(want, context.DeadlineExceeded) {
				limit = 20 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			time.AfterFunc(time.Millisecond, func() { ru.before <- state{before, section} })
			if err := ru.in.file.acquire(); err != nil {
				t.Fatal(err)
			}
			_, err = w.resync(ctx, ru.in, 1<<12, section)
			if !errors.Is(err, want) || r.hasStopped() != errors.Is(want, errStopped) {
				t.Errorf("resync(zeros without end), the predecessor ends at %d = %v, stopped %t, want %v", before, err, r.hasStopped(), want)
			}
			if err := ru.in.file.release(); err != nil {
				t.Error(err)
			}
		})
	}
}

// modelRead reads files and returns for how long somebody has folded, and how often which
// packets, those that were forgotten too.
func modelRead(t *testing.T, paths []string, splitSize, workers int, forget func()) (longest int, folded map[packet.Summary]int) {
	t.Helper()
	all := make([][]packet.Summary, workers)
	synctest.Test(t, func(t *testing.T) {
		r, err := Open(t.Context(), paths, nil, Options{SplitSize: splitSize, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		begun := time.Now()
		g, ctx := errgroup.WithContext(t.Context())
		for w := range workers {
			g.Go(func() error {
				return r.Read(ctx, func(b packet.Batch) error {
					all[w] = append(all[w], b...)
					bytes := 0
					for i := range b {
						bytes += int(b[i].CapLen)
					}
					time.Sleep(time.Duration(bytes))
					return nil
				}, forget)
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		longest = int(time.Since(begun))
	})
	return longest, multiset(slices.Concat(all...))
}
