package sinks

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"sync"
)

// ErrNotOurs is wrapped by errors about a target that exists and that capfold may not
// replace, because it did not write it.
var ErrNotOurs = errors.New("not written by capfold")

// ErrLeftover is wrapped by the error of a Commit that has put the new result in place and
// could not remove the one it replaced, which still takes its disk space.
var ErrLeftover = errors.New("the replaced result could not be removed")

// Directory is an output directory while it is written. Its files are collected in a
// temporary directory beside the target, which [Directory.Commit] puts in the target's
// place in one step: whoever opens a path below the target finds the old result complete
// or the new one complete.
//
// That holds for readers at any time, and when capfold fails or is killed; what a killed
// run leaves behind is a hidden directory .NAME.capfold-XXXX beside the target, which no
// later run looks at. Nothing is synced to stable storage, which would cost seconds for
// a large result: after a power failure, the manifest's checksums tell whether a result
// is whole.
//
// Methods may be called concurrently, except Commit and Abort.
type Directory struct {
	target string // absolute
	path   string // absolute, beside target

	mu    sync.Mutex
	files map[string]*File // by slash-separated path below the directory
	state state
}

// state tells what has become of a directory.
type state uint8

const (
	collecting state = iota
	committed
	aborted
)

// Create starts an output directory that will become path. The target must not exist, or
// be an empty directory, or hold a manifest of capfold, in which case Commit replaces it
// with everything in it. Anything else (another directory, a file, a symbolic link, a
// mount point) is an error and is not touched. The parent directory must exist.
//
// A new directory has mode 0755 limited by the umask; one that replaces another gets its
// permissions, so that a private result stays private.
func Create(path string) (*Directory, error) {
	if path == "" {
		return nil, errors.New("create output directory: empty path")
	}
	target, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("create output directory %s: %w", path, err)
	}
	mode, found, err := inspect(target)
	if err != nil {
		return nil, fmt.Errorf("create output directory %s: %w", path, err)
	}
	temporary, err := makeBeside(target, mode|0o700)
	if err == nil && found != nothing {
		err = os.Chmod(temporary, mode|0o700) // what the umask has taken away
	}
	if err != nil {
		return nil, fmt.Errorf("create output directory %s: %w", path, err)
	}
	return &Directory{target: target, path: temporary, files: make(map[string]*File)}, nil
}

// Path returns the absolute path of the temporary directory that holds the files until
// Commit.
func (d *Directory) Path() string { return d.path }

// Target returns the absolute path that the directory has after Commit.
func (d *Directory) Target() string { return d.target }

// Commit puts the directory in the place of its target. All files must have been closed
// and the manifest written. The target is inspected again, so that nothing is lost that
// appeared there since Create. After an error the target is as it was, and the caller
// may try again or Abort; but an error that wraps [ErrLeftover] comes after success.
func (d *Directory) Commit() error {
	if d.state != collecting {
		return fmt.Errorf("commit %s: already finished", d.target)
	}
	if err := d.complete(); err != nil {
		return fmt.Errorf("commit %s: %w", d.target, err)
	}
	_, found, err := inspect(d.target)
	if err != nil {
		return fmt.Errorf("commit %s: %w", d.target, err)
	}
	old, err := moveIntoPlace(d.path, d.target, found)
	if err != nil {
		return fmt.Errorf("commit %s: %w", d.target, err)
	}
	d.finish(committed)
	if err := removeReplaced(old, found); err != nil {
		return fmt.Errorf("commit %s: %w", d.target, err)
	}
	return nil
}

// Abort removes everything written so far. It does nothing after Commit or another
// Abort, so that it can be deferred.
func (d *Directory) Abort() error {
	if d.state != collecting {
		return nil
	}
	d.finish(aborted)
	if err := os.RemoveAll(d.path); err != nil {
		return fmt.Errorf("abort output directory: %w", err)
	}
	return nil
}

// finish ends the collection of files.
func (d *Directory) finish(s state) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state = s
}

// complete returns an error unless every file is closed and one of them is the manifest.
func (d *Directory) complete() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.files {
		if f.out != nil {
			return fmt.Errorf("%s is still being written", f.info.Path)
		}
	}
	if d.files[manifestName] == nil {
		return fmt.Errorf("no %s was written", manifestName)
	}
	return nil
}

// occupant is what the target of a directory holds.
type occupant uint8

const (
	nothing occupant = iota
	emptyDirectory
	ownResult
)

// inspect tells what target holds, an error if it must not be touched, and the
// permissions that its successor gets.
func inspect(target string) (fs.FileMode, occupant, error) {
	info, err := os.Lstat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return 0o755, nothing, inspectParent(filepath.Dir(target))
	}
	if err != nil {
		return 0, nothing, err
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return 0, nothing, fmt.Errorf("is a symbolic link, %w: give the path it points to", ErrNotOurs)
	case !info.IsDir():
		return 0, nothing, fmt.Errorf("is not a directory, %w", ErrNotOurs)
	case target == filepath.Dir(target) || isMountPoint(target):
		return 0, nothing, errors.New("is a mount point, which cannot be replaced in one step: give a directory inside it")
	}
	entries, err := os.ReadDir(target)
	if err != nil {
		return 0, nothing, err
	}
	if len(entries) == 0 {
		return info.Mode().Perm(), emptyDirectory, nil
	}
	if err := ours(target); err != nil {
		return 0, nothing, err
	}
	return info.Mode().Perm(), ownResult, nil
}

// inspectParent explains why nothing can be created in a directory that is missing.
func inspectParent(parent string) error {
	info, err := os.Stat(parent)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("parent directory %s does not exist", parent)
	case err != nil:
		return fmt.Errorf("parent directory: %w", err)
	case !info.IsDir():
		return fmt.Errorf("parent %s is not a directory", parent)
	}
	return nil
}

// ours returns an error unless dir has a manifest of capfold and holds nothing that the
// manifest does not list: what others put there is not capfold's to remove.
func ours(dir string) error {
	f, err := os.Open(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("is not empty and was %w: it has no %s", ErrNotOurs, manifestName)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var m struct { // what manifests of all versions have
		Generator string                                `json:"generator"`
		Tables    map[string]struct{ Files []FileInfo } `json:"tables"`
		Files     []FileInfo                            `json:"files"`
	}
	if err := json.NewDecoder(f).Decode(&m); err != nil || m.Generator != Generator {
		return fmt.Errorf("is not empty and was %w: its %s does not name capfold", ErrNotOurs, manifestName)
	}
	known := map[string]bool{".": true, manifestName: true}
	files := m.Files
	for _, t := range m.Tables {
		files = append(files, t.Files...)
	}
	for _, file := range files {
		for p := file.Path; p != "." && p != "/"; p = path.Dir(p) {
			known[p] = true
		}
	}
	return fs.WalkDir(os.DirFS(dir), ".", func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !known[p] {
			return fmt.Errorf("holds %q, which was %w", p, ErrNotOurs)
		}
		return nil
	})
}

// makeBeside makes a hidden directory in the parent of target, named after it.
func makeBeside(target string, mode fs.FileMode) (string, error) {
	base := filepath.Base(target)
	base = base[:min(len(base), 200)] // leaves room below the limit of 255 bytes
	prefix := filepath.Join(filepath.Dir(target), "."+base+".capfold-")
	for range 100 {
		path := prefix + strconv.FormatUint(uint64(rand.Uint32())|1<<32, 36)
		err := os.Mkdir(path, mode)
		if err == nil || !errors.Is(err, fs.ErrExist) {
			return path, err
		}
	}
	return "", fmt.Errorf("make %sXXXX: %w", prefix, fs.ErrExist)
}
