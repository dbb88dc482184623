package table

import (
	"iter"
	"slices"
	"sync"

	"github.com/capfold/capfold/pipeline/spill"
)

// Stored is a list of rows that keeps to memory: those that do not fit are in a file, as
// sorted runs. The zero Stored is empty; its rows may be added to and, other than those of
// a [Store], changed. One goroutine at a time may use it.
type Stored[R any] struct {
	Rows[R]
	runs runs[R]
}

// Len returns the number of rows, in memory and in files.
func (s *Stored[R]) Len() int { return s.runs.n + s.Rows.Len() }

// Spilled reports whether rows are in files.
func (s *Stored[R]) Spilled() bool { return s.runs.n > 0 }

// Spill moves the rows that are in memory to a file. What cannot be written is lost.
func (s *Stored[R]) Spill(memory *spill.Memory, o Order[R]) error {
	rows := s.Rows
	s.Rows = rows.Empty()
	if rows.Len() == 0 {
		return nil
	}
	defer rows.Release()
	return s.runs.write(memory, func(write func(...R)) {
		buf := &Rows[R]{}
		for places := range slices.Chunk(rows.sorted(o), chunkRows[R]()) {
			buf.gather(&rows, places)
			write(buf.chunks[0]...)
		}
	})
}

// Concat moves the rows of o, which must not be used afterwards, to s.
func (s *Stored[R]) Concat(o *Stored[R]) {
	s.runs.concat(&o.runs)
	s.Rows.Concat(&o.Rows)
}

// All yields the rows in order, provided that all of them are in files: the ones that are
// equal come one after the other. A row is valid until the next one is asked for.
func (s *Stored[R]) All(o Order[R]) iter.Seq2[*R, error] { return s.runs.all(o) }

// Remove removes the files of s, which must not be used afterwards.
func (s *Stored[R]) Remove() error { return s.runs.remove() }

// NewStored returns the table of rows, which it owns from now on, in the given order.
// Where some are in files, all are: what goes wrong with them is told to memory as well.
// Where none is, they are sorted when the table is first read.
func NewStored[R any](s Schema, columns []Column[R], rows *Stored[R], order Order[R], memory *spill.Memory, o Options[R]) *Table {
	s.Fields = Fields(columns)
	if !rows.Spilled() {
		sorted := sync.OnceValue(func() []uint32 { return rows.sorted(order) })
		return newLazy(s, columns, &sortedRows[R]{rows: &rows.Rows, sorted: sorted}, order, o)
	}
	if err := rows.Spill(memory, order); err != nil {
		memory.Fail(err)
	}
	return rows.runs.table(s, columns, order, memory, o)
}

// sortedRows is rows with their numbers in order, which are found when they are needed.
type sortedRows[R any] struct {
	rows   *Rows[R]
	sorted func() []uint32
}

// len implements [ordered].
func (s *sortedRows[R]) len() int { return s.rows.Len() }

// pieces implements [ordered].
func (s *sortedRows[R]) pieces() int { return 1 }

// noted implements [ordered].
func (s *sortedRows[R]) noted(int) []R { return nil }

// addTo implements [ordered].
func (s *sortedRows[R]) addTo(first *First[R], _ int) {
	for _, c := range s.rows.chunks {
		for i := range c {
			first.Add(&c[i])
		}
	}
}

// passed implements [ordered].
func (s *sortedRows[R]) passed(_, _ int) {}

// drain implements [ordered]. Such tables are not long.
func (s *sortedRows[R]) drain() {}

// appendTo implements [ordered].
func (s *sortedRows[R]) appendTo(rows *Rows[R], from, to int) {
	rows.pick(s.rows, s.sorted()[from:to])
}
