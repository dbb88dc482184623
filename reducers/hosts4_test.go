package reducers

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/spill"
)

// TestHost4Len checks that what is known of a host is a line of the cache.
func TestHost4Len(t *testing.T) {
	if n := unsafe.Sizeof(host4{}); n != 64 {
		t.Errorf("a host takes %d bytes, want 64", n)
	}
}

// TestHosts4 folds conversations of few hosts by the rollup of hosts alone, and by partials of
// which some go through files, whose sums have no room for all that is counted.
func TestHosts4(t *testing.T) {
	for _, tt := range []struct {
		name   string
		counts []int64 // that sums are made of
	}{
		{"small", []int64{1, 2, 1500}},
		{"large", []int64{1, 1 << 31, math.MaxUint32, math.MaxUint32 - 1, 1 << 40}},
	} {
		for _, spills := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, files: %t", tt.name, spills), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, 2))
				reducer := hosts(&Env{}).(hostsReducer)
				memory := spill.New(0, 2, t.TempDir())
				defer memory.Close()
				want := reducer.hostsRollup.New()
				partials := make([]pipeline.Partial[flow.Batch], 3)
				for i := range partials {
					partials[i] = reducer.New()
				}
				if spills {
					partials[1].(pipeline.Spiller).Limit(memory)
				}
				for range 200 {
					b := someConversations(r, tt.counts)
					want.Add(b)
					i := r.IntN(len(partials))
					partials[i].Add(b)
					if spills && i == 1 && r.IntN(9) == 0 {
						partials[1].(pipeline.Spiller).Spill()
					}
				}
				partials[1].Merge(partials[2])
				partials[0].Merge(partials[1])
				if !spills {
					got, err := partials[0].AppendBinary(nil)
					if err != nil {
						t.Fatal(err)
					}
					state, err := want.AppendBinary(nil)
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(state, got); diff != "" {
						t.Errorf("encoding of hosts (-want +got):\n%s", diff)
					}
					// Of an encoded partial, hosts are found again.
					decoded := reducer.New()
					if err := decoded.UnmarshalBinary(got); err != nil {
						t.Fatal(err)
					}
					b := someConversations(r, tt.counts)
					want.Add(b)
					decoded.Add(b)
					partials[0] = decoded
				}
				if diff := cmp.Diff(dump(want.Table()), dump(partials[0].Table())); diff != "" {
					t.Errorf("table of hosts (-want +got):\n%s", diff)
				}
				if err := memory.Err(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestManyHosts4ThroughFiles spills more hosts than become rows at a time, twice, and sums them up.
func TestManyHosts4ThroughFiles(t *testing.T) {
	const n = rowsInMemory + rowsInMemory/2
	var atoms []flow.Atom
	for i := range uint32(n) {
		atoms = append(atoms, flow.Atom{
			Key:   flow.Key{Src: packet.Addr4(i), Dst: packet.Addr4(math.MaxUint32), Version: 4, TTL: 1},
			Value: flow.Value{Counts: flow.Counts{Packets: 1, Bytes: int64(i), WireBytes: int64(i) + 14}},
		})
	}
	b := flow.Divide(atoms)
	memory := spill.New(0, 2, t.TempDir())
	defer memory.Close()
	reducer := hosts(&Env{}).(hostsReducer)
	want, got := reducer.hostsRollup.New(), reducer.New()
	got.(pipeline.Spiller).Limit(memory)
	for range 2 {
		want.Add(b)
		got.Add(b)
		got.(pipeline.Spiller).Spill()
		if held := got.(pipeline.Spiller).Held(); held > 1<<10 {
			t.Errorf("%d bytes are held behind Spill", held)
		}
	}
	tab := got.Table()
	if tab.Rows != n+1 {
		t.Errorf("%d hosts, want %d", tab.Rows, n+1)
	}
	if diff := cmp.Diff(dump(want.Table()), dump(tab)); diff != "" {
		t.Errorf("table of hosts (-want +got):\n%s", diff)
	}
	if err := memory.Err(); err != nil {
		t.Error(err)
	}
}

// someConversations returns conversations of few hosts of both IP versions, of one flow each
// way or of none, whose counts are some of the given ones.
func someConversations(r *rand.Rand, counts []int64) flow.Batch {
	var atoms []flow.Atom
	count := func() int64 { return counts[r.IntN(len(counts))] }
	for a := range 5 {
		for b := a; b < 5; b++ {
			version := uint8(4)
			if r.IntN(4) == 0 {
				version = 6
			}
			for back := range 1 + r.IntN(2) {
				if back > 0 && a == b {
					break
				}
				k := flow.Key{Src: packet.Addr4(uint32(a)), Dst: packet.Addr4(uint32(b)), Version: version, TTL: uint8(1 + r.IntN(255))}
				if back > 0 {
					k.Src, k.Dst = k.Dst, k.Src
				}
				bytes, first := count(), r.Int64N(1000)
				atoms = append(atoms, flow.Atom{Key: k, Value: flow.Value{
					Counts: flow.Counts{Packets: count(), Bytes: bytes, WireBytes: bytes + count() - 2},
					First:  first, Last: first + r.Int64N(10),
				}})
			}
		}
	}
	return flow.Divide(atoms)
}
