package parquet

import (
	"math/bits"
	"slices"

	"github.com/capfold/capfold/pipeline/table"
)

// keyList is a list of keys. Apart from their words, kinds take a byte each.
type keyList struct {
	words []key
	kinds []uint8
}

func (l *keyList) len() int { return len(l.words) }

func (l *keyList) at(i int) table.Key {
	return table.Key{High: l.words[i].first, Low: l.words[i].second, Kind: l.kinds[i]}
}

// set makes l a copy of o, in its own memory.
func (l *keyList) set(o *keyList) {
	l.words, l.kinds = append(l.words[:0], o.words...), append(l.kinds[:0], o.kinds...)
}

// keyNumbers numbers keys in the order of their first occurrence, like [dictionary] does
// values.
type keyNumbers struct {
	keys  keyList
	slots slots
	alike bool // whether keys differ in nothing but their kind
}

// reset empties d and keeps its memory. It makes slots for as many keys as there were.
func (d *keyNumbers) reset() {
	d.slots.reset(max(firstSlots, 2<<bits.Len(uint(d.keys.len()))))
	d.keys.words, d.keys.kinds, d.alike = d.keys.words[:0], d.keys.kinds[:0], false
}

// number returns the number of a key.
func (d *keyNumbers) number(words key, kind uint8) uint32 {
	at := d.slots.first(words)
	for ; d.slots.numbers[at] != 0; at = d.slots.wrap(at + 1) {
		n := d.slots.numbers[at] - 1
		if d.keys.words[n] == words {
			if d.keys.kinds[n] == kind {
				return n
			}
			d.alike = true
		}
	}
	d.keys.words, d.keys.kinds = append(double(d.keys.words, 1), words), append(double(d.keys.kinds, 1), kind)
	d.slots.take(at, d.keys.len(), func(n int) key { return d.keys.words[n] })
	return uint32(d.keys.len() - 1)
}

// numberAll sets the elements of numbers to the numbers of keys.
func (d *keyNumbers) numberAll(numbers []int32, keys *keyList) []int32 {
	numbers = slices.Grow(numbers[:0], keys.len())[:keys.len()]
	for i, words := range keys.words {
		numbers[i] = int32(d.number(words, keys.kinds[i]))
	}
	return numbers
}

// wordsOf leaves the kind out, so that keys which are alike meet.
func wordsOf(k table.Key) key { return key{k.High, k.Low} }
