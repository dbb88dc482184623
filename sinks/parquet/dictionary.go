package parquet

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"slices"

	"github.com/capfold/capfold/pipeline/table"
)

// key stands for a value in a dictionary. A value of at most [maxShort] bytes is the key
// itself: its bytes, filled up with zeros, and its length, so that keys have the order of
// the values. Of a longer value it is a hash.
type key struct{ first, second uint64 }

const (
	// maxShort is the length of the longest value that is its key. IPv4 addresses are
	// no longer, as text or as 16 bytes of which the length need not be said.
	maxShort = 15
	keyBytes = 16
	// longMark is where the key of a short value has its length.
	longMark = 0xff
)

func (k key) less(o key) bool {
	return k.first < o.first || k.first == o.first && k.second < o.second
}

// appendTo appends the value of keyBytes bytes that is its key.
func (k key) appendTo(b []byte) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, k.first), k.second)
}

// shortKey returns the key of the value of n bytes at the beginning of data, in which
// there are keyBytes bytes. The length may be keyBytes if that of all values is.
func shortKey(data []byte, n int) key {
	k := key{binary.BigEndian.Uint64(data), binary.BigEndian.Uint64(data[8:keyBytes])}
	switch {
	case n == keyBytes:
		return k
	case n <= 8:
		return key{k.first & (^uint64(0) << (64 - 8*n)), uint64(n)}
	default:
		return key{k.first, k.second&(^uint64(0)<<(128-8*n)) | uint64(n)}
	}
}

// dictionary numbers distinct values in the order of their first occurrence, which is all
// that a file tells of it: how they are found depends on chance. Go's maps take twice as
// long as slots, and a string of its own for every value.
type dictionary struct {
	data  []byte // the values, one after the other
	ends  []int
	keys  []key
	slots slots
	seed  maphash.Seed
}

// reset empties d and keeps its memory.
func (d *dictionary) reset() {
	if d.slots.numbers == nil {
		d.seed = maphash.MakeSeed()
	}
	d.slots.reset(firstSlots)
	d.data, d.ends, d.keys = d.data[:0], d.ends[:0], d.keys[:0]
}

// longKey returns the key of a value of more than maxShort bytes.
func (d *dictionary) longKey(value []byte) key {
	return key{maphash.Bytes(d.seed, value), uint64(len(value))<<8 | longMark}
}

// cut removes all values but the first n. None can be added any more.
func (d *dictionary) cut(n int) {
	d.ends, d.keys = d.ends[:n], d.keys[:n]
	d.data = d.data[:endOf(d.ends, n)]
}

// value returns value n.
func (d *dictionary) value(n uint32) []byte {
	return d.data[endOf(d.ends, int(n)):d.ends[n]]
}

// number sets the elements of numbers to the numbers of values of a column, each of which
// ends in data where ends says. Often a value is the one before.
func (d *dictionary) number(numbers []int32, c *column, data *[]byte, ends []int) []int32 {
	numbers = slices.Grow(numbers[:0], len(ends))[:len(ends)]
	*data = slices.Grow(*data, keyBytes) // for the last key
	padded := (*data)[:len(*data)+keyBytes]
	var last key
	var number int32
	start := 0
	for i, end := range ends {
		n, value := end-start, padded[start:]
		start = end
		if n > maxShort && c.Type == table.String {
			number = d.add(d.longKey(value[:n]), value[:n], true)
			last = key{second: longMark} // none of a short value
		} else if k := shortKey(value, n); i == 0 || k != last {
			number = d.add(k, value[:n], false)
			last = k
		}
		numbers[i] = number
	}
	return numbers
}

// add returns the number of a value that has a key, which for a long one is not enough.
func (d *dictionary) add(k key, value []byte, long bool) int32 {
	at := d.slots.first(k)
	for ; d.slots.numbers[at] != 0; at = d.slots.wrap(at + 1) {
		if n := d.slots.numbers[at] - 1; d.keys[n] == k && (!long || bytes.Equal(d.value(n), value)) {
			return int32(n)
		}
	}
	d.data = append(d.data, value...)
	d.ends = append(d.ends, len(d.data))
	d.keys = append(d.keys, k)
	d.slots.take(at, len(d.keys), func(n int) key { return d.keys[n] })
	return int32(len(d.keys) - 1)
}
