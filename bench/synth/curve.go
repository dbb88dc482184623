package synth

import "sort"

// curve is a rate over time: sums[i] is what happens before the end of the i-th
// of equal intervals.
type curve struct{ sums []uint64 }

// newCurve returns the curve with these rates, of which one is positive; their
// sum is below 2^32.
func newCurve(rates ...int) *curve {
	c := &curve{sums: make([]uint64, len(rates))}
	var sum uint64
	for i, r := range rates {
		sum += uint64(r)
		c.sums[i] = sum
	}
	return c
}

// at returns when, in [0, 2^32) of the whole time, the share q of 2^32 of
// everything has happened. A nil curve is a constant rate.
func (c *curve) at(q uint32) uint32 {
	if c == nil {
		return q
	}
	last := len(c.sums) - 1
	product := c.sums[last] * uint64(q)
	x, fraction := product>>32, product&0xffffffff
	i := sort.Search(last, func(i int) bool { return x < c.sums[i] })
	before := uint64(0)
	if i > 0 {
		before = c.sums[i-1]
	}
	within := ((x-before)<<32 | fraction) / (c.sums[i] - before) // of 2^32
	return uint32((uint64(i)<<32 + within) / uint64(len(c.sums)))
}

// window is a piece of the campus hour, in microseconds from its start.
type window struct {
	start, length uint32
	rate          *curve
}

// at returns the time of the share q of 2^32 of what happens in the window.
func (w window) at(q uint32) uint32 {
	return w.start + uint32(uint64(w.rate.at(q))*uint64(w.length)>>32)
}

const (
	second = 1_000_000
	minute = 60 * second

	// campusSpan is how long the campus capture lasts.
	campusSpan = 60 * minute

	// campusEpoch is when it begins: 2011-08-10T09:46:53Z, in microseconds.
	campusEpoch = 1_312_969_613 * second
)

// minutes returns the window of [from, to) minutes with these rates.
func minutes(from, to int, rates ...int) window {
	w := window{start: uint32(from * minute), length: uint32((to - from) * minute)}
	if len(rates) > 0 {
		w.rate = newCurve(rates...)
	}
	return w
}

// campusDay returns the rate at which people start things: 240 intervals that
// swell towards noon, ebb with the lunch break, jump when a lecture ends, and
// are never smooth.
func campusDay(r *rng) *curve {
	rates := make([]int, 240)
	for i := range rates {
		base := 70 + i/2 // the morning fills up
		if i > 130 {
			base = 135 - (i-130)*3/4 // then lunch
		}
		if i > 205 {
			base = 79 + (i-205)*2
		}
		rates[i] = base * r.between(70, 130) / 100
	}
	for _, end := range []int{52, 118, 190} { // a break: everybody looks up something
		for i := range 12 {
			rates[end+i] += 150 * (12 - i) / 12
		}
	}
	return newCurve(rates...)
}
