package table

import (
	"slices"
	"sync"
	"sync/atomic"
)

// bucket is the rows of a part of an order. They are numbered: those of the first packing
// come before those of the next one, and so on, and before those that are as they are.
type bucket[R any] struct {
	plan   *Plan[R]
	packed []packed // by packing
	others Rows[R]
	words  []uint64 // of a row that may begin a slab

	once   sync.Once
	sorted []uint32 // numbers of rows in order

	passed atomic.Int64 // how many rows have been read by who reads all once
	freed  sync.Once
}

func (b *bucket[R]) len() int {
	n := b.others.Len()
	for i := range b.packed {
		n += b.packed[i].len()
	}
	return n
}

// push adds a copy of a row: the first packing that can pack it does.
func (b *bucket[R]) push(r *R) {
	for i := range b.packed {
		pack, p := b.plan.Packings[i].Pack, &b.packed[i]
		if words := p.next(); words != nil {
			if pack(words, r) {
				p.added()
				return
			}
			continue
		}
		b.words = slices.Grow(b.words[:0], p.words)[:p.words]
		if pack(b.words, r) {
			p.push(b.words)
			return
		}
	}
	*b.others.pushUnset() = *r
}

// each calls f with every row, in no order. A row is valid during the call.
func (b *bucket[R]) each(f func(*R)) {
	var r R
	for i := range b.packed {
		unpack := b.plan.Packings[i].Unpack
		for row := range b.packed[i].all() {
			unpack(row, &r)
			f(&r)
		}
	}
	for _, c := range b.others.chunks {
		for i := range c {
			f(&c[i])
		}
	}
}

// addTo adds every row to first but those of which the key tells that they are behind.
func (b *bucket[R]) addTo(first *First[R]) {
	var r R
	for i := range b.packed {
		p := &b.plan.Packings[i]
		for row := range b.packed[i].all() {
			if first.key == nil || !first.behind(p.RankKey(row)) {
				p.Unpack(row, &r)
				first.Add(&r)
			}
		}
	}
	for _, c := range b.others.chunks {
		for i := range c {
			first.Add(&c[i])
		}
	}
}

// appendTo appends rows from to to (exclusive), in order, to rows. Several goroutines may
// call it when nothing is added any more: the first sorts.
func (b *bucket[R]) appendTo(rows *Rows[R], from, to int) {
	b.once.Do(func() { b.sorted = sorted(b, b.len(), len(b.plan.Order.Keys)) })
	for _, n := range b.sorted[from:to] {
		b.read(n, rows.pushUnset())
	}
}

// read sets r to a row.
func (b *bucket[R]) read(number uint32, r *R) {
	for i := range b.packed {
		p := &b.packed[i]
		if number < p.end() {
			b.plan.Packings[i].Unpack(p.at(number), r)
			return
		}
		number -= p.end()
	}
	*r = *b.others.At(int(number))
}

// number implements [sortable].
func (b *bucket[R]) number(places []place) {
	base := uint32(0)
	for i := range b.packed {
		p := &b.packed[i]
		for j := range p.slabs {
			rows := p.in(j)
			for k := range places[:rows] {
				places[k].row = base + uint32(k)
			}
			places = places[rows:]
			base += 1 << p.shift
		}
	}
	for i := range places {
		places[i].row = base + uint32(i)
	}
}

// setKeys implements [sortable].
func (b *bucket[R]) setKeys(places []place, k int) {
	for i := range places {
		places[i].key = b.key(places[i].row, k)
	}
}

func (b *bucket[R]) key(number uint32, k int) uint64 {
	for i := range b.packed {
		p := &b.packed[i]
		if number < p.end() {
			return b.plan.Packings[i].Keys[k](p.at(number))
		}
		number -= p.end()
	}
	return b.plan.Order.Keys[k](b.others.At(int(number)))
}

// comparing implements [sortable].
func (b *bucket[R]) comparing() func(x, y place) int {
	rows := new([2]R)
	return func(x, y place) int {
		b.read(x.row, &rows[0])
		b.read(y.row, &rows[1])
		return b.plan.Order.Compare(&rows[0], &rows[1])
	}
}

// release gives the memory of all rows back.
func (b *bucket[R]) release() {
	for i := range b.packed {
		b.packed[i].release()
	}
	b.others.Release()
}

// free gives the memory of all rows back, once. Nobody may read them any more.
func (b *bucket[R]) free() {
	b.freed.Do(func() {
		b.release()
		b.packed, b.sorted = nil, nil
	})
}
