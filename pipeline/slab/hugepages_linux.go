//go:build !race

package slab

import "golang.org/x/sys/unix"

// adviseHugePages asks the kernel to back memory with huge pages, where it does that only for
// memory that asks (as most distributions have it).
func adviseHugePages(memory []byte) { _ = unix.Madvise(memory, unix.MADV_HUGEPAGE) } // it works without
