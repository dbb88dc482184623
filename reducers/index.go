package reducers

import (
	"hash/maphash"
	"iter"
)

// index finds rows by tags, the hashes of their keys, with open addressing. Rows are
// numbered in the order in which they are added, from 0.
type index struct {
	seed  maphash.Seed
	slots []uint64 // tag<<32 | row + 1; 0: free
	n     int
}

// minSlots is the number of slots to begin with.
const minSlots = 16

func newIndex() index { return index{seed: maphash.MakeSeed(), slots: make([]uint64, minSlots)} }

// find yields the rows that may have a key with this tag.
func (x *index) find(tag uint32) iter.Seq[int] {
	return func(yield func(int) bool) {
		mask := uint32(len(x.slots) - 1)
		for i := tag & mask; x.slots[i] != 0; i = (i + 1) & mask {
			if s := x.slots[i]; uint32(s>>32) == tag && !yield(int(uint32(s))-1) {
				return
			}
		}
	}
}

// add adds a row, of which find has found none, and which must not be one of more than
// 2^32.
func (x *index) add(tag uint32) {
	x.n++
	if 4*x.n > 3*len(x.slots) {
		x.grow()
	}
	x.put(uint64(tag)<<32 | uint64(uint32(x.n)))
}

func (x *index) put(slot uint64) {
	mask := uint32(len(x.slots) - 1)
	i := uint32(slot>>32) & mask
	for x.slots[i] != 0 {
		i = (i + 1) & mask
	}
	x.slots[i] = slot
}

func (x *index) grow() {
	old := x.slots
	x.slots = make([]uint64, 2*len(old))
	for _, slot := range old {
		if slot != 0 {
			x.put(slot)
		}
	}
}
