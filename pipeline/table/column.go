package table

import (
	"slices"
	"time"
)

// each appends the values of rows to values.
func each[R, V any](values []V, rows []R, value func(*R) V) []V {
	values, into := extend(values, len(rows))
	for i := 0; i < len(rows) && i < len(into); i++ {
		into[i] = value(&rows[i])
	}
	return values
}

// extend returns values with room for n more, and that room.
func extend[V any](values []V, n int) (longer, room []V) {
	longer = slices.Grow(values, n)[:len(values)+n]
	return longer, longer[len(values):]
}

func ints[R any](value func(*R) int64) func([]R, *Vector) {
	return func(rows []R, v *Vector) { v.Ints = each(v.Ints, rows, value) }
}

func texts[R any](appendTo func([]byte, *R) []byte) func([]R, *Vector) {
	return func(rows []R, v *Vector) {
		for i := range rows {
			v.Bytes = appendTo(v.Bytes, &rows[i])
			v.Ends = append(v.Ends, len(v.Bytes))
		}
	}
}

// Int32s returns a column of 32-bit integers.
func Int32s[R any](name, unit, doc string, value func(*R) int64) Column[R] {
	return Column[R]{Field: Field{Name: name, Type: Int32, Unit: unit, Doc: doc}, fill: ints(value)}
}

// Int64s returns a column of 64-bit integers.
func Int64s[R any](name, unit, doc string, value func(*R) int64) Column[R] {
	return Column[R]{Field: Field{Name: name, Type: Int64, Unit: unit, Doc: doc}, fill: ints(value)}
}

// Doubles returns a column of derived ratios.
func Doubles[R any](name, unit, doc string, value func(*R) float64) Column[R] {
	return Column[R]{
		Field: Field{Name: name, Type: Double, Unit: unit, Doc: doc},
		fill:  func(rows []R, v *Vector) { v.Floats = each(v.Floats, rows, value) },
	}
}

// Times returns a column of instants. The value is in nanoseconds since the epoch; the
// column keeps whole microseconds, rounded towards the past.
func Times[R any](name, doc string, value func(*R) int64) Column[R] {
	return Column[R]{
		Field: Field{Name: name, Type: Timestamp, Doc: doc},
		fill:  ints(func(r *R) int64 { return micros(value(r)) }),
	}
}

// Texts returns a column of text, which appendTo appends to its argument. Bytes that are
// not UTF-8 are the business of the caller.
func Texts[R any](name, doc string, appendTo func([]byte, *R) []byte) Column[R] {
	return Column[R]{Field: Field{Name: name, Type: String, Doc: doc}, fill: texts(appendTo)}
}

// Binary16s returns a column of 16-byte values.
func Binary16s[R any](name, doc string, value func(*R) [16]byte) Column[R] {
	return Column[R]{
		Field: Field{Name: name, Type: Binary16, Doc: doc},
		fill: texts(func(b []byte, r *R) []byte {
			a := value(r)
			return append(b, a[:]...)
		}),
	}
}

// NullIf returns the column with its value absent in rows for which null says so. The
// value function is called for these rows too.
func (c Column[R]) NullIf(null func(*R) bool) Column[R] {
	c.Nullable, c.null = true, null
	return c
}

// micros returns nanoseconds as whole microseconds, rounded towards the past.
func micros(nanos int64) int64 {
	const each = int64(time.Microsecond)
	q := nanos / each
	if nanos%each < 0 {
		q--
	}
	return q
}
