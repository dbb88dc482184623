//go:build unix && !race

package slab

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// memory is what the kernel has mapped.
type memory struct {
	mapped []byte
	slabs  []byte // the part for slabs
}

// hugePageLen is the size of a transparent huge page on the usual machines; where it is
// another one, the kernel does what it can.
const hugePageLen = 2 << 20

// newMemory maps so many bytes, which are zero. In long regions they are huge pages, where
// the kernel has some: page faults are what filling large tables costs most after the misses
// of the cache.
//
// Note: that the kernel gives none is the end of the process, as where the heap cannot grow.
func newMemory(bytes int) memory {
	huge, length := bytes >= 2*hugePageLen, bytes
	if huge {
		length += hugePageLen
	}
	mapped, err := unix.Mmap(-1, 0, length, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		panic(fmt.Sprintf("slab: no memory of %d bytes: %v", length, err))
	}
	m := memory{mapped, mapped[:bytes]}
	if huge {
		start := -uintptr(unsafe.Pointer(unsafe.SliceData(mapped))) & (hugePageLen - 1)
		m.slabs = mapped[start:][:bytes]
		adviseHugePages(m.slabs)
	}
	return m
}

func (m memory) unmap() { _ = unix.Munmap(m.mapped) } // fails for what is not mapped only
