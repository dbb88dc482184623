package plots

import (
	"slices"

	"github.com/capfold/capfold/pipeline/table"
)

// rows are the columns that a picture needs of a table in memory.
type rows struct {
	n       int
	vectors map[string]*table.Vector
}

// kinds of columns.
var (
	ints   = []table.Type{table.Int32, table.Int64, table.Timestamp}
	texts  = []table.Type{table.String}
	floats = []table.Type{table.Double}
)

// column names a column and what it must hold.
type column struct {
	name  string
	types []table.Type
}

// table returns a table of the input.
func (in *Input) table(name string) (*table.Table, error) {
	t := in.Tables[name]
	if t == nil {
		return nil, &MissingError{Table: name}
	}
	return t, nil
}

// top returns columns of the first rows of a table, and the whole table.
func (in *Input) top(name string, n int, columns ...column) (*rows, *table.Table, error) {
	t, err := in.table(name)
	if err != nil {
		return nil, nil, err
	}
	r, err := read(t.Top(n), columns)
	return r, t, err
}

// each calls f for all rows of a table, some thousand at a time.
func (in *Input) each(name string, columns []column, f func(*rows)) error {
	t, err := in.table(name)
	if err != nil {
		return err
	}
	if _, err := find(t, columns); err != nil {
		return err
	}
	for part, err := range t.Parts(1 << 14) {
		if err != nil {
			return err
		}
		r, err := read(part, columns)
		if err != nil {
			return err
		}
		f(r)
	}
	return nil
}

// find returns the indices of columns.
func find(t *table.Table, columns []column) ([]int, error) {
	at := make([]int, len(columns))
	for k, c := range columns {
		at[k] = slices.IndexFunc(t.Schema.Fields, func(f table.Field) bool {
			return f.Name == c.name && slices.Contains(c.types, f.Type)
		})
		if at[k] < 0 {
			return nil, &MissingError{Table: t.Schema.Name, Column: c.name}
		}
	}
	return at, nil
}

func read(t *table.Table, columns []column) (*rows, error) {
	at, err := find(t, columns)
	if err != nil {
		return nil, err
	}
	r := &rows{n: t.Rows, vectors: map[string]*table.Vector{}}
	for k, c := range columns {
		v := &table.Vector{}
		t.Read(at[k], 0, t.Rows, v)
		r.vectors[c.name] = v
	}
	return r, nil
}

func (r *rows) int(name string, i int) int64     { return r.vectors[name].Ints[i] }
func (r *rows) float(name string, i int) float64 { return r.vectors[name].Floats[i] }
func (r *rows) text(name string, i int) string   { return string(r.vectors[name].Text(i)) }

func (r *rows) null(name string, i int) bool {
	v := r.vectors[name]
	return len(v.Nulls) > 0 && v.Null(i)
}
