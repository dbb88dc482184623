package spill

import (
	"iter"
	"math"
)

// Merge yields the elements of sorted runs in order. An element is valid until the next
// one is asked for. It ends after the first error.
func Merge[E any](runs []Run[E], compare func(a, b *E) int) iter.Seq2[*E, error] {
	return MergeBy(runs, nil, compare)
}

// MergeBy is Merge where elements with a smaller key come first, and compare decides among
// those with the same. The key, which may be nil, is computed once for each element.
func MergeBy[E any](runs []Run[E], key func(*E) uint64, compare func(a, b *E) int) iter.Seq2[*E, error] {
	return func(yield func(*E, error) bool) {
		runs, err := Join(runs, key, compare)
		if err != nil {
			yield(nil, err)
			return
		}
		m := merger[E]{key: key, compare: compare}
		if err := m.open(runs); err != nil {
			yield(nil, err)
			return
		}
		for len(m.sources) > 0 {
			s := &m.sources[m.tree[0]]
			if s.ended || !yield(s.next, nil) {
				return
			}
			if err := m.advance(s); err != nil {
				yield(nil, err)
				return
			}
			m.replay(m.tree[0])
		}
	}
}

// Join merges runs until there are so few of them that their readers fit into memory
// together. Whoever merges runs more than once should join them first.
func Join[E any](runs []Run[E], key func(*E) uint64, compare func(a, b *E) int) ([]Run[E], error) {
	if len(runs) == 0 {
		return runs, nil
	}
	most := runs[0].file.memory.fanIn()
	for len(runs) > most {
		// No more than it takes to have few enough, if that is possible at once.
		n := min(most, len(runs)-most+1)
		w := NewWriter[E](runs[0].file)
		for e, err := range MergeBy(runs[:n], key, compare) {
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
		runs = append(append([]Run[E]{}, runs[n:]...), run)
	}
	return runs, nil
}

// source is a run that is being merged.
type source[E any] struct {
	reader *Reader[E]
	next   *E  // nil before the first
	behind []E // next
	key    uint64
	ended  bool
}

// merger is a tournament of sources by their next elements: an inner node of the tree, of
// which the children of node i are 2i and 2i+1, has the number of the source that lost
// there, node 0 that of the winner.
type merger[E any] struct {
	sources []source[E]
	tree    []int32
	key     func(*E) uint64
	compare func(a, b *E) int
}

func (m *merger[E]) open(runs []Run[E]) error {
	m.sources = make([]source[E], len(runs))
	m.tree = make([]int32, len(runs))
	for i := range runs {
		m.sources[i].reader = runs[i].Reader()
		if err := m.advance(&m.sources[i]); err != nil {
			return err
		}
	}
	if len(runs) > 0 {
		m.tree[0] = m.play(1)
	}
	return nil
}

// play returns the winner among the sources below a node.
func (m *merger[E]) play(node int) int32 {
	k := len(m.sources)
	if node >= k {
		return int32(node - k)
	}
	a, b := m.play(2*node), m.play(2*node+1)
	if m.before(b, a) {
		a, b = b, a
	}
	m.tree[node] = b
	return a
}

// replay finds the winner after a source, which was the winner, has another element.
func (m *merger[E]) replay(winner int32) {
	for node := (int(winner) + len(m.sources)) / 2; node > 0; node /= 2 {
		if m.before(m.tree[node], winner) {
			m.tree[node], winner = winner, m.tree[node]
		}
	}
	m.tree[0] = winner
}

func (m *merger[E]) before(a, b int32) bool {
	x, y := &m.sources[a], &m.sources[b]
	switch {
	case x.key != y.key:
		return x.key < y.key
	case x.ended || y.ended:
		return y.ended && !x.ended
	}
	return m.compare(x.next, y.next) < 0
}

// advance moves on to the next element of a source.
func (m *merger[E]) advance(s *source[E]) (err error) {
	if len(s.behind) == 0 {
		if s.behind, err = s.reader.Next(); err != nil {
			return err
		}
		if len(s.behind) == 0 {
			s.next, s.ended, s.key = nil, true, math.MaxUint64
			return nil
		}
	}
	s.next, s.behind = &s.behind[0], s.behind[1:]
	if m.key != nil {
		s.key = m.key(s.next)
	}
	return nil
}
