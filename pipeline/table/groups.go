package table

import (
	"cmp"
	"iter"
	"slices"
)

// Groups are the rows of a table that is read a group at a time, as those of a file.
type Groups struct {
	// Lens are the numbers of rows of each group.
	Lens []int
	// Load appends all values of a column, an index into the fields of the schema, in a
	// group to v. Any number of goroutines may call it.
	Load func(group, column int, v *Vector) error
	// Fail is told what goes wrong while [Table.Top] looks for rows, which has no other
	// way to say so and returns none then.
	Fail func(error)
}

// NewGroups returns the table of groups. It is not in memory: whoever reads it holds the
// columns of one group, and the parts that were asked for.
func NewGroups(s Schema, g Groups) *Table {
	t := &Table{
		Schema: s,
		parts:  func(n int) iter.Seq2[*Table, error] { return g.parts(s, n) },
		top: func(n int) *Table {
			top, err := g.top(s, n)
			if err != nil {
				g.Fail(err)
				return NewValues(s, 0, make([]Vector, len(s.Fields)))
			}
			return top
		},
	}
	for _, n := range g.Lens {
		t.Rows += n
	}
	return t
}

// load sets the given columns of a group.
func (g *Groups) load(group int, columns []int, into []Vector) error {
	for _, c := range columns {
		into[c].reset()
		if err := g.Load(group, c, &into[c]); err != nil {
			return err
		}
	}
	return nil
}

// parts is [Table.Parts]. A part that lies within a group is a piece of it, of others the
// rows are brought together.
func (g *Groups) parts(s Schema, n int) iter.Seq2[*Table, error] {
	return func(yield func(*Table, error) bool) {
		group, part := make([]Vector, len(s.Fields)), make([]Vector, len(s.Fields))
		filled := 0 // rows in part
		for i, rows := range g.Lens {
			if err := g.load(i, allOf(s), group); err != nil {
				yield(nil, err)
				return
			}
			for from := 0; from < rows; {
				to := min(from+n-filled, rows)
				if whole := filled == 0 && i == len(g.Lens)-1; whole || to-from == n {
					if !yield(valuesWithin(s, group, from, to), nil) {
						return
					}
					from = to
					continue
				}
				for c := range part {
					part[c].add(&group[c], from, to)
				}
				filled, from = filled+to-from, to
				if filled < n {
					continue
				}
				if !yield(NewValues(s, filled, part), nil) {
					return
				}
				filled = 0
				for c := range part {
					part[c].reset()
				}
			}
		}
		if filled > 0 {
			yield(NewValues(s, filled, part), nil)
		}
	}
}

// top is [Table.Top]: it looks for the rows in the columns that rank, and then reads them.
func (g *Groups) top(s Schema, n int) (*Table, error) {
	rows, err := g.important(s, n)
	if err != nil {
		return nil, err
	}
	found := make([]Vector, len(s.Fields)) // in the order of the table
	sorted := slices.Sorted(slices.Values(rows))
	group := make([]Vector, len(s.Fields))
	first, next := 0, 0
	for i, n := range g.Lens {
		if next < len(sorted) && sorted[next] < first+n {
			if err := g.load(i, allOf(s), group); err != nil {
				return nil, err
			}
		}
		for ; next < len(sorted) && sorted[next] < first+n; next++ {
			for c := range found {
				found[c].add(&group[c], sorted[next]-first, sorted[next]-first+1)
			}
		}
		first += n
	}
	if s.RankedBy == "" {
		return NewValues(s, len(rows), found), nil
	}
	ranked := make([]Vector, len(s.Fields))
	for _, row := range rows {
		at, _ := slices.BinarySearch(sorted, row)
		for c := range ranked {
			ranked[c].add(&found[c], at, at+1)
		}
	}
	return NewValues(s, len(rows), ranked), nil
}

// important returns the numbers of the n most important rows, the most important first.
func (g *Groups) important(s Schema, n int) ([]int, error) {
	switch {
	case n == 0:
		return nil, nil
	case s.RankedBy != "":
		return g.largest(s.column(s.RankedBy), n)
	case len(s.Groups) > 0:
		return g.firstOfEach(s, n)
	}
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows, nil
}

// largest returns the rows with the largest integers in a column.
func (g *Groups) largest(column, n int) ([]int, error) {
	type ranked struct {
		value int64
		row   int
	}
	first := NewFirst(n, func(a, b *ranked) int {
		return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.row, b.row))
	})
	var v Vector
	row := 0
	for i := range g.Lens {
		v.reset()
		if err := g.Load(i, column, &v); err != nil {
			return nil, err
		}
		for _, value := range v.Ints {
			first.Add(&ranked{value, row})
			row++
		}
	}
	var rows []int
	for _, r := range first.Rows() {
		rows = append(rows, r.row)
	}
	return rows, nil
}

// firstOfEach returns the first rows of neighbours that agree in the columns of groups.
func (g *Groups) firstOfEach(s Schema, n int) ([]int, error) {
	columns := make([]int, len(s.Groups))
	for i, name := range s.Groups {
		columns[i] = s.column(name)
	}
	var rows []int
	group, last := make([]Vector, len(s.Fields)), make([]Vector, len(s.Fields))
	row, seen := 0, 0 // seen is the number of rows like the last
	for i, length := range g.Lens {
		if err := g.load(i, columns, group); err != nil {
			return nil, err
		}
		for at := range length {
			before, place := group, at-1
			if at == 0 {
				before, place = last, 0
			}
			if row > 0 && slices.ContainsFunc(columns, func(c int) bool { return !group[c].same(at, &before[c], place) }) {
				seen = 0
			}
			if seen++; seen <= n {
				rows = append(rows, row)
			}
			row++
		}
		for _, c := range columns {
			if length > 0 {
				last[c].reset()
				last[c].add(&group[c], length-1, length)
			}
		}
	}
	return rows, nil
}

// allOf returns the numbers of all columns.
func allOf(s Schema) []int {
	columns := make([]int, len(s.Fields))
	for i := range columns {
		columns[i] = i
	}
	return columns
}

// column returns the number of a column, which must be one of the schema's.
func (s *Schema) column(name string) int {
	return slices.IndexFunc(s.Fields, func(f Field) bool { return f.Name == name })
}
