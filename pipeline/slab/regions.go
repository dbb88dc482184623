package slab

import (
	"sync/atomic"
	"unsafe"
)

// regions is memory that has come from the kernel.
type regions struct {
	next int // length of the next one in bytes
	all  []memory
}

// add returns the slabs of a new region, at least so many bytes of them. They are zero.
func (r *regions) add(bytes int) []Slab {
	m := newMemory(max(r.next, bytes))
	r.next = min(2*r.next, maxRegion)
	r.all = append(r.all, m)
	return unsafe.Slice((*Slab)(unsafe.Pointer(unsafe.SliceData(m.slabs))), len(m.slabs)/Len)
}

// unmap gives all regions back. Nobody may use them any more.
func (r *regions) unmap() {
	for _, m := range r.all {
		m.unmap()
		unmapped.Add(int64(len(m.slabs)))
	}
}

// unmapped is how many bytes of regions have been given back. It is for tests.
var unmapped atomic.Int64
