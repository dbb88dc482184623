package reducers

import (
	"hash/maphash"
	"iter"
	"math/rand/v2"

	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/slab"
)

// index finds the numbers of rows by tags, the hashes of their keys, with open addressing.
type index struct {
	seed   maphash.Seed
	secret [2]uint64
	slots  slots[uint64] // tag<<32 | row + 1; 0: free
	n      int
	slabs  *slab.Pool // where slots come from
}

// newIndex returns an empty index that has its slots from slabs.
func newIndex(slabs *slab.Pool) index {
	return index{seed: maphash.MakeSeed(), secret: newSecret(), slabs: slabs}
}

// free forgets all rows and gives the memory of the slots back.
func (x *index) free() {
	x.slots.free(x.slabs)
	x.n = 0
}

func newSecret() [2]uint64 { return [2]uint64{rand.Uint64(), rand.Uint64()} }

// slot returns the first slot that find looks at. It is for loading memory ahead of first.
func (x *index) slot(tag uint32) uint64 {
	if x.n == 0 {
		return 0
	}
	return *x.slots.at(tag)
}

// first returns the number of the first row that find yields, plus 1, or 0 if there is none.
func (x *index) first(tag uint32) uint32 {
	if x.n == 0 {
		return 0
	}
	for i := tag; ; i++ {
		if s := *x.slots.at(i); s == 0 || uint32(s>>32) == tag {
			return uint32(s)
		}
	}
}

// find yields the rows that may have a key with this tag.
func (x *index) find(tag uint32) iter.Seq[int] {
	return func(yield func(int) bool) {
		if x.n == 0 {
			return
		}
		for i := tag; ; i++ {
			s := *x.slots.at(i)
			if s == 0 || uint32(s>>32) == tag && !yield(int(uint32(s))-1) {
				return
			}
		}
	}
}

// add adds a row by its number, which must be less than 2^32-1.
func (x *index) add(tag uint32, row int) {
	x.n++
	if 4*x.n > 3*x.slots.n {
		x.grow()
	}
	x.put(uint64(tag)<<32 | uint64(uint32(row+1)))
}

func (x *index) put(slot uint64) {
	i := uint32(slot >> 32)
	for *x.slots.at(i) != 0 {
		i++
	}
	*x.slots.at(i) = slot
}

func (x *index) grow() {
	old := x.slots
	x.slots = makeSlots[uint64](x.slabs, old.n)
	for i := range old.n {
		if slot := *old.at(uint32(i)); slot != 0 {
			x.put(slot)
		}
	}
	old.free(x.slabs)
}

// hashWords is a hash of two words by a secret. Multiplying once more breaks up what
// words that count up leave in the product.
func hashWords(secret *[2]uint64, a, b uint64) uint64 {
	return flow.Mix(flow.Mix(a^secret[0], b^secret[1]), 0x9e3779b97f4a7c15)
}

func hashHost(secret *[2]uint64, h packet.Host) uint64 {
	return hashWords(secret, h.Addr.Hi^uint64(h.Version), h.Addr.Lo)
}
