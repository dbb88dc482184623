package table

import (
	"runtime"
	"slices"
	"sync"
)

// Order is a total order of rows.
type Order[R any] struct {
	// Keys speed sorting up, of which there may be none: rows that differ in the first are
	// ordered by it, the others by the second, and so on.
	Keys []func(*R) uint64
	// Compare decides in the end. It agrees with the keys.
	Compare func(a, b *R) int
}

// key orders rows like o as far as one number can.
func (o *Order[R]) key(r *R) uint64 {
	if len(o.Keys) == 0 {
		return 0
	}
	return o.Keys[0](r)
}

// place is where a row is before sorting, under a key that orders it.
type place struct {
	key uint64
	row uint32
}

// sorted returns the numbers of the rows of l in order. There must be fewer than 2^32. It
// keeps as many processors busy as there are.
//
// Note: rows are large, so that moving each to its place once costs as much as all the
// rest; whoever reads them in order gathers them instead (BenchmarkSorted).
func (l *Rows[R]) sorted(o Order[R]) []uint32 {
	s := &sorter[R]{rows: l, order: o, free: make(chan struct{}, runtime.GOMAXPROCS(0)-1)}
	places := make([]place, l.n)
	for i := range places {
		places[i].row = uint32(i)
	}
	s.byKey(places, make([]place, l.n), false, 0)
	s.all.Wait()
	rows := make([]uint32, l.n)
	for i := range places {
		rows[i] = places[i].row
	}
	return rows
}

// sorter sorts places by the keys of their rows, by radix.
type sorter[R any] struct {
	rows  *Rows[R]
	order Order[R]
	free  chan struct{} // has an element for every processor but one that is busy
	all   sync.WaitGroup
}

const (
	// minRadix is the number of places below which comparing beats counting.
	minRadix = 48
	// minPart is the number of places below which sorting them elsewhere is not worth it.
	// A guess.
	minPart = 1 << 13

	digitBits = 8
	topDigit  = 64 - digitBits
)

// byKey sorts places of rows that agree in the keys before key number k, and moves them to
// scratch, which is as long, if asked to. It may return before others are done with it.
func (s *sorter[R]) byKey(places, scratch []place, move bool, k int) {
	if k >= len(s.order.Keys) || len(places) <= minRadix {
		slices.SortFunc(places, func(a, b place) int {
			return s.order.Compare(s.rows.At(int(a.row)), s.rows.At(int(b.row)))
		})
		if move {
			copy(scratch, places)
		}
		return
	}
	key := s.order.Keys[k]
	differ := uint64(0)
	for i := range places {
		p := &places[i]
		p.key = key(s.rows.At(int(p.row)))
		differ |= p.key ^ places[0].key
	}
	s.byDigit(places, scratch, move, k, differ, topDigit)
}

// byDigit is byKey where bits of the keys above shift+digitBits-1, and those that are not
// in differ, are known to be the same.
func (s *sorter[R]) byDigit(places, scratch []place, move bool, k int, differ uint64, shift int) {
	if len(places) <= minRadix {
		s.few(places)
		if move {
			copy(scratch, places)
		}
		return
	}
	for ; shift >= 0; shift -= digitBits {
		if uint8(differ>>shift) == 0 {
			continue
		}
		var count [1 << digitBits]uint32
		for i := range places {
			count[uint8(places[i].key>>shift)]++
		}
		if count[uint8(places[0].key>>shift)] == uint32(len(places)) {
			continue
		}
		var at [1 << digitBits]uint32
		sum := uint32(0)
		for d, n := range count {
			at[d] = sum
			sum += n
		}
		for i := range places {
			d := uint8(places[i].key >> shift)
			scratch[at[d]] = places[i]
			at[d]++
		}
		from := uint32(0)
		for _, n := range count {
			if n > 0 {
				s.elsewhere(int(n), scratch[from:from+n], places[from:from+n], func(a, b []place) {
					s.byDigit(a, b, !move, k, differ, shift-digitBits)
				})
			}
			from += n
		}
		return
	}
	s.byKey(places, scratch, move, k+1) // the keys are all the same
}

// elsewhere has work done by another processor if there is much of it and one is free.
func (s *sorter[R]) elsewhere(n int, a, b []place, work func(a, b []place)) {
	if n >= minPart {
		select {
		case s.free <- struct{}{}:
			s.all.Go(func() {
				work(a, b)
				<-s.free
			})
			return
		default:
		}
	}
	work(a, b)
}

// few sorts few places.
func (s *sorter[R]) few(places []place) {
	for i := 1; i < len(places); i++ {
		p := places[i]
		at := i
		for ; at > 0; at-- {
			q := &places[at-1]
			if q.key < p.key || q.key == p.key && s.order.Compare(s.rows.At(int(q.row)), s.rows.At(int(p.row))) <= 0 {
				break
			}
			places[at] = *q
		}
		places[at] = p
	}
}
