//go:build linux

// Package readpath measures ways to get at the bytes of a capture: pread into a buffer
// that is used again, and memory mapping, each with and without asking for the pages ahead,
// of a file that is in the page cache and of one that is not. Workers do what capfold's
// do first: take splits in turn, walk the record headers and look at each frame's start.
package readpath

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/capfold/capfold/bench/synth"
)

const (
	splitLen = 512 << 10
	workers  = 2
	slack    = 4 << 10
	ahead    = 4 << 20
)

// reader returns the bytes of a split, and what a worker does when it is done with them.
type reader func(worker int, start, end int64) []byte

func BenchmarkRead(b *testing.B) {
	for _, profile := range []string{"mixed", "headers"} {
		path := filepath.Join(b.TempDir(), profile+".pcap")
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		packets := map[string]int{"mixed": 600_000, "headers": 4_000_000}[profile]
		if _, err := synth.Write(f, profile, synth.Options{Packets: packets}); err != nil {
			b.Fatal(err)
		}
		info, err := f.Stat()
		if err != nil {
			b.Fatal(err)
		}
		size := info.Size()
		for _, cached := range []bool{true, false} {
			for _, way := range []string{"pread", "pread-ahead", "mmap", "mmap-populate"} {
				b.Run(fmt.Sprintf("%s/cached=%t/%s", profile, cached, way), func(b *testing.B) {
					b.SetBytes(size)
					for b.Loop() {
						if !cached {
							b.StopTimer()
							drop(b, f)
							b.StartTimer()
						}
						read, done := open(b, f, size, way)
						if n := walk(size, read); n < int64(packets)*9/10 {
							b.Fatalf("walked %d records of %d", n, packets)
						}
						done()
					}
				})
			}
		}
	}
}

// drop takes the file out of the page cache.
func drop(b *testing.B, f *os.File) {
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		b.Fatal(err)
	}
}

func open(b *testing.B, f *os.File, size int64, way string) (reader, func()) {
	if way == "pread" || way == "pread-ahead" {
		var bufs [workers][]byte
		for w := range bufs {
			bufs[w] = make([]byte, splitLen+slack)
		}
		return func(w int, start, end int64) []byte {
			if way == "pread-ahead" { // what the other workers and this one will want next
				_ = unix.Fadvise(int(f.Fd()), end, ahead, unix.FADV_WILLNEED)
			}
			n, err := f.ReadAt(bufs[w][:end-start], start)
			if err != nil {
				b.Error(err)
			}
			return bufs[w][:n]
		}, func() {}
	}
	m, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		b.Fatal(err)
	}
	return func(_ int, start, end int64) []byte {
		if way == "mmap-populate" {
			page := start &^ 4095
			_ = unix.Madvise(m[page:end], unix.MADV_POPULATE_READ) // older kernels fault instead
		}
		return m[start:end]
	}, func() { _ = unix.Munmap(m) }
}

// sink keeps the loads of walk alive.
var sink atomic.Uint64

// walk has the workers frame all splits and returns the records they found. Where a
// split's first record begins is guessed as capfold does, by a chain of plausible headers.
func walk(size int64, read reader) int64 {
	var next, found atomic.Int64
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			records, sum := int64(0), uint64(0)
			for {
				start := (next.Add(1) - 1) * splitLen
				if start >= size {
					break
				}
				data := read(w, start, min(start+splitLen+slack, size))
				for at := first(data, start); at >= 0 && at < splitLen && at+16+40 <= len(data); {
					records++
					sum += binary.LittleEndian.Uint64(data[at+16+26:])
					at += 16 + int(binary.LittleEndian.Uint32(data[at+8:]))
				}
			}
			found.Add(records)
			sink.Add(sum)
		})
	}
	all.Wait()
	return found.Load()
}

func first(data []byte, start int64) int {
	if start == 0 {
		return 24
	}
next:
	for from := range data {
		at := from
		for range 8 {
			if at+16 > len(data) {
				continue next
			}
			captured, original := binary.LittleEndian.Uint32(data[at+8:]), binary.LittleEndian.Uint32(data[at+12:])
			if captured > original || original == 0 || original > 1<<18 || binary.LittleEndian.Uint32(data[at+4:]) >= 1_000_000 {
				continue next
			}
			at += 16 + int(captured)
		}
		return from
	}
	return -1
}
