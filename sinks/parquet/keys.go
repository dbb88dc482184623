package parquet

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"

	"github.com/capfold/capfold/pipeline/table"
)

// keyedColumn is a column that is made of keys while a row group of it is encoded.
type keyedColumn struct {
	*column
	chunk    *chunk
	appendTo func([]byte, table.Key) []byte
	// instead encodes the column out of its values, where keys do not do.
	instead func(context.Context, *chunk, *column) error

	// The dictionary: the values in the PLAIN encoding, where each ends, and of each the
	// first keyBytes bytes. Those of [table.Binary16] have no more, and stand there only.
	data  []byte
	ends  []int
	order []key
}

// lengthBytes is the length of the number in front of a string in the PLAIN encoding.
const lengthBytes = 4

// add adds the values of keys to the dictionary.
func (c *keyedColumn) add(keys []table.Key) {
	c.order = slices.Grow(c.order, len(keys))
	if c.Type == table.Binary16 {
		for _, k := range keys {
			c.order = append(c.order, key{k.High, k.Low})
		}
		return
	}
	for _, k := range keys {
		at := len(c.data) + lengthBytes
		c.data = c.appendTo(append(c.data, make([]byte, lengthBytes)...), k)
		value := c.data[at:]
		binary.LittleEndian.PutUint32(c.data[at-lengthBytes:], uint32(len(value)))
		c.ends = append(c.ends, len(c.data))
		var first [keyBytes]byte
		copy(first[:], value)
		c.order = append(c.order, shortKey(first[:], keyBytes))
	}
}

// value returns value n of a column of text.
func (c *keyedColumn) value(n int32) []byte {
	start := 0
	if n > 0 {
		start = c.ends[n-1]
	}
	return c.data[start+lengthBytes : c.ends[n]]
}

// less reports whether value n is smaller than value m.
func (c *keyedColumn) less(n, m int32) bool {
	if x, y := c.order[n], c.order[m]; x != y || c.Type == table.Binary16 {
		return x.less(y)
	}
	return bytes.Compare(c.value(n), c.value(m)) < 0
}

// setBounds sets b to the bounds of the values that have numbers.
func (c *keyedColumn) setBounds(b *bounds, numbers []int32) {
	b.reset()
	if len(numbers) == 0 {
		return
	}
	low, high := numbers[0], numbers[0]
	for _, n := range numbers[1:] {
		if c.less(n, low) {
			low = n
		} else if c.less(high, n) {
			high = n
		}
	}
	b.any = true
	if c.Type == table.Binary16 {
		b.lowBytes, b.highBytes = c.order[low].appendTo(b.lowBytes), c.order[high].appendTo(b.highBytes)
	} else {
		b.lowBytes, b.highBytes = append(b.lowBytes, c.value(low)...), append(b.highBytes, c.value(high)...)
	}
}

// grow adds the values of keys behind those that the dictionary has. It reports whether
// that is worthwhile for so many values.
func (c *keyedColumn) grow(keys []table.Key, values int) bool {
	if !worthwhile(len(keys), 0, values) {
		return false
	}
	c.add(keys[len(c.order):])
	size := len(c.data) - lengthBytes*len(keys)
	if c.Type == table.Binary16 {
		size = keyBytes * len(keys)
	}
	return worthwhile(len(keys), size, values)
}

// plain returns the dictionary in the PLAIN encoding.
func (c *keyedColumn) plain() []byte {
	if c.Type == table.Binary16 {
		c.data = slices.Grow(c.data[:0], keyBytes*len(c.order))
		for _, k := range c.order {
			c.data = k.appendTo(c.data)
		}
	}
	return c.data
}

// addKeyed adds a column to e.keyed. The memory of another that was there is used again.
func (e *encoder) addKeyed(c *column, ch *chunk, appendTo func([]byte, table.Key) []byte) {
	n := len(e.keyed)
	e.keyed = slices.Grow(e.keyed, 1)[:n+1]
	k := &e.keyed[n]
	*k = keyedColumn{column: c, chunk: ch, appendTo: appendTo, data: k.data[:0], ends: k.ends[:0], order: k.order[:0]}
}

// keyedChunks encodes all pages of e.keyed, which are made of the keys that were found in
// those of source, as repeatsChunk does those of a column of which no more is known than its
// values. What differs is that values are made once for all rows that have them, and that
// columns have the same pages, of numbers, unless they have no dictionary.
func (e *encoder) keyedChunks(ctx context.Context, source *chunk) error {
	d := &e.keys
	d.reset()
	values := 0
	for i := range source.pages {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		f := &source.found[i]
		e.numbers = e.numbers[:0]
		for _, k := range f.keys {
			e.numbers = append(e.numbers, int32(d.number(k)))
		}
		values += len(f.rows)
		var first *page // that of other columns is like it
		for j := range e.keyed {
			c := &e.keyed[j]
			if !e.goesOn(c, values) {
				continue
			}
			p := c.page(i, source)
			c.setBounds(&p.bounds, e.numbers)
			if first != nil {
				p.data, p.raw = append(p.data[:0], first.data...), first.raw
				continue
			}
			first = p
			if err := e.indexPage(p, c.column, f); err != nil {
				return err
			}
		}
		if first == nil {
			break
		}
	}
	for i := range e.keyed {
		if err := e.finishKeyed(ctx, &e.keyed[i], source); err != nil {
			return err
		}
	}
	return nil
}

// goesOn adds the values of new keys to the dictionary of c, and reports whether keys still
// do for so many values.
func (e *encoder) goesOn(c *keyedColumn, values int) bool {
	switch {
	case c.instead != nil:
	case e.keys.alike && c.Type == table.Binary16:
		c.instead = e.repeatsChunk
	case !c.grow(e.keys.keys, values):
		c.instead = e.plainChunk
	}
	return c.instead == nil
}

// page returns page i of c, which has values where that of source has.
func (c *keyedColumn) page(i int, source *chunk) *page {
	p := &c.chunk.pages[i]
	p.rows, p.nulls = source.pages[i].rows, source.pages[i].nulls
	return p
}

// finishKeyed encodes the dictionary of c, or, where keys do not do, all of it.
func (e *encoder) finishKeyed(ctx context.Context, c *keyedColumn, source *chunk) error {
	if c.instead == nil {
		return e.finishDictionary(&c.chunk.dictionary, c.column, len(c.order), c.plain())
	}
	for i := range source.pages {
		c.page(i, source)
		c.chunk.found[i].render(&source.found[i], c.appendTo)
	}
	return c.instead(ctx, c.chunk, c.column)
}
