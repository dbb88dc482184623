package synth

import "sort"

// zipf draws ranks 0..n-1 with a probability proportional to 1/(rank+4). The
// offset keeps the first few ranks from swallowing everything (Mandelbrot's
// form); the exponent is 1 so that weights are integers on every machine.
type zipf struct{ cumulative []uint64 }

func newZipf(n int) *zipf {
	z := &zipf{cumulative: make([]uint64, n)}
	var sum uint64
	for i := range z.cumulative {
		sum += (1 << 40) / uint64(i+4)
		z.cumulative[i] = sum
	}
	return z
}

// draw returns a rank.
func (z *zipf) draw(r *rng) int {
	last := len(z.cumulative) - 1
	x := r.below64(z.cumulative[last])
	return sort.Search(last, func(i int) bool { return x < z.cumulative[i] })
}
