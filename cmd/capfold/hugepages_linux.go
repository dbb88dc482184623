package main

import (
	"runtime/debug"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePageLen is the size of a transparent huge page on the usual machines; where it is
// another one, the kernel does what it can.
const hugePageLen = 2 << 20

// adviseHugePages asks the kernel to back the next bytes of the heap with huge pages, where
// it does that only for memory that asks (as most distributions have it). Slabs are elsewhere
// and ask themselves; without, what is left in the heap is four fifths of all page faults, and a
// run takes up to a tenth longer.
//
// Note: the runtime has no way to ask. But it never gives address space back, and advice
// stays with that: so the heap is grown by an array that is dropped again, untouched, which
// the collection at the end finds out.
func adviseHugePages(bytes int64) {
	array := make([]byte, bytes)
	start := uintptr(unsafe.Pointer(unsafe.SliceData(array)))
	skip := -start & (hugePageLen - 1)
	if whole := array[min(skip, uintptr(len(array))):]; len(whole) >= hugePageLen {
		_ = unix.Madvise(whole[:len(whole)&^(hugePageLen-1)], unix.MADV_HUGEPAGE) // it works without
	}
	array = nil
	debug.FreeOSMemory()
}
