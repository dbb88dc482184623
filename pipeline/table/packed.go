package table

import (
	"iter"
	"math/bits"

	"github.com/capfold/capfold/pipeline/slab"
)

// Packing is a way to keep rows R in less memory than they take.
type Packing[R any] struct {
	// Words is how many words of 64 bits a row takes.
	Words int
	// Pack sets all words to what a row is, and reports whether it could.
	Pack func(words []uint64, r *R) bool
	// Unpack sets all of a row to what it was before Pack.
	Unpack func(words []uint64, r *R)
	// Keys are what [Order.Keys] of the rows' order are, found without unpacking.
	Keys []func(words []uint64) uint64
	// RankKey is what [Options.RankKey] is, if there is one.
	RankKey func(words []uint64) uint64
}

// packed is a list of packed rows, numbered, in slabs: it grows without being copied. One
// goroutine at a time may change it.
type packed struct {
	words int          // of a row
	shift uint         // the lower bits of a number are the place in a slab, so that none is divided
	slabs []*slab.Slab // all but the last are full
	room  []uint64     // words of the last one that have no row
	pool  *slab.Pool   // where slabs come from, and go to
}

// slabWords is how many words a slab has.
const slabWords = len(slab.Slab{})

// newPacked returns an empty list of rows that take so many words.
func newPacked(words int, pool *slab.Pool) packed {
	return packed{words: words, shift: uint(bits.Len(uint(slabWords/words - 1))), pool: pool}
}

// end returns a number that is larger than those of all rows.
func (p *packed) end() uint32 { return uint32(len(p.slabs)) << p.shift }

// at returns a row by its number.
func (p *packed) at(number uint32) []uint64 {
	start := int(number&(1<<p.shift-1)) * p.words
	return p.slabs[number>>p.shift][start : start+p.words]
}

// next returns the words of the next row, to be set before [packed.added] says so, or nil if
// there is no room for one in the last slab.
func (p *packed) next() []uint64 {
	if len(p.room) < p.words {
		return nil
	}
	return p.room[:p.words]
}

// added says that the words that next has returned are a row.
func (p *packed) added() { p.room = p.room[p.words:] }

// push appends a copy of a row.
func (p *packed) push(row []uint64) {
	if len(p.room) < p.words {
		s := p.pool.Get()
		p.slabs, p.room = append(p.slabs, s), s[:]
	}
	copy(p.room, row)
	p.added()
}

// len returns the number of rows.
func (p *packed) len() int {
	last := len(p.slabs) - 1
	if last < 0 {
		return 0
	}
	return last*(slabWords/p.words) + p.in(last)
}

// in returns how many rows are in a slab.
func (p *packed) in(slab int) int {
	if slab == len(p.slabs)-1 {
		return (slabWords - len(p.room)) / p.words
	}
	return slabWords / p.words
}

// all yields every row, in no order.
func (p *packed) all() iter.Seq[[]uint64] {
	return func(yield func([]uint64) bool) {
		for i, s := range p.slabs {
			for start, end := 0, p.in(i)*p.words; start < end; start += p.words {
				if !yield(s[start : start+p.words]) {
					return
				}
			}
		}
	}
}

// concat moves the rows of o, which must not be used afterwards, to p. It leaves the rows
// in any order, so that only those which do not fill a slab need to be copied.
func (p *packed) concat(o *packed) {
	if len(p.slabs) == 0 {
		*p = *o
		return
	}
	last := len(o.slabs) - 1
	if last < 0 {
		return
	}
	partial := o.slabs[last]
	mine := len(p.slabs) - 1
	p.slabs = append(p.slabs, o.slabs[:last]...)
	p.slabs[mine], p.slabs[mine+last] = p.slabs[mine+last], p.slabs[mine]
	for start := 0; start < slabWords-len(o.room); start += p.words {
		p.push(partial[start : start+p.words])
	}
	p.pool.Put(partial)
}

// release gives the memory of the list back. It is empty then.
func (p *packed) release() {
	p.pool.Put(p.slabs...)
	p.slabs, p.room = nil, nil
}
