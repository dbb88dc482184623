package parquet

import (
	"math/bits"
	"math/rand/v2"

	"github.com/capfold/capfold/pipeline/table"
)

// keyNumbers numbers keys in the order of their first occurrence, like [dictionary] does
// values.
type keyNumbers struct {
	keys  []numberedKey
	slots []uint32 // number of a key plus one, a power of two, at most half of them taken
	salt  [2]uint64
	alike bool // whether keys differ in nothing but their kind
}

// numberedKey is a [table.Key] that has a number.
type numberedKey struct {
	high, low uint64
	kind      uint8
	page      int32 // the last that it occurred in, plus one
}

func (k *numberedKey) key() table.Key { return table.Key{High: k.high, Low: k.low, Kind: k.kind} }

func (d *keyNumbers) reset() {
	if d.slots == nil {
		d.salt = [2]uint64{rand.Uint64(), rand.Uint64()}
		d.slots = make([]uint32, firstSlots)
	}
	clear(d.slots)
	d.keys, d.alike = d.keys[:0], false
}

// number returns the number of a key.
func (d *keyNumbers) number(k table.Key) uint32 {
	mask := uint64(len(d.slots) - 1)
	at := d.hash(k) & mask
	for ; d.slots[at] != 0; at = (at + 1) & mask {
		n := d.slots[at] - 1
		if o := &d.keys[n]; o.high == k.High && o.low == k.Low {
			if o.kind == k.Kind {
				return n
			}
			d.alike = true
		}
	}
	d.keys = append(d.keys, numberedKey{high: k.High, low: k.Low, kind: k.Kind})
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
	d.slots = make([]uint32, 2*len(d.slots))
	mask := uint64(len(d.slots) - 1)
	for n := range d.keys {
		at := d.hash(d.keys[n].key()) & mask
		for d.slots[at] != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = uint32(n + 1)
	}
}
