package sinktest

import (
	"math"
	"strings"

	"github.com/capfold/capfold/pipeline/table"
)

// hostile are texts that a careless writer or reader of a format gets wrong.
var hostile = []string{
	"", "147.32.84.165", "2001:718:1::1", "Žďár nad Sázavou", "東京", "🙂", "a\x00b", "\x01\x1f\x7f",
	`"quoted" \ back/slash`, "line\nfeed\r\n\ttab", "\u2028\u2029", "</script><!--", "null", "NaN", "'; DROP TABLE flows; --",
	"\xff\xfe", "cut \xe6\x9d", "\xb1 continued", "surrogate \xed\xa0\x80", "\ufffd", "\ufeffmark", "a,b;c|d", strings.Repeat("long ", 1000),
}

var integers = []int64{0, 1, -1, 64, 255, 65535, math.MaxInt32, math.MinInt32, math.MaxInt32 + 1, 1<<53 + 1, math.MaxInt64, math.MinInt64}

var doubles = []float64{
	0, math.Copysign(0, -1), 1, -1, 0.1, 1.0 / 3, 100, 1e6, 1e20, 1e21, 123456789.125, 1e-6, 9.9e-7, -1e-300,
	math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64,
}

// instants are in nanoseconds: the ends of the range, the epoch, leap days, and values
// whose microseconds have to be rounded towards the past.
var instants = []int64{
	0, 1, -1, 999, -999, -1000, 1312969613047277000, 951782400e9 - 1, 951782400e9, 1709164799999999999, 4107542400e9,
	-62135596800, -2208988800e9, math.MaxInt64, math.MinInt64,
}

// Everything returns a table of n rows that has every type, required and nullable, with
// the extremes and the traps of each. Its columns are not in alphabetical order.
func Everything(name string, n int) *table.Table {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	int32s := func(i *int) int64 { return int64(int32(pick(integers, *i))) }
	int64s := func(i *int) int64 { return pick(integers, *i) }
	floats := func(i *int) float64 { return pick(doubles, *i) }
	times := func(i *int) int64 { return pick(instants, *i) }
	texts := func(b []byte, i *int) []byte { return append(b, pick(hostile, *i)...) }
	few := func(b []byte, i *int) []byte { return append(b, "CZ\x00SK\xffAT"[*i/7%3*3:][:2]...) }
	binaries := func(i *int) (b [16]byte) {
		for j := range b {
			b[j] = byte(*i * (j + 1) >> (j % 3))
		}
		return b
	}
	every := func(k int) func(*int) bool { return func(i *int) bool { return *i%k == k/2 } }
	always := func(*int) bool { return true }
	never := func(*int) bool { return false }
	return table.New(table.Schema{Name: name}, []table.Column[int]{
		table.Texts("zone", "hostile text", texts),
		table.Int32s("port", "", "", int32s),
		table.Int64s("bytes", "B", "", int64s),
		table.Doubles("mean", "1", "", floats),
		table.Times("first_time", "", times),
		table.Binary16s("address_bin", "", binaries),
		table.Texts("country", "few values", few),
		table.Texts("zone_or_null", "", texts).NullIf(every(3)),
		table.Int32s("port_or_null", "", "", int32s).NullIf(every(2)),
		table.Int64s("bytes_or_null", "B", "", int64s).NullIf(every(5)),
		table.Doubles("mean_or_null", "1", "", floats).NullIf(every(4)),
		table.Times("time_or_null", "", times).NullIf(every(6)),
		table.Binary16s("bin_or_null", "", binaries).NullIf(every(7)),
		table.Texts("country_or_null", "", few).NullIf(every(2)),
		table.Texts("always_null", "", texts).NullIf(always),
		table.Int64s("always_null_int", "", "", int64s).NullIf(always),
		table.Texts("never_null", "", texts).NullIf(never),
		table.Int32s(`naïve "key"`, "", "a name that needs escapes", int32s),
	}, table.RowsOf(rows), table.Options[int]{})
}

// pick returns elements in an order that differs from column to column.
func pick[T any](from []T, i int) T { return from[(i+i/len(from))%len(from)] }

// numbers returns a narrow table of n rows. If seen is not nil, it is called with each
// row that is read, by any goroutine.
func numbers(name string, n int, seen func(row int)) *table.Table {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return table.New(table.Schema{Name: name}, []table.Column[int32]{
		table.Int64s("row", "", "", func(i *int32) int64 {
			if seen != nil {
				seen(int(*i))
			}
			return int64(*i)
		}),
	}, table.RowsOf(rows), table.Options[int32]{})
}

// Values returns a column as [Read] would have it, with text made UTF-8.
func Values(t *table.Table, column int) []any {
	var v table.Vector
	t.Read(column, 0, t.Rows, &v)
	values := make([]any, t.Rows)
	for i := range values {
		switch t.Schema.Fields[column].Type {
		case table.Double:
			values[i] = v.Floats[i]
		case table.String:
			values[i] = string([]rune(string(v.Text(i))))
		case table.Binary16:
			values[i] = [16]byte(v.Text(i))
		default:
			values[i] = v.Ints[i]
		}
		if v.Null(i) {
			values[i] = nil
		}
	}
	return values
}
