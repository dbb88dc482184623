package parquet

import (
	"encoding/binary"
	"slices"

	"github.com/capfold/capfold/pipeline/table"
)

// found is what a page has of a column whose values may occur again and again.
type found struct {
	// The distinct values in the order of their first occurrence: keys, or the values
	// themselves, one after the other, and where each ends.
	keys keyList
	data []byte
	ends []int

	rows   []uint16 // which value each row has that has one
	levels []byte   // as a page has them
}

// Rows of a page have 16 bits for the number of a value.
const _ = uint16(RowsPerPage - 1)

// find sets f to what is found in v, to keys if the column is made of keys, and to e.levels.
// Often a value is that of the row before.
func (e *encoder) find(f *found, c *column, v *table.Vector, keyed bool) {
	f.levels = append(f.levels[:0], e.levels...)
	if !keyed {
		d := &e.dictionary
		d.reset()
		e.int32s = d.number(e.int32s, c, &v.Bytes, v.Ends)
		f.data, f.ends = append(f.data[:0], d.data...), append(f.ends[:0], d.ends...)
		f.rows = slices.Grow(f.rows[:0], len(e.int32s))[:len(e.int32s)]
		for i, n := range e.int32s {
			f.rows[i] = uint16(n)
		}
		return
	}
	d := &e.keys
	d.reset()
	f.rows = slices.Grow(f.rows[:0], len(v.Keys))[:len(v.Keys)]
	var last table.Key
	var number uint32
	for i, k := range v.Keys {
		if i == 0 || k != last {
			number, last = d.number(wordsOf(k), k.Kind), k
		}
		f.rows[i] = uint16(number)
	}
	f.keys.set(&d.keys)
}

// render makes f what o has found, with values in the place of keys.
func (f *found) render(o *found, appendTo func([]byte, table.Key) []byte) {
	f.rows, f.levels = append(f.rows[:0], o.rows...), append(f.levels[:0], o.levels...)
	f.data, f.ends = f.data[:0], f.ends[:0]
	for i := range o.keys.len() {
		f.data = appendTo(f.data, o.keys.at(i))
		f.ends = append(f.ends, len(f.data))
	}
}

// appendRows appends the values of all rows in the PLAIN encoding.
func (f *found) appendRows(b []byte, t table.Type) []byte {
	for _, n := range f.rows {
		start := 0
		if n > 0 {
			start = f.ends[n-1]
		}
		value := f.data[start:f.ends[n]]
		if t == table.String {
			b = binary.LittleEndian.AppendUint32(b, uint32(len(value)))
		}
		b = append(b, value...)
	}
	return b
}
