package table

import (
	"slices"

	"github.com/capfold/capfold/pipeline/slab"
)

// Rows is a list of rows in chunks: it grows without being copied. The zero list is
// empty. One goroutine at a time may change it.
type Rows[R any] struct {
	chunks [][]R // all but the last are full
	n      int
	free   [][]R      // empty chunks to be used again
	slabs  *slab.Pool // where chunks come from, and go to; nil: from the heap
}

// chunkRows returns how many rows are in a chunk. It is a constant for the compiler.
func chunkRows[R any]() int { return max(slab.Fit[R](), 1) }

// RowsOf returns the list of rows, which it owns from now on.
func RowsOf[R any](rows []R) *Rows[R] {
	return &Rows[R]{chunks: slices.Collect(slices.Chunk(rows, chunkRows[R]())), n: len(rows)}
}

// Recycle has the list, which must be empty, take its memory from slabs. R must have no
// pointers.
func (l *Rows[R]) Recycle(slabs *slab.Pool) {
	slab.Check[R]()
	l.slabs = slabs
}

// Empty returns an empty list that takes its memory from where l does.
func (l *Rows[R]) Empty() Rows[R] { return Rows[R]{slabs: l.slabs} }

// Release gives the memory of the list back. It is empty then.
func (l *Rows[R]) Release() {
	if l.slabs != nil {
		for _, chunks := range [][][]R{l.chunks, l.free} {
			for _, c := range chunks {
				l.slabs.Put(slab.From(c))
			}
		}
	}
	*l = l.Empty()
}

// Len returns the number of rows.
func (l *Rows[R]) Len() int { return l.n }

// At returns row i. The pointer stays valid until the rows are sorted.
func (l *Rows[R]) At(i int) *R {
	per := uint32(chunkRows[R]())
	return &l.chunks[uint32(i)/per][uint32(i)%per]
}

// Push appends the zero row and returns it, as At does.
func (l *Rows[R]) Push() *R {
	r := l.pushUnset()
	*r = *new(R)
	return r
}

// pushUnset is Push for who sets all of the row.
func (l *Rows[R]) pushUnset() *R {
	if l.n%chunkRows[R]() == 0 {
		l.grow()
	}
	last := &l.chunks[len(l.chunks)-1]
	n := len(*last)
	if n == cap(*last) { // of a list of [RowsOf]
		*last = append(*last, *new(R))
	} else {
		*last = (*last)[:n+1]
	}
	l.n++
	return &(*last)[n]
}

// grow appends an empty chunk.
func (l *Rows[R]) grow() {
	last := len(l.free) - 1
	switch {
	case last >= 0:
		l.chunks, l.free = append(l.chunks, l.free[last]), l.free[:last]
	case l.slabs != nil:
		l.chunks = append(l.chunks, slab.Of[R](l.slabs.Get())[:0])
	default:
		l.chunks = append(l.chunks, make([]R, 0, chunkRows[R]()))
	}
}

// Concat moves the rows of o, which must not be used afterwards, to l. It leaves the rows
// in any order, so that only those which do not fill a chunk need to be copied.
func (l *Rows[R]) Concat(o *Rows[R]) {
	if l.slabs != o.slabs { // the chunks are not alike
		for _, c := range o.chunks {
			l.push(c)
		}
		o.Release()
		return
	}
	mine, theirs := l.takePartial(), o.takePartial()
	l.chunks = append(l.chunks, o.chunks...)
	l.n += o.n
	for _, c := range [][]R{mine, theirs} {
		l.push(c)
		if c != nil && l.slabs != nil {
			l.slabs.Put(slab.From(c))
		}
	}
}

// takePartial takes the last chunk, if it is not full, off the list.
func (l *Rows[R]) takePartial() []R {
	if l.n%chunkRows[R]() == 0 {
		return nil
	}
	last := len(l.chunks) - 1
	c := l.chunks[last]
	l.chunks, l.n = l.chunks[:last], l.n-len(c)
	return c
}

// push appends copies of rows.
func (l *Rows[R]) push(rows []R) {
	for i := range rows {
		*l.pushUnset() = rows[i]
	}
}

// run returns rows from to at most to that lie together.
func (l *Rows[R]) run(from, to int) []R {
	c := l.chunks[from/chunkRows[R]()]
	at := from % chunkRows[R]()
	return c[at:min(len(c), at+to-from)]
}

// Sort sorts rows by a total order.
func (l *Rows[R]) Sort(o Order[R]) {
	sorted := l.Empty()
	sorted.gather(l, l.sorted(o))
	l.Release()
	*l = sorted
}

// sorted returns the numbers of the rows in order.
func (l *Rows[R]) sorted(o Order[R]) []uint32 {
	return sorted(&orderedRows[R]{l, o}, l.Len(), len(o.Keys))
}

// orderedRows is rows that are to be sorted. It implements [sortable].
type orderedRows[R any] struct {
	rows  *Rows[R]
	order Order[R]
}

func (l *orderedRows[R]) number(places []place) {
	for i := range places {
		places[i].row = uint32(i)
	}
}

func (l *orderedRows[R]) setKeys(places []place, k int) {
	key := l.order.Keys[k]
	for i := range places {
		places[i].key = key(l.rows.At(int(places[i].row)))
	}
}

func (l *orderedRows[R]) comparing() func(a, b place) int {
	return func(a, b place) int {
		return l.order.Compare(l.rows.At(int(a.row)), l.rows.At(int(b.row)))
	}
}

// gather makes l the given rows of o; memory of l is used again.
func (l *Rows[R]) gather(o *Rows[R], rows []uint32) {
	l.clear()
	l.pick(o, rows)
}

// pick appends copies of the given rows of o.
func (l *Rows[R]) pick(o *Rows[R], rows []uint32) {
	for _, row := range rows {
		*l.pushUnset() = *o.At(int(row))
	}
}

// clear removes all rows and keeps their memory for others.
func (l *Rows[R]) clear() {
	for i := range l.chunks {
		l.chunks[i] = l.chunks[i][:0]
	}
	l.free, l.chunks, l.n = append(l.free, l.chunks...), nil, 0
}
