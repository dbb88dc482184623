package capture

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
)

// file is a regular file that is read in splits. It is open only while a split of it is
// being read or will be soon, so that any number of inputs can be given.
type file struct {
	path string
	info os.FileInfo // when it was first opened

	// section is the one that the latest framed split ended in, nil before entered is
	// closed. Guesses begin with it; nothing else may depend on it.
	section atomic.Pointer[section]
	entered chan struct{}
	once    sync.Once // closes entered

	mu    sync.Mutex
	users int // splits handed out, and whoever hands out more
	open  *os.File
}

// newFile describes the open file f, which it does not keep.
func newFile(path string, f *os.File) (*file, error) {
	info, err := f.Stat()
	return &file{path: path, info: info, entered: make(chan struct{})}, err
}

// enter notes the section that a split ended in.
func (f *file) enter(s *section) {
	f.section.Store(s)
	f.once.Do(func() { close(f.entered) })
}

// acquire makes sure that the file is open until release has been called as often. It
// fails if there is another file under the path by now.
func (f *file) acquire() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.users == 0 {
		open, err := os.Open(f.path)
		if err != nil {
			return err
		}
		if info, err := open.Stat(); err != nil || !os.SameFile(info, f.info) {
			return errors.Join(err, &os.PathError{Op: "open", Path: f.path, Err: errors.New("has been replaced while it was read")}, open.Close())
		}
		f.open = open
	}
	f.users++
	return nil
}

func (f *file) release() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.users--; f.users > 0 {
		return nil
	}
	open := f.open
	f.open = nil
	return open.Close()
}

// close closes the file if readers that failed have left it open.
func (f *file) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == nil {
		return nil
	}
	open := f.open
	f.open, f.users = nil, 0
	return open.Close()
}

// ReadAt reads an acquired file. One that has been closed since, because the run ended,
// is an error.
func (f *file) ReadAt(p []byte, offset int64) (int, error) {
	f.mu.Lock()
	open := f.open
	f.mu.Unlock()
	if open == nil {
		return 0, &os.PathError{Op: "read", Path: f.path, Err: os.ErrClosed}
	}
	return open.ReadAt(p, offset)
}

func (f *file) size() int64 { return f.info.Size() }
