package flow

import (
	"cmp"
	"math/bits"
	"slices"
)

// The order of atoms in a shard is by conversation, by direction, from the smaller address
// to the larger first, and then by [Key.Compare]. Conversations are in the order of a hash
// that the seed decides on: nobody needs another one, and numbers that are spread evenly
// are sorted in one pass over the shard and one over what little falls together.

// place is where an atom is, under numbers that order it.
type place struct {
	pair  uint64 // see key4.conversation and key6.conversation
	rest  uint64 // back and other, and the tail as [Key.tail] orders it
	cell  uint32
	table uint32
}

func comparePlaces(a, b place) int {
	if c := cmp.Compare(a.pair, b.pair); c != 0 {
		return c
	}
	return cmp.Compare(a.rest, b.rest)
}

// conversation returns a number for the key's unordered pair of addresses. It is one to
// one: every step can be undone.
func (k key4) conversation(s *Seed) uint64 {
	a, b := k.addrs>>32, k.addrs&(1<<32-1)
	x := (min(a, b)<<32 | max(a, b)) ^ s[3]
	x *= 0x9e3779b97f4a7c15
	x ^= x >> 32
	x *= s[1] | 1
	return x ^ x>>29
}

// conversation returns a number for the key's unordered pair of addresses, which another
// pair may have too.
func (k key6) conversation(s *Seed) uint64 {
	return Mix(k.src.Hi^s[0], k.src.Lo^s[1]) + Mix(k.dst.Hi^s[0], k.dst.Lo^s[1])
}

// back is the bit of place.rest that says that an atom is from the larger address to the
// smaller.
const back = 1 << 63

// other is the bit of place.rest that tells conversations of IPv6 apart that are neighbours
// and have the same number: one has it and the other has not.
const other = 1 << 62

func (k key4) place(s *Seed) place {
	p := place{pair: k.conversation(s), rest: order(k.tail)}
	if k.addrs>>32 > k.addrs&(1<<32-1) {
		p.rest |= back
	}
	return p
}

func (k key6) place(s *Seed) place {
	p := place{pair: k.conversation(s), rest: order(k.tail)}
	if k.src.Compare(k.dst) > 0 {
		p.rest |= back
	}
	return p
}

// order returns a number that orders tails as [Key.Compare] orders what they hold.
func order(t uint64) uint64 {
	var k Key
	k.setTail(t)
	return k.tail()
}

// sorter sorts places. Its memory is used again.
type sorter struct {
	places, scratch []place
	ends            []uint32
}

const (
	// fewPlaces is up to how many places are sorted by insertion.
	fewPlaces = 48
	// perBucket is about how many places share a bucket, as a power of two.
	perBucket = 2
	// maxBuckets bounds the buckets, as a power of two, so that where each ends stays in
	// the first-level cache.
	maxBuckets = 13
)

// sort sorts s.places and returns them, in memory that is valid until the next call.
func (s *sorter) sort() []place {
	n := len(s.places)
	if n <= fewPlaces {
		insert(s.places)
		return s.places
	}
	b := min(max(bits.Len(uint(n))-perBucket, 1), maxBuckets)
	s.ends = slices.Grow(s.ends[:0], 1<<b)[:1<<b]
	clear(s.ends)
	for i := range s.places {
		s.ends[s.places[i].pair>>(64-b)]++
	}
	sum := uint32(0)
	for i, count := range s.ends {
		s.ends[i] = sum
		sum += count
	}
	s.scratch = slices.Grow(s.scratch[:0], n)[:n]
	for i := range s.places {
		end := &s.ends[s.places[i].pair>>(64-b)]
		s.scratch[*end] = s.places[i]
		*end++
	}
	from := uint32(0)
	for _, end := range s.ends {
		if bucket := s.scratch[from:end]; len(bucket) <= fewPlaces {
			insert(bucket)
		} else {
			slices.SortFunc(bucket, comparePlaces)
		}
		from = end
	}
	return s.scratch
}

// insert sorts few places.
func insert(places []place) {
	for i := 1; i < len(places); i++ {
		p := places[i]
		at := i
		for ; at > 0; at-- {
			q := &places[at-1]
			if q.pair < p.pair || q.pair == p.pair && q.rest <= p.rest {
				break
			}
			places[at] = *q
		}
		places[at] = p
	}
}

// collect sets the places of s to those of all cells of some atoms, one for each table.
func collect[K packed](s *sorter, tables []*atoms[K], seed *Seed) {
	s.places = s.places[:0]
	for t, x := range tables {
		for n := range x.n {
			p := x.cell(n).key.place(seed)
			p.cell, p.table = n, uint32(t)
			s.places = append(s.places, p)
		}
	}
}

// ordered4 returns the places of all cells of some atoms, one for each table, in order.
func (s *sorter) ordered4(tables []*atoms[key4], seed *Seed) []place {
	collect(s, tables, seed)
	return s.sort()
}

// ordered6 is ordered4 for IPv6.
func (s *sorter) ordered6(tables []*atoms[key6], seed *Seed) []place {
	collect(s, tables, seed)
	places := s.sort()
	key := func(p place) key6 { return tables[p.table].cell(p.cell).key }
	for from := 0; from < len(places); {
		first := key(places[from])
		a, b := pair(first.src, first.dst)
		end, same := from+1, true
		for ; end < len(places) && places[end].pair == places[from].pair; end++ {
			next := key(places[end])
			x, y := pair(next.src, next.dst)
			same = same && x == a && y == b
		}
		if !same { // two pairs of addresses with the same number
			same := places[from:end]
			slices.SortFunc(same, func(x, y place) int { return key(x).compare(key(y)) })
			for i := 1; i < len(same); i++ {
				bit := same[i-1].rest & other
				if !key(same[i]).sameHosts(key(same[i-1])) {
					bit ^= other
				}
				same[i].rest |= bit
			}
		}
		from = end
	}
	return places
}

// compare orders keys whose pairs of addresses have the same number.
func (k key6) compare(o key6) int {
	a, b := pair(k.src, k.dst)
	x, y := pair(o.src, o.dst)
	return cmp.Or(a.Compare(x), b.Compare(y), k.src.Compare(o.src), cmp.Compare(order(k.tail), order(o.tail)))
}

// sameHosts reports whether k and o have the same unordered pair of addresses.
func (k key6) sameHosts(o key6) bool {
	return k.src == o.src && k.dst == o.dst || k.src == o.dst && k.dst == o.src
}

// spillKey orders atoms as shards have them, as far as a number can.
func (s *Seed) spillKey(a *Atom) uint64 {
	n := s.conversation(&a.Key) >> 1
	if a.Version == 6 {
		n |= 1 << 63
	}
	return n
}

// conversation returns the number of the key's unordered pair of addresses.
func (s *Seed) conversation(k *Key) uint64 {
	if k.Version == 6 {
		return key6{src: k.Src, dst: k.Dst}.conversation(s)
	}
	return key4{addrs: uint64(k.Src.As4())<<32 | uint64(k.Dst.As4())}.conversation(s)
}

// compareAtoms orders atoms as shards have them.
func (s *Seed) compareAtoms(x, y *Atom) int {
	if c := cmp.Compare(x.Version, y.Version); c != 0 {
		return c
	}
	if c := cmp.Compare(s.conversation(&x.Key), s.conversation(&y.Key)); c != 0 {
		return c
	}
	xa, xb := pair(x.Src, x.Dst)
	ya, yb := pair(y.Src, y.Dst)
	if c := xa.Compare(ya); c != 0 {
		return c
	}
	if c := xb.Compare(yb); c != 0 {
		return c
	}
	return x.Key.Compare(&y.Key)
}
