package main

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// column is a column of a printed table, and what may become of it where space is short.
type column struct {
	title, short string   // short is a title for when space is short, if there is one
	cells        []string // one for each row
	brief        []string // shorter forms of the cells, if there are any
	left         bool     // aligned to the left, as text is
	elide        bool     // may be cut in the middle
	drop         int      // what goes first when all are too wide; 0 stays
	// draw returns the cells of a drawing that is so many columns wide, in which case
	// there are no other cells.
	draw               func(width int) []string
	least, usual, most int // widths of the drawing; usual is that on no terminal
}

// gap is the space between columns.
const gap = 2

// layout returns the columns as text, in the style of all printed tables. It fits the
// display, unless nothing is left that could be shorter.
func (d display) layout(columns []column) string {
	columns = slices.Clone(columns)
	if d.width > 0 {
		columns = d.fit(columns)
	}
	for i := range columns {
		if c := &columns[i]; c.draw != nil {
			width := c.usual
			if d.width > 0 {
				width = min(c.most, c.least+d.width-total(columns))
			}
			c.cells, c.draw = c.draw(width), nil
			for j := range c.cells {
				c.cells[j] = d.paint(c.cells[j], accent)
			}
		}
	}
	return d.render(columns)
}

// fit makes columns narrower until they fit.
func (d display) fit(columns []column) []column {
	const comfort = 8 // more columns for a drawing, which exact figures are given up for
	drawn := slices.ContainsFunc(columns, func(c column) bool { return c.draw != nil })
	if w := total(columns); w > d.width || drawn && w+comfort > d.width {
		for i := range columns {
			if c := &columns[i]; c.brief != nil {
				c.cells = c.brief
			}
			if c := &columns[i]; c.short != "" {
				c.title = c.short
			}
		}
	}
	for total(columns) > d.width {
		last := 0
		for i := range columns {
			if columns[i].drop > columns[last].drop {
				last = i
			}
		}
		if columns[last].drop == 0 {
			break
		}
		columns = slices.Delete(columns, last, last+1)
	}
	const leastText = 9
	for i := range columns {
		if over := total(columns) - d.width; over > 0 && columns[i].elide {
			columns[i].cells = d.elide(columns[i].cells, max(leastText, columns[i].width()-over))
		}
	}
	return columns
}

// elide cuts cells that are wider than width in their middle.
func (d display) elide(cells []string, width int) []string {
	short := slices.Clone(cells)
	dots := d.dots()
	room := width - text.StringWidth(dots)
	for i, s := range short {
		if text.StringWidth(s) > width {
			short[i] = text.Trim(s, (room+1)/2) + dots + lastColumns(s, room/2)
		}
	}
	return short
}

// lastColumns returns the end of s that fits in so many columns. It begins with no accent
// that belongs to what was before.
func lastColumns(s string, columns int) string {
	start := len(s)
	for start > 0 {
		_, size := utf8.DecodeLastRuneInString(s[:start])
		if text.StringWidth(s[start-size:]) > columns {
			break
		}
		start -= size
	}
	return strings.TrimLeftFunc(s[start:], func(r rune) bool { return text.RuneWidth(r) == 0 })
}

// width returns how wide a column is, a drawing at least.
func (c *column) width() int {
	w := text.StringWidth(c.title)
	if c.draw != nil {
		return max(w, c.least)
	}
	for _, s := range c.cells {
		w = max(w, text.StringWidth(s))
	}
	return w
}

// total returns the width of columns together.
func total(columns []column) int {
	w := -gap
	for i := range columns {
		w += columns[i].width() + gap
	}
	return w
}

// render draws columns that have all their cells.
func (d display) render(columns []column) string {
	t := table.NewWriter()
	style := table.StyleLight
	if d.ascii {
		style = table.StyleDefault
	}
	style.Options = table.Options{SeparateHeader: true}
	style.Format.Header = text.FormatDefault
	style.Box.PaddingLeft, style.Box.PaddingRight = "", strings.Repeat(" ", gap)
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	header, configs := make(table.Row, len(columns)), []table.ColumnConfig{}
	for i, c := range columns {
		header[i] = c.title
		if !c.left {
			configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(configs)
	for row := range columns[0].cells {
		cells := make(table.Row, len(columns))
		for i := range columns {
			cells[i] = columns[i].cells[row]
		}
		t.AppendRow(cells)
	}
	lines := strings.Split(t.Render(), "\n")
	const ruled = 2 // the header and the rule below it
	if rule := []rune(lines[1]); d.width > 0 && len(rule) > gap {
		lines[1] = string(rule[:len(rule)-gap]) // which is as long as if there were another column
	}
	for i := range lines[:ruled] {
		lines[i] = d.paint(lines[i], dim)
	}
	return strings.Join(lines, "\n") + "\n"
}
