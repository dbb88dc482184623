package capture

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/packet"
)

// randomCapture returns a capture with captures in some of its packets, other sections and
// damage, none of them or many.
func randomCapture(rng *rand.Rand) []byte {
	nested, sections := rng.Float64()*rng.Float64(), rng.IntN(3)*rng.IntN(3)
	n := 50 + rng.IntN(250)
	packets := func(inner []byte, section func(), packet func(i int, frame []byte)) {
		for i := range n {
			if rng.IntN(n) < sections {
				section()
			}
			payload := make([]byte, rng.IntN(300))
			if rng.Float64() < nested {
				payload = inner
			}
			packet(i, udpFrame(i, payload))
		}
	}
	var out []byte
	if rng.IntN(2) == 0 {
		b := newPcap()
		packets(newPcap().frames(40, 30).out, func() {
			b.out = append(b.out, newBuilder(binary.LittleEndian, pcapMicros, []uint32{1, 113}[rng.IntN(2)]).out...)
		}, func(i int, frame []byte) { b.record(uint32(1e9+i), uint32(i), frame) })
		out = b.out
	} else {
		b, inner := ngEthernet(), ngEthernet().frames(40, 30)
		packets(inner.out[inner.starts[2]:], func() {
			b.section([]byteOrder{binary.LittleEndian, binary.BigEndian}[rng.IntN(2)]).iface([]uint16{1, 113}[rng.IntN(2)], 0)
		}, func(i int, frame []byte) { b.enhanced(0, uint64(i), frame, len(frame)) })
		out = b.out
	}
	for range rng.IntN(3) * rng.IntN(3) {
		binary.LittleEndian.PutUint64(out[100+rng.IntN(len(out)-108):], rng.Uint64())
	}
	return out
}

// TestReadsThatGuessEnd reads captures that make guesses wrong. The fold of one of the workers
// fails somewhere, or all are cancelled, or the file becomes shorter, or nothing happens. All
// must end: nobody may wait for a run that another one was to read. What has been read to its
// end is right.
func TestReadsThatGuessEnd(t *testing.T) {
	t.Parallel()
	for part := range uint64(4) {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(200) {
				readRandomly(t, part*200+seed)
			}
		})
	}
}

func readRandomly(t *testing.T, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	var paths []string
	var want result
	for i := range 1 + rng.IntN(2) {
		data := randomCapture(rng)
		path := writeFile(t, fmt.Sprintf("%d.pcap", i), data)
		one, err := twin(path, data)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
		want.packets, want.accounts = append(want.packets, one.packets...), append(want.accounts, one.accounts...)
	}
	slices.SortFunc(want.accounts, func(a, b packet.Capture) int { return strings.Compare(a.Path, b.Path) })
	workers := 2 + rng.IntN(15)
	const nothing, fold, cancelled, shorter = 0, 1, 2, 3
	event, failing, at := rng.IntN(4), rng.IntN(workers), rng.IntN(150)
	o := Options{SplitSize: 512 + rng.IntN(1500), Workers: workers}
	call := fmt.Sprintf("seed %d, %d workers, splits of %d, event %d", seed, workers, o.SplitSize, event)
	synctest.Test(t, func(t *testing.T) {
		r, err := Open(t.Context(), paths, nil, o)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		g, ctx := errgroup.WithContext(ctx)
		shares := make([][]packet.Summary, workers)
		for w := range workers {
			delay := time.Duration(1 + rng.IntN(50))
			g.Go(func() error {
				return r.Read(ctx, func(b packet.Batch) error {
					time.Sleep(time.Duration(len(b)) * delay)
					shares[w] = append(shares[w], b...)
					if event == fold && w == failing && len(shares[w]) > at {
						return errEnough
					}
					return nil
				}, func() { shares[w] = nil })
			})
		}
		timer := time.AfterFunc(time.Duration(at*20), func() {
			switch event {
			case cancelled:
				cancel(errEnough)
			case shorter:
				_ = os.Truncate(paths[0], int64(at*100)) // if it fails, nothing happens
			}
		})
		defer timer.Stop()
		done := make(chan error, 1)
		go func() { done <- g.Wait() }()
		select {
		case err = <-done:
		case <-time.After(time.Hour):
			panic(call + ": they wait for each other")
		}
		switch {
		case err == nil:
			got := result{packets: slices.Concat(shares...)}
			if got.accounts, err = r.Captures(t.Context()); err != nil {
				t.Fatalf("Captures(%s): %v", call, err)
			}
			if d := difference(want, got, false); d != "" {
				t.Errorf("Read(%s): %s", call, d)
			}
		case event == nothing, event != shorter && !errors.Is(err, errEnough):
			t.Errorf("Read(%s) = %v", call, err)
		}
	})
}
