package table

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/slab"
	"github.com/capfold/capfold/pipeline/spill"
)

// Numbers of small groups are packed, into one word where the value is small too.
var numberPackings = []Packing[number]{
	{
		Words: 1,
		Pack: func(w []uint64, n *number) bool {
			w[0] = uint64(n.group)<<shortBits | uint64(n.value)
			return uint64(n.group) < 16 && uint64(n.value) < 1<<shortBits
		},
		Unpack: func(w []uint64, n *number) { *n = number{int64(w[0] >> shortBits), int64(w[0] & (1<<shortBits - 1))} },
	},
	{
		Words: 3,
		Pack: func(w []uint64, n *number) bool {
			w[0], w[1], w[2] = uint64(n.group), uint64(n.value), 0
			return uint64(n.group) < 64
		},
		Unpack: func(w []uint64, n *number) { *n = number{int64(w[0]), int64(w[1])} },
	},
}

const shortBits = 10

// numberPlan returns a plan for stores of numbers, with the first of all packings.
func numberPlan(order Order[number], packings int) *Plan[number] {
	plan := &Plan[number]{Order: order, Packings: slices.Clone(numberPackings[:packings])}
	for i := range plan.Packings {
		p := &plan.Packings[i]
		unpacked := func(key func(*number) uint64) func([]uint64) uint64 {
			return func(w []uint64) uint64 {
				var n number
				p.Unpack(w, &n)
				return key(&n)
			}
		}
		for _, key := range order.Keys {
			p.Keys = append(p.Keys, unpacked(key))
		}
		p.RankKey = unpacked(rankKey)
	}
	return plan
}

// setDivideAt has stores of the tests that run now divide their rows early.
func setDivideAt(t *testing.T, n int) {
	before := divideAt
	divideAt = n
	t.Cleanup(func() { divideAt = before })
}

// TestStore deals rows to stores that spill, or divide their rows, or neither, joins them in
// any order, and compares the table with that of the rows in order.
func TestStore(t *testing.T) {
	setDivideAt(t, 300)
	dir := t.TempDir()
	slabs := &slab.Pool{}
	for _, order := range numberOrders {
		for packings := range len(numberPackings) + 1 {
			t.Run(fmt.Sprintf("%d keys, %d packings", len(order.Keys), packings), func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) { testStore(t, dir, slabs, numberPlan(order, packings)) })
			})
		}
	}
}

func testStore(t *rapid.T, dir string, slabs *slab.Pool, plan *Plan[number]) {
	memory := spill.New(0, 2, dir)
	defer memory.Close()
	options := rapid.SampledFrom(numberOptions).Draw(t, "options")
	stores := make([]*Store[number], rapid.IntRange(1, 4).Draw(t, "stores"))
	recycle := rapid.Bool().Draw(t, "recycle")
	noted := rapid.SampledFrom([]int{0, 1, 20, 1000}).Draw(t, "noted")
	for i := range stores {
		if stores[i] = NewStore(plan); recycle {
			stores[i].Recycle(slabs)
		}
		if noted > 0 && options.RankKey != nil {
			stores[i].Note(noted, options.Rank, options.RankKey)
		}
	}
	spills := rapid.SampledFrom([]int{0, 0, 200}).Draw(t, "spills")
	groups := rapid.SampledFrom([]int{1, 37, 1000}).Draw(t, "groups")
	var rows []number
	for i := range rapid.SampledFrom([]int{0, 1, 10, 299, 300, 3000}).Draw(t, "rows") {
		n := number{int64(i * 7919 % groups), int64(i)}
		rows = append(rows, n)
		s := stores[i*31%17%len(stores)]
		if i%2 == 0 {
			s.Add(n)
		} else {
			*s.Next() = n
		}
		if spills > 0 && i%spills == 7 {
			if err := s.Spill(memory); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := len(rows)
	for i := range rapid.SampledFrom([]int{0, 1, 2 * perPass, 350}).Draw(t, "rows at a time") {
		rows = append(rows, number{int64(i * 101 % groups), int64(5000 + i)})
	}
	stores[0].Add(rows[before:]...)
	for len(stores) > 1 {
		at := rapid.IntRange(0, len(stores)-2).Draw(t, "join")
		stores[at].Concat(stores[at+1])
		stores = slices.Delete(stores, at+1, at+2)
	}
	s := stores[0]
	if !s.Spilled() {
		got := s.All()
		byValue := func(a, b number) int { return a.compare(&b) }
		slices.SortFunc(got, byValue)
		slices.SortFunc(rows, byValue)
		if !slices.Equal(got, rows) {
			t.Fatalf("All() has %d rows, want those %d that were added", len(got), len(rows))
		}
	}
	slices.SortFunc(rows, func(a, b number) int { return a.compare(&b) })
	inOrder := New(Schema{}, numberColumns, RowsOf(rows), options)
	if s.Len() != len(rows) {
		t.Errorf("Len() = %d, want %d", s.Len(), len(rows))
	}
	tab := s.Table(Schema{}, numberColumns, memory, options)
	if tab.Rows != len(rows) || tab.InMemory() == s.Spilled() {
		t.Errorf("%d rows, in memory: %t, want %d and %t", tab.Rows, tab.InMemory(), len(rows), !s.Spilled())
	}
	n := rapid.IntRange(-1, 1+len(rows)).Draw(t, "top")
	top, want := mustText(t, inOrder.Top(n), len(rows)+1), mustText(t, inOrder, len(rows)+1)
	for range 2 {
		if got := mustText(t, tab.Top(n), 700); got != top {
			t.Fatalf("Top(%d) =\n%swant\n%s", n, got, top)
		}
		for _, part := range []int{1 + len(rows)/7, 700, len(rows) + 1} {
			if got := mustText(t, tab, part); got != want {
				t.Fatalf("in parts of %d =\n%swant\n%s", part, got, want)
			}
		}
	}
	if tab.InMemory() {
		var got, want Vector
		from, to := len(rows)/3, len(rows)-len(rows)/5
		tab.Read(1, from, to, &got)
		inOrder.Read(1, from, to, &want)
		if !slices.Equal(got.Ints, want.Ints) {
			t.Errorf("Read(%d, %d) = %d, want %d", from, to, got.Ints, want.Ints)
		}
	}
	if err := memory.Err(); err != nil {
		t.Error(err)
	}
}

// TestSpillWithoutAFile cannot make files, again and again. The rows are lost, their memory is not.
func TestSpillWithoutAFile(t *testing.T) {
	setDivideAt(t, 1000)
	memory := spill.New(0, 2, filepath.Join(t.TempDir(), "missing"))
	slabs := memory.Slabs()
	store := NewStore(numberPlan(numberOrders[2], 1))
	store.Recycle(slabs)
	stored := &Stored[number]{}
	stored.Recycle(slabs)
	for range 3 {
		for i := range 5000 {
			n := number{int64(i), int64(i) << 60}
			store.Add(n)
			*stored.Push() = n
		}
		want := slabs.Idle() + store.Held() + int64(len(stored.chunks)*slab.Len)
		for name, err := range map[string]error{"Store": store.Spill(memory), "Stored": stored.Spill(memory, numberOrders[0])} {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Spill of a %s = %v, want %v", name, err, fs.ErrNotExist)
			}
		}
		if got := slabs.Idle(); got != want {
			t.Errorf("Idle() = %d after Spill, want %d", got, want)
		}
	}
}

// TestStoresAtATime fills stores of one plan at the same time, each of which divides its
// rows, and reads what they are joined to from several goroutines, the first of which sort.
func TestStoresAtATime(t *testing.T) {
	setDivideAt(t, 1000)
	const each = 5000
	for packings := range len(numberPackings) + 1 {
		plan := numberPlan(numberOrders[2], packings)
		stores := make([]*Store[number], 4)
		slabs := &slab.Pool{}
		var all sync.WaitGroup
		for i := range stores {
			stores[i] = NewStore(plan)
			stores[i].Recycle(slabs)
			all.Go(func() {
				for n := range each {
					stores[i].Add(number{int64(n * 7919 % 50), int64(n*len(stores) + i)})
				}
				stores[i].settle()
			})
		}
		all.Wait()
		for _, s := range stores {
			if len(s.buckets) != numBuckets {
				t.Errorf("%d packings: a store has %d buckets, want %d", packings, len(s.buckets), numBuckets)
			}
		}
		for _, s := range stores[1:] {
			stores[0].Concat(s)
		}
		rows := stores[0].All()
		slices.SortFunc(rows, func(a, b number) int { return a.compare(&b) })
		want := mustText(t, New(Schema{}, numberColumns, RowsOf(rows), numberOptions[0]), each)
		tab := stores[0].Table(Schema{}, numberColumns, nil, numberOptions[0])
		texts := make([]string, 4)
		for i := range texts {
			all.Go(func() {
				tab.Top(10 + i)
				texts[i], _ = text(tab, 1000+i)
			})
		}
		all.Wait()
		for i, got := range texts {
			if got != want {
				t.Errorf("%d packings: reader %d has other rows than those in order", packings, i)
			}
		}
	}
}

// TestBucketsAreEven divides rows whose keys are far from even, and packs what can be.
func TestBucketsAreEven(t *testing.T) {
	setDivideAt(t, 1<<12)
	s := NewStore(numberPlan(Order[number]{Compare: numberOrders[1].Compare, Keys: []func(*number) uint64{
		func(n *number) uint64 { return uint64(n.group) },
		func(n *number) uint64 { return ^uint64(n.value) },
	}}, len(numberPackings)))
	const n = 1 << 16
	for i := range n {
		group := int64(0) // of nine rows in ten
		if i%10 == 0 {
			group = int64(i%1000) * int64(i%1000)
		}
		*s.Next() = number{group, int64(i * 7919 % n)}
	}
	s.settle()
	if len(s.buckets) != numBuckets {
		t.Fatalf("%d buckets, want %d", len(s.buckets), numBuckets)
	}
	for i, b := range s.buckets {
		if rows := b.len(); rows < n/numBuckets/4 || rows > 4*n/numBuckets {
			t.Errorf("bucket %d has %d of %d rows", i, rows, n)
		}
		if b.packed[1].len() == 0 && i == 0 {
			t.Error("no row of the first bucket is packed")
		}
	}
	if held, all := s.Held(), int64(n)*16; held < all {
		t.Errorf("Held() = %d, want at least %d", held, all)
	}
}
