package table

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/slab"
)

// wideOrders are orders of wide rows, all the same, with ever more keys.
var wideOrders = map[string]Order[wide]{
	"no key":     {Compare: (*wide).compare},
	"coarse key": {Compare: (*wide).compare, Keys: []func(*wide) uint64{func(w *wide) uint64 { return uint64(w.key / 7) }}},
	"one key":    {Compare: (*wide).compare, Keys: []func(*wide) uint64{func(w *wide) uint64 { return uint64(w.key) << 40 }}},
	"two keys": {Compare: (*wide).compare, Keys: []func(*wide) uint64{
		func(w *wide) uint64 { return uint64(w.key) }, func(w *wide) uint64 { return uint64(w.rest) },
	}},
	"equal keys": {Compare: (*wide).compare, Keys: []func(*wide) uint64{func(*wide) uint64 { return 1 << 63 }}},
}

// TestRowsSort compares with slices.SortFunc, also where parts are sorted at the same time.
func TestRowsSort(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 2, minRadix, minRadix + 1, 300, 9 * minPart} {
		for name, o := range wideOrders {
			for _, different := range []int{1, 2, 1 + n/3} {
				l := &Rows[wide]{}
				for _, rest := range r.Perm(n) {
					*l.Push() = wide{r.IntN(different), rest}
				}
				want := all(l)
				slices.SortFunc(want, func(a, b wide) int { return a.compare(&b) })
				if l.Sort(o); !slices.Equal(all(l), want) {
					t.Errorf("Sort of %d rows, %d of them different, with %s differs from slices.SortFunc", n, different, name)
				}
			}
		}
	}
}

// TestRowsSortRecycles looks where slabs are when rows that lie in them have been sorted.
func TestRowsSortRecycles(t *testing.T) {
	slabs := &slab.Pool{}
	l := randomRows(rand.New(rand.NewPCG(5, 6)), 10*chunkRows[wide](), slabs)
	l.Sort(wideOrders["one key"])
	if got, want := slabs.Idle(), int64(10*slab.Len); got != want {
		t.Errorf("Idle() = %d after Sort, want the %d bytes of the rows before", got, want)
	}
	l.Release()
	if got, want := slabs.Idle(), int64(20*slab.Len); got != want {
		t.Errorf("Idle() = %d after Sort and Release, want all %d bytes", got, want)
	}
}

// TestSortedKeys sorts by keys of any bits.
func TestSortedKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mask := rapid.Uint64().Draw(t, "mask")
		keys := rapid.SliceOfN(rapid.Uint64(), 0, 500).Draw(t, "keys")
		for i := range keys {
			keys[i] &= mask
		}
		l := RowsOf(slices.Clone(keys))
		l.Sort(Order[uint64]{
			Keys:    []func(*uint64) uint64{func(k *uint64) uint64 { return *k >> 1 }},
			Compare: func(a, b *uint64) int { return cmp.Compare(*a, *b) },
		})
		slices.Sort(keys)
		for i, want := range keys {
			if got := *l.At(i); got != want {
				t.Fatalf("row %d = %#x, want %#x", i, got, want)
			}
		}
	})
}

// TestSortedDigits sorts so many rows that they take more than one digit, by processors
// that share them out: keys whose bits are far apart, evenly spread or nearly all the same,
// and a second key that decides where they are.
func TestSortedDigits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	const n = 4*minPart + 3
	r := rand.New(rand.NewPCG(7, 8))
	for _, mask := range []uint64{
		0, 1, 1 << 63, 1<<63 | 1, 1<<(maxDigit+1) - 1, 0x8000_0000_8000_0001, 0xff00_0000_0000_00ff, 0xaaaa_aaaa_aaaa_aaaa, 1<<64 - 1,
	} {
		for _, rare := range []bool{false, true} {
			want := make([][2]uint64, n)
			for i := range want {
				if want[i][1] = r.Uint64(); !rare || r.IntN(1000) == 0 {
					want[i][0] = r.Uint64() & mask
				}
			}
			l := RowsOf(slices.Clone(want))
			compare := func(a, b *[2]uint64) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }
			slices.SortFunc(want, func(a, b [2]uint64) int { return compare(&a, &b) })
			for keys := 1; keys <= 2; keys++ {
				o := Order[[2]uint64]{Compare: compare, Keys: []func(*[2]uint64) uint64{
					func(k *[2]uint64) uint64 { return k[0] }, func(k *[2]uint64) uint64 { return k[1] },
				}[:keys]}
				got := make([][2]uint64, 0, n)
				for _, row := range l.sorted(o) {
					got = append(got, *l.At(int(row)))
				}
				if !slices.Equal(got, want) {
					t.Errorf("sorting by %d keys of the bits %#x, rarely different %t, differs from slices.SortFunc", keys, mask, rare)
				}
			}
		}
	}
}

// TestFirst compares with sorting.
func TestFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.IntRange(0, 50), 0, 2500).Draw(t, "rows")
		n := rapid.IntRange(0, len(rows)+1).Draw(t, "n")
		first := NewFirst(n, func(a, b *int) int { return cmp.Compare(*a, *b) })
		for i := range rows {
			first.Add(&rows[i])
			if i%700 == 699 {
				first.Rows() // may be asked for at any time
			}
		}
		want := slices.Sorted(slices.Values(rows))
		if want = want[:min(n, len(want))]; !slices.Equal(first.Rows(), want) {
			t.Errorf("the first %d of %d = %d, want %d", n, rows, first.Rows(), want)
		}
	})
}

// large is a row as large as that of a flow.
type large struct {
	key uint64
	_   [12]uint64
}

// BenchmarkSorted sorts rows, and then either reads them through their order, as tables do,
// or moves each to its place first.
func BenchmarkSorted(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	l := &Rows[large]{}
	for range 1 << 20 {
		l.Push().key = r.Uint64()
	}
	o := Order[large]{
		Keys:    []func(*large) uint64{func(r *large) uint64 { return r.key }},
		Compare: func(a, b *large) int { return cmp.Compare(a.key, b.key) },
	}
	numbers := l.sorted(o)
	perRow := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*l.Len()), "ns/row")
	}
	b.Run("sort", func(b *testing.B) {
		for b.Loop() {
			l.sorted(o)
		}
		perRow(b)
	})
	b.Run("gather", func(b *testing.B) {
		part := &Rows[large]{}
		for b.Loop() {
			for n := range slices.Chunk(numbers, 1<<16) {
				part.gather(l, n)
			}
		}
		perRow(b)
	})
	b.Run("move", func(b *testing.B) {
		for b.Loop() {
			move(l, numbers)
		}
		perRow(b)
	})
}

// move moves rows to their places along the cycles of a permutation.
func move(l *Rows[large], numbers []uint32) {
	numbers = slices.Clone(numbers)
	const moved = 1<<32 - 1
	for start := range numbers {
		if numbers[start] == moved {
			continue
		}
		first := *l.At(start)
		for at := start; ; {
			from := int(numbers[at])
			numbers[at] = moved
			if from == start {
				*l.At(at) = first
				break
			}
			*l.At(at) = *l.At(from)
			at = from
		}
	}
}

func ExampleFirst() {
	first := NewFirst(2, func(a, b *string) int { return cmp.Compare(*a, *b) })
	for _, s := range []string{"pear", "apple", "fig"} {
		first.Add(&s)
	}
	fmt.Println(first.Rows())
	// Output: [apple fig]
}
