// Package slab hands memory on from tables that are taken apart to rows that are made of
// them: in pieces of one length, which hold no pointers, whatever they are used for. What is
// used again need neither be cleared nor collected, and the kernel has given it already.
package slab

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Len is the length of a slab in bytes: enough that what it takes to find one is little,
// and few enough that thousands of tables can each have one that is nearly empty. With 64
// workers, each of which has few atoms in every shard, slabs that are not full are most of
// the memory.
const Len = 4 << 10

// Slab is memory for values that have no pointers, see [Of].
type Slab [Len / 8]uint64

// Pool is slabs that nobody uses. The zero Pool is ready to use, and a nil one keeps
// nothing. All methods may be called concurrently.
type Pool struct {
	mu     sync.Mutex
	free   []*Slab
	idle   atomic.Int64    // slabs in free
	fresh  []Slab          // of the latest block, those that have not been used yet
	blocks map[uintptr]int // where blocks begin, and how many slabs they are
	put    bool            // whether slabs have been given back since the latest Drop
}

// perBlock is how many slabs are made at a time, as one block for the garbage collector:
// so many fewer are the blocks that it has to find and to look through each time, which
// takes a twentieth of a run where there are tens of thousands of slabs. But a block can
// only be freed as a whole.
const perBlock = 16

// Get returns a slab, which is the caller's. What is in it is left from its last use.
func (p *Pool) Get() *Slab {
	if p == nil {
		return new(Slab)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.free) - 1
	if last < 0 {
		return p.takeFresh()
	}
	s := p.free[last]
	p.free = p.free[:last]
	p.idle.Store(int64(last))
	return s
}

// takeFresh returns a slab that has not been used yet.
func (p *Pool) takeFresh() *Slab {
	if len(p.fresh) == 0 {
		p.fresh = make([]Slab, perBlock)
		p.addBlock(&p.fresh[0], perBlock)
	}
	s := &p.fresh[0]
	p.fresh = p.fresh[1:]
	return s
}

// addBlock notes a block of n slabs, of which s is the first.
func (p *Pool) addBlock(s *Slab, n int) {
	if p.blocks == nil {
		p.blocks = map[uintptr]int{}
	}
	p.blocks[address(s)] = n
}

// Donate makes slabs of memory that nobody uses any more and that did not come from Get, as
// far as it has room for them.
func (p *Pool) Donate(memory []uint32) {
	n := len(memory) * 4 / Len
	if p == nil || n == 0 || uintptr(unsafe.Pointer(unsafe.SliceData(memory)))%8 != 0 {
		return
	}
	slabs := unsafe.Slice((*Slab)(unsafe.Pointer(unsafe.SliceData(memory))), n)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.addBlock(&slabs[0], n)
	p.give(each(slabs)...)
}

// give notes that nobody uses slabs any more. The caller has locked p.
func (p *Pool) give(slabs ...*Slab) {
	p.free, p.put = append(p.free, slabs...), true
	p.idle.Store(int64(len(p.free)))
}

// each returns the slabs of a block.
func each(block []Slab) []*Slab {
	slabs := make([]*Slab, len(block))
	for i := range block {
		slabs[i] = &block[i]
	}
	return slabs
}

// address returns where s is, which never changes.
func address(s *Slab) uintptr { return uintptr(unsafe.Pointer(s)) }

// Put gives slabs back, which must have come from Get. Nobody may use them any more.
func (p *Pool) Put(slabs ...*Slab) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.give(slabs...)
}

// Adopt takes over the slabs of o that nobody uses, in blocks of their own, so that they can be
// freed whatever becomes of other slabs of p. Nobody may use slabs of o any more.
func (p *Pool) Adopt(o *Pool) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.give(append(o.free, each(o.fresh)...)...)
	if p.blocks == nil {
		p.blocks = map[uintptr]int{}
	}
	maps.Copy(p.blocks, o.blocks)
	o.free, o.fresh, o.blocks = nil, nil, nil
	o.idle.Store(0)
}

// Idle returns how many bytes the slabs take that nobody uses.
func (p *Pool) Idle() int64 {
	if p == nil {
		return 0
	}
	return p.idle.Load() * Len
}

// Drop leaves the slabs that nobody uses to the garbage collector, but for those of blocks
// of which a slab is in use: they wait for the next one who needs some.
func (p *Pool) Drop() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.put {
		return
	}
	p.put = false
	p.free, p.fresh = append(p.free, each(p.fresh)...), nil
	slices.SortFunc(p.free, func(a, b *Slab) int { return cmp.Compare(address(a), address(b)) })
	var kept []*Slab
	for rest := p.free; len(rest) > 0; {
		start := address(rest[0])
		if n := p.blocks[start]; n > 0 && len(rest) >= n && address(rest[n-1]) == start+uintptr(n-1)*Len {
			delete(p.blocks, start)
			rest = rest[n:]
			continue
		}
		kept, rest = append(kept, rest[0]), rest[1:]
	}
	p.free = kept
	p.idle.Store(int64(len(kept)))
}

// Fit returns how many values of a type a slab has room for, 0 if not for one. The compiler
// makes a constant of it.
func Fit[T any]() int { return Len / max(int(unsafe.Sizeof(*new(T))), 1) }

// Of returns the values that fit into s, whatever they are. T must have no pointers, which
// [Check] says.
func Of[T any](s *Slab) []T { return unsafe.Slice((*T)(unsafe.Pointer(s)), Fit[T]()) }

// At returns value i of [Of], without looking whether there is one.
func At[T any](s *Slab, i int) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(s), uintptr(i)*unsafe.Sizeof(*new(T))))
}

// From returns the slab that values came from by [Of].
func From[T any](values []T) *Slab { return (*Slab)(unsafe.Pointer(unsafe.SliceData(values))) }

// Check panics unless a slab may hold values of a type: one without pointers, which the
// garbage collector would not see there.
func Check[T any]() {
	t := reflect.TypeFor[T]()
	if HasPointers(t) || t.Align() > 8 || Fit[T]() == 0 {
		panic(fmt.Sprintf("slab: no room for %v", t))
	}
}

// HasPointers reports whether values of t refer to other memory.
func HasPointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return false
	case reflect.Array:
		return t.Len() > 0 && HasPointers(t.Elem())
	case reflect.Struct:
		for f := range t.Fields() {
			if HasPointers(f.Type) {
				return true
			}
		}
		return false
	default:
		return true
	}
}
