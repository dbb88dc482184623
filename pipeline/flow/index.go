package flow

import "github.com/capfold/capfold/pipeline/slab"

// index is an insert-only hash table from K to V that never moves a cell and holds no
// pointer that the garbage collector would have to follow, but for one per chunk. It is
// open addressing with linear probing over slots of 4 bytes; cells lie in the order of
// insertion in chunks of their own.
//
// Of the 32 bits of a key's hash, as many as number the slots say where a search begins. A
// slot stores the others, which keep a probe from visiting a wrong cell, and in their place
// the number of the cell. Growing files the cells again, in their order: the earliest, which
// mostly are the busiest, are found where a search begins.
type index[K hashed, V any] struct {
	slots  []uint32     // hash, and in the bits of the slot's number cell number + 1; 0: free
	chunks []*slab.Slab // of cells
	n      uint32
	slabs  *slab.Pool // where chunks come from
}

// hashed is a key of an index.
type hashed interface {
	comparable
	// tag returns the hash under which an index files the key.
	tag(seed *Seed) uint32
}

type cell[K hashed, V any] struct {
	key   K
	value V
}

const (
	minSlots = 1 << 6
	// quickSlots is up to how many slots growing makes four of one.
	quickSlots = 1 << 8
	// maxSlots is how many slots there can be: a cell's number must fit one. Three quarters
	// of them are in use at most.
	maxSlots = 1 << 32
	maxCells = maxSlots / 4 * 3
)

// cell returns the cell with number i, which must be below x.n.
func (x *index[K, V]) cell(i uint32) *cell[K, V] {
	per := uint32(slab.Fit[cell[K, V]]())
	return slab.At[cell[K, V]](x.chunks[i/per], int(i%per))
}

// locate returns the number of the cell of key, whose hash is tag, and whether the cell
// was added just now, with the zero value. Numbers count up from 0 and never change.
func (x *index[K, V]) locate(seed *Seed, tag uint32, key K) (n uint32, added bool) {
	// The table is grown at three quarters full, before the insertion that may need it.
	if uint64(x.n)*4 >= uint64(len(x.slots))*3 {
		x.grow(seed)
	}
	mask := uint32(len(x.slots) - 1)
	for i := tag & mask; ; i = (i + 1) & mask {
		slot := x.slots[i]
		if slot == 0 {
			n := x.add(key)
			x.slots[i] = tag&^mask | (n + 1)
			return n, true
		}
		if slot^tag <= mask {
			if n := slot&mask - 1; x.cell(n).key == key {
				return n, false
			}
		}
	}
}

// add appends a cell for key and returns its number.
func (x *index[K, V]) add(key K) uint32 {
	n := x.n
	if n >= maxCells {
		panic("flow: more than 3·2^30 cells in one shard")
	}
	if n%uint32(slab.Fit[cell[K, V]]()) == 0 {
		x.chunks = append(x.chunks, x.slabs.Get())
	}
	x.n++
	*x.cell(n) = cell[K, V]{key: key}
	return n
}

// recycle has x, which must be empty, take its memory from slabs.
func (x *index[K, V]) recycle(slabs *slab.Pool) {
	slab.Check[cell[K, V]]()
	x.slabs = slabs
}

// freeSlots gives the memory of the slots back. Nothing can be found then.
func (x *index[K, V]) freeSlots() {
	slab.PutZeros(x.slabs, x.slots)
	x.slots = nil
}

// free gives the memory of x back. x is empty then.
func (x *index[K, V]) free() {
	x.freeSlots()
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
		if slot^tag <= mask {
			if n := slot&mask - 1; x.cell(n).key == key {
				return n, true
			}
		}
	}
}

// grow makes more slots.
func (x *index[K, V]) grow(seed *Seed) {
	size := max(minSlots, 2*len(x.slots))
	if 2*size <= quickSlots && len(x.slots) > 0 {
		size *= 2
	}
	x.freeSlots()
	x.slots = slab.Zeros[uint32](x.slabs, size)
	mask := uint32(len(x.slots) - 1)
	for n := range x.n {
		tag := x.cell(n).key.tag(seed)
		i := tag & mask
		for x.slots[i] != 0 {
			i = (i + 1) & mask
		}
		x.slots[i] = tag&^mask | (n + 1)
	}
}

// slot returns the first slot that a search for tag looks at. It is for loading memory ahead
// of the search.
func (x *index[K, V]) slot(tag uint32) uint32 {
	if len(x.slots) == 0 {
		return 0
	}
	return x.slots[tag&uint32(len(x.slots)-1)]
}

// candidate returns the number of the first cell that a search for tag looks at, plus 1, or
// 0 if there is none. It does not look into the cell, and is short enough to be inlined.
func (x *index[K, V]) candidate(tag uint32) uint32 {
	if len(x.slots) == 0 {
		return 0
	}
	mask := uint32(len(x.slots) - 1)
	for i := tag; ; i++ {
		if slot := x.slots[i&mask]; slot == 0 || slot^tag <= mask {
			return slot & mask
		}
	}
}
