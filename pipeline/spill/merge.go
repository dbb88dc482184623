package spill

import "iter"

// maxRuns is how many runs are merged at a time: their buffers take some 30 MB.
const maxRuns = 256

// Merge yields the elements of sorted runs in order. An element is valid until the next
// one is asked for. It ends after the first error.
func Merge[E any](runs []Run[E], compare func(a, b *E) int) iter.Seq2[*E, error] {
	return func(yield func(*E, error) bool) {
		runs, err := few(runs, compare)
		if err != nil {
			yield(nil, err)
			return
		}
		m := merger[E]{compare: compare}
		for i := range runs {
			s := source[E]{reader: runs[i].Reader()}
			if err := s.fill(); err != nil {
				yield(nil, err)
				return
			}
			if len(s.elements) > 0 {
				m.heap = append(m.heap, s)
			}
		}
		for i := len(m.heap)/2 - 1; i >= 0; i-- {
			m.down(i)
		}
		for len(m.heap) > 0 {
			top := &m.heap[0]
			if !yield(&top.elements[0], nil) {
				return
			}
			if top.elements = top.elements[1:]; len(top.elements) == 0 {
				if err := top.fill(); err != nil {
					yield(nil, err)
					return
				}
				if len(top.elements) == 0 {
					last := len(m.heap) - 1
					m.heap[0] = m.heap[last]
					m.heap = m.heap[:last]
				}
			}
			m.down(0)
		}
	}
}

// few merges runs until there are at most maxRuns of them.
func few[E any](runs []Run[E], compare func(a, b *E) int) ([]Run[E], error) {
	for len(runs) > maxRuns {
		w := NewWriter[E](runs[0].file)
		for e, err := range Merge(runs[:maxRuns], compare) {
			if err != nil {
				return nil, err
			}
			w.Write(*e)
		}
		run, err := w.Close()
		if err != nil {
			return nil, err
		}
		// Behind the others, so that all runs grow evenly.
		runs = append(append([]Run[E]{}, runs[maxRuns:]...), run)
	}
	return runs, nil
}

// source is a run that is being merged.
type source[E any] struct {
	reader   *Reader[E]
	elements []E // the next ones
}

func (s *source[E]) fill() (err error) {
	s.elements, err = s.reader.Next()
	return err
}

// merger is a heap of sources that are not at their end, by their next element.
type merger[E any] struct {
	heap    []source[E]
	compare func(a, b *E) int
}

// down restores the heap below i.
func (m *merger[E]) down(i int) {
	for {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(m.heap); c++ {
			if m.compare(&m.heap[c].elements[0], &m.heap[least].elements[0]) < 0 {
				least = c
			}
		}
		if least == i {
			return
		}
		m.heap[i], m.heap[least] = m.heap[least], m.heap[i]
		i = least
	}
}
