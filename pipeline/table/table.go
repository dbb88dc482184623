package table

import (
	"iter"
	"slices"
	"sync"
)

// Vector holds the values of one column for a run of rows. Which slice is used depends
// on the column's type; each has one entry a row. Its memory is reused by [Table.Read].
type Vector struct {
	Ints   []int64   // Int32, Int64, Timestamp (µs)
	Floats []float64 // Double
	Bytes  []byte    // String, Binary16: all values, one after the other
	Ends   []int     // String, Binary16: where each value ends in Bytes
	Keys   []Key     // of [Table.ReadAll]: instead of values
	Narrow []int32   // of [Table.ReadAll]: instead of Ints, where all values of a field fit
	Nulls  []bool    // of a nullable field: whether the value is absent; else empty

	all bool // whether it is filled by ReadAll
}

// Text returns value i of a String or Binary16 column; it is valid until the next Read.
func (v *Vector) Text(i int) []byte {
	start := 0
	if i > 0 {
		start = v.Ends[i-1]
	}
	return v.Bytes[start:v.Ends[i]]
}

// Null reports whether value i is absent.
func (v *Vector) Null(i int) bool { return len(v.Nulls) > 0 && v.Nulls[i] }

// reset empties v and keeps its memory.
func (v *Vector) reset() {
	v.Ints, v.Floats, v.Bytes, v.Ends = v.Ints[:0], v.Floats[:0], v.Bytes[:0], v.Ends[:0]
	v.Keys, v.Narrow, v.Nulls, v.all = v.Keys[:0], v.Narrow[:0], v.Nulls[:0], false
}

// reserve makes place for n values, so that it need not be made little by little.
func (v *Vector) reserve(t Type, n int) {
	switch t {
	case Double:
		v.Floats = slices.Grow(v.Floats, n)
	case String, Binary16:
		v.Ends = slices.Grow(v.Ends, n)
	default:
		v.Ints = slices.Grow(v.Ints, n)
	}
}

// Table is rows in a total order under a schema. It is immutable, so any number of
// goroutines may read it, each with a Vector of its own. Its rows are in memory, or in
// files: then they come in Parts only.
type Table struct {
	Schema Schema
	Rows   int
	read   func(columns []int, from, to int, v []Vector)
	once   func(columns []int, from, to int, v []Vector) // like read, for rows that are read once; may be nil
	passed func(from, to int)                            // says that ReadAll has read rows; may be nil
	top    func(n int) *Table
	parts  func(n int) iter.Seq2[*Table, error]
	drain  func()  // may be nil
	keyed  []Keyed // of each column; nil: none

	mu   sync.Mutex
	tops map[int]*Table // what Top has returned
}

// Read fills v with rows from to to (exclusive) of a column, an index into Schema.Fields.
// The table must be in memory, as what Parts and Top return always is.
func (t *Table) Read(column, from, to int, v *Vector) {
	v.reset()
	v.reserve(t.Schema.Fields[column].Type, to-from)
	one := []Vector{*v}
	t.read([]int{column}, from, to, one)
	*v = one[0]
}

// ReadAll fills v[i] with rows from to to (exclusive) of column columns[i], or with their
// keys if the column is Keyed, or with narrow integers. It is for readers that want each row
// once and all columns of it: every row is looked at once, while it is in the cache, and
// nothing is kept.
func (t *Table) ReadAll(columns []int, from, to int, v []Vector) {
	for i, c := range columns {
		v[i].reset()
		v[i].all = true
		switch f := &t.Schema.Fields[c]; {
		case t.Keyed(c).Append != nil:
			v[i].Keys = slices.Grow(v[i].Keys, to-from)
		case f.Type == Int32: // narrow or not, they grow by themselves
		default:
			v[i].reserve(f.Type, to-from)
		}
	}
	t.readOnce(columns, from, to, v)
	if t.passed != nil {
		t.passed(from, to)
	}
}

// ReadValues is ReadAll for readers that want values of all columns, never keys, and wide
// integers. Any number of them may read each row once before [Table.Drain] is called.
func (t *Table) ReadValues(columns []int, from, to int, v []Vector) {
	for i, c := range columns {
		v[i].reset()
		v[i].reserve(t.Schema.Fields[c].Type, to-from)
	}
	t.readOnce(columns, from, to, v)
}

func (t *Table) readOnce(columns []int, from, to int, v []Vector) {
	if t.once != nil {
		t.once(columns, from, to, v)
	} else {
		t.read(columns, from, to, v)
	}
}

// InMemory reports whether the table may be read anywhere. Its Parts then stay valid when
// the next one is asked for.
func (t *Table) InMemory() bool { return t.read != nil }

// Parts yields the table in consecutive parts of at most n rows, each a table in memory
// that any number of goroutines may read until the next part is asked for. It is how
// whoever wants all rows of a table reads them. It ends after the first error.
func (t *Table) Parts(n int) iter.Seq2[*Table, error] { return t.parts(n) }

// Drain says that nobody reads the table any more but one reader of all Parts, who began
// before or begins later, and looks at every row once, by ReadAll: what it has read is freed
// where the table can do that.
func (t *Table) Drain() {
	if t.drain != nil {
		t.drain()
	}
}

// Top returns the table's n most important rows: the first n, unless the table is
// ordered by key for storage and ranked otherwise, or has groups of which each has its
// own (see [Options]). n < 0 means all.
func (t *Table) Top(n int) *Table {
	if n < 0 || n > t.Rows {
		n = t.Rows
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	top, ok := t.tops[n]
	if !ok {
		top = t.top(n)
		if t.tops == nil {
			t.tops = map[int]*Table{}
		}
		t.tops[n] = top
	}
	return top
}

// Column computes one field of a row type R.
type Column[R any] struct {
	Field
	fill  func(rows []R, v *Vector)
	null  func(*R) bool
	keyed *keyed[R] // nil if the column is not made of keys
}

// read appends the values of rows to v.
func (c *Column[R]) read(rows []R, v *Vector) {
	if v.all && c.keyed != nil {
		c.keyed.fill(rows, v)
	} else {
		c.fill(rows, v)
	}
	if c.null != nil {
		v.Nulls = each(v.Nulls, rows, c.null)
	}
}

// Options are the rarer properties of a table made by [New].
type Options[R any] struct {
	// Rank orders rows for Top where that differs from the order of rows. It must be total.
	Rank func(a, b *R) int
	// RankKey orders as Rank does, as far as a number can. It may be nil.
	RankKey func(*R) uint64
	// SameGroup says whether two neighbouring rows belong together, where rows come in
	// groups of which each has a most important row: Top returns n of each group.
	SameGroup func(a, b *R) bool
}

// Fields returns the descriptions of columns.
func Fields[R any](columns []Column[R]) []Field {
	fields := make([]Field, len(columns))
	for i, c := range columns {
		fields[i] = c.Field
	}
	return fields
}

// New returns the table of rows, which must be in their final order and are owned by the
// table from now on. It sets s.Fields from columns.
func New[R any](s Schema, columns []Column[R], rows *Rows[R], o Options[R]) *Table {
	s.Fields = Fields(columns)
	return within(s, columns, rows, o, 0, rows.Len())
}

// within returns the table of rows first to end (exclusive) of rows.
func within[R any](s Schema, columns []Column[R], rows *Rows[R], o Options[R], first, end int) *Table {
	return &Table{
		Schema: s,
		Rows:   end - first,
		keyed:  keyedOf(columns),
		parts: func(n int) iter.Seq2[*Table, error] {
			return func(yield func(*Table, error) bool) {
				for from := first; from < end; from += n {
					if !yield(within(s, columns, rows, o, from, min(from+n, end)), nil) {
						return
					}
				}
			}
		},
		read: func(read []int, from, to int, v []Vector) {
			from, to = first+from, first+to
			for from < to {
				run := rows.run(from, to)
				for i, c := range read {
					columns[c].read(run, &v[i])
				}
				from += len(run)
			}
		},
		top: func(n int) *Table {
			top := newTop(n, o)
			for i := first; i < end && top.add(rows.At(i)); i++ {
			}
			return top.table(s, columns)
		},
	}
}
