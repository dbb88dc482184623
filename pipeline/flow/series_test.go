package flow

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/packet"
)

// maxHeld is how many intervals a series may hold while it chooses their length itself:
// an interval of the result is kept as at most two of the resolution, and the first and
// the last may be begun.
const maxHeld = 2*(MaxIntervals+1) + 1

// sender makes a packet from one of the hosts 10.0.x.x.
func sender(host int, time int64) packet.Summary {
	return packet.Summary{
		Version: 4, Src: packet.Addr4(0x0a000000 | uint32(host)), Dst: packet.Addr4(0xc0000201),
		Proto: packet.ProtoUDP, TTL: 64, Bytes: uint32(20 + host%1000), WireLen: uint32(34 + host%1000), Time: time,
	}
}

var clocks = []struct {
	name string
	time func(i int) int64
}{
	{"one moment", func(int) int64 { return 1e18 }},
	{"a microsecond each", func(i int) int64 { return 1e18 + int64(i)*1000 }},
	{"a minute each", func(i int) int64 { return 1e18 + int64(i)*minute }},
	{"backwards", func(i int) int64 { return 1e18 - int64(i)*second }},
	{"a span that doubles", func(i int) int64 { return 1<<(i/40%63) - 1 }},
	{"a span that doubles backwards", func(i int) int64 { return -1 << (i / 40 % 64) }},
	{"a span that doubles both ways", func(i int) int64 { return (1 << (i / 40 % 63)) * int64(1-2*(i%2)) }},
	{"stray 1970", func(i int) int64 {
		if i == 1000 {
			return 0
		}
		return 1.3e18 + int64(i)*millisecond
	}},
	{"stray 2106 in the beginning", func(i int) int64 {
		if i == 3 {
			return (1<<32 - 1) * second
		}
		return 1.3e18 + int64(i)*millisecond
	}},
	{"two clocks", func(i int) int64 { return 1e18 + int64(i%2)*hour + int64(i)*millisecond }},
	{"anywhere in an hour", func(i int) int64 { return 1e18 + rand.New(rand.NewPCG(1, uint64(i))).Int64N(hour) }},
	{"anywhere in all time", func(i int) int64 { return int64(rand.New(rand.NewPCG(2, uint64(i))).Uint64()) }},
	{"the ends of time", func(i int) int64 { return []int64{math.MinInt64, math.MaxInt64, 0, -1}[i%4] }},
	{"the beginning of time", func(i int) int64 { return math.MinInt64 + int64(i)*millisecond }},
	{"the beginning of time, anywhere", func(i int) int64 {
		return math.MinInt64 + rand.New(rand.NewPCG(3, uint64(i))).Int64N(day)
	}},
	{"the end of time", func(i int) int64 { return math.MaxInt64 - int64(i)*millisecond }},
}

const millisecond = second / 1000

// TestSeriesIsTheSumByFinalInterval compares the series of packets, whose interval is
// known only after the last, with the twin, which sees it before the first.
func TestSeriesIsTheSumByFinalInterval(t *testing.T) {
	t.Parallel()
	for _, c := range clocks {
		for _, fixed := range []int64{0, 1, 7 * second, hour, 3 * day, math.MaxInt64} {
			t.Run(fmt.Sprintf("%s/interval %d", c.name, fixed), func(t *testing.T) {
				t.Parallel()
				var packets []packet.Summary
				for i := range 2600 {
					packets = append(packets, sender(i*i%7, c.time(i)))
				}
				for _, batch := range []int{1, 100, 5000} {
					for _, tables := range []int{1, 3} {
						checkSeries(t, deal(Seed{1, 2, 3, 4}, fixed, packets, tables, []int{batch}), packets, fixed)
					}
				}
				rng := rand.New(rand.NewPCG(4, 5))
				rng.Shuffle(len(packets), func(i, j int) { packets[i], packets[j] = packets[j], packets[i] })
				checkSeries(t, deal(Seed{1, 2, 3, 4}, fixed, packets, 2, []int{30}), packets, fixed)
				if fixed != 0 {
					return
				}
				table := NewTable(Seed{}, 0)
				for i := range packets {
					table.Add(packets[i : i+1])
					if n := len(table.series.intervals); n > maxHeld {
						t.Fatalf("%d intervals are held after %d packets, want at most %d", n, i+1, maxHeld)
					}
				}
			})
		}
	}
}

// TestSeriesOfAnyTimes draws times from all of them.
func TestSeriesOfAnyTimes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var packets []packet.Summary
		for i, at := range rapid.SliceOfN(rapid.Int64(), 0, 60).Draw(t, "times") {
			packets = append(packets, sender(i%3, at))
		}
		fixed := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(1, math.MaxInt64)).Draw(t, "interval")
		tables := rapid.IntRange(1, 3).Draw(t, "tables")
		batch := rapid.IntRange(1, 9).Draw(t, "batch")
		checkSeries(t, deal(Seed{1, 2, 3, 4}, fixed, packets, tables, []int{batch}), packets, fixed)
	})
}

// TestCountsBeyond32Bits sends more bytes in an interval than an entry of the log holds.
func TestCountsBeyond32Bits(t *testing.T) {
	t.Parallel()
	for _, step := range []int64{0, 1, 30 * second} {
		var packets []packet.Summary
		for i := range 3000 {
			p := sender(i%2, 1e18+int64(i%3)*step)
			p.WireLen = math.MaxUint32 - uint32(i%5)
			p.Bytes = p.WireLen - uint32(i%2)*1e9
			packets = append(packets, p)
		}
		m := deal(NewSeed(), 0, packets, 1, []int{1})
		checkSeries(t, m, packets, 0)
		checkAtoms(t, m, packets)
	}
}

// TestEntriesOfTheLogDoNotOverflow joins entries whose sums do not fit.
func TestEntriesOfTheLogDoNotOverflow(t *testing.T) {
	t.Parallel()
	const most = math.MaxUint32
	for _, c := range []struct {
		name string
		a, b entry
		fits bool
	}{
		{"small", entry{packets: 1, bytes: 2, wireBytes: 3}, entry{packets: 4, bytes: 5, wireBytes: 6}, true},
		{"exactly", entry{packets: most, bytes: 0, wireBytes: 1}, entry{packets: 0, bytes: most, wireBytes: most - 1}, true},
		{"packets", entry{packets: most}, entry{packets: 1}, false},
		{"bytes", entry{packets: 1, bytes: 1 << 31}, entry{packets: 1, bytes: 1 << 31}, false},
		{"wire bytes", entry{packets: 1, wireBytes: most}, entry{packets: 1, wireBytes: most}, false},
	} {
		got, want := c.a, c.a
		if c.fits {
			want = entry{packets: c.a.packets + c.b.packets, bytes: c.a.bytes + c.b.bytes, wireBytes: c.a.wireBytes + c.b.wireBytes}
		}
		if fits := got.absorb(c.b); fits != c.fits || got != want {
			t.Errorf("%s: absorb = %+v, %t, want %+v, %t", c.name, got, fits, want, c.fits)
		}
	}
}

// logTraffic is traffic of many hosts that makes the log long: in each of the passes
// over the same intervals, every host sends a packet in every one.
func logTraffic(hosts, passes int, starts []int64) []packet.Summary {
	packets := make([]packet.Summary, 0, hosts*passes*len(starts))
	for range passes {
		for _, start := range starts {
			for h := range hosts {
				packets = append(packets, sender(h, start+int64(h)))
			}
		}
	}
	return packets
}

// times returns n moments that are a distance apart.
func times(n int, distance int64) []int64 {
	all := make([]int64, n)
	for i := range all {
		all[i] = 1e18 + int64(i)*distance
	}
	return all
}

// TestCompactingTheLogLosesNothing lets the log be compacted many times, in traffic that
// is in order of time and in traffic that is not.
func TestCompactingTheLogLosesNothing(t *testing.T) {
	t.Parallel()
	back := times(100, hour)
	slices.Reverse(back)
	for _, c := range []struct {
		name    string
		packets []packet.Summary
	}{
		{"in order", logTraffic(500, 1, times(250, hour))},
		{"backwards", logTraffic(500, 2, back)},
		{"to and fro", logTraffic(500, 100, times(2, hour))},
		{"round and round", logTraffic(500, 60, times(3, hour))},
		{"several times the same day", logTraffic(300, 6, times(100, hour))},
		{"in order, growing", logTraffic(100, 1, times(2000, second))},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, tables := range []int{1, 2} {
				checkSeries(t, deal(NewSeed(), 0, c.packets, tables, []int{500}), c.packets, 0)
			}
		})
	}
}

// TestLogIsBoundedByWhatItSays makes sure that the log's length depends on how many
// hosts sent in how many intervals, not on how often they went from one to another, as
// they do where several captures of the same time are read one after the other.
func TestLogIsBoundedByWhatItSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		packets []packet.Summary
		pairs   int // of host and interval
	}{
		{"in order", logTraffic(1000, 1, times(200, hour)), 200_000},
		{"to and fro", logTraffic(50_000, 15, times(2, hour)), 100_000},
		{"round and round", logTraffic(40_000, 12, times(3, hour)), 120_000},
		{"several times the same day", logTraffic(1000, 12, times(100, hour)), 100_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			table := NewTable(NewSeed(), 0)
			longest := 0
			for p := range slices.Chunk(c.packets, 1000) {
				table.Add(p)
				longest = max(longest, int(table.series.log.n))
			}
			// Compacting waits until the log is twice as long as it was left the last time,
			// which is by a third longer than it had to be.
			if most := 2*(c.pairs+c.pairs/3) + minCompact; longest > most {
				t.Errorf("the log of %d pairs of host and interval had %d entries, want at most %d", c.pairs, longest, most)
			}
		})
	}
}
