package parquet

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// checkPages reads the headers of the pages of a column chunk, and returns where data pages
// begin. It fails if one says what cannot be: the library takes memory for all that a page
// claims to hold before it looks at what there is.
//
// Note: runs of equal levels or numbers in a page, which may be compressed, can still say that
// they are longer than the page; only the library sees them.
func (s *storedTable) checkPages(group, column int) (data []int64, err error) {
	g := &s.file.Metadata().RowGroups[group]
	meta := &g.Columns[column].MetaData
	at := meta.DataPageOffset
	if meta.DictionaryPageOffset != 0 {
		at = meta.DictionaryPageOffset
	}
	end := at + meta.TotalCompressedSize
	if at < 0 || end < at || end > s.size {
		return nil, fmt.Errorf("pages from offset %d to %d of %d bytes", at, end, s.size)
	}
	head := make([]byte, maxPageHeader)
	for at < end {
		start := at
		b := head[:min(int64(len(head)), end-at)]
		if _, err := s.from.ReadAt(b, at); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		var h format.PageHeader
		r := new(thrift.CompactProtocol).NewReaderFromBytes(b)
		if err := guard(func() error { return thrift.NewDecoder(r).Decode(&h) }); err != nil {
			return nil, fmt.Errorf("the header of the page at offset %d: %w", start, err)
		}
		at += int64(r.BytesRead())
		length, unpacked, values := int64(h.CompressedPageSize), int64(h.UncompressedPageSize), int64(valuesOf(&h))
		if length < 0 || length > end-at || unpacked > length*maxRatio || values > g.NumRows {
			return nil, fmt.Errorf("the page at offset %d has %d bytes of %d, compressed from %d, and %d values for %d rows",
				start, length, end-at, unpacked, values, g.NumRows)
		}
		if h.Type != format.DictionaryPage {
			data = append(data, start)
		}
		at += length
	}
	if len(data) == 0 || data[0] != meta.DataPageOffset {
		return nil, fmt.Errorf("no page at offset %d", meta.DataPageOffset)
	}
	return data, nil
}

const (
	// maxPageHeader is how many bytes of a page are read as its header, which takes a few dozen.
	maxPageHeader = 1 << 10
	// maxRatio is how many bytes one of zstd's can become: a block of 128 KiB takes at least
	// four, its header and what it repeats.
	maxRatio = 128 << 10 / 4
)

// valuesOf returns how many values, or rows, a page says that it has.
func valuesOf(h *format.PageHeader) int32 {
	return max(h.DataPageHeader.V.NumValues, h.DictionaryPageHeader.V.NumValues,
		h.DataPageHeaderV2.V.NumValues, h.DataPageHeaderV2.V.NumRows)
}

// checkIndex compares the index of pages, by which those of later pieces are found, with where
// data pages begin.
func checkIndex(index parquet.OffsetIndex, data []int64) error {
	if index.NumPages() != len(data) {
		return fmt.Errorf("an index of %d pages, where there are %d", index.NumPages(), len(data))
	}
	for i, at := range data {
		if index.Offset(i) != at {
			return fmt.Errorf("page %d is at offset %d, its index says %d", i, at, index.Offset(i))
		}
	}
	return nil
}
