package reducers

import "github.com/capfold/capfold/pipeline/slab"

// slots are those of a hash table, in slabs, so that one that grows takes no memory that is
// new and leaves no garbage. The zero slots are none.
type slots[T any] struct {
	slabs []*slab.Slab
	n     int // a power of two
}

// makeSlots returns twice as many slots as n, but not less than a slab has. All are zero.
func makeSlots[T any](pool *slab.Pool, n int) slots[T] {
	slab.Check[T]()
	per := slab.Fit[T]()
	s := slots[T]{n: 1}
	for s.n < max(2*n, per) {
		s.n *= 2
	}
	for range (s.n + per - 1) / per {
		zeros := pool.Get()
		clear(zeros[:])
		s.slabs = append(s.slabs, zeros)
	}
	return s
}

// at returns slot i, of which the lower bits count.
func (s *slots[T]) at(i uint32) *T {
	i &= uint32(s.n - 1)
	per := uint32(slab.Fit[T]())
	return slab.At[T](s.slabs[i/per], int(i%per))
}

// free gives the slots back to where they came from. There are none then.
func (s *slots[T]) free(pool *slab.Pool) {
	pool.Put(s.slabs...)
	*s = slots[T]{}
}

// held returns how many bytes the slots take.
func (s *slots[T]) held() int64 { return int64(len(s.slabs)) * slab.Len }
