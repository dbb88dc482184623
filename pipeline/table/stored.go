package table

import (
	"errors"
	"iter"
	"slices"

	"github.com/capfold/capfold/pipeline/spill"
)

// Stored is a list of rows that keeps to memory: those that do not fit are in a file, as
// sorted runs. The zero Stored is empty; its rows may be added to. One goroutine at a time
// may use it.
type Stored[R any] struct {
	Rows[R]
	files []*spill.File // of runs; the first is the one to write to
	runs  []spill.Run[R]
	n     int // rows in runs
}

// Len returns the number of rows, in memory and in files.
func (s *Stored[R]) Len() int { return s.n + s.Rows.Len() }

// Spilled reports whether rows are in files.
func (s *Stored[R]) Spilled() bool { return len(s.runs) > 0 }

// Spill moves the rows that are in memory to a file. What cannot be written is lost.
func (s *Stored[R]) Spill(memory *spill.Memory, o Order[R]) error {
	rows := s.Rows
	s.Rows = rows.Empty()
	if rows.Len() == 0 {
		return nil
	}
	if len(s.files) == 0 {
		f, err := memory.Create()
		if err != nil {
			return err
		}
		s.files = append(s.files, f)
	}
	w := spill.NewWriter[R](s.files[0])
	buf := &Rows[R]{}
	for places := range slices.Chunk(rows.sorted(o), chunkRows[R]()) {
		buf.gather(&rows, places)
		w.Write(buf.chunks[0]...)
	}
	rows.release()
	run, err := w.Close()
	if err != nil {
		return err
	}
	s.runs, s.n = append(s.runs, run), s.n+run.Len()
	return nil
}

// Concat moves the rows of o, which must not be used afterwards, to s.
func (s *Stored[R]) Concat(o *Stored[R]) {
	s.files = append(s.files, o.files...)
	s.runs, s.n = append(s.runs, o.runs...), s.n+o.n
	s.Rows.Concat(&o.Rows)
}

// All yields the rows in order, provided that all of them are in files: the ones that are
// equal come one after the other. A row is valid until the next one is asked for.
func (s *Stored[R]) All(o Order[R]) iter.Seq2[*R, error] {
	return spill.MergeBy(s.runs, o.key, o.Compare)
}

// Remove removes the files of s, which must not be used afterwards.
func (s *Stored[R]) Remove() error {
	var errs []error
	for _, f := range s.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// NewStored returns the table of rows, which it owns from now on, in the given order.
// Where some are in files, all are: what goes wrong with them is told to memory as well.
// Where none is, they are sorted when the table is first read.
func NewStored[R any](s Schema, columns []Column[R], rows *Stored[R], order Order[R], memory *spill.Memory, o Options[R]) *Table {
	s.Fields = Fields(columns)
	if !rows.Spilled() {
		return newLazy(s, columns, &rows.Rows, order, o)
	}
	err := rows.Spill(memory, order)
	if err == nil {
		rows.runs, err = spill.Join(rows.runs, order.key, order.Compare)
	}
	if err != nil {
		memory.Fail(err)
	}
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
			top := newTop(n, o)
			for r, err := range rows.All(order) {
				if err != nil {
					memory.Fail(err)
					break
				}
				if !top.add(r) {
					break
				}
			}
			return top.table(s, columns)
		},
	}
}
