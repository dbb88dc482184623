package parquet

import "github.com/capfold/capfold/pipeline/table"

// rowGroup is a row group while it is encoded and written. Its memory is reused.
type rowGroup struct {
	rows       int         // that are encoded, or about to be
	chunks     []chunk     // of each column
	numberings *numberings // from the first batch until dictionaries are encoded
	pile       pile
}

// chunk is the part of a row group that is of one column.
type chunk struct {
	dictionary page // of those pages that have indexes
	pages      []page

	// Where values may occur again and again, pages have indexes into a dictionary until
	// that is worthwhile no longer. The others are plain.
	indexed int  // pages that have indexes: the first ones
	plain   bool // whether all further pages are plain
	rows    int  // that have values, so far
	source  int  // the column whose keys those of this one are
	byValue bool // whether a column that is made of keys is numbered by values all the same
	*numbering
}

// numbering is what a dictionary is made of: it is needed until that is encoded.
type numbering struct {
	values dictionary
	keys   keyNumbers // of columns that are made of the same keys as this one
	keyed  keyValues  // of a column that is made of keys
}

// numberings are those of a row group, one of each column. Their memory is reused.
type numberings []*numbering

// number has n, which must not be used by others, number the values of g. Columns are those of
// the table that part is of.
func (g *rowGroup) number(n *numberings, part *table.Table, columns []column) {
	g.numberings = n
	for i := range columns {
		if i == len(*n) {
			*n = append(*n, &numbering{})
		}
		ch := &g.chunks[i]
		ch.numbering = (*n)[i]
		keyed := part.Keyed(i)
		ch.keyed.reset(&columns[i], keyed.Append)
		switch ch.source = keyed.Source; {
		case !columns[i].repeats:
		case keyed.Append == nil:
			ch.values.reset()
		case keyed.Source == i:
			ch.keys.reset()
		}
	}
}

// page is an encoded page.
type page struct {
	data   [][]byte // header and body, as in the file, in pieces
	rows   int
	nulls  int
	size   int // length of data
	raw    int // length of data were the body not compressed
	bounds bounds
}

// reset makes g an empty row group that is going to have some rows.
func (g *rowGroup) reset(rows, columns int) {
	g.rows = 0
	for len(g.chunks) < columns {
		g.chunks = append(g.chunks, chunk{})
	}
	for i := range g.chunks[:columns] {
		g.chunks[i].reset(pagesOf(rows))
	}
}

func (c *chunk) reset(pages int) {
	c.dictionary.reset()
	for len(c.pages) < pages {
		c.pages = append(c.pages, page{})
	}
	c.pages = c.pages[:pages]
	for i := range c.pages {
		c.pages[i].reset()
	}
	c.indexed, c.plain, c.rows, c.byValue = 0, false, 0, false
}

// reset empties p and keeps its memory.
func (p *page) reset() { p.data, p.size, p.raw = p.data[:0], 0, 0 }

// pagesOf returns in how many pages so many rows are.
func pagesOf(rows int) int { return (rows + RowsPerPage - 1) / RowsPerPage }
