package table

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/spill"
)

// number is a row without pointers.
type number struct{ group, value int64 }

func (n *number) compare(o *number) int {
	return cmp.Or(cmp.Compare(n.group, o.group), cmp.Compare(o.value, n.value))
}

var (
	numberColumns = []Column[number]{
		Int64s("group", "", "group", func(n *number) int64 { return n.group }),
		Int64s("value", "", "value", func(n *number) int64 { return n.value }),
	}
	numberOrders = []Order[number]{
		{Compare: (*number).compare},
		{Compare: (*number).compare, Keys: []func(*number) uint64{func(n *number) uint64 { return uint64(n.group) / 2 }}},
		{Compare: (*number).compare, Keys: []func(*number) uint64{
			func(n *number) uint64 { return uint64(n.group) / 2 },
			func(n *number) uint64 { return uint64(n.group%2)<<40 | uint64(1<<40-1-n.value) },
		}},
	}
	numberOptions = []Options[number]{
		{},
		{SameGroup: func(a, b *number) bool { return a.group == b.group }},
		{Rank: rankNumbers},
		{Rank: rankNumbers, RankKey: rankKey},
	}
)

func rankNumbers(a, b *number) int {
	return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.group, b.group))
}

func rankKey(n *number) uint64 { return uint64(n.value) / 3 }

// text returns all rows of a table, read in parts of n rows.
func text(t *Table, n int) (string, error) {
	var b strings.Builder
	for part, err := range t.Parts(n) {
		if err != nil {
			return b.String(), err
		}
		var group, value Vector
		part.Read(0, 0, part.Rows, &group)
		part.Read(1, 0, part.Rows, &value)
		for i := range part.Rows {
			fmt.Fprintln(&b, group.Ints[i], value.Ints[i])
		}
	}
	return b.String(), nil
}

// mustText is text where there is no error.
func mustText(t interface{ Fatal(...any) }, tab *Table, n int) string {
	s, err := text(tab, n)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestStored makes the same table of rows that are in order, that are put into order, and
// that are in files, all or some of them, and reads them in every way there is.
func TestStored(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		memory := spill.New(0, 2, dir)
		defer memory.Close()
		order := rapid.SampledFrom(numberOrders).Draw(t, "order")
		options := rapid.SampledFrom(numberOptions).Draw(t, "options")
		lists := []*Stored[number]{{}, {}}
		spilling := &Stored[number]{}
		var rows []number
		for i := range rapid.SampledFrom([]int{0, 1, 10, 1000, 3000}).Draw(t, "rows") {
			n := number{int64(i * 7919 % 37), int64(i)}
			rows = append(rows, n)
			*lists[0].Push() = n
			into := lists[1]
			if i%3 == 0 {
				into = spilling
			}
			if *into.Push() = n; rapid.IntRange(0, 100).Draw(t, "spill") == 0 {
				if err := into.Spill(memory, order); err != nil {
					t.Fatal(err)
				}
			}
		}
		lists[1].Concat(spilling)
		slices.SortFunc(rows, func(a, b number) int { return a.compare(&b) })
		inOrder := New(Schema{}, numberColumns, RowsOf(rows), options)
		want := mustText(t, inOrder, len(rows)+1)
		n := rapid.IntRange(-1, 1+len(rows)).Draw(t, "top")
		top := mustText(t, inOrder.Top(n), len(rows)+1)
		for i, l := range lists {
			tab := NewStored(Schema{}, numberColumns, l, order, memory, options)
			if tab.Rows != len(rows) || tab.InMemory() == (i == 1 && l.Spilled()) {
				t.Errorf("list %d: %d rows, in memory: %t, want %d", i, tab.Rows, tab.InMemory(), len(rows))
			}
			for range 2 {
				if got := mustText(t, tab.Top(n), 700); got != top {
					t.Fatalf("list %d: Top(%d) =\n%swant\n%s", i, n, got, top)
				}
				for _, part := range []int{1, 256, 700, len(rows) + 1} {
					if got := mustText(t, tab, part); got != want {
						t.Fatalf("list %d in parts of %d =\n%swant\n%s", i, part, got, want)
					}
				}
			}
			if tab.InMemory() {
				var got, want Vector
				from := len(rows) / 3
				tab.Read(1, from, len(rows), &got)
				inOrder.Read(1, from, len(rows), &want)
				if !slices.Equal(got.Ints, want.Ints) {
					t.Errorf("list %d: Read(%d, %d) = %d, want %d", i, from, len(rows), got.Ints, want.Ints)
				}
			}
		}
		if err := memory.Err(); err != nil {
			t.Error(err)
		}
	})
}

// TestPartsOfParts asks a part for what a table has.
func TestPartsOfParts(t *testing.T) {
	t.Parallel()
	rows := &Stored[number]{}
	for i := range 1000 {
		*rows.Push() = number{value: int64(999 - i)}
	}
	lazy := NewStored(Schema{}, numberColumns, rows, numberOrders[0], nil, numberOptions[0])
	for _, tab := range []*Table{lazy, New(Schema{}, numberColumns, RowsOf(slices.Collect(func(yield func(number) bool) {
		for i := range 1000 {
			if !yield(number{value: int64(999 - i)}) {
				return
			}
		}
	})), numberOptions[0])} {
		first := int64(999)
		for part, err := range tab.Parts(300) {
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf("0 %d\n0 %d\n", first, first-1)
			if got := mustText(t, part.Top(2), 10); got != want {
				t.Errorf("Top(2) of a part = %q, want %q", got, want)
			}
			if got := mustText(t, part, 7); strings.Count(got, "\n") != part.Rows || !strings.HasPrefix(got, want) {
				t.Errorf("part of %d rows in parts of 7 =\n%s", part.Rows, got)
			}
			first -= 300
		}
	}
}

// TestReadersAtATime reads a table from many goroutines, the first of which sorts it.
func TestReadersAtATime(t *testing.T) {
	t.Parallel()
	memory := spill.New(0, 2, t.TempDir())
	defer memory.Close()
	for _, spilled := range []bool{false, true} {
		rows := &Stored[number]{}
		for i := range 20_000 {
			*rows.Push() = number{int64(i % 100), int64(i)}
		}
		if spilled {
			if err := rows.Spill(memory, numberOrders[1]); err != nil {
				t.Fatal(err)
			}
		}
		tab := NewStored(Schema{}, numberColumns, rows, numberOrders[1], memory, numberOptions[2])
		var texts [4]string
		var all sync.WaitGroup
		for i := range texts {
			all.Go(func() {
				tab.Top(10 * i)
				texts[i], _ = text(tab, 1000+i)
			})
		}
		all.Wait()
		for i := range texts {
			if texts[i] != texts[0] || strings.Count(texts[i], "\n") != tab.Rows {
				t.Errorf("spilled %t: reader %d has another table than reader 0", spilled, i)
			}
		}
	}
}

// TestLostFile reads tables whose files are gone.
func TestLostFile(t *testing.T) {
	t.Parallel()
	memory := spill.New(0, 2, t.TempDir())
	rows := &Stored[number]{}
	for i := range 20_000 {
		*rows.Push() = number{int64(i % 100), int64(i)}
	}
	if err := rows.Spill(memory, numberOrders[0]); err != nil {
		t.Fatal(err)
	}
	tab := NewStored(Schema{}, numberColumns, rows, numberOrders[0], memory, numberOptions[0])
	if err := errors.Join(memory.Err(), memory.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := text(tab, 100); err == nil || memory.Err() == nil {
		t.Errorf("Parts fails with %v, and the memory knows of %v", err, memory.Err())
	}
	if rows := tab.Top(5).Rows; rows != 0 {
		t.Errorf("Top(5) has %d rows", rows)
	}
	other := &Stored[number]{}
	other.Push()
	if err := other.Spill(memory, numberOrders[0]); err == nil {
		t.Error("Spill to a closed memory succeeds")
	}
}
