package parquet

import "iter"

// rowGroup is a row group while it is encoded and written. Its memory is reused.
type rowGroup struct {
	rows   int
	chunks []chunk // of each column
}

// chunk is the part of a row group that is of one column.
type chunk struct {
	dictionary page // empty if the column has none
	pages      []page
	found      []found // in each page, if the column's values may occur again and again
}

// page is an encoded page.
type page struct {
	data   []byte // header and body, as in the file
	rows   int
	nulls  int
	raw    int // length of data were the body not compressed
	bounds bounds
}

// span is the rows of a page.
type span struct{ page, from, to int }

// reset makes g an empty row group.
func (g *rowGroup) reset(rows, columns int) {
	g.rows = rows
	for len(g.chunks) < columns {
		g.chunks = append(g.chunks, chunk{})
	}
	pages := (rows + RowsPerPage - 1) / RowsPerPage
	for i := range g.chunks[:columns] {
		c := &g.chunks[i]
		c.dictionary.data = c.dictionary.data[:0]
		for len(c.pages) < pages {
			c.pages = append(c.pages, page{})
		}
		c.pages = c.pages[:pages]
		for len(c.found) < pages {
			c.found = append(c.found, found{})
		}
	}
}

// pagesOf yields the rows of each page of a row group of so many rows.
func pagesOf(rows int) iter.Seq[span] {
	return func(yield func(span) bool) {
		for i := 0; i*RowsPerPage < rows; i++ {
			if !yield(span{i, i * RowsPerPage, min((i+1)*RowsPerPage, rows)}) {
				return
			}
		}
	}
}
