package main

import (
	"fmt"
	"math"
	"os"
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

// heapLimit is what GOMEMLIMIT says, or all that can be counted where it says nothing.
var heapLimit = debug.SetMemoryLimit(-1)

// defaultMemory is half of what the machine, or the control group that the process is in,
// has, or 2 GiB where that cannot be told; where GOMEMLIMIT is less, it is that.
func defaultMemory() memorySize {
	half := memorySize(2 << 30)
	has, err := memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)()
	if err == nil && has > 0 && has <= math.MaxInt64 {
		half = memorySize(has / 2)
	}
	return max(min(half, memorySize(heapLimit)), minMemory)
}

// What atoms and rows take, which is most of a run, is not in the heap that the garbage
// collector looks after (see package slab). There the runtime's own policy, to collect when
// the heap has doubled, would collect every few milliseconds where it is small, and double
// it where it is not. So little more than what is in use is let be, but as if the ballast,
// which nobody touches and which therefore takes no memory, was in use as well. To have one
// takes a collection, which is much of a run that lasts a hundredth of a second.
const (
	gcPercent      = 25
	ballastLen     = 48 << 20
	briefGCPercent = 200

	// manyBytes is the length of captures from which on a ballast and huge pages are worth
	// what they cost.
	manyBytes = 64 << 20
	// heapAdvised is for how much of the heap huge pages are asked for: what most runs need.
	heapAdvised = 64 << 20
)

// ballast is kept for the length of the process.
var ballast []byte

// arrangeHeap sets the policy of the garbage collector for a run that has a budget and reads
// about so many bytes, unless the environment says something else, and asks for huge pages.
// Of that, what takes a collection is done when the channel it returns is closed.
func arrangeHeap(m memorySize, captures int64) <-chan struct{} {
	own, arranged := os.Getenv("GOGC") == "", make(chan struct{})
	switch {
	case captures >= manyBytes:
		percent := debug.SetGCPercent(-1) // one collection is enough
		if own {
			percent, ballast = gcPercent, make([]byte, ballastLen)
		}
		go func() {
			defer close(arranged)
			adviseHugePages(heapAdvised)
			debug.SetGCPercent(percent)
		}()
	case own:
		debug.SetGCPercent(briefGCPercent)
		fallthrough
	default:
		close(arranged)
	}
	if heapLimit == math.MaxInt64 {
		debug.SetMemoryLimit(int64(m) - m.held() + int64(len(ballast)))
	}
	return arranged
}
