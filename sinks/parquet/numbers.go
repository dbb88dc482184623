package parquet

import (
	"math/bits"
	"math/rand/v2"

	"github.com/capfold/capfold/pipeline/table"
)

// keyNumbers numbers keys in the order of their first occurrence, like [dictionary] does
// values.
type keyNumbers struct {
	keys  []table.Key
	slots []uint32 // number of a key plus one, a power of two, at most half of them taken
	salt  [2]uint64
	alike bool // whether keys differ in nothing but their kind
}

// reset empties d and keeps its memory. It makes slots for as many keys as there were.
func (d *keyNumbers) reset() {
	if d.slots == nil {
		d.salt = [2]uint64{rand.Uint64(), rand.Uint64()}
	}
	d.slots = emptySlots(d.slots, max(firstSlots, 2<<bits.Len(uint(len(d.keys)))))
	d.keys, d.alike = d.keys[:0], false
}

// number returns the number of a key.
func (d *keyNumbers) number(k table.Key) uint32 {
	mask := uint64(len(d.slots) - 1)
	at := d.hash(k) & mask
	for ; d.slots[at] != 0; at = (at + 1) & mask {
		n := d.slots[at] - 1
		if o := &d.keys[n]; o.High == k.High && o.Low == k.Low {
			if o.Kind == k.Kind {
				return n
			}
			d.alike = true
		}
	}
	d.keys = append(d.keys, k)
	n := uint32(len(d.keys))
	d.slots[at] = n
	if 2*len(d.keys) > len(d.slots) {
		d.grow()
	}
	return n - 1
}

// hash leaves the kind out, so that keys which are alike meet.
func (d *keyNumbers) hash(k table.Key) uint64 {
	high, low := bits.Mul64(k.High^d.salt[0], k.Low^d.salt[1])
	return high ^ low
}

// grow doubles the slots.
func (d *keyNumbers) grow() {
	d.slots = emptySlots(d.slots, 2*len(d.slots))
	mask := uint64(len(d.slots) - 1)
	for n, k := range d.keys {
		at := d.hash(k) & mask
		for d.slots[at] != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = uint32(n + 1)
	}
}

// emptySlots returns n slots that are not taken, in the memory of slots if that is enough.
func emptySlots(slots []uint32, n int) []uint32 {
	if cap(slots) < n {
		return make([]uint32, n)
	}
	slots = slots[:n]
	clear(slots)
	return slots
}
