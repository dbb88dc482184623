package reducers

import (
	"runtime"
	"slices"
	"sync"
)

// list is a list of rows in chunks: it grows without being copied, and rows stay where
// they are. The zero list is empty.
type list[R any] struct {
	chunks [][]R
	n      int
}

const (
	chunkBits = 8
	chunkRows = 1 << chunkBits
)

// push appends the zero row and returns it.
func (l *list[R]) push() *R {
	last := len(l.chunks) - 1
	if last < 0 || len(l.chunks[last]) == chunkRows {
		l.chunks = append(l.chunks, make([]R, 0, chunkRows))
		last++
	}
	c := &l.chunks[last]
	*c = (*c)[:len(*c)+1]
	l.n++
	return &(*c)[len(*c)-1]
}

// at returns row i of a list that was never concatenated.
func (l *list[R]) at(i int) *R { return &l.chunks[i>>chunkBits][i&(chunkRows-1)] }

// concat moves the rows of o to l.
func (l *list[R]) concat(o *list[R]) {
	l.chunks = append(l.chunks, o.chunks...)
	l.n += o.n
}

// sorted returns copies of the rows in a total order. Rows are compared where they lie
// and moved once, since they are large; long lists are sorted in parts at the same time.
func (l *list[R]) sorted(compare func(a, b *R) int) []R {
	type place = uint64 // chunk<<chunkBits | position
	order := make([]place, 0, l.n)
	for i, c := range l.chunks {
		for j := range c {
			order = append(order, uint64(i)<<chunkBits|uint64(j))
		}
	}
	row := func(p place) *R { return &l.chunks[p>>chunkBits][p&(chunkRows-1)] }
	sortParts(order, make([]place, len(order)), runtime.GOMAXPROCS(0), func(a, b place) int {
		return compare(row(a), row(b))
	})
	rows := make([]R, len(order))
	for i, p := range order {
		rows[i] = *row(p)
	}
	return rows
}

// minPart is the number of elements below which sorting in parts is not worth it. A guess.
const minPart = 1 << 14

// sortParts sorts s in as many parts and merges them, with scratch of the same length.
func sortParts[E any](s, scratch []E, parts int, compare func(a, b E) int) {
	if parts < 2 || len(s) < 2*minPart {
		slices.SortFunc(s, compare)
		return
	}
	half := len(s) / 2
	var left sync.WaitGroup
	left.Go(func() { sortParts(s[:half], scratch[:half], parts/2, compare) })
	sortParts(s[half:], scratch[half:], parts-parts/2, compare)
	left.Wait()
	copy(scratch, s)
	a, b := scratch[:half], scratch[half:]
	for i := range s {
		if len(b) == 0 || len(a) > 0 && compare(a[0], b[0]) <= 0 {
			s[i], a = a[0], a[1:]
		} else {
			s[i], b = b[0], b[1:]
		}
	}
}
