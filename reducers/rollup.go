package reducers

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"unsafe"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/slab"
	"github.com/capfold/capfold/pipeline/table"
)

// Row is one row of a rollup: a key and what was measured under it.
type Row[K comparable, V any] struct {
	Key   K
	Value V
}

// Rollup is what the author of most analyses writes: how an input is folded into
// measures V under keys K, how measures merge, and which rows and columns come out. It
// is a [pipeline.Reducer]. The zero V must be the identity of Merge, and K and V need
// exported fields only, since they are encoded.
type Rollup[In any, K comparable, V any] struct {
	Doc table.Schema // without fields

	// Fold adds in to the measures, which at finds or makes by their key.
	Fold func(in In, at func(K) *V)
	// Keys and Parts are used instead of Fold where there are so many keys that finding one
	// mostly waits for memory, so that they are found many at a time. Keys appends the keys
	// that in has parts of measures for, and Parts adds these, in the same order, to the
	// measures under the keys.
	Keys  func(in In, keys []K) []K
	Parts func(in In, measures []*V)
	// Number, where keys are few, numbers them from 0 up to below Numbers, so that they
	// need no search. A key that has another number is searched for.
	Number  func(K) int
	Numbers int
	// Hash spreads keys by a secret, so that hostile traffic cannot make them collide. It
	// speeds up what works without it.
	Hash func(secret *[2]uint64, key K) uint64
	// Merge adds from to into.
	Merge func(into, from *V)
	// Compare orders rows totally: rows that it calls equal have the same key.
	Compare func(a, b *Row[K, V]) int
	// SortKeys speed sorting up where there are many rows; see [table.Order].
	SortKeys []func(*Row[K, V]) uint64
	// CompareKeys orders keys totally. Where it is set, Finish and Project are not, and K
	// and V have no pointers, rows go to files when memory is short.
	CompareKeys func(a, b K) int
	// Rank orders rows by importance where Compare does not; see [table.Options].
	Rank func(a, b *Row[K, V]) int
	// SameGroup says which rows are ranked apart from others; see [table.Options].
	SameGroup func(a, b *Row[K, V]) bool

	// Slabs are where rows are to be, if that is set and K and V have no pointers.
	Slabs *slab.Pool

	Columns []table.Column[Row[K, V]]
	// Complete, where it is set, is called before the table is made with rows that nothing
	// will be added to any more, several times and by several goroutines, each row once, in
	// no order. It may change what decides neither the order nor the encoding of rows.
	Complete func(rows iter.Seq[*Row[K, V]])
	// Finish changes rows that are complete, in no order yet, before the table is made.
	Finish func(*table.Rows[Row[K, V]]) *table.Rows[Row[K, V]]
	// Project makes the table where its rows are not those of the rollup; Doc has fields
	// then, and Columns is not used. It owns rows, which are in order.
	Project func(doc table.Schema, rows *table.Rows[Row[K, V]]) *table.Table
}

// Schema implements [pipeline.Reducer].
func (r *Rollup[In, K, V]) Schema() table.Schema {
	s := r.Doc
	if r.Project == nil {
		s.Fields = table.Fields(r.Columns)
	}
	return s
}

// New implements [pipeline.Reducer].
func (r *Rollup[In, K, V]) New() pipeline.Partial[In] {
	p := newRollup(r)
	if r.CompareKeys != nil {
		return &spillableRollup[In, K, V]{rollup: p}
	}
	return p
}

type rollup[In any, K comparable, V any] struct {
	*Rollup[In, K, V]
	rows    table.Rows[Row[K, V]]
	index   index // of rows, by key, unless there are numbers
	numbers []*V  // measures, by the number of their key
	keys    []K   // of the latest input, in memory that is used again
	found   []*V  // the measures under them

	// at as a function, made once.
	find func(K) *V
}

func newRollup[In any, K comparable, V any](r *Rollup[In, K, V]) *rollup[In, K, V] {
	p := &rollup[In, K, V]{Rollup: r, index: newIndex(nil)}
	if r.Slabs != nil {
		p.recycle(r.Slabs)
	}
	if r.Number != nil {
		p.numbers = make([]*V, r.Numbers)
	}
	p.find = p.at
	return p
}

// recycle has the rollup, which must be empty, take its memory from slabs. K and V must have no
// pointers.
func (p *rollup[In, K, V]) recycle(slabs *slab.Pool) {
	p.rows.Recycle(slabs)
	p.index = newIndex(slabs)
}

func (p *rollup[In, K, V]) tag(key K) uint32 {
	if p.Hash != nil {
		return uint32(p.Hash(&p.index.secret, key))
	}
	return uint32(maphash.Comparable(p.index.seed, key))
}

func (p *rollup[In, K, V]) at(key K) *V {
	if p.numbers != nil {
		if n := p.Number(key); uint(n) < uint(len(p.numbers)) {
			if p.numbers[n] == nil {
				p.numbers[n] = p.newRow(key)
			}
			return p.numbers[n]
		}
	}
	tag := p.tag(key)
	for row := range p.index.find(tag) {
		if r := p.rows.At(row); r.Key == key {
			return &r.Value
		}
	}
	m := p.newRow(key)
	p.index.add(tag, p.rows.Len()-1)
	return m
}

func (p *rollup[In, K, V]) newRow(key K) *V {
	r := p.rows.Push()
	r.Key = key
	return &r.Value
}

// loadAhead is how many rows are looked for together: so many loads are under way at a
// time. A guess.
const loadAhead = 64

// locate sets found to the measures under keys; those that there are not, it makes. It makes
// passes, as [flow.Table] does, in which loads do not wait for each other.
func (p *rollup[In, K, V]) locate(keys []K, found []*V) {
	var tags, rows [loadAhead]uint32
	for ; len(keys) > loadAhead; keys, found = keys[loadAhead:], found[loadAhead:] {
		p.locateFew(keys[:loadAhead], found, &tags, &rows)
	}
	p.locateFew(keys, found, &tags, &rows)
}

func (p *rollup[In, K, V]) locateFew(keys []K, found []*V, tags, rows *[loadAhead]uint32) {
	sum := uint64(0)
	for i, key := range keys {
		tags[i] = p.tag(key)
		sum += p.index.slot(tags[i])
	}
	sink(sum)
	for i := range keys {
		rows[i] = p.index.first(tags[i])
	}
	for i, key := range keys {
		if rows[i] != 0 {
			if r := p.rows.At(int(rows[i]) - 1); r.Key == key {
				found[i] = &r.Value
				sum += touch(&r.Value)
				continue
			}
		}
		found[i] = p.at(key)
	}
	sink(sum)
}

// touch loads the last byte of v, which may lie in another line of the cache than the key
// before it.
func touch[V any](v *V) uint64 {
	if unsafe.Sizeof(*v) == 0 {
		return 0
	}
	return uint64(*(*byte)(unsafe.Add(unsafe.Pointer(v), unsafe.Sizeof(*v)-1)))
}

// sink keeps the compiler from dropping the loads that its argument was summed from.
//
//go:noinline
func sink(uint64) {}

// take returns the rows of p, which is empty then.
func (p *rollup[In, K, V]) take() table.Rows[Row[K, V]] {
	rows := p.rows
	p.rows = p.rows.Empty()
	p.index.free()
	clear(p.numbers)
	return rows
}

func (p *rollup[In, K, V]) Add(in In) {
	if p.Keys == nil {
		p.Fold(in, p.find)
		return
	}
	p.keys = p.Keys(in, p.keys[:0])
	p.found = slices.Grow(p.found[:0], len(p.keys))[:len(p.keys)]
	p.locate(p.keys, p.found)
	p.Parts(in, p.found)
	clear(p.found)
}

func (p *rollup[In, K, V]) Merge(other pipeline.Partial[In]) {
	o := other.(*rollup[In, K, V])
	var keys [loadAhead]K
	var found [loadAhead]*V
	for from := 0; from < o.rows.Len(); from += loadAhead {
		n := min(o.rows.Len()-from, loadAhead)
		for i := range n {
			keys[i] = o.rows.At(from + i).Key
		}
		p.locate(keys[:n], found[:])
		for i, m := range found[:n] {
			p.Rollup.Merge(m, &o.rows.At(from+i).Value)
		}
	}
	rows := o.take()
	rows.Release()
}

func (p *rollup[In, K, V]) Table() *table.Table {
	rows := &p.rows
	p.index.free() // nobody looks for a row any more
	p.complete(rows)
	if p.Finish != nil {
		rows = p.Finish(rows)
	}
	if p.Project != nil {
		rows.Sort(p.order())
		return p.Project(p.Doc, rows)
	}
	return table.NewStored(p.Doc, p.Columns, &table.Stored[Row[K, V]]{Rows: *rows}, p.order(), nil, p.options())
}

func (r *Rollup[In, K, V]) order() table.Order[Row[K, V]] {
	return table.Order[Row[K, V]]{Keys: r.SortKeys, Compare: r.Compare}
}

func (r *Rollup[In, K, V]) options() table.Options[Row[K, V]] {
	return table.Options[Row[K, V]]{Rank: r.Rank, SameGroup: r.SameGroup}
}

func (p *rollup[In, K, V]) AppendBinary(b []byte) ([]byte, error) {
	rows := make([]Row[K, V], p.rows.Len())
	for i := range rows {
		rows[i] = *p.rows.At(i)
	}
	return appendGob(b, sortedCopies(rows, p.Compare))
}

func (p *rollup[In, K, V]) UnmarshalBinary(b []byte) error {
	var rows []Row[K, V]
	if err := decodeGob(b, &rows); err != nil {
		return fmt.Errorf("%s: %w", p.Doc.Name, err)
	}
	p.take()
	for i := range rows {
		*p.at(rows[i].Key) = rows[i].Value
	}
	return nil
}

// rowsLen returns how many bytes rows take.
func rowsLen[R any](rows *table.Rows[R]) int64 {
	return int64(rows.Len()) * int64(unsafe.Sizeof(*new(R)))
}

// errSpilled is why a partial with rows in files has no encoding: its rows need not fit
// into memory.
var errSpilled = errors.New("a partial with rows in temporary files cannot be encoded")

// sortedCopies sorts rows, which are the caller's own, and returns them.
func sortedCopies[R any](rows []R, compare func(a, b *R) int) []R {
	slices.SortFunc(rows, func(a, b R) int { return compare(&a, &b) })
	return rows
}

func appendGob(b []byte, v any) ([]byte, error) {
	buf := bytes.NewBuffer(b)
	err := gob.NewEncoder(buf).Encode(v)
	return buf.Bytes(), err
}

func decodeGob(b []byte, v any) error { return gob.NewDecoder(bytes.NewReader(b)).Decode(v) }
