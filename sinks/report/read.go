package report

import (
	"context"
	"iter"
	"slices"

	"github.com/capfold/capfold/pipeline/table"
)

// partRows is how many rows of a table that is read to its end are asked for at a time.
const partRows = 1 << 16

// part is a run of rows of a table, whose columns are read by name when they are first
// asked for. A column that the table lacks, as that of a result of another version may,
// is 0, empty and absent.
type part struct {
	*table.Table
	Rows    int // of the run
	first   int // of them, in the table
	vectors map[string]*table.Vector
	read    map[string]bool
}

func newPart() *part { return &part{vectors: map[string]*table.Vector{}, read: map[string]bool{}} }

// set makes p the rows from to to (exclusive) of o, of which nothing has been read.
func (p *part) set(o *part, from, to int) {
	p.Table, p.first, p.Rows = o.Table, o.first+from, to-from
	clear(p.read)
}

// parts yields t in parts of n rows. A part is valid until the next one is asked for.
func parts(ctx context.Context, t *table.Table, n int) iter.Seq2[*part, error] {
	return func(yield func(*part, error) bool) {
		p := newPart()
		for rows, err := range t.Parts(n) {
			if err == nil {
				err = context.Cause(ctx)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			p.set(&part{Table: rows}, 0, rows.Rows)
			if !yield(p, nil) {
				return
			}
		}
	}
}

// column returns a column, or nil if there is none of that name.
func (p *part) column(name string) *table.Vector {
	v := p.vectors[name]
	if p.read[name] {
		return v
	}
	i := slices.IndexFunc(p.Schema.Fields, func(f table.Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	if v == nil {
		v = &table.Vector{}
		p.vectors[name] = v
	}
	p.Table.Read(i, p.first, p.first+p.Rows, v)
	p.read[name] = true
	return v
}

// ints returns the values of a column, zeros if there is none.
func (p *part) ints(name string) []int64 {
	if v := p.column(name); v != nil && len(v.Ints) == p.Rows {
		return v.Ints
	}
	return make([]int64, p.Rows)
}

// text returns a value as it is shown to people.
func (p *part) text(name string, row int) string {
	if v := p.column(name); v != nil && len(v.Ends) == p.Rows && !v.Null(row) {
		return visible(v.Text(row))
	}
	return ""
}

// null reports whether a value is absent.
func (p *part) null(name string, row int) bool {
	v := p.column(name)
	return v == nil || v.Null(row)
}
