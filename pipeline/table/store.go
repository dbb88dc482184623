package table

import (
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/capfold/capfold/pipeline/slab"
	"github.com/capfold/capfold/pipeline/spill"
)

// Plan says in which order stores have rows R, and how they keep them. It is shared by
// stores that are to be joined.
type Plan[R any] struct {
	Order Order[R]
	// Packings are how rows are kept: the first that can pack a row does, and if there is
	// none it is kept as it is.
	Packings []Packing[R]

	once   sync.Once
	bounds *bounds // of all stores, once one has divided its rows
}

// Store is rows that are added in any order and read in that of a [Plan]. Those that do
// not fit into memory are in a file, as sorted runs. One goroutine at a time may use it.
//
// As soon as there are enough rows to tell where, they are put in buckets that divide
// their order: the rows of a bucket are sorted, and brought together, in the cache.
type Store[R any] struct {
	plan    *Plan[R]
	slabs   *slab.Pool
	buckets []*bucket[R] // one until rows are divided, and numBuckets then
	n       int          // rows in buckets
	next    []R          // what Next has returned, while it is in no bucket
	runs    runs[R]
	first   *First[R] // the most important rows, if they are noted

	// Of a table:
	ends     []int       // numbers of rows at which buckets end
	draining atomic.Bool // no rows but those of which the reader has not passed are needed
}

const (
	// numBuckets is how many buckets rows are divided into, a power of two: enough that a
	// million rows are sorted in the second-level cache, and few enough that it does not
	// matter that each has a slab that is not full.
	numBuckets = 64
	// sampled is how many rows tell where the buckets begin.
	sampled = 1 << 12
)

// divideAt is the number of rows from which they are divided.
var divideAt = 1 << 15

// NewStore returns an empty store of rows that are kept as plan says.
func NewStore[R any](plan *Plan[R]) *Store[R] {
	s := &Store[R]{plan: plan}
	s.buckets = s.newBuckets(1)
	return s
}

// Recycle has the store, which must be empty, take its memory from slabs. R must have no
// pointers.
func (s *Store[R]) Recycle(slabs *slab.Pool) {
	s.slabs = slabs
	s.buckets = s.newBuckets(1)
}

// Note has the store, which must be empty, note which of its rows are the first n by rank, a
// total order that key follows as far as a number can: nobody has to look for them then.
func (s *Store[R]) Note(n int, rank func(a, b *R) int, key func(*R) uint64) {
	s.first = NewFirst(n, rank)
	s.first.key = key
}

func (s *Store[R]) newBuckets(n int) []*bucket[R] {
	buckets := make([]*bucket[R], n)
	for i := range buckets {
		b := &bucket[R]{plan: s.plan, packed: make([]packed, len(s.plan.Packings))}
		for i, p := range s.plan.Packings {
			b.packed[i] = newPacked(p.Words, s.slabs)
		}
		if s.slabs != nil {
			b.others.Recycle(s.slabs)
		}
		buckets[i] = b
	}
	return buckets
}

// Add adds copies of rows.
func (s *Store[R]) Add(rows ...R) {
	s.settle()
	s.add(rows)
}

// Next adds a row and returns it, to be set, all of it, before the store is used again.
func (s *Store[R]) Next() *R {
	if len(s.next) == cap(s.next) {
		if s.settle(); s.next == nil {
			s.next = make([]R, 0, perPass)
		}
	}
	s.next = s.next[:len(s.next)+1]
	return &s.next[len(s.next)-1]
}

// settle puts the rows that Next has returned into their buckets.
func (s *Store[R]) settle() {
	s.add(s.next)
	s.next = s.next[:0]
}

// add puts copies of rows into their buckets.
func (s *Store[R]) add(rows []R) {
	if s.first != nil {
		s.first.addAll(rows)
	}
	for len(s.buckets) == 1 && len(rows) > 0 {
		n := min(len(rows), max(divideAt-s.n, 1))
		for i := range rows[:n] {
			s.buckets[0].push(&rows[i])
		}
		rows = rows[n:]
		s.n += n
		s.divideIfMany()
	}
	s.n += len(rows)
	for ; len(rows) > 0; rows = rows[min(len(rows), perPass):] {
		s.put(rows[:min(len(rows), perPass)])
	}
}

// perPass is how many rows are put into their buckets at a time: few enough that they stay
// in the first-level cache, and that so many loads of bounds, which do not wait for each
// other, are under way.
const perPass = 64

// put puts copies of some rows, at most perPass, into the buckets that rows are divided into.
func (s *Store[R]) put(rows []R) {
	var firsts [perPass]uint64
	var at [perPass]uint8
	keys := s.plan.Order.Keys
	for i := range rows {
		firsts[i%perPass] = keys[0](&rows[i])
	}
	bounds := s.plan.bounds
	bounds.find(firsts[:len(rows)], &at)
	for i := range rows {
		n := int(at[i%perPass])
		if bounds.ties(n, firsts[i%perPass]) && len(keys) > 1 {
			n = bounds.among(n, keys[1](&rows[i]))
		}
		s.buckets[n].push(&rows[i])
	}
}

// putPacked puts a copy of a row into its bucket that a packing has packed.
func (s *Store[R]) putPacked(packing int, row []uint64) {
	keys, bounds := s.plan.Packings[packing].Keys, s.plan.bounds
	first := [...]uint64{keys[0](row)}
	var at [perPass]uint8
	bounds.find(first[:], &at)
	n := int(at[0])
	if bounds.ties(n, first[0]) && len(keys) > 1 {
		n = bounds.among(n, keys[1](row))
	}
	s.buckets[n].packed[packing].push(row)
}

func (s *Store[R]) divideIfMany() {
	if s.n >= divideAt && len(s.buckets) == 1 && len(s.plan.Order.Keys) > 0 {
		s.divide()
	}
}

// divide divides the rows of the only bucket. There are some, or other stores of the plan
// have divided theirs.
func (s *Store[R]) divide() {
	all := s.buckets[0]
	s.plan.once.Do(func() { s.plan.bounds = boundsOf(all) })
	s.buckets = s.newBuckets(numBuckets)
	for i := range all.packed {
		for row := range all.packed[i].all() {
			s.putPacked(i, row)
		}
	}
	for _, c := range all.others.chunks {
		for part := range slices.Chunk(c, perPass) {
			s.put(part)
		}
	}
	all.release()
}

// Len returns the number of rows, in memory and in files.
func (s *Store[R]) Len() int {
	s.settle()
	return s.n + s.runs.n
}

// Held returns how many bytes the rows in memory take.
func (s *Store[R]) Held() int64 {
	held := int64(0)
	for _, b := range s.buckets {
		for i := range b.packed {
			held += int64(len(b.packed[i].slabs)) * slab.Len
		}
		held += int64(len(b.others.chunks)*chunkRows[R]()) * int64(unsafe.Sizeof(*new(R)))
	}
	return held
}

// Concat moves the rows of o, which has the same plan and must not be used afterwards,
// to s.
func (s *Store[R]) Concat(o *Store[R]) {
	s.settle()
	o.settle()
	switch {
	case len(s.buckets) > len(o.buckets):
		o.divide()
	case len(s.buckets) < len(o.buckets):
		s.divide()
	}
	for i, b := range s.buckets {
		for j := range b.packed {
			b.packed[j].concat(&o.buckets[i].packed[j])
		}
		b.others.Concat(&o.buckets[i].others)
	}
	s.n += o.n
	if s.first != nil {
		s.first.addAll(o.first.Rows())
	}
	s.runs.concat(&o.runs)
	s.divideIfMany()
}

// Spilled reports whether rows are in files.
func (s *Store[R]) Spilled() bool { return s.runs.n > 0 }

// Spill moves the rows that are in memory to a file. What cannot be written is lost.
func (s *Store[R]) Spill(memory *spill.Memory) error {
	s.settle()
	buckets, n := s.buckets, s.n
	s.buckets, s.n = s.newBuckets(len(buckets)), 0
	if n == 0 {
		return nil
	}
	err := s.runs.write(memory, func(write func(...R)) {
		buf := &Rows[R]{}
		for _, b := range buckets {
			for from := 0; from < b.len(); from += chunkRows[R]() {
				buf.clear()
				b.appendTo(buf, from, min(from+chunkRows[R](), b.len()))
				write(buf.chunks[0]...)
			}
			b.release()
		}
	})
	for _, b := range buckets { // where there is no file, nobody has
		b.release()
	}
	return err
}

// All returns copies of all rows, which must be in memory, in no order.
func (s *Store[R]) All() []R {
	rows := make([]R, 0, s.Len())
	for _, b := range s.buckets {
		b.each(func(r *R) { rows = append(rows, *r) })
	}
	return rows
}

// Table returns the table of all rows. The store must not be used afterwards. What goes
// wrong with files is told to memory as well.
func (s *Store[R]) Table(schema Schema, columns []Column[R], memory *spill.Memory, o Options[R]) *Table {
	schema.Fields = Fields(columns)
	s.settle()
	if !s.Spilled() {
		n := 0
		for _, b := range s.buckets {
			n += b.len()
			s.ends = append(s.ends, n)
		}
		if s.first != nil {
			s.first.Rows() // which are in order then, whoever asks for them
		}
		return newLazy(schema, columns, s, s.plan.Order, o)
	}
	if err := s.Spill(memory); err != nil {
		memory.Fail(err)
	}
	return s.runs.table(schema, columns, s.plan.Order, memory, o)
}

// len implements [ordered].
func (s *Store[R]) len() int { return s.n }

// pieces implements [ordered].
func (s *Store[R]) pieces() int { return len(s.buckets) }

// noted implements [ordered].
func (s *Store[R]) noted(n int) []R {
	if s.first == nil || n > s.first.n {
		return nil
	}
	return s.first.rows[:min(n, s.n)]
}

// addTo implements [ordered].
func (s *Store[R]) addTo(first *First[R], piece int) {
	if s.draining.Load() {
		panic("table: the first rows of a table that is drained")
	}
	s.buckets[piece].addTo(first)
}

// appendTo implements [ordered].
func (s *Store[R]) appendTo(rows *Rows[R], from, to int) {
	s.within(from, to, func(b *bucket[R], from, to, _ int) { b.appendTo(rows, from, to) })
}

// passed implements [ordered].
func (s *Store[R]) passed(from, to int) {
	s.within(from, to, func(b *bucket[R], from, to, n int) {
		if b.passed.Add(int64(to-from)) == int64(n) && s.draining.Load() {
			b.free()
		}
	})
}

// drain implements [ordered]. Of it and passed, whichever comes last frees a bucket, or both.
func (s *Store[R]) drain() {
	s.draining.Store(true)
	s.within(0, s.n, func(b *bucket[R], _, _, n int) {
		if b.passed.Load() == int64(n) {
			b.free()
		}
	})
}

// within calls f with the buckets that have some of rows from to to (exclusive) of the
// table, with which of theirs these are, and how many rows they have.
func (s *Store[R]) within(from, to int, f func(b *bucket[R], from, to, n int)) {
	start := 0
	for i, end := range s.ends {
		if start < end && from < end && start < to { // one without rows is nobody's to read or free
			f(s.buckets[i], max(from-start, 0), min(to, end)-start, end-start)
		}
		start = end
	}
}
