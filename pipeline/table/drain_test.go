package table

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/capfold/capfold/pipeline/slab"
)

// TestDrain reads all rows of a table once, from several goroutines, and says before, in
// between or afterwards that nobody else does.
func TestDrain(t *testing.T) {
	setDivideAt(t, 1000)
	const n, part, page = 50_000, 7000, 900
	for _, at := range []int{0, 1, n / part / 2, n/part + 1} {
		t.Run(fmt.Sprintf("at part %d", at), func(t *testing.T) {
			s := NewStore(numberPlan(numberOrders[2], len(numberPackings)))
			s.Recycle(&slab.Pool{})
			for i := range n {
				s.Add(number{int64(i * 7919 % 100), int64(i)})
			}
			want := s.All()
			slices.SortFunc(want, func(a, b number) int { return a.compare(&b) })
			tab := s.Table(Schema{}, numberColumns, nil, numberOptions[0])
			tab.Top(20) // reads before, as do others that do not count
			for p, err := range tab.Parts(part) {
				if err != nil {
					t.Fatal(err)
				}
				p.ReadValues([]int{1}, 0, p.Rows, make([]Vector, 1))
			}
			got := make([]int64, n)
			var reading sync.WaitGroup
			first, parts := 0, 0
			for p, err := range tab.Parts(part) {
				if err != nil {
					t.Fatal(err)
				}
				if parts == at {
					tab.Drain()
				}
				into := got[first : first+p.Rows]
				for from := 0; from < p.Rows; from += page {
					reading.Go(func() {
						v := make([]Vector, 2)
						p.ReadAll([]int{0, 1}, from, min(from+page, p.Rows), v)
						copy(into[from:], v[1].Ints)
					})
				}
				if parts++; parts%2 == 0 {
					reading.Wait()
				}
				first += p.Rows
			}
			reading.Wait()
			if at >= parts {
				for i, b := range s.buckets {
					if b.sorted == nil || b.packed == nil {
						t.Fatalf("bucket %d is freed, and nobody has said that it may be", i)
					}
				}
				tab.Drain()
			}
			for i := range want {
				if got[i] != want[i].value {
					t.Fatalf("row %d has value %d, want %d", i, got[i], want[i].value)
				}
			}
			for i, b := range s.buckets {
				if b.sorted != nil || b.packed != nil || b.others.Len() > 0 {
					t.Errorf("bucket %d is not freed", i)
				}
			}
			defer func() {
				if recover() == nil {
					t.Error("Top of a table that is drained does not panic")
				}
			}()
			tab.Top(3)
		})
	}
}

// TestDrainLeavesOthersAlone drains tables that cannot be.
func TestDrainLeavesOthersAlone(t *testing.T) {
	rows := []number{{1, 2}, {3, 4}}
	for name, tab := range map[string]*Table{
		"New":       New(Schema{}, numberColumns, RowsOf(slices.Clone(rows)), numberOptions[0]),
		"NewStored": NewStored(Schema{}, numberColumns, &Stored[number]{Rows: *RowsOf(slices.Clone(rows))}, numberOrders[0], nil, numberOptions[0]),
	} {
		want := mustText(t, tab, 1)
		tab.Drain()
		if got := mustText(t, tab, 2); got != want {
			t.Errorf("%s: rows after Drain =\n%swant\n%s", name, got, want)
		}
	}
}

// TestDrainWithEmptyBuckets reads a table and drains it at the same time, most buckets of which
// have no rows.
func TestDrainWithEmptyBuckets(t *testing.T) {
	setDivideAt(t, 1000)
	const n = 5000
	plan := &Plan[number]{Order: Order[number]{
		Keys:    []func(*number) uint64{func(x *number) uint64 { return uint64(x.group) }},
		Compare: func(a, b *number) int { return a.compare(b) },
	}}
	var want []int64
	rows := make([]number, n)
	for i := range rows {
		rows[i] = number{int64(i % 2), int64(i)}
	}
	slices.SortFunc(rows, func(a, b number) int { return a.compare(&b) })
	for _, r := range rows {
		want = append(want, r.value)
	}
	for range 50 {
		s := NewStore(plan)
		s.Recycle(&slab.Pool{})
		for i := range n {
			s.Add(number{int64(i % 2), int64(i)})
		}
		var reading sync.WaitGroup
		tab := s.Table(Schema{}, numberColumns, nil, numberOptions[0])
		for p, err := range tab.Parts(n) {
			if err != nil {
				t.Fatal(err)
			}
			reading.Go(func() {
				v := make([]Vector, 2)
				p.ReadAll([]int{0, 1}, 0, p.Rows, v)
				if !slices.Equal(v[1].Ints, want) {
					t.Error("rows are not those of the table in their order")
				}
			})
			reading.Go(tab.Drain)
		}
		reading.Wait()
	}
}
