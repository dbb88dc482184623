package parquet

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks/sinktest"
)

// scattered returns a table of n rows with random values all over the range of each
// type, where the halves of 16-byte values and the beginnings of strings often agree.
func scattered(n int) *table.Table {
	random := rand.New(rand.NewPCG(3, 4))
	rows := make([]uint64, n)
	for i := range rows {
		rows[i] = random.Uint64()
	}
	return table.New(table.Schema{Name: "scattered"}, []table.Column[uint64]{
		table.Int32s("int32", "", "", func(r *uint64) int64 { return int64(int32(*r)) }),
		table.Int64s("int64", "", "", func(r *uint64) int64 { return int64(*r) }),
		table.Doubles("double", "", "", func(r *uint64) float64 { return math.Ldexp(float64(int64(*r)), int(*r%500)) }),
		table.Times("time", "", func(r *uint64) int64 { return int64(*r) }),
		table.Texts("text", "", func(b []byte, r *uint64) []byte {
			return binary.BigEndian.AppendUint64(append(b, "2001:718:1::"...), *r&0x7f7f7f7f7f7f7f7f)
		}),
		table.Binary16s("binary", "", func(r *uint64) (b [16]byte) {
			binary.BigEndian.PutUint64(b[:], *r%3)
			binary.BigEndian.PutUint64(b[8:], *r)
			return b
		}),
		table.Binary16s("binary_or_null", "", func(r *uint64) (b [16]byte) {
			binary.BigEndian.PutUint64(b[8:], *r)
			return b
		}).NullIf(func(r *uint64) bool { return *r%3 == 0 }),
	}, table.RowsOf(rows), table.Options[uint64]{})
}

// TestBounds checks row groups, and the statistics of each row group and page against
// the values in it: a query that skips by wrong ones loses rows.
func TestBounds(t *testing.T) {
	for _, tab := range []*table.Table{
		sinktest.Flows(fewer(2*RowsPerGroup, RowsPerPage) + 1), scattered(RowsPerGroup + 1000), sinktest.Everything("everything", 4000),
	} {
		t.Run(tab.Schema.Name, func(t *testing.T) {
			f := openFile(t, writeFile(t, tab))
			groups := f.Metadata().RowGroups
			if want := (tab.Rows + RowsPerGroup - 1) / RowsPerGroup; len(groups) != want {
				t.Fatalf("%d row groups, want %d", len(groups), want)
			}
			for c, field := range tab.Schema.Fields {
				values := sinktest.Values(tab, c)
				for g, group := range groups {
					rows := values[g*RowsPerGroup : min((g+1)*RowsPerGroup, tab.Rows)]
					if group.NumRows != int64(len(rows)) {
						t.Fatalf("row group %d has %d rows, want %d", g, group.NumRows, len(rows))
					}
					s := group.Columns[c].MetaData.Statistics
					checkBounds(t, field, s.MinValue, s.MaxValue, s.NullCount, rows, true)
					index := f.ColumnIndexes()[g*len(tab.Schema.Fields)+c]
					checkPages(t, field, index, f.OffsetIndexes()[g*len(tab.Schema.Fields)+c], rows)
				}
			}
		})
	}
}

// TestBoundsNaN checks that NaN, which has no place in an order, does not spoil bounds.
func TestBoundsNaN(t *testing.T) {
	for _, distinct := range []int{3, 1 << 30} {
		random := rand.New(rand.NewPCG(5, 6))
		rows := make([]float64, 10_000)
		var numbers []any
		for i := range rows {
			rows[i] = float64(random.IntN(distinct))
			if random.IntN(3) == 0 {
				rows[i] = math.NaN()
				continue
			}
			numbers = append(numbers, rows[i])
		}
		tab := table.New(table.Schema{Name: "means"}, []table.Column[float64]{
			table.Doubles("mean", "", "", func(x *float64) float64 { return *x }),
		}, table.RowsOf(rows), table.Options[float64]{})
		s := openFile(t, writeFile(t, tab)).Metadata().RowGroups[0].Columns[0].MetaData.Statistics
		checkBounds(t, tab.Schema.Fields[0], s.MinValue, s.MaxValue, s.NullCount, numbers, true)
	}
}

// checkPages checks the page index of a column in a row group.
func checkPages(t *testing.T, field table.Field, index format.ColumnIndex, offsets format.OffsetIndex, rows []any) {
	t.Helper()
	pages := offsets.PageLocations
	if len(rows) == RowsPerGroup && field.Type == table.Int64 && len(pages) < 2 {
		t.Errorf("%s has %d page in a full row group, want more", field.Name, len(pages))
	}
	for i, page := range pages {
		end := int64(len(rows))
		if i+1 < len(pages) {
			end = pages[i+1].FirstRowIndex
		}
		if index.NullPages[i] != (slices.IndexFunc(rows[page.FirstRowIndex:end], func(x any) bool { return x != nil }) < 0) {
			t.Errorf("%s page %d: null page = %t", field.Name, i, index.NullPages[i])
		}
		if !index.NullPages[i] {
			checkBounds(t, field, index.MinValues[i], index.MaxValues[i], index.NullCounts[i], rows[page.FirstRowIndex:end], field.Type != table.String)
		}
	}
}

// checkBounds compares statistics with values: equal if exact, else around them.
func checkBounds(t *testing.T, field table.Field, low, high []byte, nulls int64, values []any, exact bool) {
	t.Helper()
	typ := typeOf(field.Type)
	var wantLow, wantHigh parquet.Value
	wantNulls := int64(0)
	for _, x := range values {
		v := parquetValue(x, field.Type)
		switch {
		case v.IsNull():
			wantNulls++
		case wantLow.IsNull():
			wantLow, wantHigh = v, v
		case typ.Compare(v, wantLow) < 0:
			wantLow = v
		case typ.Compare(v, wantHigh) > 0:
			wantHigh = v
		}
	}
	if nulls != wantNulls {
		t.Errorf("%s: null count = %d, want %d", field.Name, nulls, wantNulls)
	}
	if wantNulls == int64(len(values)) {
		return
	}
	l, h := typ.Compare(typ.Kind().Value(low), wantLow), typ.Compare(typ.Kind().Value(high), wantHigh)
	if l > 0 || h < 0 || exact && (l < 0 || h > 0) {
		t.Errorf("%s: bounds = %x to %x, want %x to %x (exact: %t)", field.Name, low, high, wantLow.Bytes(), wantHigh.Bytes(), exact)
	}
}

// typeOf returns the library's idea of a column's type.
func typeOf(t table.Type) parquet.Type {
	switch t {
	case table.Int32:
		return parquet.Int32Type
	case table.Double:
		return parquet.DoubleType
	case table.String:
		return parquet.String().Type()
	case table.Binary16:
		return parquet.FixedLenByteArrayType(16)
	default:
		return parquet.Int64Type
	}
}

func parquetValue(x any, typ table.Type) parquet.Value {
	switch x := x.(type) {
	case nil:
		return parquet.NullValue()
	case int64:
		if typ == table.Int32 {
			return parquet.Int32Value(int32(x))
		}
		return parquet.Int64Value(x)
	case float64:
		return parquet.DoubleValue(x)
	case [16]byte:
		return parquet.FixedLenByteArrayValue(x[:])
	default:
		return parquet.ByteArrayValue([]byte(x.(string)))
	}
}
