package parquet

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/parquet-go/parquet-go"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

// ErrCorrupt is wrapped by errors about files that are not what was written: cut, changed,
// or not made by this package.
var ErrCorrupt = errors.New("not the file that capfold wrote")

// Reader reads the tables of a result that is on disk. Tables stay readable until it is
// closed. Its methods may be called concurrently.
type Reader struct {
	dir      string
	root     *os.Root
	manifest *sinks.Manifest

	mu    sync.Mutex
	files []*os.File
	err   error
}

// Open returns a reader of the tables of the result in dir, whose manifest is m.
func Open(dir string, m *sinks.Manifest) (*Reader, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	return &Reader{dir: dir, root: root, manifest: m}, nil
}

// Close closes the files of all tables, which cannot be read any more.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, f := range r.files {
		errs = append(errs, f.Close())
	}
	r.files = nil
	return errors.Join(append(errs, r.root.Close())...)
}

// Err returns the first error of a [table.Table.Top], which cannot say so itself.
func (r *Reader) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

func (r *Reader) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = cmp.Or(r.err, err)
}

// Table returns a table as it was written, but for text that was not UTF-8. It is in
// memory if it is short; of a longer one, pieces of row groups are read when their rows are
// asked for, one at a time.
//
// The file is read once to compare it with its checksum in the manifest: what is left to
// go wrong when rows are read are the disk and whoever writes into the file meanwhile.
// That takes 0.6 s for each GB, a fifth of what reading all columns does (BenchmarkReader).
//
// The error names the file, and wraps [ErrCorrupt] if that is to blame.
func (r *Reader) Table(ctx context.Context, name string) (*table.Table, error) {
	stored, ok := r.manifest.Tables[name]
	if !ok {
		return nil, fmt.Errorf("read result %s: there is no table %q", r.dir, name)
	}
	if stored.Schema.Name != name {
		return nil, fmt.Errorf("read result %s: the schema of table %s in the manifest is that of %q", r.dir, name, stored.Schema.Name)
	}
	i := slices.IndexFunc(stored.Files, func(f sinks.FileInfo) bool { return f.Format == Format })
	if i < 0 {
		return nil, fmt.Errorf("read result %s: table %s was not written as Parquet: analyze with --format parquet", r.dir, name)
	}
	t, err := r.open(ctx, &stored, &stored.Files[i])
	if err != nil {
		return nil, fmt.Errorf("read table %s: %w", name, err)
	}
	return t, nil
}

// open returns the table in a file.
func (r *Reader) open(ctx context.Context, stored *sinks.Table, info *sinks.FileInfo) (*table.Table, error) {
	path := filepath.Join(r.dir, filepath.FromSlash(info.Path))
	f, err := r.root.Open(filepath.FromSlash(info.Path))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, reason(err))
	}
	r.mu.Lock()
	r.files = append(r.files, f)
	r.mu.Unlock()
	if err := verify(ctx, f, info); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s := &storedTable{path: path, schema: stored.Schema}
	if err := s.open(f, info.Bytes, stored.Rows); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(s.lens) <= 1 {
		return s.inMemory(stored.Rows)
	}
	return table.NewGroups(s.schema, table.Groups{Lens: s.lens, Load: s.load, Fail: func(err error) {
		r.fail(fmt.Errorf("read table %s: %w", stored.Schema.Name, err))
	}}), nil
}

// reason returns what is wrong with a path without the path.
func reason(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}

// verify compares a file with what the manifest says of it.
func verify(ctx context.Context, f *os.File, info *sinks.FileInfo) error {
	stat, err := f.Stat()
	switch {
	case err != nil:
		return reason(err)
	case !stat.Mode().IsRegular():
		return fmt.Errorf("%w: it is no regular file", ErrCorrupt)
	case stat.Size() != info.Bytes:
		return fmt.Errorf("%w: it has %d bytes, the manifest says %d", ErrCorrupt, stat.Size(), info.Bytes)
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, &cancelled{ctx, io.NewSectionReader(f, 0, info.Bytes)}); err != nil {
		return reason(err)
	}
	if hex.EncodeToString(hash.Sum(nil)) != info.SHA256 {
		return fmt.Errorf("%w: its SHA-256 is not that in the manifest", ErrCorrupt)
	}
	return nil
}

// cancelled is a reader that ends with its context.
type cancelled struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancelled) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// storedTable is a table in a file.
type storedTable struct {
	path   string // for errors
	schema table.Schema
	from   io.ReaderAt
	size   int64 // of the file
	file   *parquet.File
	pieces []piece
	lens   []int // rows of each piece
}

// piece is the rows of a row group that are read at a time, from one on.
type piece struct{ group, from int }

// rowsPerPiece is how many rows that are at most. All columns of flows of as many rows take
// 20 MB.
const rowsPerPiece = 128 << 10

// open reads the footer and compares it with the schema and the number of rows that the
// table has.
func (s *storedTable) open(f io.ReaderAt, size int64, rows int) error {
	if err := s.schema.Check(); err != nil {
		return fmt.Errorf("its schema in the manifest: %w", err)
	}
	s.from, s.size = f, size
	err := guard(func() (err error) {
		s.file, err = parquet.OpenFile(f, size,
			parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(readBuffer))
		return err
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if err := s.checkColumns(); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	sum := 0
	for i, g := range s.file.Metadata().RowGroups {
		if g.NumRows < 0 || g.NumRows > maxGroupRows || len(g.Columns) != len(s.schema.Fields) {
			return fmt.Errorf("%w: a row group of %d rows and %d columns", ErrCorrupt, g.NumRows, len(g.Columns))
		}
		rows := int(g.NumRows)
		for from := 0; from < rows; from += rowsPerPiece {
			s.pieces, s.lens = append(s.pieces, piece{i, from}), append(s.lens, min(rowsPerPiece, rows-from))
		}
		sum += rows
	}
	if sum != rows {
		return fmt.Errorf("%w: it has %d rows, the manifest says %d", ErrCorrupt, sum, rows)
	}
	return nil
}

// maxGroupRows bounds the rows of a row group that is read, not those of one that is written:
// results of other versions may have more.
const maxGroupRows = 1 << 20

// readBuffer is how many bytes of a column are read at a time.
const readBuffer = 64 << 10

// checkColumns compares the columns of the file with those of the schema.
func (s *storedTable) checkColumns() error {
	want, got := elementsOf(s.schema), s.file.Metadata().Schema
	if len(got) != len(want) {
		return fmt.Errorf("it has %d columns, the manifest says %d", len(got)-1, len(want)-1)
	}
	for i := 1; i < len(want); i++ {
		w, g := &want[i], &got[i]
		if w.Name != g.Name || w.Type != g.Type || w.RepetitionType != g.RepetitionType || w.TypeLength != g.TypeLength {
			return fmt.Errorf("column %d is %s %s %q, the manifest says %s %s %q",
				i-1, g.RepetitionType.V, g.Type.V, g.Name, w.RepetitionType.V, w.Type.V, w.Name)
		}
	}
	return nil
}

// inMemory returns the table of the only piece, or of no rows.
func (s *storedTable) inMemory(rows int) (*table.Table, error) {
	columns := make([]table.Vector, len(s.schema.Fields))
	for g := range s.lens {
		for c := range columns {
			if err := s.load(g, c, &columns[c]); err != nil {
				return nil, err
			}
		}
	}
	return table.NewValues(s.schema, rows, columns), nil
}

// guard makes an error of a panic in what the library alone does: it does not check all
// that it believes of a file, which may be made so that its checksum is right.
func guard(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the file makes no sense: %v", p)
		}
	}()
	return work()
}
