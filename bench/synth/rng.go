package synth

import (
	"math/bits"
	"math/rand/v2"
)

// rng is a seeded source of integers. It uses PCG directly rather than
// rand.Rand, so that the sequence rests on the documented generator alone and
// a draw in a hot loop is not an interface call.
type rng struct{ pcg rand.PCG }

// newRNG returns the source of one stream: different streams of one seed are
// independent, so a profile can add draws to one without shifting the others.
func newRNG(seed, stream uint64) *rng {
	r := new(rng)
	r.pcg.Seed(seed, stream*0x9e3779b97f4a7c15+1)
	return r
}

// u64 returns 64 random bits.
func (r *rng) u64() uint64 { return r.pcg.Uint64() }

// u32 returns 32 random bits.
func (r *rng) u32() uint32 { return uint32(r.pcg.Uint64() >> 32) }

// below returns a number in [0, n).
func (r *rng) below(n int) int { return int(r.below64(uint64(n))) }

// below64 returns a number in [0, n); its bias of n/2^64 is of no interest here.
func (r *rng) below64(n uint64) uint64 {
	hi, _ := bits.Mul64(r.u64(), n)
	return hi
}

// between returns a number in [lo, hi].
func (r *rng) between(lo, hi int) int { return lo + r.below(hi-lo+1) }

// chance reports true in n of 1000 cases.
func (r *rng) chance(n int) bool { return r.below(1000) < n }

// pareto returns a heavy-tailed number in [lo, hi]: a share lo/x of all draws
// exceeds x. The exponent is 1 because that needs integers only.
func (r *rng) pareto(lo, hi int) int {
	for {
		if x := uint64(lo) << 32 / (uint64(r.u32()) + 1); x <= uint64(hi) {
			return int(x)
		}
	}
}

// spread is a bijection on 32 bits without visible structure: consecutive
// numbers become unique, unrelated-looking ones.
func spread(x, key uint32) uint32 {
	x += key
	x ^= x >> 16
	x *= 0x7feb352d
	x ^= x >> 15
	x *= 0x846ca68b
	x ^= x >> 16
	return x
}
