// Package spill keeps a run to its memory: a [Memory] counts what is held, and what does
// not fit goes to temporary files as sorted runs, to be merged as a stream later.
//
// Temporary files can be read by their owner alone and lose their name as soon as they
// are open, where the system allows it, so that nothing is left behind however the process
// ends. Their blocks are compressed, and checked when they are read again.
package spill

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/capfold/capfold/pipeline/slab"
)

// Memory is the budget of a run. A nil Memory has no limit. All methods may be called
// concurrently.
type Memory struct {
	limit   int64
	workers int
	dir     string
	held    atomic.Int64
	spills  atomic.Int64
	written atomic.Int64

	mu    sync.Mutex
	files map[*File]struct{} // nil once closed
	err   error

	slabs slab.Pool
}

// New returns a budget of limit bytes for so many workers, at least one, whose temporary files
// are made in dir, or where the system keeps such files if dir is empty.
func New(limit int64, workers int, dir string) *Memory {
	if dir == "" {
		dir = os.TempDir()
	}
	return &Memory{limit: limit, workers: workers, dir: dir, files: map[*File]struct{}{}}
}

// Slabs returns the pool that tables and rows of the run have their memory from.
func (m *Memory) Slabs() *slab.Pool {
	if m == nil {
		return nil
	}
	return &m.slabs
}

// Hold adds to the bytes that are held; with a negative number they are given back.
func (m *Memory) Hold(bytes int64) {
	if m != nil {
		m.held.Add(bytes)
	}
}

// Over reports whether more is held than there is room for. Slabs that nobody uses make
// room first.
func (m *Memory) Over() bool {
	if m == nil {
		return false
	}
	held := m.held.Load()
	if idle := m.slabs.Idle(); idle > 0 && held+idle > m.limit {
		m.slabs.Drop()
	}
	return held > m.limit
}

// Share returns the bytes that one of n holders may have without asking.
func (m *Memory) Share(n int) int64 { return m.limit / int64(n) }

// fanIn returns how many runs are merged at a time: as many as have buffers in a small
// part of the memory where every worker merges, but no fewer than make passes cheap.
func (m *Memory) fanIn() int {
	most := m.Share(mergeShare*m.workers) / (2 * blockLen)
	return int(min(max(most, minFanIn), maxFanIn))
}

const (
	mergeShare         = 8
	minFanIn, maxFanIn = 16, 256
)

// Fail keeps the first error of whoever spills or reads what was spilled and cannot
// return it. A run is to look at Err before it is done.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil {
		m.err = err
	}
}

// Err returns the first error that Fail was told.
func (m *Memory) Err() error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// Spilled returns how often something was spilled, and the bytes of it in files.
func (m *Memory) Spilled() (times, bytes int64) {
	if m == nil {
		return 0, 0
	}
	return m.spills.Load(), m.written.Load()
}

// Close removes all temporary files, also those in use, whose readers fail then.
func (m *Memory) Close() error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var errs []error
	for f := range m.files {
		errs = append(errs, f.remove())
	}
	m.files = nil
	return errors.Join(errs...)
}

// File is a temporary file of runs. Runs can be written and read concurrently.
type File struct {
	memory *Memory
	file   *os.File
	name   string // empty if the file has none any more
	mu     sync.Mutex
	end    int64
}

// Create makes a temporary file. It counts as one spill.
func (m *Memory) Create() (*File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files == nil {
		return nil, errors.New("temporary files have been removed already")
	}
	file, err := os.CreateTemp(m.dir, "capfold-*.tmp") // with mode 0600
	if err != nil {
		if errors.Is(err, syscall.EMFILE) {
			return nil, fmt.Errorf("temporary file: %w (fewer --workers or more --memory need fewer)", err)
		}
		return nil, fmt.Errorf("temporary file: %w (--tmp names another folder)", err)
	}
	f := &File{memory: m, file: file, name: file.Name()}
	if os.Remove(f.name) == nil {
		f.name = ""
	}
	m.files[f] = struct{}{}
	m.spills.Add(1)
	return f, nil
}

// Close removes the file. No run of it can be read afterwards.
func (f *File) Close() error {
	f.memory.mu.Lock()
	defer f.memory.mu.Unlock()
	if _, ok := f.memory.files[f]; !ok {
		return nil
	}
	delete(f.memory.files, f)
	return f.remove()
}

func (f *File) remove() error {
	err := f.file.Close()
	if f.name != "" {
		err = errors.Join(err, os.Remove(f.name))
	}
	return err
}

// append writes a block and returns where.
func (f *File) append(block []byte) (offset int64, err error) {
	f.mu.Lock()
	offset = f.end
	f.end += int64(len(block))
	f.mu.Unlock()
	f.memory.written.Add(int64(len(block)))
	if _, err := f.file.WriteAt(block, offset); err != nil {
		return 0, fmt.Errorf("temporary file in %s: %w (--tmp names another folder)", f.memory.dir, cause(err))
	}
	return offset, nil
}

// cause strips the name of the temporary file, which nobody can look at, from err.
func cause(err error) error {
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}
