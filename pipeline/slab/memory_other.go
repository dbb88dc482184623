//go:build !unix || race

package slab

import "unsafe"

// memory is from the heap: of programs that look for races, since their detector knows of
// no other, and of systems without mmap.
type memory struct{ slabs []byte }

func newMemory(bytes int) memory {
	words := make([]uint64, bytes/8)
	return memory{unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), bytes)}
}

func (memory) unmap() {}
