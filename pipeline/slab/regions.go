package slab

import "unsafe"

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
		if onUnmap != nil {
			onUnmap(len(m.slabs))
		}
	}
}

// onUnmap is told of regions that are given back. It is for tests.
var onUnmap func(bytes int)
