package parquet

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"

	"github.com/capfold/capfold/pipeline/table"
)

// keyValues are what the keys of a column stand for, in the order of their numbers.
type keyValues struct {
	append func([]byte, table.Key) []byte // nil if the column is not made of keys
	binary bool                           // whether they are 16 bytes, which the keys have themselves
	n      int

	// Of text: the values in the PLAIN encoding, and where each ends.
	data []byte
	ends []uint32
}

// reset empties v and keeps its memory.
func (v *keyValues) reset(c *column, appendTo func([]byte, table.Key) []byte) {
	*v = keyValues{append: appendTo, binary: c.Type == table.Binary16, data: v.data[:0], ends: v.ends[:0]}
}

// lengthBytes is the length of the number in front of a string in the PLAIN encoding.
const lengthBytes = 4

// add adds the values of keys from one on.
func (v *keyValues) add(keys *keyList, from int) {
	added := keys.len() - from
	if v.n += added; v.binary {
		return
	}
	v.ends = double(v.ends, added)
	for i := range added {
		v.data = double(v.data, lengthBytes+keyBytes)
		at := len(v.data) + lengthBytes
		v.data = v.append(v.data[:at], keys.at(from+i))
		binary.LittleEndian.PutUint32(v.data[at-lengthBytes:], uint32(len(v.data)-at))
		v.ends = append(v.ends, uint32(len(v.data)))
	}
	v.data = slices.Grow(v.data, keyBytes) // for the last value, see order
}

// double returns a slice with room for n more elements, twice as long if it needs to grow:
// by a quarter, as append does it, a dictionary is copied, into memory that nobody has used
// before, five times.
func double[T any](s []T, n int) []T {
	if cap(s)-len(s) < n {
		s = slices.Grow(s, max(n, len(s)))
	}
	return s
}

// cut removes all values but the first n.
func (v *keyValues) cut(n int) {
	if v.n = n; !v.binary {
		v.ends, v.data = v.ends[:n], v.data[:endOf(v.ends, n)]
	}
}

// endOf returns where the first n of values end.
func endOf[T int | uint32](ends []T, n int) T {
	if n == 0 {
		return 0
	}
	return ends[n-1]
}

// value returns value n of a column of text.
func (v *keyValues) value(n int32) []byte {
	return v.data[endOf(v.ends, int(n))+lengthBytes : v.ends[n]]
}

// order returns the first keyBytes bytes of value n of a column of text, which are a key by
// which values can be compared unless it is that of both.
func (v *keyValues) order(n int32) key {
	at, end := endOf(v.ends, int(n))+lengthBytes, v.ends[n]
	return shortKey(v.data[at:at+keyBytes:cap(v.data)], min(int(end-at), maxShort))
}

// setBounds sets b to the bounds of the values that have numbers. Their keys are those.
func (v *keyValues) setBounds(b *bounds, keys *keyList, numbers []int32) {
	b.reset()
	if len(numbers) == 0 {
		return
	}
	if b.any = true; v.binary {
		low, high := keys.words[0], keys.words[0]
		for _, k := range keys.words[1:] {
			if k.less(low) {
				low = k
			} else if high.less(k) {
				high = k
			}
		}
		b.lowBytes, b.highBytes = low.appendTo(b.lowBytes), high.appendTo(b.highBytes)
		return
	}
	low, high := numbers[0], numbers[0]
	lowest, highest := v.order(low), v.order(high)
	for _, n := range numbers[1:] {
		switch k := v.order(n); {
		case k.less(lowest) || k == lowest && bytes.Compare(v.value(n), v.value(low)) < 0:
			low, lowest = n, k
		case highest.less(k) || k == highest && bytes.Compare(v.value(n), v.value(high)) > 0:
			high, highest = n, k
		}
	}
	b.lowBytes, b.highBytes = append(b.lowBytes, v.value(low)...), append(b.highBytes, v.value(high)...)
}

// grow adds the values of keys behind those that are there. It reports whether a dictionary
// of all is worthwhile for so many rows, and adds none if it is not.
func (v *keyValues) grow(keys *keyList, rows int) bool {
	if !worthwhile(keys.len(), 0, rows) {
		return false
	}
	before := v.n
	v.add(keys, before)
	size := len(v.data) - lengthBytes*v.n
	if v.binary {
		size = keyBytes * v.n
	}
	if worthwhile(v.n, size, rows) {
		return true
	}
	v.cut(before)
	return false
}

// keyedPages encodes the pages of b of all columns that are made of the same keys as source,
// as repeats does those of a column of which no more is known than its values. What differs
// is that values are made once for all rows of a row group that have them, and that columns
// share their pages of indexes.
func (e *encoder) keyedPages(ctx context.Context, b *batch, columns []column, source int) error {
	var same []int // columns
	for i := range columns {
		if k := b.part.Keyed(i); k.Append != nil && k.Source == source {
			same = append(same, i)
		}
	}
	d := &b.group.chunks[source].keys
	for n := range b.pages() {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		f := b.foundIn(n, source)
		if slices.ContainsFunc(same, func(i int) bool { return !b.group.chunks[i].plain }) {
			e.keyNumbers = d.numberAll(e.keyNumbers, &f.keys)
		}
		var first *page // with indexes, that of other columns is like it
		for _, i := range same {
			p := b.page(n, i)
			p.rows, p.nulls = b.page(n, source).rows, b.page(n, source).nulls
			var err error
			if first, err = e.keyedPage(b, p, first, d, &columns[i], f); err != nil {
				return err
			}
		}
	}
	return nil
}

// keyedPage encodes p, the next page of a column, out of the keys that were found there,
// which d has numbered. It returns the page that the next column's may be like.
func (e *encoder) keyedPage(b *batch, p, like *page, d *keyNumbers, c *column, f *found) (*page, error) {
	ch := &b.group.chunks[c.index]
	v := &ch.keyed
	if !ch.plain && !ch.byValue && d.alike && c.Type == table.Binary16 {
		ch.numberByValue(&d.keys)
	}
	if ch.plain || ch.byValue {
		e.rendered.render(f, v.append)
		return like, e.valuesPage(b.group, ch, p, c, &e.rendered)
	}
	if ch.rows += len(f.rows); !v.grow(&d.keys, ch.rows) {
		ch.plain = true
		e.rendered.render(f, v.append)
		return like, e.valuesPage(b.group, ch, p, c, &e.rendered)
	}
	v.setBounds(&p.bounds, &f.keys, e.keyNumbers)
	if like != nil {
		ch.indexed++
		p.data, p.size, p.raw = append(p.data[:0], like.data...), like.size, like.raw
		return like, nil
	}
	e.numbers = append(e.numbers[:0], e.keyNumbers...)
	return p, e.indexPage(b.group, ch, p, c, f)
}

// numberByValue is for keys of which several stand for the same 16 bytes: from now on,
// numbers are those of values. Up to now they are the same.
func (c *chunk) numberByValue(keys *keyList) {
	c.byValue = true
	c.values.reset()
	var value [keyBytes]byte
	for _, k := range keys.words[:c.keyed.n] {
		c.values.add(k, k.appendTo(value[:0]), false)
	}
}
