package table

import (
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// ordered is rows that are put into order when somebody reads them in it. Any number of
// goroutines may.
type ordered[R any] interface {
	len() int
	// pieces returns in how many pieces the rows are.
	pieces() int
	// noted returns the first n rows by their rank, if they are known, and nil otherwise.
	noted(n int) []R
	// addTo adds every row of a piece to first, unless it is behind the first ones.
	addTo(first *First[R], piece int)
	// appendTo appends copies of rows from to to (exclusive), in order, to rows.
	appendTo(rows *Rows[R], from, to int)
	// passed says that a reader has read rows from to to (exclusive) who reads all once.
	passed(from, to int)
	// drain is [Table.Drain], that reader being the one.
	drain()
}

// lazy is the table of ordered rows. The most important ones are found without an order.
type lazy[R any] struct {
	rows    ordered[R]
	schema  Schema
	columns []Column[R]
	order   Order[R]
	options Options[R]
	scratch sync.Pool // of *Rows[R] that read has brought together
}

// newLazy returns the table of rows, whose schema has fields.
func newLazy[R any](s Schema, columns []Column[R], rows ordered[R], order Order[R], o Options[R]) *Table {
	l := &lazy[R]{rows: rows, schema: s, columns: columns, order: order, options: o}
	return &Table{
		Schema: s,
		Rows:   rows.len(),
		keyed:  keyedOf(columns),
		read:   l.read,
		drain:  rows.drain,
		parts: func(n int) iter.Seq2[*Table, error] {
			return func(yield func(*Table, error) bool) {
				for from := 0; from < rows.len(); from += n {
					if !yield(l.table(from, min(from+n, rows.len())), nil) {
						return
					}
				}
			}
		},
		top: l.top,
	}
}

// perRead is how many chunks of rows are brought together at a time to be read: what they
// take fits into the first-level cache.
const perRead = 3

// read appends the values of rows from to to (exclusive), which nobody else has brought
// together, to v.
func (l *lazy[R]) read(read []int, from, to int, v []Vector) {
	rows, _ := l.scratch.Get().(*Rows[R])
	if rows == nil {
		rows = &Rows[R]{}
	}
	defer l.scratch.Put(rows)
	for from < to {
		n := min(perRead*chunkRows[R](), to-from)
		rows.clear()
		l.rows.appendTo(rows, from, from+n)
		for _, c := range rows.chunks {
			for i, column := range read {
				l.columns[column].read(c, &v[i])
			}
		}
		from += n
	}
}

// table returns the table of rows first to end (exclusive). They are brought together by
// whoever reads some of them first, since parts may be read at the same time, unless each is
// to be read once.
func (l *lazy[R]) table(first, end int) *Table {
	part := sync.OnceValue(func() *Table {
		rows := &Rows[R]{}
		l.rows.appendTo(rows, first, end)
		return New(l.schema, l.columns, rows, l.options)
	})
	return &Table{
		Schema: l.schema,
		Rows:   end - first,
		keyed:  keyedOf(l.columns),
		read:   func(read []int, from, to int, v []Vector) { part().read(read, from, to, v) },
		once:   func(read []int, from, to int, v []Vector) { l.read(read, first+from, first+to, v) },
		passed: func(from, to int) { l.rows.passed(first+from, first+to) },
		parts:  func(n int) iter.Seq2[*Table, error] { return part().parts(n) },
		top:    func(n int) *Table { return part().top(n) },
	}
}

// top is [Table.Top].
func (l *lazy[R]) top(n int) *Table {
	o := l.options
	switch {
	case o.Rank != nil:
		if noted := l.rows.noted(n); noted != nil {
			return New(l.schema, l.columns, RowsOf(slices.Clone(noted)), Options[R]{})
		}
		return New(l.schema, l.columns, RowsOf(l.first(n, o.Rank, o.RankKey)), Options[R]{})
	case o.SameGroup == nil && l.rows.pieces() == 1 && n < l.rows.len()/2:
		return New(l.schema, l.columns, RowsOf(l.first(n, l.order.Compare, nil)), o)
	}
	end := n // in pieces, it is the first ones that are sorted for it
	if o.SameGroup != nil {
		end = l.rows.len() // tables with groups are not the longest ones
	}
	rows := &Rows[R]{}
	l.rows.appendTo(rows, 0, end)
	top := newTop(n, o)
	for i := 0; i < rows.Len() && top.add(rows.At(i)); i++ {
	}
	return top.table(l.schema, l.columns)
}

// first returns the first n rows by a total order, which key may speed up. All processors
// look for them.
func (l *lazy[R]) first(n int, compare func(a, b *R) int, key func(*R) uint64) []R {
	firsts := make([]*First[R], min(runtime.GOMAXPROCS(0), l.rows.pieces()))
	var next atomic.Int32
	var all sync.WaitGroup
	for i := range firsts {
		firsts[i] = NewFirst(n, compare)
		firsts[i].key = key
		all.Go(func() {
			for piece := int(next.Add(1)) - 1; piece < l.rows.pieces(); piece = int(next.Add(1)) - 1 {
				l.rows.addTo(firsts[i], piece)
			}
		})
	}
	all.Wait()
	for _, f := range firsts[1:] {
		for _, r := range f.Rows() {
			firsts[0].Add(&r)
		}
	}
	return firsts[0].Rows()
}
