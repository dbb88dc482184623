package capture

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/capfold/capfold/bench/synth"
	"github.com/capfold/capfold/pipeline/packet"
)

// synthetic returns the path of a generated capture of about 64 MB.
func synthetic(b *testing.B, profile string, packets int) (string, synth.Stats) {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), profile+".pcap"))
	if err != nil {
		b.Fatal(err)
	}
	s, err := synth.Write(f, profile, synth.Options{Packets: packets})
	if err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return f.Name(), s
}

var benchCaptures = []struct {
	profile string
	packets int
}{{"mixed", 80_000}, {"headers", 640_000}}

// BenchmarkSplitSize chooses DefaultSplitSize: it reads whole packets and packets cut to
// their headers, and folds them into nothing.
func BenchmarkSplitSize(b *testing.B) {
	for _, c := range benchCaptures {
		path, s := synthetic(b, c.profile, c.packets)
		for _, workers := range []int{1, 2} {
			for size := 64 << 10; size <= 4<<20; size *= 2 {
				b.Run(fmt.Sprintf("%s/workers=%d/size=%dK", c.profile, workers, size>>10), func(b *testing.B) {
					b.SetBytes(s.Bytes)
					packets := int64(0)
					for b.Loop() {
						packets += readForSpeed(b, path, size, workers)
					}
					b.ReportMetric(float64(packets)/b.Elapsed().Seconds(), "packets/s")
				})
			}
		}
	}
}

// readForSpeed reads a capture, keeps nothing of it and returns the packets.
func readForSpeed(b *testing.B, path string, split, workers int) int64 {
	r, err := Open(b.Context(), []string{path}, nil, Options{SplitSize: split, Workers: workers})
	if err != nil {
		b.Fatal(err)
	}
	errs := make(chan error, workers)
	for range workers {
		go func() { errs <- r.Read(b.Context(), func(packet.Batch) error { return nil }, func() {}) }()
	}
	for range workers {
		if err := <-errs; err != nil {
			b.Fatal(err)
		}
	}
	accounts, err := r.Captures(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if err := r.Close(); err != nil {
		b.Fatal(err)
	}
	return accounts[0].Packets
}

// BenchmarkGuess measures how long the first record of a split is looked for: mostly a
// packet's length, and all of a split where no record begins.
func BenchmarkGuess(b *testing.B) {
	run := func(name string, data []byte, steps int) {
		b.Run(name, func(b *testing.B) {
			fr, err := identify(newPcap().out)
			if err != nil {
				b.Fatal(err)
			}
			looked, i := 0, 0
			for b.Loop() {
				at := i * 7919 % steps
				if n := guess(fr, data[at:], len(data)-at, fr.begin().section); n >= 0 {
					looked += n
				} else {
					looked += len(data) - at
				}
				i++
			}
			b.SetBytes(int64(looked / i))
		})
	}
	for _, c := range benchCaptures {
		path, _ := synthetic(b, c.profile, c.packets/16)
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		run(c.profile, data, len(data)/2)
	}
	run("zeros", make([]byte, DefaultSplitSize), 1)
	noise := make([]byte, DefaultSplitSize)
	for i := range noise {
		noise[i] = byte(uint32(i+1) * 2654435761 >> 13)
	}
	run("noise", noise, 1)
}
