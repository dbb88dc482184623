// Package sinktest holds what every sink has to pass: one suite of tests, one benchmark,
// and the tables that both use.
package sinktest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

// Open returns the sink under test.
type Open func(dir *sinks.Directory) sinks.Sink

// Read returns what a file of the sink under test holds, read by other means: the names
// of the columns in their order, and the values of each row. Values are int64 (also for
// instants, in microseconds), float64, string, [16]byte, or nil if absent.
type Read func(t testing.TB, path string, s table.Schema) (columns []string, rows [][]any)

// Run tests a sink.
func Run(t *testing.T, open Open, read Read) {
	t.Run("Values", func(t *testing.T) { testValues(t, open, read) })
	t.Run("RowGroups", func(t *testing.T) { testRowGroups(t, open, read) })
	t.Run("SameBytes", func(t *testing.T) { testSameBytes(t, open) })
	t.Run("Registered", func(t *testing.T) { testRegistered(t, open) })
	t.Run("Twice", func(t *testing.T) { testTwice(t, open, read) })
	t.Run("Cancel", func(t *testing.T) { testCancel(t, open) })
	t.Run("Unwritable", func(t *testing.T) { testUnwritable(t, open) })
	t.Run("Full", func(t *testing.T) { testFull(t, open) })
}

// testValues writes and reads every type with its extremes.
func testValues(t *testing.T, open Open, read Read) {
	for _, n := range []int{0, 1, 2, 7, 1000, 5000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			tab := Everything("everything", n)
			dir := directory(t)
			check(t, tab, read, write(t, dir, open, tab))
		})
	}
}

// testRowGroups writes as many rows as fill the batches of a sink exactly, or not quite.
func testRowGroups(t *testing.T, open Open, read Read) {
	const group = 128 << 10
	for _, n := range []int{group - 1, group, group + 1, 2*group + 5} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			tab := numbers("numbers", n, nil)
			dir := directory(t)
			check(t, tab, read, write(t, dir, open, tab))
		})
	}
}

// testSameBytes writes tables again, concurrently and on one processor.
func testSameBytes(t *testing.T, open Open) {
	tables := []*table.Table{Everything("a", 3000), Flows(20_000), numbers("b", 200_000, nil), Everything("c", 0)}
	sums := func(concurrently bool) []sinks.FileInfo {
		dir := directory(t)
		s := open(dir)
		var writes sync.WaitGroup
		errs := make([]error, len(tables)+1)
		for i, tab := range tables {
			writes.Go(func() { errs[i] = s.Write(t.Context(), tab) })
			if !concurrently {
				writes.Wait()
			}
		}
		writes.Wait()
		errs[len(tables)] = s.Close()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		return dir.Files()
	}
	want := sums(false)
	if len(want) < len(tables) {
		t.Fatalf("wrote %d files for %d tables", len(want), len(tables))
	}
	for _, processors := range []int{1, 2, 5} {
		before := runtime.GOMAXPROCS(processors)
		got := sums(processors > 1)
		runtime.GOMAXPROCS(before)
		if !slices.Equal(got, want) {
			t.Errorf("files on %d processors = %v, want %v", processors, got, want)
		}
	}
}

// testRegistered compares what a directory knows of a file with the file.
func testRegistered(t *testing.T, open Open) {
	dir := directory(t)
	tab := Everything("everything", 100)
	path := write(t, dir, open, tab)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, sum := dir.Files()[0], sha256.Sum256(data)
	if info.Bytes != int64(len(data)) || info.SHA256 != hex.EncodeToString(sum[:]) || info.Rows != tab.Rows || info.Format == "" {
		t.Errorf("registered %+v, want %d bytes, %d rows, SHA-256 %x and a format", info, len(data), tab.Rows, sum)
	}
}

// testTwice writes two tables of the same name: the second is an error, the first stays.
func testTwice(t *testing.T, open Open, read Read) {
	dir := directory(t)
	tab := Everything("everything", 10)
	path := write(t, dir, open, tab)
	if err := open(dir).Write(t.Context(), Everything("everything", 3)); err == nil {
		t.Error("Write of a second table of the same name = nil, want an error")
	}
	check(t, tab, read, path)
}

// testCancel cancels before a Write and in the middle of one.
func testCancel(t *testing.T, open Open) {
	const rows, soon = 1 << 20, 200_000
	cause := errors.New("interrupted")
	for _, at := range []int{-1, 0, rows / 2} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			var late atomic.Int64 // rows read after the cancellation
			tab := numbers("numbers", rows, func(row int) {
				if ctx.Err() != nil {
					late.Add(1)
				}
				if row == at {
					cancel(cause)
				}
			})
			if at < 0 {
				cancel(cause)
			}
			dir := directory(t)
			err := open(dir).Write(ctx, tab)
			if !errors.Is(err, cause) {
				t.Errorf("Write = %v, want the cause of the cancellation", err)
			}
			if late := late.Load(); late > soon {
				t.Errorf("read %d rows after the cancellation", late)
			}
			wantNothing(t, dir)
		})
	}
}

// testUnwritable puts a file where the sink needs a directory.
func testUnwritable(t *testing.T, open Open) {
	dir := directory(t)
	if err := os.WriteFile(filepath.Dir(probe(t, open, dir)), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(dir).Write(t.Context(), Everything("everything", 10)); err == nil {
		t.Error("Write below a file = nil, want an error")
	}
	wantNothing(t, dir)
}

// testFull has the sink write to a device that is always full.
func testFull(t *testing.T, open Open) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skip(err)
	}
	for _, n := range []int{0, 10, 300_000} {
		dir := directory(t)
		path := probe(t, open, dir)
		if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(full, path); err != nil {
			t.Fatal(err)
		}
		err := open(dir).Write(t.Context(), numbers("everything", n, nil))
		empty := err == nil && n == 0 // a format without a header has nothing to lose
		if err == nil && !empty {
			t.Errorf("Write of %d rows to a full device = nil, want an error", n)
		}
		if !empty {
			wantNothing(t, dir)
		}
	}
}

// directory returns an output directory that goes with the test.
func directory(t testing.TB) *sinks.Directory {
	t.Helper()
	dir, err := sinks.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dir.Abort(); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// write writes one table and returns the path of its file.
func write(t testing.TB, dir *sinks.Directory, open Open, tab *table.Table) string {
	t.Helper()
	s := open(dir)
	if err := errors.Join(s.Write(t.Context(), tab), s.Close()); err != nil {
		t.Fatal(err)
	}
	files := dir.Files()
	if len(files) != 1 {
		t.Fatalf("wrote %v, want one file", files)
	}
	return filepath.Join(dir.Path(), filepath.FromSlash(files[0].Path))
}

// probe returns the path that a table of the name everything would get in dir.
func probe(t testing.TB, open Open, dir *sinks.Directory) string {
	t.Helper()
	other := directory(t)
	path := write(t, other, open, Everything("everything", 1))
	relative, err := filepath.Rel(other.Path(), path)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir.Path(), relative)
}

// wantNothing checks that a failed Write has left nothing that counts as a result.
func wantNothing(t testing.TB, dir *sinks.Directory) {
	t.Helper()
	if files := dir.Files(); len(files) > 0 {
		t.Errorf("after a failed Write, files = %v, want none", files)
	}
}

// check reads a file and compares it with the table.
func check(t testing.TB, tab *table.Table, read Read, path string) {
	t.Helper()
	columns, rows := read(t, path, tab.Schema)
	var names []string
	for _, f := range tab.Schema.Fields {
		names = append(names, f.Name)
	}
	if !slices.Equal(columns, names) && (tab.Rows > 0 || len(columns) > 0) {
		t.Fatalf("columns = %q, want %q", columns, names)
	}
	if len(rows) != tab.Rows {
		t.Fatalf("read %d rows, want %d", len(rows), tab.Rows)
	}
	for c, f := range tab.Schema.Fields {
		for i, want := range Values(tab, c) {
			if got := rows[i][c]; got != want {
				t.Fatalf("row %d, column %s = %#v, want %#v", i, f.Name, got, want)
			}
		}
	}
}
