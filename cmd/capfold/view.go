package main

import (
	"slices"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/reducers"
)

// view gives access to the beginning of a result's tables by names.
type view struct{ tables map[string]*table.Table }

func newView(result *reducers.Result) *view {
	v := &view{tables: map[string]*table.Table{}}
	for _, t := range result.Tables {
		v.tables[t.Schema.Name] = t
	}
	return v
}

// columns returns the columns of the first rows of a table, at most limit of them where
// that is not 0, or false if the table was not made or is empty.
func (v *view) columns(name string, limit int) (*columnsOf, bool) {
	t, ok := v.tables[name]
	if !ok || t.Rows == 0 {
		return nil, false
	}
	rows := t.Rows
	if limit > 0 {
		rows = min(rows, limit)
	}
	for part, err := range t.Parts(rows) {
		if err == nil {
			return &columnsOf{part, t.Rows - rows, map[string]*table.Vector{}}, true
		}
		break
	}
	return nil, false // what is wrong with temporary files ends the run
}

// columnsOf are the columns of a table, read when they are first asked for.
type columnsOf struct {
	table   *table.Table
	behind  int // rows that follow
	vectors map[string]*table.Vector
}

// column returns a column; the name must be one of the table's.
func (c *columnsOf) column(name string) *table.Vector {
	v, ok := c.vectors[name]
	if !ok {
		i := slices.IndexFunc(c.table.Schema.Fields, func(f table.Field) bool { return f.Name == name })
		v = &table.Vector{}
		c.table.Read(i, 0, c.table.Rows, v)
		c.vectors[name] = v
	}
	return v
}

// more returns the number of rows behind those of c.
func (c *columnsOf) more() int { return c.behind }

func (c *columnsOf) int(name string, row int) int64     { return c.column(name).Ints[row] }
func (c *columnsOf) float(name string, row int) float64 { return c.column(name).Floats[row] }
func (c *columnsOf) text(name string, row int) string   { return string(c.column(name).Text(row)) }
func (c *columnsOf) null(name string, row int) bool     { return c.column(name).Null(row) }
