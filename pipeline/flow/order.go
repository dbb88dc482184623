package flow

import (
	"cmp"
	"slices"
)

// order4 returns the numbers of the cells of x in the order of conversations: by the
// smaller address, the larger one, direction, and then by [Key.Compare]. All of an IPv4
// key that this compares fits into two words.
func order4(x *index[key4, value]) []uint32 {
	type sortKey struct {
		pair, rest uint64
		n          uint32
	}
	keys := make([]sortKey, x.n)
	for n := range x.n {
		k := &x.cell(n).key
		src, dst := k.addrs>>32, k.addrs&(1<<32-1)
		s := sortKey{pair: k.addrs, n: n}
		if src > dst {
			s.pair, s.rest = dst<<32|src, 1<<63
		}
		s.rest |= order(k.tail)
		keys[n] = s
	}
	slices.SortFunc(keys, func(a, b sortKey) int {
		if c := cmp.Compare(a.pair, b.pair); c != 0 {
			return c
		}
		return cmp.Compare(a.rest, b.rest)
	})
	return numbers(keys, func(s *sortKey) uint32 { return s.n })
}

// order6 is order4 for IPv6.
func order6(x *index[key6, value]) []uint32 {
	type sortKey struct {
		*key6
		n uint32
	}
	keys := make([]sortKey, x.n)
	for n := range x.n {
		keys[n] = sortKey{&x.cell(n).key, n}
	}
	slices.SortFunc(keys, func(a, b sortKey) int {
		xa, xb := a.src, a.dst
		if xa.Compare(xb) > 0 {
			xa, xb = xb, xa
		}
		ya, yb := b.src, b.dst
		if ya.Compare(yb) > 0 {
			ya, yb = yb, ya
		}
		if c := xa.Compare(ya); c != 0 {
			return c
		}
		if c := xb.Compare(yb); c != 0 {
			return c
		}
		if c := a.src.Compare(b.src); c != 0 {
			return c
		}
		return cmp.Compare(order(a.tail), order(b.tail))
	})
	return numbers(keys, func(s *sortKey) uint32 { return s.n })
}

func numbers[S any](keys []S, n func(*S) uint32) []uint32 {
	order := make([]uint32, len(keys))
	for i := range keys {
		order[i] = n(&keys[i])
	}
	return order
}

// order returns a number that orders tails as [Key.Compare] orders what they hold.
func order(t uint64) uint64 {
	var k Key
	k.setTail(t)
	return k.tail()
}
