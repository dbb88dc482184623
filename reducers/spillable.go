package reducers

import (
	"cmp"
	"errors"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/spill"
	"github.com/capfold/capfold/pipeline/table"
)

// spillableRollup is a rollup that keeps to memory: rows that do not fit are in files,
// in runs by key, which are merged when the table is made.
type spillableRollup[In any, K comparable, V any] struct {
	*rollup[In, K, V]
	stored table.Stored[Row[K, V]] // in files
	memory *spill.Memory
}

func (p *spillableRollup[In, K, V]) byKey() table.Order[Row[K, V]] {
	return table.Order[Row[K, V]]{Compare: func(a, b *Row[K, V]) int { return p.CompareKeys(a.Key, b.Key) }}
}

// Limit implements [pipeline.Spiller].
func (p *spillableRollup[In, K, V]) Limit(memory *spill.Memory) {
	p.memory = memory
	p.recycle(memory.Slabs())
}

// Held implements [pipeline.Spiller].
func (p *spillableRollup[In, K, V]) Held() int64 {
	return rowsLen(&p.rows) + p.index.slots.held()
}

// Spill implements [pipeline.Spiller].
func (p *spillableRollup[In, K, V]) Spill() {
	p.stored.Rows = p.take()
	if err := p.stored.Spill(p.memory, p.byKey()); err != nil {
		p.memory.Fail(err)
	}
}

func (p *spillableRollup[In, K, V]) Merge(other pipeline.Partial[In]) {
	o := other.(*spillableRollup[In, K, V])
	if p.stored.Spilled() || o.stored.Spilled() || p.memory.Over() {
		o.memory = cmp.Or(o.memory, p.memory)
		p.memory = o.memory
		o.Spill()
		p.stored.Concat(&o.stored)
		return
	}
	p.rollup.Merge(o.rollup)
}

func (p *spillableRollup[In, K, V]) Table() *table.Table {
	if !p.stored.Spilled() {
		return p.rollup.Table()
	}
	p.Spill()
	order := p.order()
	rows := &table.Stored[Row[K, V]]{}
	row := Row[K, V]{} // the sum of rows with its key
	add := func() {
		*rows.Push() = row
		if rows.Rows.Len() >= rowsInMemory {
			p.complete(&rows.Rows)
			if err := rows.Spill(p.memory, order); err != nil {
				p.memory.Fail(err)
			}
		}
	}
	n := 0
	for r, err := range p.stored.All(p.byKey()) {
		if err != nil {
			p.memory.Fail(err)
			break
		}
		if n > 0 && r.Key == row.Key {
			p.Rollup.Merge(&row.Value, &r.Value)
			continue
		}
		if n > 0 {
			add()
		}
		row = *r
		n++
	}
	if n > 0 {
		add()
	}
	p.complete(&rows.Rows)
	if err := errors.Join(p.stored.Remove(), rows.Spill(p.memory, order)); err != nil {
		p.memory.Fail(err)
	}
	return table.NewStored(p.Doc, p.Columns, rows, order, p.memory, p.options())
}

// rowsInMemory is how many rows are sorted at a time where memory is short.
const rowsInMemory = 1 << 16

// AppendBinary implements [encoding.BinaryAppender].
func (p *spillableRollup[In, K, V]) AppendBinary(b []byte) ([]byte, error) {
	if p.stored.Spilled() {
		return b, errSpilled
	}
	return p.rollup.AppendBinary(b)
}
