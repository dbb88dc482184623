package parquet

import (
	"bytes"
	"encoding/binary"
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

const (
	magic = "PAR1"
	// formatVersion says that pages and encodings are those of version 2 of the format.
	formatVersion = 2
)

// writer puts encoded row groups together to a file, and keeps what its footer says about
// them.
type writer struct {
	out    io.Writer
	offset int64
	err    error // of the first write that failed
	meta   format.FileMetaData
	// The page index: for each row group and column, the bounds of its pages, and their
	// places. It comes after the last row group, all bounds first.
	bounds, places bytes.Buffer
}

func newWriter(out io.Writer, s table.Schema, version string) *writer {
	w := &writer{out: out, meta: format.FileMetaData{
		Version:   formatVersion,
		Schema:    elementsOf(s),
		CreatedBy: createdBy(version),
		KeyValueMetadata: []format.KeyValue{
			{Key: "capfold.schema_version", Value: strconv.Itoa(sinks.SchemaVersion)},
			{Key: "capfold.version", Value: version},
		},
		ColumnOrders: make([]format.ColumnOrder, len(s.Fields)),
	}}
	for i := range w.meta.ColumnOrders {
		w.meta.ColumnOrders[i].Value = &format.TypeDefinedOrder{}
	}
	w.write([]byte(magic))
	return w
}

// createdBy follows the form "APPLICATION version VERSION (build HASH)" that readers
// parse to know about the bugs of writers.
func createdBy(version string) string { return "capfold version " + version }

// write writes data, unless an earlier write has failed.
func (w *writer) write(data []byte) {
	if w.err != nil {
		return
	}
	var n int
	n, w.err = w.out.Write(data)
	w.offset += int64(n)
}

func (w *writer) writePage(p *page) {
	for _, piece := range p.data {
		w.write(piece)
	}
}

// writeGroup writes a row group.
func (w *writer) writeGroup(g *rowGroup, columns []column) error {
	group := format.RowGroup{
		Columns:    make([]format.ColumnChunk, len(columns)),
		NumRows:    int64(g.rows),
		FileOffset: w.offset,
	}
	for i := range columns {
		chunk := &group.Columns[i]
		if err := w.writeChunk(chunk, &g.chunks[i], &columns[i], g.rows); err != nil {
			return err
		}
		group.TotalByteSize += chunk.MetaData.TotalUncompressedSize
		group.TotalCompressedSize += chunk.MetaData.TotalCompressedSize
	}
	w.meta.NumRows += int64(g.rows)
	w.meta.RowGroups = append(w.meta.RowGroups, group)
	return w.err
}

// writeChunk writes the pages of a column, and describes them.
func (w *writer) writeChunk(out *format.ColumnChunk, ch *chunk, c *column, rows int) error {
	m := &out.MetaData
	*m = format.ColumnMetaData{
		Type:         physical(c.Type),
		Encoding:     []format.Encoding{c.encoding()},
		PathInSchema: []string{c.Name},
		Codec:        c.codec(),
		NumValues:    int64(rows),
	}
	start := w.offset
	if d := &ch.dictionary; d.size > 0 {
		m.DictionaryPageOffset = w.offset
		m.TotalUncompressedSize = int64(d.raw)
		m.Encoding = append(m.Encoding, format.RLEDictionary)
		m.EncodingStats = []format.PageEncodingStats{
			{PageType: format.DictionaryPage, Encoding: format.Plain, Count: 1},
			{PageType: format.DataPageV2, Encoding: format.RLEDictionary, Count: int32(ch.indexed)},
		}
		w.writePage(d)
	}
	if c.Nullable {
		m.Encoding = append(m.Encoding, format.RLE)
	}
	if others := len(ch.pages) - ch.indexed; others > 0 {
		m.EncodingStats = append(m.EncodingStats, format.PageEncodingStats{
			PageType: format.DataPageV2, Encoding: c.encoding(), Count: int32(others),
		})
	}
	m.DataPageOffset = w.offset
	var all bounds
	places := format.OffsetIndex{PageLocations: make([]format.PageLocation, len(ch.pages))}
	for i := range ch.pages {
		p := &ch.pages[i]
		places.PageLocations[i] = format.PageLocation{
			Offset: w.offset, CompressedPageSize: int32(p.size), FirstRowIndex: int64(i) * RowsPerPage,
		}
		w.writePage(p)
		m.TotalUncompressedSize += int64(p.raw)
		m.Statistics.NullCount += int64(p.nulls)
		all.include(&p.bounds)
	}
	m.TotalCompressedSize = w.offset - start
	m.Statistics.MinValue, m.Statistics.MaxValue = all.plain(c.Type)

	var err error
	if index, ok := columnIndexOf(ch.pages, c); ok {
		out.ColumnIndexOffset, out.ColumnIndexLength, err = appendThrift(&w.bounds, &index)
	}
	if err == nil {
		out.OffsetIndexOffset, out.OffsetIndexLength, err = appendThrift(&w.places, &places)
	}
	return err
}

// columnIndexOf returns the bounds of pages, or false if a page has none because it has
// no other values than NaN.
func columnIndexOf(pages []page, c *column) (index format.ColumnIndex, ok bool) {
	ascending, descending := true, true
	var last *bounds
	for i := range pages {
		p := &pages[i]
		if !p.bounds.any && p.nulls < p.rows {
			return index, false
		}
		low, high := p.bounds.plain(c.Type)
		if c.Type == table.String {
			low, high = floor(low), ceiling(high)
		}
		index.NullPages = append(index.NullPages, !p.bounds.any)
		index.NullCounts = append(index.NullCounts, int64(p.nulls))
		index.MinValues = append(index.MinValues, low)
		index.MaxValues = append(index.MaxValues, high)
		if !p.bounds.any {
			continue
		}
		if last != nil {
			sign, agree := p.bounds.compare(last, c.Type)
			ascending = ascending && agree && sign >= 0
			descending = descending && agree && sign <= 0
		}
		last = &p.bounds
	}
	switch {
	case ascending:
		index.BoundaryOrder = format.Ascending
	case descending:
		index.BoundaryOrder = format.Descending
	}
	return index, true
}

// close writes the page index and the footer.
func (w *writer) close() error {
	bounds, places := w.offset, w.offset+int64(w.bounds.Len())
	for g := range w.meta.RowGroups {
		for c := range w.meta.RowGroups[g].Columns {
			chunk := &w.meta.RowGroups[g].Columns[c]
			if chunk.ColumnIndexLength > 0 {
				chunk.ColumnIndexOffset += bounds
			}
			chunk.OffsetIndexOffset += places
		}
	}
	w.write(w.bounds.Bytes())
	w.write(w.places.Bytes())
	var footer bytes.Buffer
	_, length, err := appendThrift(&footer, &w.meta)
	if err != nil {
		return err
	}
	w.write(footer.Bytes())
	w.write(append(binary.LittleEndian.AppendUint32(nil, uint32(length)), magic...))
	return w.err
}

// appendThrift appends a structure to b and returns its place there.
func appendThrift(b *bytes.Buffer, v any) (offset int64, length int32, err error) {
	before := b.Len()
	err = thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(b)).Encode(v)
	return int64(before), int32(b.Len() - before), err
}
