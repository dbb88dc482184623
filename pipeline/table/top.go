package table

// top collects the n most important of rows that come in the order of a table, as
// [Table.Top] has them.
type top[R any] struct {
	n       int
	o       Options[R]
	ranked  *First[R] // where rows have a rank
	rows    Rows[R]   // where they have none
	last    R         // of all rows seen
	inGroup int       // rows seen of its group
}

func newTop[R any](n int, o Options[R]) *top[R] {
	t := &top[R]{n: n, o: o}
	if o.Rank != nil {
		t.ranked = NewFirst(n, o.Rank)
	}
	return t
}

// add takes a row into account and reports whether later ones matter.
func (t *top[R]) add(r *R) bool {
	switch {
	case t.ranked != nil:
		t.ranked.Add(r)
		return t.n > 0
	case t.o.SameGroup != nil:
		if t.inGroup > 0 && !t.o.SameGroup(&t.last, r) {
			t.inGroup = 0
		}
		t.last = *r
		if t.inGroup++; t.inGroup <= t.n {
			*t.rows.Push() = *r
		}
		return t.n > 0
	default:
		if t.rows.Len() < t.n {
			*t.rows.Push() = *r
		}
		return t.rows.Len() < t.n
	}
}

// table returns what was collected.
func (t *top[R]) table(s Schema, columns []Column[R]) *Table {
	if t.ranked != nil {
		return New(s, columns, RowsOf(t.ranked.Rows()), Options[R]{})
	}
	return New(s, columns, &t.rows, t.o)
}
