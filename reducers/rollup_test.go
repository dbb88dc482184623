package reducers

import (
	"cmp"
	"iter"
	"runtime"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
)

// tally is a measure under small numbers.
type tally struct{ N, Sum int64 }

type tallyRollup = Rollup[[]int16, int16, tally]

// tallies returns a rollup of the numbers in its inputs.
func tallies(change func(*tallyRollup)) *tallyRollup {
	type row = Row[int16, tally]
	r := &tallyRollup{
		Doc: table.Schema{Name: "tallies"},
		Fold: func(in []int16, at func(int16) *tally) {
			for i, k := range in {
				m := at(k)
				m.N++
				m.Sum += int64(i)
			}
		},
		Merge: func(into, from *tally) {
			into.N += from.N
			into.Sum += from.Sum
		},
		Compare: func(a, b *row) int { return cmp.Compare(a.Key, b.Key) },
		Columns: []table.Column[row]{
			table.Int64s("key", "", "", func(r *row) int64 { return int64(r.Key) }),
			table.Int64s("n", "", "", func(r *row) int64 { return r.Value.N }),
			table.Int64s("sum", "", "", func(r *row) int64 { return r.Value.Sum }),
		},
	}
	change(r)
	return r
}

// TestRollupWays compares the ways in which a rollup can be told to find its rows with the
// plain one: all come to the same, in one piece, merged, encoded and decoded.
func TestRollupWays(t *testing.T) {
	inParts := func(r *tallyRollup) {
		r.Keys = func(in, keys []int16) []int16 { return append(keys, in...) }
		r.Parts = func(in []int16, measures []*tally) {
			for i := range in {
				measures[i].N++
				measures[i].Sum += int64(i)
			}
		}
	}
	number := func(k int16) int { return int(k) } // negative, or too large, for some
	hash := func(secret *[2]uint64, k int16) uint64 { return hashWords(secret, uint64(k), 0) }
	plain := tallies(func(*tallyRollup) {})
	ways := map[string]*tallyRollup{
		"hash":             tallies(func(r *tallyRollup) { r.Hash = hash }),
		"one hash for all": tallies(func(r *tallyRollup) { r.Hash = func(*[2]uint64, int16) uint64 { return 7 } }),
		"numbers":          tallies(func(r *tallyRollup) { r.Number, r.Numbers = number, 20 }),
		"parts":            tallies(inParts),
		"parts and hash":   tallies(func(r *tallyRollup) { inParts(r); r.Hash = hash }),
		"parts that meet": tallies(func(r *tallyRollup) {
			inParts(r)
			r.Hash = func(_ *[2]uint64, k int16) uint64 { return uint64(k & 1) }
		}),
		"parts and numbers": tallies(func(r *tallyRollup) { inParts(r); r.Number, r.Numbers = number, 20 }),
		"parts and spills":  tallies(func(r *tallyRollup) { inParts(r); r.CompareKeys = cmp.Compare[int16] }),
	}
	key := rapid.OneOf(rapid.Int16Range(-3, 30), rapid.Int16())
	rapid.Check(t, func(t *rapid.T) {
		input := rapid.OneOf(rapid.SliceOfN(key, 0, 5), rapid.SliceOfN(key, 0, 3*loadAhead))
		inputs := rapid.SliceOfN(input, 0, 50).Draw(t, "inputs")
		cut := rapid.IntRange(0, len(inputs)).Draw(t, "cut")
		fold := func(r *tallyRollup, inputs [][]int16) pipeline.Partial[[]int16] {
			p := r.New()
			for _, in := range inputs {
				p.Add(in)
			}
			return p
		}
		encode := func(p pipeline.Partial[[]int16]) []byte {
			b, err := p.AppendBinary(nil)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		twin := fold(plain, inputs)
		state := encode(twin)
		want := dump(twin.Table())
		for name, r := range ways {
			whole := fold(r, inputs)
			merged := merge(fold(r, inputs[:cut]), fold(r, inputs[cut:]))
			later := fold(r, inputs[:cut])
			encode(later) // which may be asked for before the last input
			for _, in := range inputs[cut:] {
				later.Add(in)
			}
			decoded := fold(r, [][]int16{{1, 2, 3}})
			if err := decoded.UnmarshalBinary(encode(fold(r, inputs[:cut]))); err != nil {
				t.Fatal(err)
			}
			decoded.Merge(fold(r, inputs[cut:]))
			for how, p := range map[string]pipeline.Partial[[]int16]{"whole": whole, "merged": merged, "later": later, "decoded": decoded} {
				if got := encode(p); !slices.Equal(got, state) {
					t.Errorf("%s, %s: another state than without", name, how)
				}
				if got := dump(p.Table()); got != want {
					t.Errorf("%s, %s: table\n%s\nwant\n%s", name, how, got, want)
				}
			}
		}
	})
}

// TestComplete says that every row is completed once, before the table is made, however
// many goroutines share them out.
func TestComplete(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	for _, n := range []int{0, 1, minComplete, minComplete + 1, 3*minComplete + 7, 20_000} {
		var mu sync.Mutex
		calls := 0
		r := tallies(func(r *tallyRollup) {
			r.Complete = func(rows iter.Seq[*Row[int16, tally]]) {
				for row := range rows {
					row.Value.Sum++
				}
				mu.Lock()
				defer mu.Unlock()
				calls++
			}
		})
		p := r.New()
		for k := range n {
			p.Add([]int16{int16(k)})
		}
		var sum table.Vector
		tab := p.Table()
		tab.Read(2, 0, tab.Rows, &sum)
		if tab.Rows != n || slices.ContainsFunc(sum.Ints, func(x int64) bool { return x != 1 }) {
			t.Errorf("of %d rows, not all were completed once", n)
		}
		if want := max(0, min(4, (n+minComplete-1)/minComplete)); calls > want {
			t.Errorf("%d rows were completed in %d parts, want %d at most", n, calls, want)
		}
	}
}

// TestRanks asks for the ranks of hosts with one and of others, among them those that the
// filter does not tell from these.
func TestRanks(t *testing.T) {
	word := rapid.OneOf(rapid.SampledFrom([]uint64{0, 1, 2, 0xffff << 32}), rapid.Uint64())
	host := rapid.Custom(func(t *rapid.T) packet.Host {
		h := packet.Host{Addr: packet.Addr{Hi: word.Draw(t, "high"), Lo: word.Draw(t, "low")}, Version: 6}
		if rapid.Bool().Draw(t, "IPv4") {
			h = packet.Host{Addr: packet.Addr4(uint32(h.Addr.Lo)), Version: 4}
		}
		return h
	})
	rapid.Check(t, func(t *rapid.T) {
		hosts := rapid.SliceOfNDistinct(host, 0, 60, rapid.ID[packet.Host]).Draw(t, "hosts")
		e := Env{Hosts: hosts[:rapid.IntRange(0, len(hosts)).Draw(t, "top")]}
		ranks := e.ranks()
		for i, h := range hosts {
			want := i + 1
			if want > len(e.Hosts) {
				want = 0
			}
			if got := ranks.rank(h); got != want {
				t.Errorf("rank of %v = %d, want %d", h, got, want)
			}
			like := packet.Host{Addr: packet.Addr{Hi: h.Addr.Lo, Lo: h.Addr.Hi}, Version: 6}
			if filterBit(like) != filterBit(h) {
				t.Fatalf("filterBit tells %v from %v, so that nothing is tested", like, h)
			}
			if got := ranks.rank(like); got != slices.Index(e.Hosts, like)+1 {
				t.Errorf("rank of %v = %d, want %d", like, got, slices.Index(e.Hosts, like)+1)
			}
		}
	})
}
