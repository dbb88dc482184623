package report

import (
	"context"
	"math"
	"strconv"

	"github.com/capfold/capfold/pipeline/table"
)

// grid is rows of a table as the page has them: columns of values.
type grid struct {
	Rows    int       `json:"rows"` // of the whole table
	Shown   int       `json:"shown"`
	Doc     string    `json:"doc"`
	Columns []*column `json:"-"`
	names   []string  // of columns
}

// column is a column of a grid.
type column struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Unit   string `json:"unit,omitempty"`
	Doc    string `json:"doc,omitempty"`
	Values []byte `json:"-"` // an array
}

// newGrid returns an empty grid for rows of t.
func newGrid(t *table.Table) *grid {
	g := &grid{Rows: t.Rows, Doc: t.Schema.Doc, Columns: []*column{}}
	for _, f := range t.Schema.Fields {
		if f.Type != table.Binary16 {
			g.Columns = append(g.Columns, &column{Name: f.Name, Type: f.Type.String(), Unit: f.Unit, Doc: f.Doc, Values: []byte{'['}})
			g.names = append(g.names, f.Name)
		}
	}
	return g
}

// firstRows returns the first rows of t, at most limit.
func firstRows(ctx context.Context, t *table.Table, limit int) (*grid, error) {
	g := newGrid(t)
	for p, err := range parts(ctx, t, limit) {
		if err != nil {
			return nil, err
		}
		g.addAll(p)
		break
	}
	return g.finish(), nil
}

// cells returns the values of a row of p, one for each column.
func (g *grid) cells(p *part, row int) [][]byte {
	p.load(g.names...)
	cells := make([][]byte, len(g.Columns))
	var values []byte
	for i, c := range g.Columns {
		before := len(values)
		values = c.appendValue(values, p.column(c.Name), row)
		cells[i] = values[before:] // also if values moves later
	}
	return cells
}

// addAll appends all rows of p.
func (g *grid) addAll(p *part) {
	p.load(g.names...)
	for _, c := range g.Columns {
		v := p.column(c.Name)
		for row := range p.Rows {
			if g.Shown+row > 0 {
				c.Values = append(c.Values, ',')
			}
			c.Values = c.appendValue(c.Values, v, row)
		}
	}
	g.Shown += p.Rows
}

// int returns one of cells that holds an integer, or 0.
func (g *grid) int(cells [][]byte, name string) int64 {
	for i, c := range g.Columns {
		if c.Name == name {
			n, _ := strconv.ParseInt(string(cells[i]), 10, 64) // null is no number
			return n
		}
	}
	return 0
}

// add appends a row.
func (g *grid) add(cells [][]byte) {
	for i, c := range g.Columns {
		if g.Shown > 0 {
			c.Values = append(c.Values, ',')
		}
		c.Values = append(c.Values, cells[i]...)
	}
	g.Shown++
}

// finish completes g after the last row.
func (g *grid) finish() *grid {
	for _, c := range g.Columns {
		c.Values = append(c.Values, ']')
	}
	return g
}

// appendValue appends a value of the column, of which v are some; there are none if v is nil.
func (c *column) appendValue(b []byte, v *table.Vector, row int) []byte {
	if v == nil || v.Null(row) {
		return append(b, "null"...)
	}
	switch c.Type {
	case table.String.String():
		return appendString(b, visible(v.Text(row)))
	case table.Double.String():
		if x := v.Floats[row]; !math.IsNaN(x) && !math.IsInf(x, 0) {
			return strconv.AppendFloat(b, x, 'g', -1, 64)
		}
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, v.Ints[row], 10)
}

// appendString appends visible text as a JSON string that cannot end a script element.
func appendString(b []byte, text string) []byte {
	b = append(b, '"')
	for i := range len(text) {
		switch c := text[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '<', '>', '&':
			b = append(b, `\u00`...)
			b = append(b, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
