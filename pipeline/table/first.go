package table

import "slices"

// First keeps the first rows, by a total order, of all that are added to it.
type First[R any] struct {
	n       int
	compare func(a, b *R) int
	rows    []R
	spare   []R   // what rows were before they were sorted, to be used again
	order   []int // scratch
	full    bool  // no row behind last is among the first
	last    R

	key     func(*R) uint64 // orders as compare does, as far as a number can; may be nil
	lastKey uint64          // of last
}

// NewFirst returns a First of n rows.
func NewFirst[R any](n int, compare func(a, b *R) int) *First[R] {
	return &First[R]{n: n, compare: compare}
}

// minFirst is the least number of rows to hold before those that are not among the first
// are dropped.
const minFirst = 64

// Add adds a copy of r. Rows are sorted whenever there are twice as many as are kept, so
// that adding one costs little more than a comparison, in whatever order they come.
func (f *First[R]) Add(r *R) {
	if f.n == 0 || f.full && f.compare(r, &f.last) >= 0 {
		return
	}
	if len(f.rows) >= f.n+max(f.n, minFirst) {
		f.full, f.last = true, f.Rows()[f.n-1]
		if f.key != nil {
			f.lastKey = f.key(&f.last)
		}
		if f.compare(r, &f.last) >= 0 {
			return
		}
	}
	f.rows = append(f.rows, *r)
}

// addAll adds copies of rows. There is a key.
func (f *First[R]) addAll(rows []R) {
	for i := range rows {
		if r := &rows[i]; !f.behind(f.key(r)) {
			f.Add(r)
		}
	}
}

// behind reports whether no row with such a key is among the first.
func (f *First[R]) behind(key uint64) bool { return f.full && key > f.lastKey }

// Rows returns the rows in order. They stay valid until the next call of a method.
func (f *First[R]) Rows() []R {
	f.order = f.order[:0]
	for i := range f.rows {
		f.order = append(f.order, i)
	}
	slices.SortFunc(f.order, func(a, b int) int { return f.compare(&f.rows[a], &f.rows[b]) })
	sorted := f.spare[:0]
	for _, i := range f.order[:min(f.n, len(f.order))] {
		sorted = append(sorted, f.rows[i])
	}
	f.rows, f.spare = sorted, f.rows
	return f.rows
}
