// Package slab hands memory on from tables that are taken apart to rows that are made of
// them: in pieces of one length, which hold no pointers, whatever they are used for. What is
// used again need neither be cleared nor collected, and the kernel has given it already.
package slab

import (
	"cmp"
	"fmt"
	"os"
	"reflect"
	"runtime"
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

// Pool is where slabs come from, and where those go that nobody uses any more. Their memory is
// not the garbage collector's: it neither counts nor sweeps what is most of a run's memory.
// Only when a pool cannot be reached any more is it given back, all of it: whoever uses slabs
// holds on to their pool.
//
// The zero Pool is ready to use, and a nil one makes every slab in the heap and keeps none.
// All methods may be called concurrently. A Pool must not be copied.
type Pool struct {
	mu     sync.Mutex
	free   []*Slab // nobody uses them, and they may have memory
	cold   []run   // nobody uses them, they have none, and are zero when they get some
	fresh  []Slab  // of the latest region, those that nobody has used yet, as cold as these
	put    bool    // whether slabs have been given back since the latest Drop
	idle   atomic.Int64
	mapped *regions

	surplus int // how many slabs are still to be given back, see Shrink
}

// Regions are asked for from the kernel, each twice as long as the one before. What nobody
// has used of them takes no memory.
const (
	minRegion = 1 << 20
	maxRegion = 64 << 20
)

// Get returns a slab, which is the caller's. What is in it is left from its last use.
func (p *Pool) Get() *Slab {
	if p == nil {
		return new(Slab)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.free) - 1; last >= 0 {
		s := p.free[last]
		p.free = p.free[:last]
		p.idle.Store(int64(len(p.free)) * Len)
		return s
	}
	return &p.takeZeros(1)[0]
}

// run is slabs that lie one behind the other.
type run []Slab

// takeZeros returns n slabs that lie one behind the other and are zero. The caller has locked p.
func (p *Pool) takeZeros(n int) run {
	for i := len(p.cold) - 1; i >= 0; i-- {
		r := &p.cold[i]
		rest := len(*r) - n
		if rest < 0 {
			continue
		}
		taken := (*r)[rest:]
		if *r = (*r)[:rest:rest]; rest == 0 {
			p.cold = slices.Delete(p.cold, i, i+1)
		}
		return taken
	}
	if len(p.fresh) < n {
		if len(p.fresh) > 0 {
			p.cold = append(p.cold, p.fresh)
		}
		if p.mapped == nil {
			p.mapped = &regions{next: minRegion}
			runtime.AddCleanup(p, (*regions).unmap, p.mapped)
		}
		p.fresh = p.mapped.add(n * Len)
	}
	taken := p.fresh[:n:n]
	p.fresh = p.fresh[n:]
	return taken
}

// each returns the slabs of a run.
func each(r run) []*Slab {
	slabs := make([]*Slab, len(r))
	for i := range r {
		slabs[i] = &r[i]
	}
	return slabs
}

// Put gives slabs back, which must have come from Get. Nobody may use them any more.
func (p *Pool) Put(slabs ...*Slab) {
	if p == nil || len(slabs) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free, p.put = append(p.free, slabs...), true
	p.idle.Store(int64(len(p.free)) * Len)
	if p.surplus > 0 {
		p.shrink()
	}
}

// Idle returns how many bytes the slabs take that nobody uses.
func (p *Pool) Idle() int64 {
	if p == nil {
		return 0
	}
	return p.idle.Load()
}

// Drop gives the memory of slabs that nobody uses back to the kernel, where it takes some: whole
// pages of it.
func (p *Pool) Drop() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !givesBack || !p.put {
		return
	}
	p.put = false
	p.drop(len(p.free))
	p.joinCold()
}

// Shrink has the pool give so many bytes back to the kernel, in all, as Drop does: of slabs that
// nobody uses, now and when they are put back, all but a few that whoever needs one next finds. It
// is for who knows that the heap will grow while the pool is used less and less.
func (p *Pool) Shrink(bytes int) {
	if p == nil || !givesBack {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.surplus = bytes / Len
	p.shrink()
}

const (
	// spare is how many slabs that nobody uses a pool keeps that is to shrink.
	spare = 8 << 20 / Len
	// shrinkBy is how many are given back at a time, since looking for long runs of them takes
	// a tenth of a millisecond.
	shrinkBy = 2 << 20 / Len
)

// shrink gives slabs back if there are enough to be.
func (p *Pool) shrink() {
	n := min(len(p.free)-spare, p.surplus)
	if n < min(p.surplus, shrinkBy) {
		return
	}
	if given := p.drop(n); given > 0 {
		p.surplus -= given
	} else {
		p.surplus = 0 // the kernel takes none
	}
}

// drop gives the memory of at most n slabs that nobody uses back, and returns of how many it
// was. It begins with the longest runs, of which the kernel takes most at a time.
func (p *Pool) drop(n int) (given int) {
	slices.SortFunc(p.free, func(a, b *Slab) int { return cmp.Compare(address(a), address(b)) })
	var runs [][]*Slab
	for rest := p.free; len(rest) > 0; {
		length := 1
		for length < len(rest) && address(rest[length]) == address(rest[0])+uintptr(length)*Len {
			length++
		}
		runs, rest = append(runs, rest[:length]), rest[length:]
	}
	slices.SortFunc(runs, func(a, b []*Slab) int { return cmp.Compare(len(b), len(a)) })
	for _, r := range runs {
		from, to := wholePages(address(r[0]), min(len(r), n-given), pageLen)
		if from < to && giveBack(r[from], to-from) {
			p.cold = append(p.cold, unsafe.Slice(r[from], to-from))
			given += to - from
			clear(r[from:to])
		}
	}
	p.free = slices.DeleteFunc(p.free, func(s *Slab) bool { return s == nil })
	p.idle.Store(int64(len(p.free)) * Len)
	return given
}

// pageLen is the length of the kernel's pages.
var pageLen = uintptr(os.Getpagesize())

// wholePages returns which of n slabs from an address on (to is exclusive) are the longest run
// that is whole pages.
func wholePages(start uintptr, n int, page uintptr) (from, to int) {
	first := (start + page - 1) &^ (page - 1)
	end := (start + uintptr(n)*Len) &^ (page - 1)
	if end <= first {
		return 0, 0
	}
	return int((first - start + Len - 1) / Len), int((end - start) / Len)
}

// joinCold makes one of cold runs that lie one behind the other.
func (p *Pool) joinCold() {
	slices.SortFunc(p.cold, func(a, b run) int { return cmp.Compare(address(&a[0]), address(&b[0])) })
	var joined []run
	for _, r := range p.cold {
		if last := len(joined) - 1; last >= 0 && address(&joined[last][0])+uintptr(len(joined[last]))*Len == address(&r[0]) {
			joined[last] = unsafe.Slice(&joined[last][0], len(joined[last])+len(r))
		} else {
			joined = append(joined, r)
		}
	}
	p.cold = joined
}

// address returns where s is, which never changes.
func address(s *Slab) uintptr { return uintptr(unsafe.Pointer(s)) }

// Zeros returns n values, which are zero, in slabs of p that lie one behind the other if they
// fill some, and in the heap otherwise. T must have no pointers, which [Check] says.
func Zeros[T any](p *Pool, n int) []T {
	slabs := n * int(unsafe.Sizeof(*new(T))) / Len
	if p == nil || slabs*Len != n*int(unsafe.Sizeof(*new(T))) || slabs == 0 {
		return make([]T, n)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(p.takeZeros(slabs)))), n)
}

// PutZeros gives back what Zeros has returned. Nobody may use it any more.
func PutZeros[T any](p *Pool, values []T) {
	if bytes := len(values) * int(unsafe.Sizeof(*new(T))); p != nil && bytes%Len == 0 {
		p.Put(each(unsafe.Slice((*Slab)(unsafe.Pointer(unsafe.SliceData(values))), bytes/Len))...)
	}
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
