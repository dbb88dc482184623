package flow

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/packet"
)

// TestSorterSorts compares with the sort of the standard library, for numbers of places and
// kinds of numbers that take every way through the sorter.
func TestSorterSorts(t *testing.T) {
	t.Parallel()
	var s sorter
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, 2, fewPlaces, fewPlaces + 1, 300, 5000}).Draw(t, "places")
		pairs := rapid.SampledFrom([]int{1, 2, 100, 1 << 30}).Draw(t, "pairs")
		s.places = s.places[:0]
		for i := range n {
			s.places = append(s.places, place{
				pair: Mix(uint64(rapid.IntRange(0, pairs).Draw(t, "pair"))+1, 0x9e3779b97f4a7c15),
				rest: rapid.Uint64Range(0, 5).Draw(t, "rest"),
				cell: uint32(i),
			})
		}
		want := slices.Clone(s.places)
		slices.SortFunc(want, comparePlaces)
		got := slices.Clone(s.sort())
		for i := range got { // those that are equal are in any order
			if comparePlaces(got[i], want[i]) != 0 {
				t.Fatalf("place %d of %d is %x, want %x", i, n, got[i], want[i])
			}
		}
		slices.SortFunc(got, func(a, b place) int { return int(a.cell) - int(b.cell) })
		for i := range got {
			if int(got[i].cell) != i {
				t.Fatalf("cell %d is missing or there twice", i)
			}
		}
	})
}

// TestConversationNumbers says that the number of an IPv4 conversation is its own, that of
// both directions is the same, and that conversations of IPv6 that share a number are kept
// apart.
func TestConversationNumbers(t *testing.T) {
	t.Parallel()
	seed := NewSeed()
	seen := map[uint64]uint64{}
	for a := range uint64(300) {
		for b := a; b < 300; b++ {
			n := key4{addrs: a<<32 | b}.conversation(&seed)
			if m := (key4{addrs: b<<32 | a}).conversation(&seed); m != n {
				t.Errorf("conversation(%x to %x) = %x, the other way round %x", a, b, n, m)
			}
			if other, ok := seen[n]; ok {
				t.Errorf("conversations %x and %x have the same number", other, a<<32|b)
			}
			seen[n] = a<<32 | b
		}
	}

	// The product of two words is 0 if one of them is.
	var packets []packet.Summary
	addr := func(lo uint64) packet.Addr { return packet.Addr{Hi: seed[0], Lo: lo} }
	for i := range uint64(40) {
		for port := range uint16(3) {
			s := packet.Summary{
				Version: 6, Src: addr(i % 7), Dst: addr(i / 7), Proto: packet.ProtoTCP, SrcPort: port, TTL: uint8(i),
				Ports: packet.SrcPortKnown | packet.DstPortKnown, Bytes: 40, WireLen: 54, Time: int64(i) * second,
			}
			packets = append(packets, s, s)
		}
	}
	if a, b := (key6{src: addr(1), dst: addr(2)}).conversation(&seed), (key6{src: addr(3), dst: addr(4)}).conversation(&seed); a != b {
		t.Fatalf("conversations have the numbers %x and %x, want the same", a, b)
	}
	checkAtoms(t, deal(seed, 0, packets, 3, []int{7}), packets)
}
