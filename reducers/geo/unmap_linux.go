package geo

import (
	"os"
	"syscall"
	"unsafe"
)

// unmap tells the kernel that nobody is about to read data, which is part of the program's
// file and never written to: it may take the pages from the process, and gives them again,
// as they are in the file, to whoever reads them.
func unmap(data []byte) {
	page := uintptr(os.Getpagesize())
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(data))) & (page - 1)
	if whole := data[min(skip, uintptr(len(data))):]; uintptr(len(whole)) >= page {
		_ = syscall.Madvise(whole[:uintptr(len(whole))&^(page-1)], syscall.MADV_DONTNEED) // it works without
	}
}
