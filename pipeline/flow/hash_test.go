package flow

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/capfold/capfold/pipeline/packet"
)

// structured is traffic whose keys differ in few and regular ways, as those of scans and
// of busy services do. It makes 2^16 packets, each a flow of its own.
var structured = []struct {
	name  string
	pairs bool // of many pairs of hosts
	make  func(i int) packet.Summary
}{
	{"one pair, all source ports", false, func(i int) packet.Summary {
		return tcp4(0x0a000001, 0x0a000002, uint16(i), 443, 64)
	}},
	{"one pair, all destination ports", false, func(i int) packet.Summary {
		return tcp4(0x0a000001, 0x0a000002, 40000, uint16(i), 64)
	}},
	{"one pair, ports and TTL", false, func(i int) packet.Summary {
		return tcp4(0x0a000001, 0x0a000002, uint16(i>>8)<<2, 80, uint8(i))
	}},
	{"scan of a /16", true, func(i int) packet.Summary {
		return tcp4(0x0a000001, 0x93200000|uint32(i), 40000, 22, 64)
	}},
	{"answers of a /16", true, func(i int) packet.Summary {
		return tcp4(0x93200000|uint32(i), 0x0a000001, 22, 40000, 64)
	}},
	{"a /24 scans another", true, func(i int) packet.Summary {
		return tcp4(0x0a000000|uint32(i>>8), 0x0a000100|uint32(i&255), 40000, 22, 64)
	}},
	{"neighbours", true, func(i int) packet.Summary {
		return tcp4(0x0a000000|uint32(2*i), 0x0a000000|uint32(2*i+1), 5353, 5353, 255)
	}},
	{"networks", true, func(i int) packet.Summary {
		return tcp4(uint32(i)<<16|1, 0x0a000001, 1024, 80, 64)
	}},
	{"IPv6, one pair, all source ports", false, func(i int) packet.Summary {
		return tcp6(packet.Addr{Hi: prefix6, Lo: 1}, packet.Addr{Hi: prefix6, Lo: 2}, uint16(i), 443)
	}},
	{"IPv6, addresses of a /64", true, func(i int) packet.Summary {
		return tcp6(packet.Addr{Hi: prefix6, Lo: uint64(i)}, packet.Addr{Hi: prefix6, Lo: 1 << 40}, 1024, 443)
	}},
	{"IPv6, networks of a /48", true, func(i int) packet.Summary {
		return tcp6(packet.Addr{Hi: prefix6 | uint64(i), Lo: 1}, packet.Addr{Hi: 0x2a00 << 48, Lo: 1}, 1024, 443)
	}},
	{"IPv6, neighbours", true, func(i int) packet.Summary {
		return tcp6(packet.Addr{Hi: prefix6, Lo: uint64(2 * i)}, packet.Addr{Hi: prefix6, Lo: uint64(2*i + 1)}, 5353, 5353)
	}},
	{"IPv6, mapped addresses", true, func(i int) packet.Summary {
		return tcp6(packet.Addr4(uint32(i)), packet.Addr4(uint32(i)<<8), 5353, 5353)
	}},
}

const prefix6 = 0x20010db8 << 32

func tcp4(src, dst uint32, srcPort, dstPort uint16, ttl uint8) packet.Summary {
	return packet.Summary{
		Version: 4, Src: packet.Addr4(src), Dst: packet.Addr4(dst), SrcPort: srcPort, DstPort: dstPort,
		Ports: packet.SrcPortKnown | packet.DstPortKnown, Proto: packet.ProtoTCP, TTL: ttl, Bytes: 40, WireLen: 60,
	}
}

func tcp6(src, dst packet.Addr, srcPort, dstPort uint16) packet.Summary {
	return packet.Summary{
		Version: 6, Src: src, Dst: dst, SrcPort: srcPort, DstPort: dstPort,
		Ports: packet.SrcPortKnown | packet.DstPortKnown, Proto: packet.ProtoTCP, TTL: 64, Bytes: 60, WireLen: 74,
	}
}

// testSeeds are the same in every run, so that what is improbable does not happen now
// and then.
func testSeeds() []Seed {
	rng := rand.New(rand.NewPCG(1, 1))
	seeds := make([]Seed, 4)
	for i := range seeds {
		seeds[i] = Seed{rng.Uint64(), rng.Uint64(), rng.Uint64(), rng.Uint64()}
	}
	return seeds
}

// TestStructuredKeysSpread measures how many slots a search visits, how many keys share
// a tag, and how evenly pairs of hosts are spread over the shards.
func TestStructuredKeysSpread(t *testing.T) {
	t.Parallel()
	const flows = 1 << 16
	for _, c := range structured {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for i, seed := range testSeeds() {
				table := NewTable(seed, 0)
				batch := make([]packet.Summary, flows)
				for i := range batch {
					batch[i] = c.make(i)
				}
				table.Add(batch)
				q := quality{least: flows}
				for shard := range NumShards {
					before := q.cells
					measure(&q, &table.v4[shard].index, &seed)
					measure(&q, &table.v6[shard].index, &seed)
					q.least, q.most = min(q.least, q.cells-before), max(q.most, q.cells-before)
				}
				// With ideal hashes and three quarters of the slots in use, a search visits
				// 2.5 of them on average (Knuth, volume 3, 6.4), and 0.5 keys share a tag.
				if q.cells != flows || float64(q.steps)/flows > 2 || q.longest > 200 || q.sameTag > 20 {
					t.Errorf("seed %d: %+v, want %d cells, 2 steps each, at most 200, and at most 20 equal tags", i, q, flows)
				}
				// 512 pairs a shard, with a standard deviation of 22.6 if they were random.
				if mean := flows / NumShards; c.pairs && (q.least < mean*3/4 || q.most > mean*5/4) {
					t.Errorf("seed %d: shards hold %d to %d flows, want %d", i, q.least, q.most, mean)
				}
				if !c.pairs && q.most != flows {
					t.Errorf("seed %d: a shard holds %d flows of one pair, want all", i, q.most)
				}
				senders := quality{}
				measure(&senders, &table.hosts, &seed)
				if float64(senders.steps) > 2*float64(senders.cells) || senders.longest > 200 || senders.sameTag > 20 {
					t.Errorf("seed %d: senders %+v, want 2 steps each, at most 200, and at most 20 equal tags", i, senders)
				}
			}
		})
	}
}

// quality says how well a hash spreads keys.
type quality struct {
	cells, steps, longest, sameTag int // steps beyond the slot where a search begins
	least, most                    int // cells of a shard
}

func measure[K hashed, V any](q *quality, x *index[K, V], seed *Seed) {
	q.cells += int(x.n)
	tags := make(map[uint32]bool, x.n)
	mask := uint32(len(x.slots) - 1)
	for i, slot := range x.slots {
		if slot == 0 {
			continue
		}
		tag := x.cell(slot&mask - 1).key.tag(seed)
		if tags[tag] {
			q.sameTag++
		}
		tags[tag] = true
		steps := int((uint32(i) - tag) & mask)
		q.steps += steps
		q.longest = max(q.longest, steps)
	}
}

// TestSeedsDiffer makes sure that nobody can know the hash of a key.
func TestSeedsDiffer(t *testing.T) {
	t.Parallel()
	if a, b := NewSeed(), NewSeed(); a == b || a == (Seed{}) {
		t.Errorf("NewSeed() = %x, then %x, want different ones", a, b)
	}
	s := structured[0].make(1)
	key := key4{uint64(s.Src.As4())<<32 | uint64(s.Dst.As4()), packTail(&s)}
	tags := map[string]bool{}
	for _, seed := range testSeeds() {
		tags[fmt.Sprint(key.tag(&seed), key.shard(&seed))] = true
	}
	if len(tags) != len(testSeeds()) {
		t.Errorf("a key has %d tags and shards with %d seeds", len(tags), len(testSeeds()))
	}
}
