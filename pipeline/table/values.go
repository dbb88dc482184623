package table

import (
	"iter"
	"slices"
)

// NewValues returns the table of as many rows as there are values in each of columns, one
// for every field of s, which it owns from now on.
func NewValues(s Schema, rows int, columns []Vector) *Table {
	return valuesWithin(s, columns, 0, rows)
}

// valuesWithin returns the table of rows first to end (exclusive) of columns.
func valuesWithin(s Schema, columns []Vector, first, end int) *Table {
	return &Table{
		Schema: s,
		Rows:   end - first,
		read: func(read []int, from, to int, v []Vector) {
			for i, c := range read {
				v[i].add(&columns[c], first+from, first+to)
			}
		},
		parts: func(n int) iter.Seq2[*Table, error] {
			return func(yield func(*Table, error) bool) {
				for from := first; from < end; from += n {
					if !yield(valuesWithin(s, columns, from, min(from+n, end)), nil) {
						return
					}
				}
			}
		},
		top: func(n int) *Table {
			g := Groups{Lens: []int{end - first}, Load: func(_, column int, v *Vector) error {
				v.add(&columns[column], first, end)
				return nil
			}}
			t, _ := g.top(s, n) // loading cannot fail
			return t
		},
	}
}

// add appends rows from to to (exclusive) of o.
func (v *Vector) add(o *Vector, from, to int) {
	if from == to {
		return
	}
	if len(o.Ints) > 0 {
		v.Ints = append(v.Ints, o.Ints[from:to]...)
	}
	if len(o.Floats) > 0 {
		v.Floats = append(v.Floats, o.Floats[from:to]...)
	}
	if len(o.Nulls) > 0 {
		v.Nulls = append(v.Nulls, o.Nulls[from:to]...)
	}
	if len(o.Ends) > 0 {
		start := 0
		if from > 0 {
			start = o.Ends[from-1]
		}
		moved := len(v.Bytes) - start
		v.Bytes = append(v.Bytes, o.Bytes[start:o.Ends[to-1]]...)
		for _, end := range o.Ends[from:to] {
			v.Ends = append(v.Ends, end+moved)
		}
	}
}

// same reports whether rows i of v and j of o have the same value.
func (v *Vector) same(i int, o *Vector, j int) bool {
	switch {
	case v.Null(i) || o.Null(j):
		return v.Null(i) && o.Null(j)
	case len(v.Ints) > 0:
		return v.Ints[i] == o.Ints[j]
	case len(v.Floats) > 0:
		return v.Floats[i] == o.Floats[j]
	default:
		return slices.Equal(v.Text(i), o.Text(j))
	}
}
