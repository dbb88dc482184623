//go:build unix

package process

import (
	"os"
	"runtime"
	"syscall"
)

// maxResident returns the largest resident size of a process and its children, in bytes.
func maxResident(s *os.ProcessState) int64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" { // which counts bytes; the others count kilobytes
		return usage.Maxrss
	}
	return usage.Maxrss << 10
}
