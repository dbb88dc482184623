package flow

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/capfold/capfold/pipeline/packet"
)

// benchPackets returns packets of a number of flows in random order, ten flows to a pair
// of hosts, over a time.
func benchPackets(version uint8, flows, n int, over int64) []packet.Summary {
	rng := rand.New(rand.NewPCG(1, uint64(flows)))
	packets := make([]packet.Summary, n)
	for i := range packets {
		f := uint32(rng.IntN(flows))
		pair := f / 10 * 2654435761
		if version == 4 {
			packets[i] = tcp4(0x93200000|pair>>16, pair, uint16(f), 443, uint8(64+pair%3))
		} else {
			packets[i] = tcp6(packet.Addr{Hi: prefix6, Lo: uint64(pair >> 16)}, packet.Addr{Hi: prefix6, Lo: uint64(pair) << 32}, uint16(f), 443)
		}
		packets[i].Time = 1e18 + int64(i)*(over/int64(n))
	}
	return packets
}

var benchTraffic = []struct {
	version uint8
	flows   int
}{{4, 1000}, {4, 300_000}, {6, 1000}, {6, 300_000}}

// BenchmarkAdd measures the fold of packets of one interval into a table that knows their
// flows already.
func BenchmarkAdd(b *testing.B) {
	for _, c := range benchTraffic {
		b.Run(fmt.Sprintf("IPv%d/flows=%d", c.version, c.flows), func(b *testing.B) {
			packets := benchPackets(c.version, c.flows, 1<<20, 0)
			table := NewTable(NewSeed(), 0)
			table.Add(packets)
			b.ReportAllocs()
			n, at := 0, 0
			for b.Loop() {
				table.Add(packets[at : at+batchLen])
				at = (at + batchLen) % len(packets)
				n += batchLen
			}
			perPacket(b, n, "packets")
		})
	}
}

// BenchmarkNewFlows measures the worst case: every packet a flow of its own.
func BenchmarkNewFlows(b *testing.B) {
	for _, version := range []uint8{4, 6} {
		b.Run(fmt.Sprintf("IPv%d", version), func(b *testing.B) {
			packets := make([]packet.Summary, 1<<19)
			for i := range packets {
				if version == 4 {
					packets[i] = tcp4(0x0a000000|uint32(i&0xfff), uint32(i)*2654435761, 40000, 22, 64)
				} else {
					packets[i] = tcp6(packet.Addr{Hi: prefix6, Lo: uint64(i & 0xfff)}, packet.Addr{Hi: prefix6, Lo: uint64(i) << 20}, 40000, 22)
				}
				packets[i].Time = 1e18 + int64(i)*millisecond
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				NewTable(NewSeed(), 0).Add(packets)
				n += len(packets)
			}
			perPacket(b, n, "packets")
		})
	}
}

// BenchmarkSeries measures the fold of packets whose senders go from interval to
// interval, once in order of time and once more, as another capture of the same time.
func BenchmarkSeries(b *testing.B) {
	for _, passes := range []int{1, 4} {
		b.Run(fmt.Sprintf("passes=%d", passes), func(b *testing.B) {
			packets := benchPackets(4, 100_000, 1<<19, 10*minute)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				table := NewTable(NewSeed(), 0)
				for range passes {
					table.Add(packets)
					n += len(packets)
				}
			}
			perPacket(b, n, "packets")
		})
	}
}

// BenchmarkConversations measures what is done once per atom: merging two tables, sorting
// a shard and dividing it into conversations and flows.
func BenchmarkConversations(b *testing.B) {
	for _, c := range benchTraffic {
		b.Run(fmt.Sprintf("IPv%d/flows=%d", c.version, c.flows), func(b *testing.B) {
			packets := benchPackets(c.version, c.flows, 2*c.flows, 10*minute)
			seed := NewSeed()
			var buf Buffer
			atoms := 0
			for b.Loop() {
				b.StopTimer()
				tables := []*Table{NewTable(seed, 0), NewTable(seed, 0)}
				for i, t := range tables {
					t.Add(packets[i*len(packets)/2:][:len(packets)/2])
				}
				b.StartTimer()
				m := Merge(tables)
				for shard := range NumShards {
					for range m.Shard(shard, &buf) {
					}
				}
				atoms += int(m.Atoms())
			}
			perPacket(b, atoms, "atoms")
		})
	}
}

// perPacket reports how fast n things were done.
func perPacket(b *testing.B, n int, what string) {
	b.Helper()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/"+what[:len(what)-1])
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), what+"/s")
}
