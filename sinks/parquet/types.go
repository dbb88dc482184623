package parquet

import (
	"bytes"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// bare is an integer type without a logical type. INT32 and INT64 are signed by
// themselves, and every reader knows them; the library would annotate them.
type bare struct{ parquet.Type }

func (bare) LogicalType() *format.LogicalType { return nil }

// binary16 is FIXED_LEN_BYTE_ARRAY(16) with bounds of its own. Those of parquet-go
// v0.32.0 are wrong on processors with AVX-512 for pages of 16 values or more: where the
// upper halves of two values agree, it may keep the wrong one. A query that trusts such
// bounds would miss rows.
type binary16 struct{ parquet.Type }

func (t binary16) NewColumnBuffer(columnIndex, numValues int) parquet.ColumnBuffer {
	return &binary16Buffer{t.Type.NewColumnBuffer(columnIndex, numValues)}
}

type binary16Buffer struct{ parquet.ColumnBuffer }

func (b *binary16Buffer) Page() parquet.Page { return &binary16Page{Page: b.ColumnBuffer.Page()} }

// binary16Page computes its bounds when they are first asked for; the writer asks twice.
type binary16Page struct {
	parquet.Page
	low, high *[16]byte
}

func (p *binary16Page) Bounds() (low, high parquet.Value, ok bool) {
	if p.low == nil {
		data := p.Data()
		values := data.Uint128()
		if len(values) == 0 {
			return low, high, false
		}
		p.low, p.high = &values[0], &values[0]
		for i := range values {
			v := &values[i]
			if bytes.Compare(v[:], p.low[:]) < 0 {
				p.low = v
			} else if bytes.Compare(v[:], p.high[:]) > 0 {
				p.high = v
			}
		}
	}
	return parquet.FixedLenByteArrayValue(p.low[:]), parquet.FixedLenByteArrayValue(p.high[:]), true
}
