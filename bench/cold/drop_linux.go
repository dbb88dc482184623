package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// drop takes a file out of the page cache, once all of it is on the disk.
func drop(f *os.File) error {
	if err := f.Sync(); err != nil {
		return err
	}
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
