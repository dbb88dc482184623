package parquet

import (
	"math/bits"
	"math/rand/v2"
)

// slots is where the numbers of keys are: a hash table with linear probing. The keys
// themselves are kept by whoever numbers them.
type slots struct {
	numbers []uint32 // number of a key plus one, a power of two, at most half of them taken
	salt    key      // so that nobody makes addresses that meet in a slot
}

const firstSlots = 1 << 10

// reset empties s and keeps its memory. There are n slots then, a power of two.
func (s *slots) reset(n int) {
	if s.numbers == nil {
		s.salt = key{rand.Uint64(), rand.Uint64()}
	}
	if cap(s.numbers) < n {
		s.numbers = make([]uint32, n)
		return
	}
	s.numbers = s.numbers[:n]
	clear(s.numbers)
}

// first returns the slot at which a search for a key begins. It goes on at the next one.
func (s *slots) first(k key) uint64 {
	high, low := bits.Mul64(k.first^s.salt.first, k.second^s.salt.second)
	return s.wrap(high ^ low)
}

func (s *slots) wrap(slot uint64) uint64 { return slot & uint64(len(s.numbers)-1) }

// take notes in a free slot that the last of keys, of which there are n, is there. Where
// that are too many, it doubles the slots: then it asks for all keys.
func (s *slots) take(slot uint64, n int, keyOf func(n int) key) {
	s.numbers[slot] = uint32(n)
	if 2*n <= len(s.numbers) {
		return
	}
	s.reset(2 * len(s.numbers))
	for i := range n {
		at := s.first(keyOf(i))
		for s.numbers[at] != 0 {
			at = s.wrap(at + 1)
		}
		s.numbers[at] = uint32(i + 1)
	}
}
