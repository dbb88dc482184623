package capture

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/packet"
)

// TestErrorsEndReadsThatGuess has the fold of one of several workers fail somewhere in
// captures that make guesses wrong. All must end: nobody may wait for a run that the one
// that failed was to read.
func TestErrorsEndReadsThatGuess(t *testing.T) {
	inner := newPcap().frames(40, 30).out
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		b := newPcap()
		nested := rng.Float64() * rng.Float64()
		for i := range 200 {
			payload := make([]byte, rng.IntN(300))
			if rng.Float64() < nested {
				payload = inner
			}
			b.record(uint32(1e9+i), uint32(i), udpFrame(i, payload))
		}
		path := writeFile(t, fmt.Sprintf("%d.pcap", seed), b.out)
		workers := 2 + rng.IntN(4)
		failing, at := rng.IntN(workers), 1+rng.IntN(150)
		synctest.Test(t, func(t *testing.T) {
			r, err := Open(t.Context(), []string{path}, nil, Options{SplitSize: 512 + rng.IntN(1000), Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			g, ctx := errgroup.WithContext(t.Context())
			for w := range workers {
				delay := time.Duration(1 + rng.IntN(50))
				seen := 0
				g.Go(func() error {
					return r.Read(ctx, func(b packet.Batch) error {
						time.Sleep(time.Duration(len(b)) * delay)
						if seen += len(b); w == failing && seen > at {
							return errEnough
						}
						return nil
					}, func() { seen = 0 })
				})
			}
			done := make(chan error, 1)
			go func() { done <- g.Wait() }()
			select {
			case err := <-done:
				if err != nil && !errors.Is(err, errEnough) {
					t.Errorf("seed %d: Read = %v, want %v or none", seed, err, errEnough)
				}
			case <-time.After(time.Hour):
				panic(fmt.Sprintf("seed %d: %d workers wait for each other", seed, workers))
			}
		})
	}
}
