package parquet

import (
	"context"
	"encoding/binary"
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

// repeats encodes all pages of a column whose values may occur again and again, out of what
// has been found in each, and of the columns that are made of the same keys.
func (e *encoder) repeats(ctx context.Context, g *rowGroup, part *table.Table, columns []column, source int) error {
	if part.Keyed(source).Append == nil {
		return e.repeatsChunk(ctx, &g.chunks[source], &columns[source])
	}
	e.keyed = e.keyed[:0]
	for i := range columns {
		if k := part.Keyed(i); k.Append != nil && k.Source == source {
			e.addKeyed(&columns[i], &g.chunks[i], k.Append)
		}
	}
	return e.keyedChunks(ctx, &g.chunks[source])
}

// repeatsChunk encodes all pages of a column out of the values that were found: with a
// dictionary, unless a page shows that there are too many different ones.
func (e *encoder) repeatsChunk(ctx context.Context, ch *chunk, c *column) error {
	d := &e.dictionary
	d.reset()
	values := 0
	for i := range ch.pages {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		f := &ch.found[i]
		e.numbers = d.number(e.numbers, c, &f.data, f.ends)
		if values += len(f.rows); !worthwhile(len(d.ends), len(d.data), values) {
			return e.plainChunk(ctx, ch, c)
		}
		ch.pages[i].bounds.setBytes(f.data, f.ends)
		if err := e.indexPage(&ch.pages[i], c, f); err != nil {
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
func (e *encoder) plainChunk(ctx context.Context, ch *chunk, c *column) error {
	for i := range ch.pages {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		f := &ch.found[i]
		ch.pages[i].bounds.setBytes(f.data, f.ends)
		e.body = f.appendRows(e.body[:0], c.Type)
		if err := e.finish(&ch.pages[i], c, c.encoding(), f.levels, e.body); err != nil {
			return err
		}
	}
	return nil
}

// indexPage encodes a page of numbers of values: those which e.numbers has for what was
// found there.
func (e *encoder) indexPage(p *page, c *column, f *found) error {
	e.int32s = slices.Grow(e.int32s[:0], len(f.rows))[:len(f.rows)]
	for i, n := range f.rows {
		e.int32s[i] = e.numbers[n]
	}
	var err error
	if e.body, err = indexes.EncodeInt32(e.body, e.int32s); err != nil {
		return err
	}
	return e.finish(p, c, format.RLEDictionary, f.levels, e.body)
}

// finishDictionary makes p the page of a dictionary of some values in the PLAIN encoding.
func (e *encoder) finishDictionary(p *page, c *column, distinct int, body []byte) error {
	uncompressed := len(body)
	body, err := e.compress(c, body)
	if err != nil {
		return err
	}
	h := format.PageHeader{Type: format.DictionaryPage}
	h.DictionaryPageHeader.Set(format.DictionaryPageHeader{NumValues: int32(distinct), Encoding: format.Plain})
	return e.seal(p, &h, nil, body, uncompressed)
}

// appendStrings appends strings in the PLAIN encoding, each after its length.
func appendStrings(dst, data []byte, ends []int) []byte {
	dst = slices.Grow(dst, len(data)+lengthBytes*len(ends))
	start := 0
	for _, end := range ends {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(end-start))
		dst = append(dst, data[start:end]...)
		start = end
	}
	return dst
}
