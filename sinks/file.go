package sinks

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/capfold/capfold/pipeline/table"
)

// FileInfo describes a finished file of a [Directory].
type FileInfo struct {
	Format string `json:"format,omitempty"` // of a table: "parquet", "jsonl"
	Path   string `json:"path"`             // relative to the directory, with slashes
	Rows   int    `json:"rows,omitempty"`   // of a table; fewer than the table's if cut to its top
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`

	table string
}

// File is a file of a [Directory] while it is written. It counts and hashes what passes,
// so that nothing is read twice. It is not safe for concurrent use.
type File struct {
	dir  *Directory
	out  *os.File // nil when closed
	hash hash.Hash
	info FileInfo
	err  error // of the first failed Write
}

// Create makes a file that belongs to the result as a whole, as a report or a summary.
// The path is relative to the directory and slash-separated; missing parents are made.
// The file becomes part of the manifest when it is closed.
func (d *Directory) Create(path string) (*File, error) {
	return d.create(FileInfo{Path: path})
}

// CreateTable makes the file that holds t in a format. It is otherwise like Create.
func (d *Directory) CreateTable(t *table.Table, format, path string) (*File, error) {
	return d.create(FileInfo{Format: format, Path: path, Rows: t.Rows, table: t.Schema.Name})
}

func (d *Directory) create(info FileInfo) (*File, error) {
	if !fs.ValidPath(info.Path) || info.Path == "." {
		return nil, fmt.Errorf("create %s in the output directory: invalid path", info.Path)
	}
	f := &File{dir: d, hash: sha256.New(), info: info}
	if err := d.register(f); err != nil {
		return nil, err
	}
	name := filepath.Join(d.path, filepath.FromSlash(info.Path))
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		f.out, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	}
	if err != nil {
		d.forget(f)
		return nil, err // names operation and path
	}
	return f, nil
}

// Files returns the files that have been closed, the manifest excepted, by path.
func (d *Directory) Files() []FileInfo {
	d.mu.Lock()
	defer d.mu.Unlock()
	var files []FileInfo
	for path, f := range d.files {
		if f.info.SHA256 != "" && path != manifestName {
			files = append(files, f.info)
		}
	}
	slices.SortFunc(files, func(a, b FileInfo) int { return cmp.Compare(a.Path, b.Path) })
	return files
}

// Write appends p to the file.
func (f *File) Write(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.out.Write(p)
	f.hash.Write(p[:n])
	f.info.Bytes += int64(n)
	f.err = err
	return n, err
}

// Close finishes the file and makes it part of the result. If that or an earlier Write
// failed, the file is removed and the first error returned.
func (f *File) Close() error {
	if f.out == nil {
		return fmt.Errorf("close %s: %w", f.info.Path, os.ErrClosed)
	}
	if f.err != nil {
		f.Discard()
		return f.err
	}
	if err := f.out.Close(); err != nil {
		f.Discard()
		return err
	}
	f.dir.mu.Lock()
	defer f.dir.mu.Unlock()
	f.out = nil
	f.info.SHA256 = hex.EncodeToString(f.hash.Sum(nil))
	return nil
}

// Discard removes the file unless it has been closed, so that it can be deferred. What it
// fails to remove goes when the directory is aborted, and never into a manifest.
func (f *File) Discard() {
	if f.out == nil {
		return
	}
	_ = f.out.Close()
	_ = os.Remove(f.out.Name())
	f.dir.forget(f)
}

// register claims the path of f.
func (d *Directory) register(f *File) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state != collecting {
		return fmt.Errorf("create %s in the output directory: already finished", f.info.Path)
	}
	if d.files[f.info.Path] != nil {
		return fmt.Errorf("create %s in the output directory: %w", f.info.Path, fs.ErrExist)
	}
	d.files[f.info.Path] = f
	return nil
}

// forget gives the path of f free.
func (d *Directory) forget(f *File) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f.out = nil
	delete(d.files, f.info.Path)
}
