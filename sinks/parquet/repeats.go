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

// repeats encodes what has been found in the pages of a batch, of a column whose values may
// occur again and again and of the columns that are made of the same keys.
func (e *encoder) repeats(ctx context.Context, b *batch, columns []column, source int) error {
	if b.part.Keyed(source).Append != nil {
		return e.keyedPages(ctx, b, columns, source)
	}
	ch := &b.group.chunks[source]
	for n := range b.pages() {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := e.valuesPage(b.group, ch, b.page(n, source), &columns[source], b.foundIn(n, source)); err != nil {
			return err
		}
	}
	return nil
}

// valuesPage encodes p, the next page of ch, out of the values that were found there: with
// the dictionary, unless there are too many different ones.
func (e *encoder) valuesPage(g *rowGroup, ch *chunk, p *page, c *column, f *found) error {
	p.bounds.setBytes(f.data, f.ends)
	if !ch.plain {
		d := &ch.values
		before := len(d.ends)
		e.numbers = d.number(e.numbers, c, &f.data, f.ends)
		if ch.rows += len(f.rows); worthwhile(len(d.ends), len(d.data), ch.rows) {
			return e.indexPage(g, ch, p, c, f)
		}
		d.cut(before)
		ch.plain = true
	}
	e.body = f.appendRows(e.body[:0], c.Type)
	return e.finish(g, p, c, c.encoding(), f.levels, e.body)
}

// indexPage encodes p, the next page of ch, with indexes: those numbers which e.numbers has
// for what was found there.
func (e *encoder) indexPage(g *rowGroup, ch *chunk, p *page, c *column, f *found) error {
	ch.indexed++
	e.int32s = slices.Grow(e.int32s[:0], len(f.rows))[:len(f.rows)]
	for i, n := range f.rows {
		e.int32s[i] = e.numbers[n]
	}
	var err error
	if e.body, err = indexes.EncodeInt32(e.body, e.int32s); err != nil {
		return err
	}
	return e.finish(g, p, c, format.RLEDictionary, f.levels, e.body)
}

// dictionaryPage encodes the dictionary of a column in the PLAIN encoding.
func (e *encoder) dictionaryPage(g *rowGroup, c *column) error {
	ch := &g.chunks[c.index]
	distinct, body := len(ch.values.ends), ch.values.data
	switch {
	case ch.keyed.append != nil && !ch.byValue && ch.keyed.binary:
		e.body = appendWords(e.body[:0], g.chunks[ch.source].keys.keys.words[:ch.keyed.n])
		distinct, body = ch.keyed.n, e.body
	case ch.keyed.append != nil && !ch.byValue:
		distinct, body = ch.keyed.n, ch.keyed.data
	case c.Type == table.String:
		e.body = appendStrings(e.body[:0], ch.values.data, ch.values.ends)
		body = e.body
	}
	uncompressed := len(body)
	body, err := e.compress(c, body)
	if err != nil {
		return err
	}
	h := format.PageHeader{Type: format.DictionaryPage}
	h.DictionaryPageHeader.Set(format.DictionaryPageHeader{NumValues: int32(distinct), Encoding: format.Plain})
	return e.seal(g, &ch.dictionary, &h, nil, body, uncompressed)
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

// appendWords appends the words of keys as binaries in the PLAIN encoding.
func appendWords(dst []byte, keys []key) []byte {
	dst = slices.Grow(dst, keyBytes*len(keys))
	for _, k := range keys {
		dst = k.appendTo(dst)
	}
	return dst
}
