package flow

import "github.com/capfold/capfold/pipeline/slab"

// index is an insert-only hash table from K to V that never moves a cell and holds no
// pointer that the garbage collector would have to follow, but for one per chunk. It is
// open addressing with linear probing over slots of 8 bytes; cells lie in the order of
// insertion in chunks of their own, so growing copies slots only.
//
// Note: a slot's position comes from the same 32-bit tag that it stores, so growing
// needs no key; the tag's other bits keep a probe from visiting a wrong cell.
type index[K comparable, V any] struct {
	slots  []uint64     // tag<<32 | cell number + 1; 0: free
	chunks []*slab.Slab // of cells
	n      uint32
	slabs  *slab.Pool // where chunks come from
}

type cell[K comparable, V any] struct {
	key   K
	value V
}

const (
	minSlots = 16
	// maxCells bounds the cells of one index by what a slot can number.
	maxCells = 1<<32 - 2
)

// cell returns the cell with number i, which must be below x.n.
func (x *index[K, V]) cell(i uint32) *cell[K, V] {
	per := uint32(slab.Fit[cell[K, V]]())
	return slab.At[cell[K, V]](x.chunks[i/per], int(i%per))
}

// locate returns the number of the cell of key, whose hash is tag, and whether the cell
// was added just now, with the zero value. Numbers count up from 0 and never change.
func (x *index[K, V]) locate(tag uint32, key K) (n uint32, added bool) {
	// The table is grown at three quarters full, before the insertion that may need it.
	if uint64(x.n)*4 >= uint64(len(x.slots))*3 {
		x.grow()
	}
	mask := uint32(len(x.slots) - 1)
	for i := tag & mask; ; i = (i + 1) & mask {
		slot := x.slots[i]
		if slot == 0 {
			x.slots[i] = uint64(tag)<<32 | uint64(x.add(key)+1)
			return x.n - 1, true
		}
		if uint32(slot>>32) == tag {
			if n := uint32(slot) - 1; x.cell(n).key == key {
				return n, false
			}
		}
	}
}

// add appends a cell for key and returns its number.
func (x *index[K, V]) add(key K) uint32 {
	n := x.n
	if n >= maxCells {
		panic("flow: more than 2^32 cells in one shard")
	}
	if n%uint32(slab.Fit[cell[K, V]]()) == 0 {
		x.chunks = append(x.chunks, x.slabs.Get())
	}
	x.n++
	*x.cell(n) = cell[K, V]{key: key}
	return n
}

// free gives the memory of x back. x is empty then.
func (x *index[K, V]) free() {
	x.slabs.Put(x.chunks...)
	*x = index[K, V]{slabs: x.slabs}
}

// find returns the number of the cell of key and whether there is one.
func (x *index[K, V]) find(tag uint32, key K) (n uint32, ok bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	mask := uint32(len(x.slots) - 1)
	for i := tag & mask; ; i = (i + 1) & mask {
		slot := x.slots[i]
		if slot == 0 {
			return 0, false
		}
		if uint32(slot>>32) == tag {
			if n := uint32(slot) - 1; x.cell(n).key == key {
				return n, true
			}
		}
	}
}

func (x *index[K, V]) grow() {
	old := x.slots
	x.slots = make([]uint64, max(minSlots, 2*len(old)))
	mask := uint32(len(x.slots) - 1)
	for _, slot := range old {
		if slot == 0 {
			continue
		}
		i := uint32(slot>>32) & mask
		for x.slots[i] != 0 {
			i = (i + 1) & mask
		}
		x.slots[i] = slot
	}
}

// slot returns the first slot that a search for tag looks at. Like cellAt, it is for
// loading memory ahead of locate, and means nothing else.
func (x *index[K, V]) slot(tag uint32) uint64 {
	if len(x.slots) == 0 {
		return 0
	}
	return x.slots[tag&uint32(len(x.slots)-1)]
}

// cellAt returns the cell that a slot names, or nil.
func (x *index[K, V]) cellAt(slot uint64) *cell[K, V] {
	if slot == 0 {
		return nil
	}
	return x.cell(uint32(slot) - 1)
}
