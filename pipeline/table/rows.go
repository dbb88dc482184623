package table

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
)

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
		if last := len(l.free) - 1; last >= 0 {
			l.chunks, l.free = append(l.chunks, l.free[last]), l.free[:last]
		} else {
			l.chunks = append(l.chunks, make([]R, 0, chunkRows))
		}
	}
	last := &l.chunks[len(l.chunks)-1]
	*last = append(*last, *new(R))
	l.n++
	return &(*last)[len(*last)-1]
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

// place is where a row is before sorting, under a key that orders it in most cases.
type place struct {
	key uint64
	row uint32
}

// Sort sorts rows by a total order. Rows with a smaller key come first; key may be nil.
// Among those with the same key compare decides. Rows are compared where they lie and
// moved once, since they are large; long lists are sorted in parts at the same time.
// There must be fewer than 2^32 rows.
func (l *Rows[R]) Sort(key func(*R) uint64, compare func(a, b *R) int) {
	places := make([]place, l.n)
	for i := range places {
		places[i].row = uint32(i)
		if key != nil {
			places[i].key = key(l.At(i))
		}
	}
	sortParts(places, make([]place, len(places)), runtime.GOMAXPROCS(0), func(a, b place) int {
		if c := cmp.Compare(a.key, b.key); c != 0 {
			return c
		}
		return compare(l.At(int(a.row)), l.At(int(b.row)))
	})
	// Rows are moved along the cycles of the permutation.
	const moved = 1<<32 - 1
	for start := range places {
		if places[start].row == moved {
			continue
		}
		first := *l.At(start)
		for at := start; ; {
			from := int(places[at].row)
			places[at].row = moved
			if from == start {
				*l.At(at) = first
				break
			}
			*l.At(at) = *l.At(from)
			at = from
		}
	}
}

// Largest returns copies of the n first rows by rank, which must be total, in that order.
func (l *Rows[R]) Largest(n int, rank func(a, b *R) int) *Rows[R] {
	n = min(n, l.n)
	// Insertion moves up to n rows for each one that it takes, which is next to nothing
	// for the top of a report and quadratic for a whole table.
	const few = 1000
	if n > few {
		sorted := firstOf(l, l.n)
		sorted.Sort(nil, rank)
		return firstOf(sorted, n)
	}
	best := make([]R, 0, n+1)
	for i := range l.n {
		best = insertRanked(best, l.At(i), n, rank)
	}
	return RowsOf(best)
}

// insertRanked inserts r into best, which has the n first rows by rank, or fewer.
func insertRanked[R any](best []R, r *R, n int, rank func(a, b *R) int) []R {
	if len(best) == n && (n == 0 || rank(r, &best[n-1]) >= 0) {
		return best
	}
	at, _ := slices.BinarySearchFunc(best, r, func(e R, target *R) int { return rank(&e, target) })
	best = slices.Insert(best, at, *r)
	return best[:min(n, len(best))]
}

// clear removes all rows and keeps their memory for others.
func (l *Rows[R]) clear() {
	for i := range l.chunks {
		l.chunks[i] = l.chunks[i][:0]
	}
	l.free, l.chunks, l.n = append(l.free, l.chunks...), nil, 0
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
