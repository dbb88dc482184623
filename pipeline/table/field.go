package table

import "unsafe"

// field is where rows of type R have a value of type N. Reading it from many rows takes no
// call of a function for each: a table has tens of millions of values.
type field[R, N any] struct{ offset uintptr }

// fieldOf returns the field of a row that of returns the address of.
func fieldOf[R, N any](of func(*R) *N) field[R, N] {
	row := new(R)
	offset := uintptr(unsafe.Pointer(of(row))) - uintptr(unsafe.Pointer(row))
	if offset > unsafe.Sizeof(*row) || offset+unsafe.Sizeof(*new(N)) > unsafe.Sizeof(*row) {
		panic("table: a column that is a field is not in the row")
	}
	return field[R, N]{offset}
}

// in returns the field of row i, which must be one of rows.
func (f field[R, N]) in(rows []R, i int) *N {
	return (*N)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(rows)), uintptr(i)*unsafe.Sizeof(*new(R))+f.offset))
}

// small is what an Int32 holds whatever its value is.
type small interface{ ~uint8 | ~uint16 }

// Int32Field returns a column of 32-bit integers that are a field of the row: of returns
// its address.
func Int32Field[R any, N small](name, unit, doc string, of func(*R) *N) Column[R] {
	f := fieldOf(of)
	return Column[R]{
		Field: Field{Name: name, Type: Int32, Unit: unit, Doc: doc},
		fill: func(rows []R, v *Vector) {
			if v.all {
				v.Narrow = appendField[int32](v.Narrow, rows, f)
			} else {
				v.Ints = appendField[int64](v.Ints, rows, f)
			}
		},
	}
}

// appendField appends a field of rows to values.
func appendField[V int32 | int64, R any, N small | int64](values []V, rows []R, f field[R, N]) []V {
	values, into := extend(values, len(rows))
	for i := range into {
		into[i] = V(*f.in(rows, i))
	}
	return values
}

// Int64Field returns a column of 64-bit integers that are a field of the row: of returns
// its address.
func Int64Field[R any](name, unit, doc string, of func(*R) *int64) Column[R] {
	f := fieldOf(of)
	return Column[R]{
		Field: Field{Name: name, Type: Int64, Unit: unit, Doc: doc},
		fill:  func(rows []R, v *Vector) { v.Ints = appendField(v.Ints, rows, f) },
	}
}

// TimeField returns a column as [Times] does, of instants that are a field of the row: of
// returns its address.
func TimeField[R any](name, doc string, of func(*R) *int64) Column[R] {
	f := fieldOf(of)
	return Column[R]{
		Field: Field{Name: name, Type: Timestamp, Doc: doc},
		fill: func(rows []R, v *Vector) {
			var into []int64
			v.Ints, into = extend(v.Ints, len(rows))
			for i := range into {
				into[i] = micros(*f.in(rows, i))
			}
		},
	}
}

// KeyFields returns Keys that are two words and a kind of the row: words and kind return
// their addresses.
func KeyFields[R any, W ~struct{ Hi, Lo uint64 }](words func(*R) *W, kind func(*R) *uint8) *Keys[R] {
	type pair = struct{ Hi, Lo uint64 }
	w, k := fieldOf(words), fieldOf(kind)
	return &Keys[R]{
		of: func(r *R) Key {
			w := pair(*words(r))
			return Key{High: w.Hi, Low: w.Lo, Kind: *kind(r)}
		},
		fill: func(rows []R, keys []Key) {
			for i := range keys {
				w := pair(*w.in(rows, i))
				keys[i] = Key{High: w.Hi, Low: w.Lo, Kind: *k.in(rows, i)}
			}
		},
	}
}
