package reducers

import (
	"hash/maphash"
	"iter"
	"math/rand/v2"

	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
)

// index finds the numbers of rows by tags, the hashes of their keys, with open addressing.
type index struct {
	seed   maphash.Seed
	secret [2]uint64
	slots  []uint64 // tag<<32 | row + 1; 0: free
	n      int
}

// minSlots is the number of slots to begin with.
const minSlots = 16

func newIndex() index {
	return index{seed: maphash.MakeSeed(), secret: newSecret(), slots: make([]uint64, minSlots)}
}

func newSecret() [2]uint64 { return [2]uint64{rand.Uint64(), rand.Uint64()} }

// slot returns the first slot that find looks at. It is for loading memory ahead of first.
func (x *index) slot(tag uint32) uint64 { return x.slots[tag&uint32(len(x.slots)-1)] }

// first returns the number of the first row that find yields, plus 1, or 0 if there is none.
func (x *index) first(tag uint32) uint32 {
	mask := uint32(len(x.slots) - 1)
	for i := tag & mask; ; i = (i + 1) & mask {
		if s := x.slots[i]; s == 0 || uint32(s>>32) == tag {
			return uint32(s)
		}
	}
}

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

// add adds a row by its number, which must be less than 2^32-1.
func (x *index) add(tag uint32, row int) {
	x.n++
	if 4*x.n > 3*len(x.slots) {
		x.grow()
	}
	x.put(uint64(tag)<<32 | uint64(uint32(row+1)))
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

// hashWords is a hash of two words by a secret. Multiplying once more breaks up what
// words that count up leave in the product.
func hashWords(secret *[2]uint64, a, b uint64) uint64 {
	return flow.Mix(flow.Mix(a^secret[0], b^secret[1]), 0x9e3779b97f4a7c15)
}

func hashHost(secret *[2]uint64, h packet.Host) uint64 {
	return hashWords(secret, h.Addr.Hi^uint64(h.Version), h.Addr.Lo)
}
