package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/capfold/capfold/bench/peers/frames"
)

// realBytes is how large the real capture becomes at least.
const realBytes = 500_000_000

// realStart is when it begins.
const realStart = 1_700_000_000 * int64(time.Second)

// realCapture is the real capture before it is repeated.
type realCapture struct {
	captures int // that gave packets
	frames   []frames.Frame
	span     int64 // nanoseconds from the start to that of the repetition
}

// readReal merges the Ethernet packets of all captures below a folder, as far as they
// can be read, up to a number of bytes. The captures are of different years: each begins
// at the same time, and a step of its clock back or forth of more than a second counts
// as one second, since no traffic is years of silence.
func readReal(folder string, size int64) (realCapture, error) {
	var r realCapture
	read := int64(0)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || read >= size {
			return err
		}
		at, last, before := realStart, int64(0), len(r.frames)
		_ = frames.Each(path, func(f frames.Frame) error { // what comes before damage counts
			if last != 0 {
				at += max(min(f.At-last, int64(time.Second)), -int64(time.Second))
				at = max(at, realStart)
			}
			last, f.At = f.At, at
			if f.Link != frames.Ethernet || len(f.Data) == 0 || f.Length > frames.MaxLen {
				return nil // a length of gigabytes is a test of somebody's parser
			}
			r.frames = append(r.frames, f)
			if read += 16 + int64(len(f.Data)); read >= size {
				return frames.ErrStop
			}
			return nil
		})
		if len(r.frames) > before {
			r.captures++
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	if len(r.frames) == 0 {
		return r, fmt.Errorf("no Ethernet packets below %s", folder)
	}
	slices.SortStableFunc(r.frames, func(a, b frames.Frame) int { return cmp.Compare(a.At, b.At) })
	r.span = r.frames[len(r.frames)-1].At - realStart + int64(time.Second)
	return r, nil
}

// write repeats the packets, each time later, until the file has size bytes or, if that
// is not 0, a number of packets. It returns how often it began.
func (r realCapture) write(path string, size, packets int64) (times int64, err error) {
	w, err := frames.Create(path, frames.Ethernet)
	if err != nil {
		return 0, err
	}
	for done := false; !done; times++ {
		for _, f := range r.frames {
			f.At += times * r.span
			w.Write(f)
			if done = packets > 0 && w.Count == packets; done {
				break
			}
		}
		done = done || w.Bytes >= size
	}
	return times, w.Close(nil)
}
