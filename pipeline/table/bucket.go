package table

import "sync"

// bucket is the rows of a part of an order. Packed ones are numbered before the others.
type bucket[R, P any] struct {
	plan   *Plan[R, P]
	packed Rows[P]
	others Rows[R]

	once   sync.Once
	sorted []uint32 // numbers of rows in order
}

func (b *bucket[R, P]) len() int { return b.packed.Len() + b.others.Len() }

// add adds a copy of a row.
func (b *bucket[R, P]) add(r *R) {
	if b.plan.Pack != nil {
		if b.plan.Pack(b.packed.pushUnset(), r) {
			return
		}
		b.packed.pop()
	}
	*b.others.Push() = *r
}

// each calls f with every row, in no order. A row is valid during the call.
func (b *bucket[R, P]) each(f func(*R)) {
	var r R
	for _, c := range b.packed.chunks {
		for i := range c {
			b.plan.Unpack(&c[i], &r)
			f(&r)
		}
	}
	for _, c := range b.others.chunks {
		for i := range c {
			f(&c[i])
		}
	}
}

// appendTo appends rows from to to (exclusive), in order, to rows. Several goroutines may
// call it when nothing is added any more: the first sorts.
func (b *bucket[R, P]) appendTo(rows *Rows[R], from, to int) {
	b.once.Do(b.sort)
	packed := b.packed.Len()
	for _, n := range b.sorted[from:to] {
		if r := rows.pushUnset(); int(n) < packed {
			b.plan.Unpack(b.packed.At(int(n)), r)
		} else {
			*r = *b.others.At(int(n) - packed)
		}
	}
}

// sort sets b.sorted.
func (b *bucket[R, P]) sort() {
	if b.packed.Len() == 0 {
		b.sorted = b.others.sorted(b.plan.Order)
		return
	}
	rows := b.others.Empty()
	b.each(func(r *R) { *rows.Push() = *r })
	b.sorted = rows.sorted(b.plan.Order)
	rows.release()
}

// release gives the memory of all rows back.
func (b *bucket[R, P]) release() {
	b.packed.release()
	b.others.release()
}
