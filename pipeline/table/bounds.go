package table

import (
	"math/bits"
	"slices"
)

// bounds are where buckets begin, but for the first, each the one before: the first two
// keys of a row. Second keys matter where first ones agree only.
type bounds struct{ first, second [numBuckets]uint64 }

// numBounds is how many bounds there are.
const numBounds = numBuckets - 1

// find sets at to how many bounds are not behind each of some first keys. It makes every step of
// a search without a branch, which no processor could guess.
func (b *bounds) find(firsts []uint64, at *[perPass]uint8) {
	for i, first := range firsts {
		n := b.step(0, 32, first)
		n = b.step(n, 16, first)
		n = b.step(n, 8, first)
		n = b.step(n, 4, first)
		n = b.step(n, 2, first)
		at[i%perPass] = uint8(b.step(n, 1, first))
	}
}

// step returns n, of at least so many bounds that are not behind first, or more if there are
// more than that.
func (b *bounds) step(n, more, first uint64) uint64 {
	_, less := bits.Sub64(first, b.first[(n+more-1)%numBuckets], 0)
	return n + more&^-less
}

// ties reports whether the last of n bounds that are not behind a row has its first key, so that
// the second one matters, if there is one.
func (b *bounds) ties(n int, first uint64) bool { return n > 0 && b.first[n-1] == first }

// among returns how many bounds are not behind a row with the first key of bound n-1, by
// its second key.
func (b *bounds) among(n int, second uint64) int {
	for first := b.first[n-1]; n > 0 && b.first[n-1] == first && b.second[n-1] > second; {
		n--
	}
	return n
}

// boundsOf returns bounds that divide the rows of a bucket evenly.
func boundsOf[R any](all *bucket[R]) *bounds {
	places := make([]place, all.len())
	all.number(places)
	every := max(len(places)/sampled, 1)
	sample := make([][2]uint64, 0, sampled)
	for i := 0; i < len(places); i += every {
		var keys [2]uint64
		for k := range min(len(all.plan.Order.Keys), len(keys)) {
			keys[k] = all.key(places[i].row, k)
		}
		sample = append(sample, keys)
	}
	slices.SortFunc(sample, func(a, b [2]uint64) int { return slices.Compare(a[:], b[:]) })
	b := &bounds{}
	for i := range numBounds {
		keys := sample[(i+1)*len(sample)/numBuckets]
		b.first[i], b.second[i] = keys[0], keys[1]
	}
	return b
}
