package capture

import (
	"math"
	"math/bits"
	"time"
)

// clock says what time stamps count: nanos / (div · 2^shift) nanoseconds each, since
// offset seconds after the epoch. Only one of nanos, div and shift is beside the point.
type clock struct {
	nanos  int64
	div    uint64 // 0 is 1; else nanos is 1
	shift  uint8
	offset int64 // seconds
}

// newClock returns the clock of a pcapng interface, as its if_tsresol and if_tsoffset
// say: a second has 10^resolution ticks or, with the upper bit set, 2^resolution.
func newClock(resolution uint8, offset int64) clock {
	c := clock{nanos: 1, offset: offset}
	switch exponent := resolution & 0x7f; {
	case resolution >= 0x80:
		c.nanos, c.shift = int64(time.Second), exponent
	case exponent <= 9:
		c.nanos = int64(power10(9 - exponent))
	case exponent <= 9+19:
		c.div = power10(exponent - 9)
	default: // 2^64 ticks are less than a nanosecond
		c.nanos = 0
	}
	return c
}

func power10(n uint8) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// time returns the time stamp in nanoseconds since the epoch, rounded down. What does
// not fit, before 1677 or after 2262, becomes the first or the last that does.
func (c *clock) time(ticks uint64) int64 {
	hi, lo := bits.Mul64(ticks, uint64(c.nanos))
	switch {
	case c.shift >= 64:
		hi, lo = 0, hi>>(c.shift-64)
	case c.shift > 0:
		hi, lo = hi>>c.shift, hi<<(64-c.shift)|lo>>c.shift
	case c.div > 1:
		lo /= c.div // hi is 0
	}
	if c.offset != 0 {
		// In 128 bits nothing overflows: both are below 2^94.
		oh, ol := bits.Mul64(uint64(max(c.offset, -c.offset)), uint64(time.Second))
		var carry uint64
		if c.offset > 0 {
			lo, carry = bits.Add64(lo, ol, 0)
			hi, _ = bits.Add64(hi, oh, carry)
		} else {
			lo, carry = bits.Sub64(lo, ol, 0)
			hi, _ = bits.Sub64(hi, oh, carry)
		}
	}
	switch {
	case hi == 0 && lo <= math.MaxInt64, hi == math.MaxUint64 && lo > math.MaxInt64:
		return int64(lo)
	case int64(hi) < 0:
		return math.MinInt64
	default:
		return math.MaxInt64
	}
}
