//go:build !race

package slab

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// givesBack tells whether giveBack does anything.
const givesBack = true

// adviseHugePages asks the kernel to back memory with huge pages, where it does that only for
// memory that asks (as most distributions have it).
func adviseHugePages(memory []byte) { _ = unix.Madvise(memory, unix.MADV_HUGEPAGE) } // it works without

// giveBack has the kernel take the memory of n slabs, one behind the other and whole pages,
// until they are used again, and zero then. It reports whether it does.
func giveBack(first *Slab, n int) bool {
	return unix.Madvise(unsafe.Slice((*byte)(unsafe.Pointer(first)), n*Len), unix.MADV_DONTNEED) == nil
}
