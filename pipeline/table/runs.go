package table

import (
	"errors"
	"iter"

	"github.com/capfold/capfold/pipeline/spill"
)

// runs are rows in files, as sorted runs.
type runs[R any] struct {
	files []*spill.File // the first is the one to write to
	runs  []spill.Run[R]
	n     int // rows
}

// write writes a run of the rows that fill hands to write, in order.
func (s *runs[R]) write(memory *spill.Memory, fill func(write func(...R))) error {
	if len(s.files) == 0 {
		f, err := memory.Create()
		if err != nil {
			return err
		}
		s.files = append(s.files, f)
	}
	w := spill.NewWriter[R](s.files[0])
	fill(w.Write)
	run, err := w.Close()
	if err != nil {
		return err
	}
	s.runs, s.n = append(s.runs, run), s.n+run.Len()
	return nil
}

// concat moves the runs of o to s.
func (s *runs[R]) concat(o *runs[R]) {
	s.files = append(s.files, o.files...)
	s.runs, s.n = append(s.runs, o.runs...), s.n+o.n
}

// all yields the rows in order. A row is valid until the next one is asked for.
func (s *runs[R]) all(o Order[R]) iter.Seq2[*R, error] {
	return spill.MergeBy(s.runs, o.key, o.Compare)
}

// remove removes the files.
func (s *runs[R]) remove() error {
	var errs []error
	for _, f := range s.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// table returns the table of the rows, whose schema has fields. What goes wrong with
// files is told to memory as well.
func (s *runs[R]) table(schema Schema, columns []Column[R], order Order[R], memory *spill.Memory, o Options[R]) *Table {
	joined, err := spill.Join(s.runs, order.key, order.Compare)
	if err != nil {
		memory.Fail(err)
	} else {
		s.runs = joined
	}
	return &Table{
		Schema: schema,
		Rows:   s.n,
		parts: func(n int) iter.Seq2[*Table, error] {
			return func(yield func(*Table, error) bool) {
				part := &Rows[R]{}
				for r, err := range s.all(order) {
					if err != nil {
						memory.Fail(err)
						yield(nil, err)
						return
					}
					if *part.Push() = *r; part.Len() == n {
						if !yield(New(schema, columns, part, o), nil) {
							return
						}
						part.clear()
					}
				}
				if part.Len() > 0 {
					yield(New(schema, columns, part, o), nil)
				}
			}
		},
		top: func(n int) *Table {
			top := newTop(n, o)
			for r, err := range s.all(order) {
				if err != nil {
					memory.Fail(err)
					break
				}
				if !top.add(r) {
					break
				}
			}
			return top.table(schema, columns)
		},
	}
}
