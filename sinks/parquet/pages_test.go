package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"runtime"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// withPages returns a file in which the pages of a column are others, and their checksums
// right, and the pages that there were.
func withPages(t *testing.T, data []byte, column int, change func(h *format.PageHeader, body []byte) []byte) []byte {
	t.Helper()
	footer := data[len(data)-8-int(binary.LittleEndian.Uint32(data[len(data)-8:])) : len(data)-8]
	var meta format.FileMetaData
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), footer, &meta); err != nil {
		t.Fatal(err)
	}
	m := &meta.RowGroups[0].Columns[column].MetaData
	start := m.DataPageOffset
	if m.DictionaryPageOffset > 0 {
		start = m.DictionaryPageOffset
	}
	pages := bytes.NewReader(data[start : start+m.TotalCompressedSize])
	out := bytes.Clone(data[:len(data)-8-len(footer)])
	begin := int64(len(out))
	m.DataPageOffset = 0
	for pages.Len() > 0 {
		var h format.PageHeader
		if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(pages)).Decode(&h); err != nil {
			t.Fatal(err)
		}
		body := make([]byte, h.CompressedPageSize)
		if _, err := io.ReadFull(pages, body); err != nil {
			t.Fatal(err)
		}
		body = change(&h, body)
		h.CRC = int32(crc32.ChecksumIEEE(body))
		if h.Type == format.DictionaryPage {
			m.DictionaryPageOffset = int64(len(out))
		} else if m.DataPageOffset == 0 {
			m.DataPageOffset = int64(len(out))
		}
		out = append(append(out, marshal(t, &h)...), body...)
	}
	m.TotalCompressedSize = int64(len(out)) - begin
	b := marshal(t, &meta)
	out = binary.LittleEndian.AppendUint32(append(out, b...), uint32(len(b)))
	return append(out, magic...)
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := thrift.Marshal(new(thrift.CompactProtocol), v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestReaderClaims reads pages that say they have 2 GiB, or as many values: that is an error,
// and no reason to take memory for it.
func TestReaderClaims(t *testing.T) {
	const rows = 100
	data, s := small(t, rows)
	for name, change := range map[string]func(h *format.PageHeader, body []byte) []byte{
		"nothing":    func(_ *format.PageHeader, body []byte) []byte { return body },
		"compressed": func(h *format.PageHeader, body []byte) []byte { h.CompressedPageSize = math.MaxInt32; return body },
		"unpacked":   func(h *format.PageHeader, body []byte) []byte { h.UncompressedPageSize = math.MaxInt32; return body },
		"values": func(h *format.PageHeader, body []byte) []byte {
			if h.Type == format.DictionaryPage {
				h.DictionaryPageHeader.V.NumValues = math.MaxInt32
			} else {
				h.DataPageHeaderV2.V.NumValues, h.DataPageHeaderV2.V.NumRows = math.MaxInt32, math.MaxInt32
			}
			return body
		},
	} {
		for column, field := range s.Fields {
			changed := withPages(t, data, column, change)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := readAll(changed, s, rows)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
				t.Errorf("%s: column %s: reading %d bytes allocates %d", name, field.Name, len(changed), n)
			}
			if name == "nothing" && err != nil || name != "nothing" && !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s: column %s: %v", name, field.Name, err)
			}
		}
	}
}

// TestCheckIndex has an index lead to pages that are in the place of none.
func TestCheckIndex(t *testing.T) {
	for _, tt := range []struct {
		index, data []int64
		want        string
	}{
		{[]int64{4, 90}, []int64{4, 90}, "<nil>"},
		{[]int64{4, 91}, []int64{4, 90}, "page 1 is at offset 90, its index says 91"},
		{[]int64{4}, []int64{4, 90}, "an index of 1 pages, where there are 2"},
	} {
		if got := fmt.Sprint(checkIndex(offsets(tt.index), tt.data)); got != tt.want {
			t.Errorf("checkIndex(%d, %d) = %s, want %s", tt.index, tt.data, got, tt.want)
		}
	}
}

// offsets is an index of pages of which only the offsets matter.
type offsets []int64

func (o offsets) NumPages() int                { return len(o) }
func (o offsets) Offset(i int) int64           { return o[i] }
func (o offsets) CompressedPageSize(int) int64 { return 0 }
func (o offsets) FirstRowIndex(int) int64      { return 0 }
