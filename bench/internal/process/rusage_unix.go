//go:build unix

package process

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

// maxResident returns the largest resident size of a process and its children, in bytes.
func maxResident(s *os.ProcessState) int64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	resident := int64(usage.Maxrss) //nolint:unconvert // it is shorter where an int is
	if runtime.GOOS == "darwin" {   // which counts bytes; the others count kilobytes
		return resident
	}
	return resident << 10
}

// CPU returns the processor time, user and system, of this process so far.
func CPU() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
