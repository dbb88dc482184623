package parquet

import (
	"context"
	"slices"

	"github.com/parquet-go/parquet-go/format"

	"github.com/capfold/capfold/pipeline/table"
)

// maxDictionary bounds the bytes of a dictionary as it is in a file. Readers hold it in
// memory while they read a row group.
const maxDictionary = 2 << 20

// worthwhile reports whether a dictionary of some values, distinct ones of size bytes in
// all, is for so many values. Of addresses it is the smaller form where there are two rows
// or more for each; looking for them is the faster one up to nearly as many addresses as
// rows.
func worthwhile(distinct, size, values int) bool {
	return 4*distinct <= 3*values && size+4*distinct <= maxDictionary
}

// repeatsChunk encodes all pages of a column whose values may occur again and again: with
// a dictionary, unless a page shows that there are too many different ones.
func (e *encoder) repeatsChunk(ctx context.Context, ch *chunk, t *table.Table, c *column) error {
	d := &e.dictionary
	d.reset()
	values := 0
	for s := range pagesOf(t.Rows) {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		p := &ch.pages[s.page]
		if err := e.read(p, s, t, c); err != nil {
			return err
		}
		e.numbers(&p.bounds, c)
		if values += len(e.int32s); !worthwhile(len(d.ends), len(d.data), values) {
			return e.plainChunk(ctx, ch, t, c)
		}
		var err error
		if e.body, err = indexes.EncodeInt32(e.body, e.int32s); err != nil {
			return err
		}
		if err := e.finish(p, c, format.RLEDictionary, e.body); err != nil {
			return err
		}
	}
	body := d.data
	if c.Type == table.String {
		e.body = appendStrings(e.body[:0], d.data, d.ends)
		body = e.body
	}
	return e.finishDictionary(&ch.dictionary, c, len(d.ends), body)
}

// plainChunk encodes all pages of a column without a dictionary.
func (e *encoder) plainChunk(ctx context.Context, ch *chunk, t *table.Table, c *column) error {
	for s := range pagesOf(t.Rows) {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := e.page(ch, s, t, c); err != nil {
			return err
		}
	}
	return nil
}

// numbers sets e.int32s to the numbers of e.vector's values, and b to their bounds. Often
// a value is that of the row before.
func (e *encoder) numbers(b *bounds, c *column) {
	d, v := &e.dictionary, &e.vector
	e.int32s = slices.Grow(e.int32s[:0], len(v.Ends))[:len(v.Ends)]
	texts := len(v.Bytes)
	v.Bytes = append(v.Bytes, make([]byte, keyBytes)...) // for the last key
	padded := v.Bytes
	v.Bytes = v.Bytes[:texts]
	var last, low, high key
	var number, lowest, highest int32
	anyLong, start := false, 0
	for i, end := range v.Ends {
		n, value := end-start, padded[start:]
		start = end
		if n > maxShort && c.Type == table.String {
			anyLong = true
			number = d.number(d.longKey(value[:n]), value[:n], true)
			last = key{second: longMark} // none of a short value
		} else if k := shortKey(value, n); i == 0 || k != last {
			number = d.number(k, value[:n], false)
			last = k
			if i == 0 || k.less(low) {
				low, lowest = k, number
			}
			if i == 0 || high.less(k) {
				high, highest = k, number
			}
		}
		e.int32s[i] = number
	}
	b.reset()
	switch {
	case len(v.Ends) == 0:
	case anyLong:
		b.setBytes(v.Bytes, v.Ends)
	default:
		b.any = true
		b.lowBytes = append(b.lowBytes, d.value(uint32(lowest))...)
		b.highBytes = append(b.highBytes, d.value(uint32(highest))...)
	}
}

// finishDictionary makes p the page of a dictionary of some values in the PLAIN encoding.
func (e *encoder) finishDictionary(p *page, c *column, distinct int, body []byte) error {
	uncompressed := len(body)
	if c.compressed {
		var err error
		if e.compressed, err = e.codec.Encode(e.compressed, body); err != nil {
			return err
		}
		body = e.compressed
	}
	h := format.PageHeader{Type: format.DictionaryPage}
	h.DictionaryPageHeader.Set(format.DictionaryPageHeader{NumValues: int32(distinct), Encoding: format.Plain})
	return e.seal(p, &h, nil, body, uncompressed)
}
