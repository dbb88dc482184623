package table

import (
	"cmp"
	"iter"

	"github.com/capfold/capfold/pipeline/spill"
)

// Order is a total order of rows.
type Order[R any] struct {
	// Key speeds sorting up: rows with a smaller key come first. It may be nil.
	Key func(*R) uint64
	// Compare decides among rows with the same key.
	Compare func(a, b *R) int
}

func (o Order[R]) compare(a, b *R) int {
	if o.Key != nil {
		if c := cmp.Compare(o.Key(a), o.Key(b)); c != 0 {
			return c
		}
	}
	return o.Compare(a, b)
}

// Stored is a list of rows that keeps to memory: those that do not fit are in files, as
// sorted runs. The zero Stored is empty; its rows may be added to. One goroutine at a time
// may use it.
type Stored[R any] struct {
	Rows[R]
	runs []spill.Run[R]
	n    int // rows in runs
}

// Len returns the number of rows, in memory and in files.
func (s *Stored[R]) Len() int { return s.n + s.Rows.Len() }

// Spilled reports whether rows are in files.
func (s *Stored[R]) Spilled() bool { return len(s.runs) > 0 }

// Spill moves the rows that are in memory to a file.
func (s *Stored[R]) Spill(memory *spill.Memory, o Order[R]) error {
	if s.Rows.Len() == 0 {
		return nil
	}
	f, err := memory.Create()
	if err != nil {
		return err
	}
	s.Sort(o.Key, o.Compare)
	w := spill.NewWriter[R](f)
	for _, chunk := range s.chunks {
		w.Write(chunk...)
	}
	run, err := w.Close()
	if err != nil {
		return err
	}
	s.runs, s.n = append(s.runs, run), s.n+run.Len()
	s.Rows = Rows[R]{}
	return nil
}

// Concat moves the rows of o, which must not be used afterwards, to s.
func (s *Stored[R]) Concat(o *Stored[R]) {
	s.runs, s.n = append(s.runs, o.runs...), s.n+o.n
	s.Rows.Concat(&o.Rows)
}

// All yields the rows in order, provided that all of them are in files: the ones that are
// equal come one after the other. A row is valid until the next one is asked for.
func (s *Stored[R]) All(o Order[R]) iter.Seq2[*R, error] { return spill.Merge(s.runs, o.compare) }

// NewStored returns the table of rows, which it owns from now on, in the given order.
// Where some are in files, all are: what goes wrong with them is told to memory as well.
func NewStored[R any](s Schema, columns []Column[R], rows *Stored[R], order Order[R], memory *spill.Memory, o Options[R]) *Table {
	if !rows.Spilled() {
		rows.Sort(order.Key, order.Compare)
		return New(s, columns, &rows.Rows, o)
	}
	if err := rows.Spill(memory, order); err != nil {
		memory.Fail(err)
	}
	s.Fields = Fields(columns)
	return &Table{
		Schema: s,
		Rows:   rows.Len(),
		parts: func(n int) iter.Seq2[*Table, error] {
			return func(yield func(*Table, error) bool) {
				part := &Rows[R]{}
				for r, err := range rows.All(order) {
					if err != nil {
						memory.Fail(err)
						yield(nil, err)
						return
					}
					if *part.Push() = *r; part.Len() == n {
						if !yield(New(s, columns, part, o), nil) {
							return
						}
						part.clear()
					}
				}
				if part.Len() > 0 {
					yield(New(s, columns, part, o), nil)
				}
			}
		},
		top: func(n int) *Table {
			best := best[R]{n: n, o: o}
			for r, err := range rows.All(order) {
				if err != nil {
					memory.Fail(err)
					break
				}
				if !best.add(r) {
					break
				}
			}
			if o.Rank != nil {
				return New(s, columns, RowsOf(best.rows), Options[R]{})
			}
			return New(s, columns, RowsOf(best.rows), o)
		},
	}
}

// best are the n most important of rows that come in the order of a table, as
// [Table.Top] has them.
type best[R any] struct {
	n       int
	o       Options[R]
	rows    []R
	last    R // of all rows seen
	seen    bool
	inGroup int
}

// add takes a row into account and reports whether later ones matter.
func (b *best[R]) add(r *R) bool {
	switch {
	case b.o.Rank != nil:
		b.rows = insertRanked(b.rows, r, b.n, b.o.Rank)
		return b.n > 0
	case b.o.SameGroup != nil:
		if b.seen && !b.o.SameGroup(&b.last, r) {
			b.inGroup = 0
		}
		b.last, b.seen = *r, true
		if b.inGroup++; b.inGroup <= b.n {
			b.rows = append(b.rows, *r)
		}
		return b.n > 0
	default:
		if len(b.rows) < b.n {
			b.rows = append(b.rows, *r)
		}
		return len(b.rows) < b.n
	}
}
