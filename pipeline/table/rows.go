package table

import "slices"

// Rows is a list of rows in chunks: it grows without being copied. The zero list is
// empty. One goroutine at a time may change it.
type Rows[R any] struct {
	chunks [][]R // all but the last are full
	n      int
	free   [][]R // empty chunks to be used again
}

const (
	chunkBits = 8
	chunkRows = 1 << chunkBits
)

// RowsOf returns the list of rows, which it owns from now on.
func RowsOf[R any](rows []R) *Rows[R] {
	return &Rows[R]{chunks: slices.Collect(slices.Chunk(rows, chunkRows)), n: len(rows)}
}

// Len returns the number of rows.
func (l *Rows[R]) Len() int { return l.n }

// At returns row i. The pointer stays valid until the rows are sorted.
func (l *Rows[R]) At(i int) *R { return &l.chunks[i>>chunkBits][i&(chunkRows-1)] }

// Push appends the zero row and returns it, as At does.
func (l *Rows[R]) Push() *R {
	if l.n&(chunkRows-1) == 0 {
		l.grow()
	}
	last := &l.chunks[len(l.chunks)-1]
	*last = append(*last, *new(R))
	l.n++
	return &(*last)[len(*last)-1]
}

// grow appends an empty chunk.
func (l *Rows[R]) grow() {
	if last := len(l.free) - 1; last >= 0 {
		l.chunks, l.free = append(l.chunks, l.free[last]), l.free[:last]
	} else {
		l.chunks = append(l.chunks, make([]R, 0, chunkRows))
	}
}

// Concat moves the rows of o, which must not be used afterwards, to l. It leaves the rows
// in any order, so that only those which do not fill a chunk need to be copied.
func (l *Rows[R]) Concat(o *Rows[R]) {
	var tail []R // of l, then of o: what does not fill a chunk
	if l.n&(chunkRows-1) != 0 {
		tail = l.chunks[len(l.chunks)-1]
		l.chunks = l.chunks[:len(l.chunks)-1]
	}
	if len(o.chunks) > 0 && o.n&(chunkRows-1) != 0 {
		last := len(o.chunks) - 1
		l.chunks = append(l.chunks, o.chunks[:last]...)
		l.n += o.n - len(o.chunks[last]) - len(tail)
		tail = append(slices.Clip(tail), o.chunks[last]...)
	} else {
		l.chunks = append(l.chunks, o.chunks...)
		l.n += o.n - len(tail)
	}
	for i := range tail {
		*l.Push() = tail[i]
	}
}

// run returns rows from to at most to that lie together.
func (l *Rows[R]) run(from, to int) []R {
	c := l.chunks[from>>chunkBits]
	at := from & (chunkRows - 1)
	return c[at:min(len(c), at+to-from)]
}

// Sort sorts rows by a total order.
func (l *Rows[R]) Sort(o Order[R]) {
	sorted := &Rows[R]{}
	sorted.gather(l, l.sorted(o))
	*l = *sorted
}

// gather makes l the given rows of o; memory of l is used again.
func (l *Rows[R]) gather(o *Rows[R], rows []uint32) {
	l.clear()
	for n := range slices.Chunk(rows, chunkRows) {
		l.grow()
		last := &l.chunks[len(l.chunks)-1]
		c := (*last)[:len(n)]
		for i, row := range n {
			c[i] = *o.At(int(row))
		}
		*last = c
		l.n += len(n)
	}
}

// clear removes all rows and keeps their memory for others.
func (l *Rows[R]) clear() {
	for i := range l.chunks {
		l.chunks[i] = l.chunks[i][:0]
	}
	l.free, l.chunks, l.n = append(l.free, l.chunks...), nil, 0
}
