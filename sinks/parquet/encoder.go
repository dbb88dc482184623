package parquet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/plain"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/capfold/capfold/pipeline/table"
)

// encoder encodes one page at a time. Its buffers stand between a table and a page.
type encoder struct {
	level      zstd.EncoderLevel
	compressor *zstd.Encoder  // nil until something is compressed
	vectors    []table.Vector // what a page has of each column
	int32s     []int32
	flags      []byte // whether each value is there
	levels     []byte // flags as a page has them
	body       []byte
	compressed []byte
	header     bytes.Buffer
	dictionary dictionary // of a page
	keys       keyNumbers // of a page
	numbers    []int32    // in the dictionary of a row group, of the values of a page
	keyNumbers []int32    // the same of keys
	rendered   found      // values of keys
}

var (
	deltaPacked delta.BinaryPackedEncoding
	plainValues plain.Encoding
	indexes     rle.DictionaryEncoding
	flagLevels  = rle.Encoding{BitWidth: 1}
)

// page encodes page number n of a batch, of each of the columns read, which are numbers of
// columns. Of those whose values may occur again and again it finds the values.
func (e *encoder) page(b *batch, n int, columns []column, read []int) error {
	for len(e.vectors) < len(read) {
		e.vectors = append(e.vectors, table.Vector{})
	}
	from := n * RowsPerPage
	to := min(from+RowsPerPage, b.part.Rows)
	b.part.ReadAll(read, from, to, e.vectors)
	for i, index := range read {
		c, v := &columns[index], &e.vectors[i]
		p := b.page(n, index)
		if c.Type == table.String && !allUTF8(v) {
			makeUTF8(v)
		}
		p.rows = to - from
		if err := e.dropAbsent(p, c, v); err != nil {
			return err
		}
		if c.repeats {
			e.find(b.foundIn(n, index), c, v, b.part.Keyed(index).Append != nil)
			continue
		}
		body, err := e.values(p, c, v)
		if err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
		if err := e.finish(b.group, p, c, c.encoding(), e.levels, body); err != nil {
			return err
		}
	}
	return nil
}

// dropAbsent keeps the values of v that are there, and sets e.levels.
func (e *encoder) dropAbsent(p *page, c *column, v *table.Vector) error {
	p.nulls, e.levels = 0, e.levels[:0]
	if !c.Nullable {
		return nil
	}
	e.flags = slices.Grow(e.flags[:0], p.rows)[:p.rows]
	if p.nulls = p.rows; len(v.Nulls) == 0 {
		p.nulls = 0
	}
	for i, null := range v.Nulls {
		flag := byte(1)
		if null {
			flag = 0
		}
		e.flags[i] = flag
		p.nulls -= int(flag)
	}
	if p.nulls == 0 || p.nulls == p.rows { // one run
		present := byte(1)
		if p.nulls > 0 {
			present = 0
		}
		e.levels = append(binary.AppendUvarint(e.levels, uint64(p.rows)<<1), present)
	} else {
		var err error
		if e.levels, err = flagLevels.EncodeLevels(e.levels, e.flags); err != nil {
			return err
		}
	}
	if p.nulls > 0 {
		dropNulls(v)
	}
	return nil
}

// values encodes v, and sets the bounds of p.
func (e *encoder) values(p *page, c *column, v *table.Vector) ([]byte, error) {
	var err error
	switch c.Type {
	case table.Int32:
		narrow := v.Narrow
		if len(v.Ints) > 0 {
			if narrow, err = e.narrowed(v.Ints); err != nil {
				return nil, err
			}
		}
		setInts(&p.bounds, narrow)
		e.body, err = deltaPacked.EncodeInt32(e.body, narrow)
	case table.Int64, table.Timestamp:
		setInts(&p.bounds, v.Ints)
		e.body, err = deltaPacked.EncodeInt64(e.body, v.Ints)
	case table.Double:
		p.bounds.setFloats(v.Floats)
		e.body, err = plainValues.EncodeDouble(e.body, v.Floats)
	default:
		panic("parquet: column of type " + c.Type.String() + " is not one of numbers")
	}
	return e.body, err
}

// narrowed returns values as 32-bit integers, or which is none. They are valid until the next
// call.
func (e *encoder) narrowed(values []int64) ([]int32, error) {
	e.int32s = slices.Grow(e.int32s[:0], len(values))[:len(values)]
	for i, x := range values {
		if x != int64(int32(x)) {
			return nil, fmt.Errorf("%d does not fit into 32 bits", x)
		}
		e.int32s[i] = int32(x)
	}
	return e.int32s, nil
}

// finish compresses body and makes p the data page of it and levels.
func (e *encoder) finish(g *rowGroup, p *page, c *column, encoding format.Encoding, levels, body []byte) error {
	uncompressed := len(body)
	body, err := e.compress(c, body)
	if err != nil {
		return err
	}
	h := format.PageHeader{Type: format.DataPageV2}
	h.DataPageHeaderV2.Set(format.DataPageHeaderV2{
		NumValues:                  int32(p.rows),
		NumNulls:                   int32(p.nulls),
		NumRows:                    int32(p.rows),
		Encoding:                   encoding,
		DefinitionLevelsByteLength: int32(len(levels)),
		IsCompressed:               thrift.New(c.compressed),
	})
	return e.seal(g, p, &h, levels, body, uncompressed)
}

// window is how far back the compressor looks. Only dictionaries are longer, and with the 4 MiB
// that it would look back, of which each compressor holds a copy, addresses become no smaller.
const window = 256 << 10

// compress returns body as a page of c has it.
//
// Note: an encoder has its own compressor. A pool of them, as parquet-go has, is emptied by
// the garbage collector, and a new one takes megabytes.
//
// Note: pages that become no smaller are compressed all the same. Looking for them in a
// sample of 4 KiB takes as long as to compress them, and not every reader looks at whether a
// page is compressed when others of its column are.
func (e *encoder) compress(c *column, body []byte) ([]byte, error) {
	if !c.compressed {
		return body, nil
	}
	if e.compressor == nil {
		var err error
		e.compressor, err = zstd.NewWriter(nil,
			zstd.WithEncoderLevel(e.level), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false),
			zstd.WithZeroFrames(true), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(window),
		)
		if err != nil {
			return nil, err
		}
	}
	e.compressed = e.compressor.EncodeAll(body, e.compressed[:0])
	return e.compressed, nil
}

// seal sets the data of p to a header, which it completes, levels and body.
func (e *encoder) seal(g *rowGroup, p *page, h *format.PageHeader, levels, body []byte, uncompressed int) error {
	if uncompressed > math.MaxInt32-len(levels) {
		return fmt.Errorf("a page of %d bytes is too long", uncompressed)
	}
	h.UncompressedPageSize = int32(len(levels) + uncompressed)
	h.CompressedPageSize = int32(len(levels) + len(body))
	h.CRC = int32(crc32.Update(crc32.ChecksumIEEE(levels), crc32.IEEETable, body))
	e.header.Reset()
	if err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&e.header)).Encode(h); err != nil {
		return err
	}
	p.size = e.header.Len() + len(levels) + len(body)
	p.raw = p.size + uncompressed - len(body)
	p.data = g.pile.take(p.data[:0], p.size)
	fill(p.data, e.header.Bytes(), levels, body)
	return nil
}

// dropNulls removes the absent values of v.
func dropNulls(v *table.Vector) {
	v.Ints, v.Floats, v.Keys = present(v.Ints, v.Nulls), present(v.Floats, v.Nulls), present(v.Keys, v.Nulls)
	v.Narrow = present(v.Narrow, v.Nulls)
	n, start, kept := 0, 0, 0
	for i, end := range v.Ends {
		if !v.Nulls[i] {
			kept += copy(v.Bytes[kept:], v.Bytes[start:end])
			v.Ends[n] = kept
			n++
		}
		start = end
	}
	v.Bytes, v.Ends = v.Bytes[:kept], v.Ends[:n]
}

// present removes values that are absent, in place.
func present[T any](values []T, nulls []bool) []T {
	n := 0
	for i := range values {
		values[n] = values[i]
		if !nulls[i] {
			n++
		}
	}
	return values[:n]
}

// allUTF8 reports whether every value of v is UTF-8. Values that are so only when put
// together are told by the first byte of the later one.
func allUTF8(v *table.Vector) bool {
	start := 0
	for _, end := range v.Ends {
		if end > start && !utf8.RuneStart(v.Bytes[start]) {
			return false
		}
		start = end
	}
	return utf8.Valid(v.Bytes)
}

// makeUTF8 puts U+FFFD in the place of every byte of v that is not UTF-8, as the JSON
// sink does. A single such value would make a file unreadable for DuckDB.
func makeUTF8(v *table.Vector) {
	var data []byte
	start := 0
	for i, end := range v.Ends {
		for text := v.Bytes[start:end]; len(text) > 0; {
			r, size := utf8.DecodeRune(text)
			data, text = utf8.AppendRune(data, r), text[size:]
		}
		start, v.Ends[i] = end, len(data)
	}
	v.Bytes = data
}
