package reducers

import (
	"maps"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
)

// TestSet compares with a map, with a good hash and with some under which all keys meet:
// at the first slot, and at the last, behind which the search begins again.
func TestSet(t *testing.T) {
	hashes := map[string]func(uint64) uint64{
		"mix":   func(k uint64) uint64 { return flow.Mix(k, 0x9e3779b97f4a7c15) },
		"key":   func(k uint64) uint64 { return k },
		"first": func(uint64) uint64 { return 0 },
		"last":  func(uint64) uint64 { return math.MaxUint64 },
	}
	rapid.Check(t, func(t *rapid.T) {
		s := set[uint64]{hash: hashes[rapid.SampledFrom(slices.Sorted(maps.Keys(hashes))).Draw(t, "hash")]}
		want := map[uint64]bool{}
		for _, k := range rapid.SliceOfN(rapid.Uint64Range(1, 300), 0, 400).Draw(t, "keys") {
			s.add(k)
			want[k] = true
		}
		var got []uint64
		s.each(func(k uint64) { got = append(got, k) })
		slices.Sort(got)
		if !slices.Equal(got, slices.Sorted(maps.Keys(want))) || s.n != len(want) {
			t.Errorf("the set has %d keys, %v, want %d", s.n, got, len(want))
		}
		if s.slots.n > 0 && s.n >= s.slots.n {
			t.Errorf("%d keys in %d slots: looking for another one does not end", s.n, s.slots.n)
		}
	})
}

// TestPortHosts compares with a map: ports and addresses of both versions that are 0 or
// as large as they can be, the same address in both, and as many as make the set grow.
func TestPortHosts(t *testing.T) {
	port := rapid.OneOf(rapid.SampledFrom([]uint16{0, 1, math.MaxUint16}), rapid.Uint16())
	four := rapid.OneOf(rapid.SampledFrom([]uint32{0, 1, math.MaxUint32}), rapid.Uint32())
	word := rapid.OneOf(rapid.SampledFrom([]uint64{0, 1, math.MaxUint64}), rapid.Uint64())
	key := rapid.Custom(func(t *rapid.T) PortHost {
		k := PortHost{Port: port.Draw(t, "port"), Host: packet.Host{Version: 6}}
		switch rapid.SampledFrom([]string{"IPv4", "IPv4-mapped", "IPv6"}).Draw(t, "address") {
		case "IPv4":
			k.Host = packet.Host{Addr: packet.Addr4(four.Draw(t, "four")), Version: 4}
		case "IPv4-mapped":
			k.Host.Addr = packet.Addr4(four.Draw(t, "four"))
		default:
			k.Host.Addr = packet.Addr{Hi: word.Draw(t, "high"), Lo: word.Draw(t, "low")}
		}
		return k
	})
	rapid.Check(t, func(t *rapid.T) {
		s, want := newPortHosts(nil), map[PortHost]bool{}
		if empty := s.sorted(); len(empty) > 0 || s.held() != 0 {
			t.Fatalf("a new set has %v and takes %d bytes", empty, s.held())
		}
		for _, k := range rapid.SliceOfN(key, 0, 200).Draw(t, "keys") {
			s.add(k)
			s.add(k) // which is known to be there
			want[k] = true
		}
		got := s.sorted()
		if !slices.Equal(got, slices.SortedFunc(maps.Keys(want), PortHost.compare)) {
			t.Errorf("the set has %v, want %v", got, want)
		}
		if least := int64(len(want)) * 8; s.held() < least {
			t.Errorf("%d hosts take %d bytes, want %d at least", len(want), s.held(), least)
		}
	})
}

// TestPortHostsGrow adds far more hosts than rapid draws.
func TestPortHostsGrow(t *testing.T) {
	s := newPortHosts(nil)
	const each = 20_000
	for i := range uint32(each) {
		s.add(PortHost{uint16(i), packet.Host{Addr: packet.Addr4(i / 3), Version: 4}})
		s.add(PortHost{uint16(i), packet.Host{Addr: packet.Addr{Lo: uint64(i / 3)}, Version: 6}})
	}
	got := s.sorted()
	if len(got) != 2*each || len(slices.Compact(got)) != 2*each {
		t.Errorf("the set has %d hosts, want %d", len(got), 2*each)
	}
}
