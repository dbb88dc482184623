package table

import (
	"iter"
	"slices"
	"sync"
)

// lazy is rows with the order that they are to be read in, which is found when somebody
// does so. The most important rows are found without.
type lazy[R any] struct {
	rows   *Rows[R]
	sorted func() []uint32 // numbers of rows
}

// newLazy returns the table of rows in the given order.
func newLazy[R any](s Schema, columns []Column[R], rows *Rows[R], order Order[R], o Options[R]) *Table {
	l := &lazy[R]{rows: rows, sorted: sync.OnceValue(func() []uint32 { return rows.sorted(order) })}
	return &Table{
		Schema: s,
		Rows:   rows.Len(),
		keyed:  keyedOf(columns),
		read: func(column, from, to int, v *Vector) {
			buf := &Rows[R]{}
			for numbers := range slices.Chunk(l.sorted()[from:to], chunkRows[R]()) {
				buf.gather(rows, numbers)
				columns[column].read(buf.chunks[0], v)
			}
		},
		parts: func(n int) iter.Seq2[*Table, error] {
			return func(yield func(*Table, error) bool) {
				for numbers := range slices.Chunk(l.sorted(), n) {
					if !yield(l.part(s, columns, numbers, o), nil) {
						return
					}
				}
			}
		},
		top: func(n int) *Table { return l.top(n, s, columns, order, o) },
	}
}

// part returns the table of some rows. They are brought together by whoever reads them
// first, since parts may be read at the same time.
func (l *lazy[R]) part(s Schema, columns []Column[R], numbers []uint32, o Options[R]) *Table {
	part := sync.OnceValue(func() *Table {
		rows := &Rows[R]{}
		rows.gather(l.rows, numbers)
		return New(s, columns, rows, o)
	})
	return &Table{
		Schema: s,
		Rows:   len(numbers),
		keyed:  keyedOf(columns),
		read:   func(column, from, to int, v *Vector) { part().read(column, from, to, v) },
		parts:  func(n int) iter.Seq2[*Table, error] { return part().parts(n) },
		top:    func(n int) *Table { return part().top(n) },
	}
}

// top is [Table.Top].
func (l *lazy[R]) top(n int, s Schema, columns []Column[R], order Order[R], o Options[R]) *Table {
	if o.Rank == nil && (o.SameGroup != nil || n >= l.rows.Len()/2) {
		top := newTop(n, o)
		for _, row := range l.sorted() {
			if !top.add(l.rows.At(int(row))) {
				break
			}
		}
		return top.table(s, columns)
	}
	first := NewFirst(n, order.Compare)
	if o.Rank != nil {
		first, o = NewFirst(n, o.Rank), Options[R]{}
	}
	for i := range l.rows.Len() {
		first.Add(l.rows.At(i))
	}
	return New(s, columns, RowsOf(first.Rows()), o)
}
