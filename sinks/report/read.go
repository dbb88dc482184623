package report

import (
	"context"
	"iter"

	"github.com/capfold/capfold/pipeline/table"
)

// partRows is how many rows of a table that is read to its end are asked for at a time.
const partRows = 1 << 16

// blockRows is how many rows of a part are read at a time where it may have many: few enough
// that what was read of them stays in the cache.
const blockRows = 1 << 10

// part is a run of rows of a table, whose columns are read by name when they are first
// asked for. A column that the table lacks, as that of a result of another version may,
// is 0, empty and absent.
type part struct {
	*table.Table
	Rows    int            // of the run
	first   int            // of them, in the table
	fields  map[string]int // columns of the table by name
	vectors []table.Vector // of all columns
	has     []bool         // whether a column has been read

	// Scratch of load.
	wanted  []int
	reading []table.Vector
}

// set makes p the rows from to to (exclusive) of o, of which nothing has been read.
func (p *part) set(o *part, from, to int) {
	p.Table, p.fields, p.first, p.Rows = o.Table, o.fields, o.first+from, to-from
	if n := len(p.Schema.Fields); len(p.has) != n {
		p.vectors, p.has = make([]table.Vector, n), make([]bool, n)
	}
	clear(p.has)
}

// parts yields t in parts of n rows. A part is valid until the next one is asked for.
func parts(ctx context.Context, t *table.Table, n int) iter.Seq2[*part, error] {
	return func(yield func(*part, error) bool) {
		fields := make(map[string]int, len(t.Schema.Fields))
		for i, f := range t.Schema.Fields {
			fields[f.Name] = i
		}
		p := &part{}
		for rows, err := range t.Parts(n) {
			if err == nil {
				err = context.Cause(ctx)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			p.set(&part{Table: rows, fields: fields}, 0, rows.Rows)
			if !yield(p, nil) {
				return
			}
		}
	}
}

// blocks yields the rows of p from row from on in blocks, with the row that each begins
// at. A block is valid until the next one is asked for.
func (p *part) blocks(from int) iter.Seq2[int, *part] {
	return func(yield func(int, *part) bool) {
		block := &part{}
		for ; from < p.Rows; from += blockRows {
			block.set(p, from, min(from+blockRows, p.Rows))
			if !yield(from, block) {
				return
			}
		}
	}
}

// load reads columns together, in one pass over the rows, so that asking for them one by
// one does not take as many.
func (p *part) load(names ...string) {
	p.wanted, p.reading = p.wanted[:0], p.reading[:0]
	for _, name := range names {
		if i, ok := p.fields[name]; ok && !p.has[i] {
			p.has[i] = true
			p.wanted, p.reading = append(p.wanted, i), append(p.reading, p.vectors[i])
		}
	}
	if len(p.wanted) == 0 {
		return
	}
	p.ReadValues(p.wanted, p.first, p.first+p.Rows, p.reading)
	for n, i := range p.wanted {
		p.vectors[i] = p.reading[n]
	}
}

// column returns a column, or nil if there is none of that name.
func (p *part) column(name string) *table.Vector {
	i, ok := p.fields[name]
	if !ok {
		return nil
	}
	if !p.has[i] {
		p.load(name)
	}
	return &p.vectors[i]
}

// ints returns the values of a column, zeros if there is none.
func (p *part) ints(name string) []int64 {
	if v := p.column(name); v != nil && len(v.Ints) == p.Rows {
		return v.Ints
	}
	return make([]int64, p.Rows)
}

// bytes returns a value of text as it is in the table.
func (p *part) bytes(name string, row int) []byte {
	if v := p.column(name); v != nil && len(v.Ends) == p.Rows && !v.Null(row) {
		return v.Text(row)
	}
	return nil
}

// text returns a value as it is shown to people.
func (p *part) text(name string, row int) string { return visible(p.bytes(name, row)) }

// null reports whether a value is absent.
func (p *part) null(name string, row int) bool {
	v := p.column(name)
	return v == nil || v.Null(row)
}
