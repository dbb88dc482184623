package capture

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline/packet"
)

var ngSplitSizes = []int{1, 7, 12, 28, 64, 100, 1000, 64 << 10, 0}

func TestParallelReadOfPcapng(t *testing.T) {
	t.Parallel()
	for _, c := range slices.Concat(ngCaptures(), variantCaptures()) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want, err := twin("", c.data)
			if err != nil {
				t.Fatal(err)
			}
			if a := want.accounts[0].Anomalies; len(a) > 0 {
				t.Errorf("the test's capture is damaged: %+v", a)
			}
			checkInvariance(t, c.data, workerCounts, ngSplitSizes)
		})
	}
}

// TestPcapngGuessFindsBlocks makes sure that the guess is nearly always right, given the
// section, wherever a split begins.
func TestPcapngGuessFindsBlocks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		b    *ngBuilder
	}{
		{"small packets", ngEthernet().frames(100, 60)},
		{"long packets", ngEthernet().frames(100, 1400)},
		{"zero payloads", ngCarrier(20, make([]byte, 1000))},
		{"big-endian", newPcapng(binary.BigEndian).iface(1, 0).frames(100, 60)},
	} {
		var f frames
		f.reset((&pcapng{c.b.order == binary.BigEndian}).begin().section)
		if end, _, damage := (&pcapng{}).frame(&f, c.b.out, 0, len(c.b.out)); end != len(c.b.out) || damage != nil {
			t.Fatalf("%s: frame = %d, %+v, want %d", c.name, end, damage, len(c.b.out))
		}
		last := c.b.starts[len(c.b.starts)-minChain]
		for at := range last {
			i, _ := slices.BinarySearch(c.b.starts, at)
			if got := at + guess(&pcapng{}, c.b.out[at:], len(c.b.out)-at, f.section); got != c.b.starts[i] {
				t.Errorf("%s: guess(from %d) = %d, want %d", c.name, at, got, c.b.starts[i])
			}
		}
	}
}

// TestGuessKnowsTheSection reads a file in which everything but the section is easy to
// guess. If it were not handed on, each split would be framed twice, one after the other.
func TestGuessKnowsTheSection(t *testing.T) {
	t.Parallel()
	path := writeFile(t, "c.pcapng", ngEthernet().frames(2000, 60).out)
	r, err := Open(t.Context(), []string{path}, nil, Options{SplitSize: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	counting := &frameCounter{framing: r.inputs[0].framing}
	r.inputs[0].framing = counting
	if err := r.Read(t.Context(), discard, nil); err != nil {
		t.Fatal(err)
	}
	if want := int(r.inputs[0].size/10_000) + 5; counting.calls > want {
		t.Errorf("reading %d splits took %d calls of frame, want at most %d", r.inputs[0].size/10_000+1, counting.calls, want)
	}
}

type frameCounter struct {
	framing
	calls int
}

func (c *frameCounter) frame(f *frames, data []byte, from, limit int) (end, need int, damage *packet.Anomaly) {
	c.calls++
	return c.framing.frame(f, data, from, limit)
}

// TestPcapngAccount reads what is no packet.
func TestPcapngAccount(t *testing.T) {
	t.Parallel()
	data := (&ngBuilder{}).zoo(binary.LittleEndian).zoo(binary.BigEndian).out
	got, err := readAll(t.Context(), []string{writeFile(t, "c", data)}, nil, Options{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	a := got.accounts[0]
	// Interface 1 went from 11 to 13, interface 0 from 12 to 10; every third old packet
	// block tells of 5.
	if want := int64(2 * (13 + 12 + 4*5)); a.Dropped != want {
		t.Errorf("Dropped = %d, want %d", a.Dropped, want)
	}
	if a.UnknownBlocks != 10 {
		t.Errorf("UnknownBlocks = %d, want 10", a.UnknownBlocks)
	}
	if want := int64(2 * 12 * 6); a.Packets != want {
		t.Errorf("Packets = %d, want %d", a.Packets, want)
	}
	if d := cmp.Diff([]packet.LinkType{1, 101, 147}, a.Links); d != "" {
		t.Errorf("Links, -want +got:\n%s", d)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	const second = 1_000_000_000
	for _, c := range []struct {
		name       string
		resolution uint8
		offset     int64
		ticks      uint64
		want       int64
	}{
		{"microseconds", 6, 0, 1_500_000_000_123_456, 1_500_000_000_123_456_000},
		{"nanoseconds", 9, 0, 1_500_000_000_123_456_789, 1_500_000_000_123_456_789},
		{"seconds", 0, 0, 1_500_000_000, 1_500_000_000 * second},
		{"picoseconds round down", 12, 0, 1999, 1},
		{"10^-28 s", 28, 0, math.MaxUint64, 1},
		{"10^-29 s", 29, 0, math.MaxUint64, 0},
		{"10^-127 s", 127, 0, math.MaxUint64, 0},
		{"2^-1 s", 0x81, 0, 3, second + second/2},
		{"2^-32 s", 0x80 | 32, 0, 1<<32 + 1<<31, second + second/2},
		{"2^-30 s round down", 0x80 | 30, 0, 1, 0},
		{"2^-64 s", 0x80 | 64, 0, math.MaxUint64, second - 1},
		{"2^-90 s", 0x80 | 90, 0, math.MaxUint64, 14},
		{"2^-127 s", 0xff, 0, math.MaxUint64, 0},
		{"offset", 6, 1_500_000_000, 123_456, 1_500_000_000_123_456_000},
		{"offset before the epoch", 6, -2, 1, -2*second + 1000},
		{"offset that takes the ticks back", 0, -10_000_000_000, 10_000_000_001, second},
		{"last", 9, 0, math.MaxInt64, math.MaxInt64},
		{"after the last", 9, 0, math.MaxInt64 + 1, math.MaxInt64},
		{"far after the last", 0, math.MaxInt64, math.MaxUint64, math.MaxInt64},
		{"before the first", 9, -9_223_372_037, 0, math.MinInt64},
		{"far before the first", 9, math.MinInt64, 0, math.MinInt64},
	} {
		clock := newClock(c.resolution, c.offset)
		if got := clock.time(c.ticks); got != c.want {
			t.Errorf("%s: newClock(%#x, %d).time(%d) = %d, want %d", c.name, c.resolution, c.offset, c.ticks, got, c.want)
		}
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		i := ngTwinInterface{resolution: uint8(rng.Uint32()), offset: rng.Int64() >> rng.IntN(64)}
		if rng.IntN(2) == 0 {
			i.offset = -i.offset
		}
		ticks := rng.Uint64() >> rng.IntN(64)
		clock := newClock(i.resolution, i.offset)
		if got, want := clock.time(ticks), i.time(ticks); got != want {
			t.Fatalf("newClock(%#x, %d).time(%d) = %d, want %d", i.resolution, i.offset, ticks, got, want)
		}
	}
}

// TestManyInterfaces describes more interfaces than are kept. It would take a square of
// the time and the memory if each section had a list of its own.
func TestManyInterfaces(t *testing.T) {
	t.Parallel()
	b := newPcapng(binary.LittleEndian)
	for i := range maxInterfaces + 10 {
		b.iface(uint16(i%4), 0)
	}
	for _, id := range []uint32{0, maxInterfaces - 1, maxInterfaces} {
		b.enhanced(id, 1, []byte{1, 2, 3}, 3)
	}
	got, err := readAll(t.Context(), []string{writeFile(t, "c", b.out)}, nil, Options{SplitSize: 64 << 10}, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := []packet.Anomaly{{
		Offset: int64(b.starts[len(b.starts)-1]), Length: 36, Reason: packet.UnknownInterface,
		Detail: fmt.Sprintf("a packet of interface %d, where %[1]d are described", maxInterfaces),
	}}
	if d := cmp.Diff(want, got.accounts[0].Anomalies); d != "" || len(got.packets) != 2 {
		t.Errorf("%d packets, want 2; anomalies, -want +got:\n%s", len(got.packets), d)
	}
}
