package synth

import "math/bits"

const (
	// span is the time the steady profiles cover.
	span = 10 * 60 * 1_000_000_000 // ns

	// epoch is where they begin: 2024-03-12T08:00:00Z, in microseconds.
	epoch = 1_710_230_400 * 1_000_000

	phases = 64
)

// clock gives packets non-decreasing times over about span, at a rate that
// wanders by a factor of four.
type clock struct {
	r       *rng
	now     uint64 // ns since epoch
	packets int
	seen    int
	next    int // packet at which the next phase begins
	phase   int
	gap     [phases]uint64 // mean, ns
}

func newClock(r *rng, packets int) *clock {
	c := &clock{r: r, packets: packets, phase: -1}
	var weights [phases]uint64
	weight, sum := 100, uint64(0)
	for i := range weights {
		weight = min(200, max(50, weight+r.between(-30, 30)))
		weights[i] = uint64(weight)
		sum += weights[i]
	}
	for i, w := range weights {
		hi, lo := bits.Mul64(span*phases, w)
		c.gap[i], _ = bits.Div64(hi, lo, sum*uint64(packets))
	}
	return c
}

// tick returns the time of the next packet in microseconds since the epoch.
// Gaps are products of two uniform numbers: short ones prevail, long ones
// occur, and the mean is exact without a logarithm.
func (c *clock) tick() int64 {
	if c.seen >= c.next && c.phase < phases-1 {
		c.phase++
		c.next = (c.phase + 1) * c.packets / phases
	}
	c.seen++
	x := c.r.u64()
	hi, _ := bits.Mul64(4*c.gap[c.phase], (x>>32)*(x&0xffffffff))
	c.now += hi
	return epoch + int64(c.now/1000)
}
