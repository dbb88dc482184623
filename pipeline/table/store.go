package table

import (
	"math/bits"
	"slices"
	"sync"
	"unsafe"

	"github.com/capfold/capfold/pipeline/slab"
	"github.com/capfold/capfold/pipeline/spill"
)

// Plan says in which order stores have rows R, and how they keep them. It is shared by
// stores that are to be joined.
type Plan[R, P any] struct {
	Order Order[R]
	// Pack and Unpack, if there are any, set a P to what a row is, in less memory, and a row
	// to that. Pack reports whether it could: other rows are kept as they are.
	Pack   func(*P, *R) bool
	Unpack func(*P, *R)

	once   sync.Once
	bounds []bound // the first rows of all buckets but the first
}

// Store is rows that are added in any order and read in that of a [Plan]. Those that do
// not fit into memory are in a file, as sorted runs. One goroutine at a time may use it.
//
// As soon as there are enough rows to tell where, they are put in buckets that divide
// their order: the rows of a bucket are sorted, and brought together, in the cache.
type Store[R, P any] struct {
	plan    *Plan[R, P]
	slabs   *slab.Pool
	buckets []*bucket[R, P] // one until rows are divided, and numBuckets then
	n       int             // rows in buckets
	row     R               // what Next has returned, while it is in no bucket
	pending bool
	runs    runs[R]
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
func NewStore[R, P any](plan *Plan[R, P]) *Store[R, P] {
	s := &Store[R, P]{plan: plan}
	s.buckets = s.newBuckets(1)
	return s
}

// Recycle has the store, which must be empty, take its memory from slabs. R and P must
// have no pointers.
func (s *Store[R, P]) Recycle(slabs *slab.Pool) {
	s.slabs = slabs
	s.buckets = s.newBuckets(1)
}

func (s *Store[R, P]) newBuckets(n int) []*bucket[R, P] {
	buckets := make([]*bucket[R, P], n)
	for i := range buckets {
		buckets[i] = &bucket[R, P]{plan: s.plan}
		if s.slabs != nil {
			buckets[i].packed.Recycle(s.slabs)
			buckets[i].others.Recycle(s.slabs)
		}
	}
	return buckets
}

// Add adds a copy of a row.
func (s *Store[R, P]) Add(r *R) {
	s.settle()
	s.add(r)
}

// Next adds a row and returns it, to be set, all of it, before the store is used again.
func (s *Store[R, P]) Next() *R {
	s.settle()
	s.pending = true
	return &s.row
}

// settle puts the latest row into its bucket.
func (s *Store[R, P]) settle() {
	if s.pending {
		s.pending = false
		s.add(&s.row)
	}
}

func (s *Store[R, P]) add(r *R) {
	s.put(r)
	s.n++
	s.divideIfMany()
}

// put puts a copy of a row into its bucket.
func (s *Store[R, P]) put(r *R) {
	if len(s.buckets) == 1 {
		s.buckets[0].add(r)
	} else {
		s.buckets[s.plan.bucket(r)].add(r)
	}
}

func (s *Store[R, P]) divideIfMany() {
	if s.n >= divideAt && len(s.buckets) == 1 && len(s.plan.Order.Keys) > 0 {
		s.divide()
	}
}

// divide divides the rows of the only bucket. There are some, or other stores of the plan
// have divided theirs.
func (s *Store[R, P]) divide() {
	all := s.buckets[0]
	s.plan.once.Do(func() { s.plan.bounds = boundsOf(all) })
	s.buckets = s.newBuckets(numBuckets)
	all.each(s.put)
	all.release()
}

// Len returns the number of rows, in memory and in files.
func (s *Store[R, P]) Len() int {
	s.settle()
	return s.n + s.runs.n
}

// Held returns how many bytes the rows in memory take.
func (s *Store[R, P]) Held() int64 {
	held := int64(0)
	for _, b := range s.buckets {
		held += int64(b.packed.Len())*int64(unsafe.Sizeof(*new(P))) + int64(b.others.Len())*int64(unsafe.Sizeof(*new(R)))
	}
	if len(s.buckets) > 1 && s.slabs != nil {
		held += int64(len(s.buckets)) * slab.Len / 2 // slabs that are not full
	}
	return held
}

// Concat moves the rows of o, which has the same plan and must not be used afterwards,
// to s.
func (s *Store[R, P]) Concat(o *Store[R, P]) {
	s.settle()
	o.settle()
	switch {
	case len(s.buckets) > len(o.buckets):
		o.divide()
	case len(s.buckets) < len(o.buckets):
		s.divide()
	}
	for i, b := range s.buckets {
		b.packed.Concat(&o.buckets[i].packed)
		b.others.Concat(&o.buckets[i].others)
	}
	s.n += o.n
	s.runs.concat(&o.runs)
	s.divideIfMany()
}

// Spilled reports whether rows are in files.
func (s *Store[R, P]) Spilled() bool { return s.runs.n > 0 }

// Spill moves the rows that are in memory to a file. What cannot be written is lost.
func (s *Store[R, P]) Spill(memory *spill.Memory) error {
	s.settle()
	buckets, n := s.buckets, s.n
	s.buckets, s.n = s.newBuckets(len(buckets)), 0
	if n == 0 {
		return nil
	}
	return s.runs.write(memory, func(write func(...R)) {
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
}

// All returns copies of all rows, which must be in memory, in no order.
func (s *Store[R, P]) All() []R {
	rows := make([]R, 0, s.Len())
	for _, b := range s.buckets {
		b.each(func(r *R) { rows = append(rows, *r) })
	}
	return rows
}

// Table returns the table of all rows. The store must not be used afterwards. What goes
// wrong with files is told to memory as well.
func (s *Store[R, P]) Table(schema Schema, columns []Column[R], memory *spill.Memory, o Options[R]) *Table {
	schema.Fields = Fields(columns)
	s.settle()
	if !s.Spilled() {
		return newLazy(schema, columns, s, s.plan.Order, o)
	}
	if err := s.Spill(memory); err != nil {
		memory.Fail(err)
	}
	return s.runs.table(schema, columns, s.plan.Order, memory, o)
}

// len implements [ordered].
func (s *Store[R, P]) len() int { return s.n }

// pieces implements [ordered].
func (s *Store[R, P]) pieces() int { return len(s.buckets) }

// each implements [ordered].
func (s *Store[R, P]) each(piece int, f func(*R)) { s.buckets[piece].each(f) }

// appendTo implements [ordered].
func (s *Store[R, P]) appendTo(rows *Rows[R], from, to int) {
	for _, b := range s.buckets {
		if n := b.len(); from < n && to > 0 {
			b.appendTo(rows, max(from, 0), min(to, n))
		}
		from, to = from-b.len(), to-b.len()
	}
}

// bound is the first two keys of a row.
type bound [2]uint64

func (b *bound) compare(o *bound) int { return slices.Compare(b[:], o[:]) }

func (o *Order[R]) bound(r *R) (b bound) {
	for i := range min(len(o.Keys), len(b)) {
		b[i] = o.Keys[i](r)
	}
	return b
}

// bucket returns the number of the bucket that a row belongs to. No processor could guess
// which way a search would branch, so that it does not.
func (p *Plan[R, P]) bucket(r *R) int {
	first := p.Order.Keys[0](r)
	at := 0
	for step := numBuckets / 2; step > 0; step /= 2 {
		_, less := bits.Sub64(first, p.bounds[at+step-1][0], 0)
		at += step &^ -int(less)
	}
	if at == 0 || p.bounds[at-1][0] != first || len(p.Order.Keys) == 1 {
		return at
	}
	second := p.Order.Keys[1](r)
	for at > 0 && p.bounds[at-1][0] == first && p.bounds[at-1][1] > second {
		at--
	}
	return at
}

// boundsOf returns bounds that divide the rows of a bucket evenly.
func boundsOf[R, P any](all *bucket[R, P]) []bound {
	sample := make([]bound, 0, sampled)
	n, every := 0, max(all.len()/sampled, 1)
	all.each(func(r *R) {
		if n%every == 0 {
			sample = append(sample, all.plan.Order.bound(r))
		}
		n++
	})
	slices.SortFunc(sample, func(a, b bound) int { return a.compare(&b) })
	bounds := make([]bound, numBuckets-1)
	for i := range bounds {
		bounds[i] = sample[(i+1)*len(sample)/numBuckets]
	}
	return bounds
}
