package table

import (
	"math/bits"
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

// placesMemory is places of buckets that have been sorted, and as many for moving them.
var placesMemory = sync.Pool{New: func() any { return new([2][]place) }}

// sortable is rows that are sorted by their numbers. Any number of goroutines may call its
// methods.
type sortable interface {
	// number sets the rows of places, of which there are as many as rows, to their numbers.
	number(places []place)
	// setKeys sets the keys of places to keys number k of their rows.
	setKeys(places []place, k int)
	// comparing returns a function that compares rows, for one goroutine.
	comparing() func(a, b place) int
}

// sorted returns the numbers of n rows in order of so many keys. There must be fewer than
// 2^32. It keeps as many processors busy as there are.
//
// Note: rows are large, so that moving each to its place once costs as much as all the
// rest; whoever reads them in order gathers them instead (BenchmarkSorted).
func sorted(rows sortable, n, keys int) []uint32 {
	processors := runtime.GOMAXPROCS(0)
	s := &sorter{rows: rows, keys: keys, free: make(chan struct{}, processors-1)}
	memory := placesMemory.Get().(*[2][]place)
	defer placesMemory.Put(memory)
	for i := range memory {
		memory[i] = slices.Grow(memory[i][:0], n)[:n]
	}
	places, scratch := memory[0], memory[1]
	rows.number(places)
	var d digits
	if keys > 0 && n >= minPart {
		s.byDigit(places, scratch, false, 0, s.firstKeys(places, processors), &d)
	} else {
		s.byKey(places, scratch, false, 0, &d)
	}
	s.all.Wait()
	numbers := make([]uint32, n)
	for i := range places {
		numbers[i] = places[i].row
	}
	return numbers
}

// sorter sorts places by the keys of their rows, by radix.
type sorter struct {
	rows sortable
	keys int           // how many there are
	free chan struct{} // has an element for every processor but one that is busy
	all  sync.WaitGroup
}

const (
	// minRadix is the number of places below which comparing beats counting.
	minRadix = 48
	// minPart is the number of places below which sorting them elsewhere is not worth it.
	// A guess.
	minPart = 1 << 13
	// perBucket is about how many places a digit leaves together where keys are spread
	// evenly, as a power of two: few enough to be compared.
	perBucket = 3
	// maxDigit bounds the bits of a digit, so that where each bucket ends stays in the
	// first-level cache.
	maxDigit = 11
)

// digits is memory for where buckets end, of every digit that is being looked at.
type digits []uint32

// firstKeys sets the first keys of places, by some goroutines, and returns in which bits
// they differ.
func (s *sorter) firstKeys(places []place, goroutines int) (differ uint64) {
	each := (len(places) + goroutines - 1) / goroutines
	var all sync.WaitGroup
	for part := range slices.Chunk(places, each) {
		all.Go(func() { s.rows.setKeys(part, 0) })
	}
	all.Wait()
	return differences(places)
}

// differences returns in which bits keys differ.
func differences(places []place) (differ uint64) {
	for i := range places {
		differ |= places[i].key ^ places[0].key
	}
	return differ
}

// byKey sorts places of rows that agree in the keys before key number k, and moves them to
// scratch, which is as long, if asked to. It may return before others are done with it.
func (s *sorter) byKey(places, scratch []place, move bool, k int, d *digits) {
	if k >= s.keys {
		if len(places) > 1 {
			slices.SortFunc(places, s.rows.comparing())
		}
		if move {
			copy(scratch, places)
		}
		return
	}
	s.rows.setKeys(places, k)
	s.byDigit(places, scratch, move, k, differences(places), d)
}

// byDigit is byKey where keys are known, and to differ in no other bits than those of
// differ.
func (s *sorter) byDigit(places, scratch []place, move bool, k int, differ uint64, d *digits) {
	if len(places) <= minRadix {
		s.few(places, k, d)
		if move {
			copy(scratch, places)
		}
		return
	}
	if differ == 0 {
		s.byKey(places, scratch, move, k+1, d)
		return
	}
	width := min(bits.Len64(differ), max(bits.Len(uint(len(places)))-perBucket, 1), maxDigit)
	shift := bits.Len64(differ) - width
	mask := uint64(1)<<width - 1
	base := len(*d)
	*d = slices.Grow(*d, 1<<width)[:base+1<<width]
	ends := (*d)[base:]
	clear(ends)
	for i := range places {
		ends[places[i].key>>shift&mask]++
	}
	sum := uint32(0)
	for i, n := range ends {
		ends[i] = sum
		sum += n
	}
	for i := range places {
		end := &ends[places[i].key>>shift&mask]
		scratch[*end] = places[i]
		*end++
	}
	from := uint32(0)
	for i := range 1 << width {
		end := (*d)[base+i] // which a call may have moved
		if n := end - from; n == 1 && !move {
			places[from] = scratch[from]
		} else if n > 1 {
			s.elsewhere(scratch[from:end], places[from:end], !move, k, differ&(1<<shift-1), d)
		}
		from = end
	}
	*d = (*d)[:base]
}

// elsewhere is byDigit, by another processor if there is much to do and one is free.
func (s *sorter) elsewhere(places, scratch []place, move bool, k int, differ uint64, d *digits) {
	if len(places) >= minPart {
		select {
		case s.free <- struct{}{}:
			s.all.Go(func() {
				var d digits
				s.byDigit(places, scratch, move, k, differ, &d)
				<-s.free
			})
			return
		default:
		}
	}
	s.byDigit(places, scratch, move, k, differ, d)
}

// few is byDigit for few places, which it sorts where they are.
func (s *sorter) few(places []place, k int, d *digits) {
	for i := 1; i < len(places); i++ {
		p := places[i]
		at := i
		for ; at > 0 && places[at-1].key > p.key; at-- {
			places[at] = places[at-1]
		}
		places[at] = p
	}
	for from := 0; from < len(places); {
		end := from + 1
		for end < len(places) && places[end].key == places[from].key {
			end++
		}
		if end-from > 1 {
			s.byKey(places[from:end], nil, false, k+1, d)
		}
		from = end
	}
}
