package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var (
	workerCounts = []int{1, 2, 3, 8}
	splitSizes   = []int{1, 7, 16, 24, 25, 64, 100, 1000, 4096, 64 << 10, 0}
)

// maxSplits keeps the tests fast: small splits are for small captures.
const maxSplits = 2500

// checkInvariance compares what is read of a capture with its twin, as a file and as a
// stream, for any split size, each with two of the numbers of workers in turn.
func checkInvariance(t *testing.T, data []byte, workers, splits []int) {
	t.Helper()
	path := writeFile(t, "c.pcap", data)
	want, err := twin(path, data)
	if err != nil {
		t.Fatal(err)
	}
	piped := result{want.packets, append(want.accounts[:0:0], want.accounts...)}
	piped.accounts[0].Path = Stdin
	for i, split := range splits {
		if split > 0 && len(data)/split > maxSplits {
			continue
		}
		for j := range min(2, len(workers)) {
			n := workers[(2*i+j+len(data))%len(workers)]
			call := fmt.Sprintf("%d bytes, split size %d, %d workers", len(data), split, n)
			o := Options{SplitSize: split, Buffers: n}
			got, err := readAll(t.Context(), []string{path}, nil, o, n)
			if err != nil {
				t.Errorf("Read(%s): %v", call, err)
			} else if d := difference(want, got, n == 1); d != "" {
				t.Errorf("Read(%s): %s", call, d)
			}
			got, err = readAll(t.Context(), []string{Stdin}, bytes.NewReader(data), o, n)
			if err != nil {
				t.Errorf("Read(stream of %s): %v", call, err)
			} else if d := difference(piped, got, n == 1); d != "" {
				t.Errorf("Read(stream of %s): %s", call, d)
			}
		}
	}
}

func TestParallelReadIsTheSequentialRead(t *testing.T) {
	t.Parallel()
	for _, c := range captures() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			checkInvariance(t, c.data, workerCounts, splitSizes)
		})
	}
}

func TestParallelReadOfRealCaptures(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("../../testdata/*.pcap")
	if err != nil || len(names) == 0 {
		t.Skip("no captures in testdata", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			checkInvariance(t, data, []int{1, 3}, []int{100, 1000, 4096, 0})
		})
	}
}

// TestGuessIsOnlyAHint reads captures with a framing that guesses wrong in every way:
// nowhere, everywhere, in the middle of records and behind them.
func TestGuessIsOnlyAHint(t *testing.T) {
	t.Parallel()
	data := carrier(5, newPcap().frames(12, 30).out).out
	path := writeFile(t, "c.pcap", data)
	want, err := twin(path, data)
	if err != nil {
		t.Fatal(err)
	}
	for name, guess := range map[string]func([]byte) int{
		"none":          func([]byte) int { return -1 },
		"the beginning": func([]byte) int { return 0 },
		"the middle":    func(b []byte) int { return len(b) / 2 },
		"the last byte": func(b []byte) int { return len(b) - 1 },
		"beyond":        func(b []byte) int { return len(b) + 5 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, split := range []int{1, 16, 100, 1000, 0} {
				r, err := Open(t.Context(), []string{path}, nil, Options{SplitSize: split})
				if err != nil {
					t.Fatal(err)
				}
				r.inputs[0].framing = guesser{r.inputs[0].framing, guess}
				got, err := readOpen(t.Context(), r, 3)
				_ = r.Close()
				if err != nil {
					t.Fatalf("Read(split size %d): %v", split, err)
				}
				if d := difference(want, got, false); d != "" {
					t.Errorf("Read(split size %d): %s", split, d)
				}
			}
		})
	}
}

type guesser struct {
	framing
	wrong func([]byte) int
}

func (g guesser) chain(data []byte, at int, _ *section, _ bool) (ok bool, need int) {
	return at == g.wrong(data), 0
}

// TestGuessFindsRecords makes sure that the guess is nearly always right where that is
// easy: else splits would be framed one after the other, and only the speed would tell.
func TestGuessFindsRecords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		b    *builder
	}{
		{"small packets", newPcap().frames(100, 60)},
		{"long packets", newPcap().frames(100, 1400)},
		{"zero payloads", carrier(20, make([]byte, 1000))},
		{"big-endian nanoseconds", newBuilder(binary.BigEndian, pcapNanos, 1).frames(100, 60)},
	} {
		fr, err := identify(c.b.out)
		if err != nil {
			t.Fatal(err)
		}
		last := c.b.starts[len(c.b.starts)-minChain]
		next, wrong := 0, 0
		for at := range last {
			for c.b.starts[next] < at {
				next++
			}
			if at+guess(fr, c.b.out[at:], len(c.b.out)-at, fr.begin().section) != c.b.starts[next] {
				wrong++
			}
		}
		if wrong > last/50 {
			t.Errorf("%s: guess is wrong from %d of %d offsets, want at most 2 %%", c.name, wrong, last)
		}
	}
}
