package parquet

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"

	"github.com/parquet-go/parquet-go/format"

	"github.com/capfold/capfold/pipeline/table"
)

// keyedColumn is a column that is made of keys while a row group of it is encoded.
type keyedColumn struct {
	*column
	chunk    *chunk
	appendTo func([]byte, table.Key) []byte
	// instead encodes the column, where that turns out to be another's business.
	instead func(context.Context, *chunk, *table.Table, *column) error

	// The dictionary: the values in the PLAIN encoding, where each ends, and of each the
	// first keyBytes bytes. Those of [table.Binary16] have no more, and stand there only.
	data  []byte
	ends  []int
	order []key
}

// lengthBytes is the length of the number in front of a string in the PLAIN encoding.
const lengthBytes = 4

// add adds the values of keys to the dictionary.
func (c *keyedColumn) add(keys []numberedKey) {
	c.order = slices.Grow(c.order, len(keys))
	if c.Type == table.Binary16 {
		for i := range keys {
			c.order = append(c.order, key{keys[i].high, keys[i].low})
		}
		return
	}
	for i := range keys {
		at := len(c.data) + lengthBytes
		c.data = c.appendTo(append(c.data, make([]byte, lengthBytes)...), keys[i].key())
		value := c.data[at:]
		binary.LittleEndian.PutUint32(c.data[at-lengthBytes:], uint32(len(value)))
		c.ends = append(c.ends, len(c.data))
		var first [keyBytes]byte
		copy(first[:], value)
		c.order = append(c.order, shortKey(first[:], keyBytes))
	}
}

// value returns value n of a column of text.
func (c *keyedColumn) value(n uint32) []byte {
	start := 0
	if n > 0 {
		start = c.ends[n-1]
	}
	return c.data[start+lengthBytes : c.ends[n]]
}

// less reports whether value n is smaller than value m.
func (c *keyedColumn) less(n, m uint32) bool {
	if x, y := c.order[n], c.order[m]; x != y || c.Type == table.Binary16 {
		return x.less(y)
	}
	return bytes.Compare(c.value(n), c.value(m)) < 0
}

// setBounds sets b to the bounds of the values that have numbers.
func (c *keyedColumn) setBounds(b *bounds, numbers []uint32) {
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
func (c *keyedColumn) grow(keys []numberedKey, values int) bool {
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

// isSource reports whether a column is not made of the same keys as one before it.
func isSource(part *table.Table, column int) bool {
	k := part.Keyed(column)
	return k.Append == nil || k.Source == column
}

// repeats encodes all pages of a column whose values may occur again and again, and of
// those that are made of the same keys.
func (e *encoder) repeats(ctx context.Context, g *rowGroup, part *table.Table, columns []column, source int) error {
	if part.Keyed(source).Append == nil {
		return e.repeatsChunk(ctx, &g.chunks[source], part, &columns[source])
	}
	e.keyed = e.keyed[:0]
	for i := range columns {
		if k := part.Keyed(i); k.Append != nil && k.Source == source {
			e.addKeyed(&columns[i], &g.chunks[i], k.Append)
		}
	}
	return e.keyedChunks(ctx, part)
}

// addKeyed adds a column to e.keyed. The memory of another that was there is used again.
func (e *encoder) addKeyed(c *column, ch *chunk, appendTo func([]byte, table.Key) []byte) {
	n := len(e.keyed)
	e.keyed = slices.Grow(e.keyed, 1)[:n+1]
	k := &e.keyed[n]
	*k = keyedColumn{column: c, chunk: ch, appendTo: appendTo, data: k.data[:0], ends: k.ends[:0], order: k.order[:0]}
}

// keyedChunks encodes all pages of e.keyed, which are made of the same keys, as repeatsChunk
// does those of a column of which no more is known than its values. What differs is that
// values are made once for all rows that have them, and that columns have the same pages,
// of numbers, unless they have no dictionary.
func (e *encoder) keyedChunks(ctx context.Context, t *table.Table) error {
	e.keys.reset()
	values := 0
	for s := range pagesOf(t.Rows) {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		var keys page
		if err := e.readKeys(&keys, s, t, e.keyed[0].column); err != nil {
			return err
		}
		values += len(e.int32s)
		var first *page // that of other columns is like it
		for i := range e.keyed {
			c := &e.keyed[i]
			switch {
			case c.instead != nil:
				continue
			case e.keys.alike && c.Type == table.Binary16:
				c.instead = e.repeatsChunk
				continue
			case !c.grow(e.keys.keys, values):
				c.instead = e.plainChunk
				continue
			}
			p := &c.chunk.pages[s.page]
			p.rows, p.nulls = keys.rows, keys.nulls
			c.setBounds(&p.bounds, e.occurring)
			if first != nil {
				p.data, p.raw = append(p.data[:0], first.data...), first.raw
				continue
			}
			first = p
			var err error
			if e.body, err = indexes.EncodeInt32(e.body, e.int32s); err != nil {
				return err
			}
			if err := e.finish(p, c.column, format.RLEDictionary, e.body); err != nil {
				return err
			}
		}
		if first == nil {
			break
		}
	}
	for i := range e.keyed {
		c := &e.keyed[i]
		var err error
		if c.instead != nil {
			err = c.instead(ctx, c.chunk, t, c.column)
		} else {
			err = e.finishDictionary(&c.chunk.dictionary, c.column, len(c.order), c.plain())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readKeys sets e.int32s to the numbers of the keys of a page that are there, e.occurring
// to each of them once, and e.levels. Often a key is that of the row before.
func (e *encoder) readKeys(p *page, s span, t *table.Table, c *column) error {
	t.ReadKeys(c.index, s.from, s.to, &e.vector)
	if err := e.dropAbsent(p, s, c); err != nil {
		return err
	}
	d, keys := &e.keys, e.vector.Keys
	e.occurring, e.int32s = e.occurring[:0], slices.Grow(e.int32s[:0], len(keys))[:len(keys)]
	var last table.Key
	var number uint32
	page := int32(s.page + 1)
	for i, k := range keys {
		if i == 0 || k != last {
			number, last = d.number(k), k
			if o := &d.keys[number]; o.page != page {
				o.page = page
				e.occurring = append(e.occurring, number)
			}
		}
		e.int32s[i] = int32(number)
	}
	return nil
}
