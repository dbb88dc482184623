package parquet

import (
	"math/bits"

	"github.com/capfold/capfold/pipeline/table"
)

// keyNumbers numbers keys in the order of their first occurrence, like [dictionary] does
// values.
type keyNumbers struct {
	keys  []table.Key
	slots slots
	alike bool // whether keys differ in nothing but their kind
}

// reset empties d and keeps its memory. It makes slots for as many keys as there were.
func (d *keyNumbers) reset() {
	d.slots.reset(max(firstSlots, 2<<bits.Len(uint(len(d.keys)))))
	d.keys, d.alike = d.keys[:0], false
}

// number returns the number of a key.
func (d *keyNumbers) number(k table.Key) uint32 {
	at := d.slots.first(wordsOf(k))
	for ; d.slots.numbers[at] != 0; at = d.slots.wrap(at + 1) {
		n := d.slots.numbers[at] - 1
		if o := &d.keys[n]; o.High == k.High && o.Low == k.Low {
			if o.Kind == k.Kind {
				return n
			}
			d.alike = true
		}
	}
	d.keys = append(d.keys, k)
	d.slots.take(at, len(d.keys), func(n int) key { return wordsOf(d.keys[n]) })
	return uint32(len(d.keys) - 1)
}

// wordsOf leaves the kind out, so that keys which are alike meet.
func wordsOf(k table.Key) key { return key{k.High, k.Low} }
