package main

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/dustin/go-humanize"
)

// memorySize is a flag of a number of bytes, such as 512MiB.
type memorySize int64

// minMemory is the least that a run can keep to: the buffers of a few workers, the row
// group of a table, and what the program itself takes.
const minMemory = 64 << 20

func (m *memorySize) String() string {
	if *m == 0 {
		return ""
	}
	return humanize.IBytes(uint64(*m))
}

// Set implements pflag.Value.
func (m *memorySize) Set(s string) error {
	n, err := humanize.ParseBytes(s)
	switch {
	case err != nil || n > math.MaxInt64:
		return fmt.Errorf("%q is no number of bytes, such as 512MiB or 2GB", s)
	case n < minMemory:
		return fmt.Errorf("%s is less than %s, which is the least", s, humanize.IBytes(minMemory))
	}
	*m = memorySize(n)
	return nil
}

// Type implements pflag.Value.
func (*memorySize) Type() string { return "size" }

// held returns what atoms, series and rows may take of m. The rest is for what is not
// counted: the program, the workers' buffers, sorting, the tables being written, and
// what the garbage collector has not collected yet.
func (m memorySize) held() int64 { return int64(m) / 2 }

// defaultMemory is half of what the machine, or the control group that the process is in,
// has; where that cannot be told, it is 2 GiB.
func defaultMemory() memorySize {
	has, err := memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)()
	if err != nil || has == 0 || has > math.MaxInt64 {
		return 2 << 30
	}
	return max(memorySize(has/2), minMemory)
}

// The garbage collector keeps the heap close to what is in use, which costs little where
// that is much, since nearly all of it is tables without pointers, which it does not look
// into. But while packets are folded, tables grow and leave next to nothing behind, so that
// there is little to collect; and where little is in use, collections would come every few
// milliseconds and take a tenth of the time.
//
// Note: a ballast, an array that counts as in use and that nobody touches, spares more
// collections, but once it is dropped the runtime gives its pages back, page by page.
const (
	foldPercent = 200
	gcPercent   = 25
	// littleHeap is what may be in use behind the fold for its policy to stay.
	littleHeap = 32 << 20
)

// collector is the policy of the garbage collector in a run. Where the environment says
// something else, that is done.
type collector struct{ own bool }

// newCollector sets the policy for the fold, and has the heap keep to the budget.
func newCollector(m memorySize) collector {
	c := collector{own: os.Getenv("GOGC") == ""}
	if c.own {
		debug.SetGCPercent(foldPercent)
	}
	if debug.SetMemoryLimit(-1) == math.MaxInt64 { // GOMEMLIMIT is not set
		debug.SetMemoryLimit(int64(m))
	}
	return c
}

// folded sets the policy for what follows the fold, where tables are freed while others
// grow.
func (c collector) folded() {
	var m runtime.MemStats
	if runtime.ReadMemStats(&m); c.own && m.HeapAlloc > littleHeap {
		debug.SetGCPercent(gcPercent)
	}
}
