package parquet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
	"github.com/capfold/capfold/sinks/sinktest"
)

// store writes tables as a result and returns its path and its manifest.
func store(t testing.TB, tables ...*table.Table) (string, *sinks.Manifest) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out")
	dir, err := sinks.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	sink := open(dir)
	for _, tab := range tables {
		if err := sink.Write(t.Context(), tab); err != nil {
			t.Fatal(err)
		}
	}
	m, err := sinks.NewManifest(dir, "1.2.3", nil, nil, tables)
	if err == nil {
		err = errors.Join(sink.Close(), sinks.WriteManifest(dir, m), dir.Commit())
	}
	if err == nil {
		m, err = sinks.ReadManifest(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path, m
}

// openResult returns a reader that is closed with the test.
func openResult(t testing.TB, path string, m *sinks.Manifest) *Reader {
	t.Helper()
	r, err := Open(path, m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(r.Err(), r.Close()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// ranked returns the flows of package sinktest as a table that is ranked by bytes.
func ranked(n int) *table.Table {
	flows := sinktest.Flows(n)
	flows.Schema.RankedBy = "bytes"
	return asValues(flows)
}

func TestReader(t *testing.T) {
	const group, piece = RowsPerGroup, rowsPerPiece
	tables := []*table.Table{
		sinktest.Everything("everything", 0), sinktest.Everything("everything", 1), sinktest.Everything("everything", 2),
		sinktest.Everything("everything", 7), sinktest.Everything("everything", 1000), sinktest.Everything("everything", RowsPerPage+1),
	}
	for _, n := range fewer([]int{10, piece, piece + 1, group, 2*group + 5}, []int{10, group + 5}) {
		tables = append(tables, ranked(n))
	}
	for _, tab := range tables {
		t.Run(fmt.Sprint(tab.Schema.Name, tab.Rows), func(t *testing.T) {
			path, m := store(t, tab)
			got, err := openResult(t, path, m).Table(t.Context(), tab.Schema.Name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tab.Schema, got.Schema); diff != "" {
				t.Errorf("schema (-want +got):\n%s", diff)
			}
			if got.InMemory() != (tab.Rows <= piece) {
				t.Errorf("in memory: %t", got.InMemory())
			}
			for _, n := range fewer([]int{1000, piece, piece + 70_000, 3 * group}, []int{piece + 70_000}) {
				sameRows(t, tab, got, n)
			}
			for _, n := range fewer([]int{0, 1, 10, 1000, tab.Rows}, []int{10}) {
				want, top := tab.Top(n), got.Top(n)
				if top.Rows != want.Rows {
					t.Fatalf("top %d has %d rows, want %d", n, top.Rows, want.Rows)
				}
				sameRows(t, want, top, n+1)
			}
		})
	}
}

// sameRows compares two tables, of which the second is read in parts of n rows.
func sameRows(t *testing.T, want, got *table.Table, n int) {
	t.Helper()
	var w, g table.Vector
	from := 0
	for part, err := range got.Parts(n) {
		if err != nil {
			t.Fatal(err)
		}
		if left := want.Rows - from; part.Rows != min(n, left) {
			t.Fatalf("a part of %d rows, want %d", part.Rows, min(n, left))
		}
		for c, f := range want.Schema.Fields {
			want.Read(c, from, from+part.Rows, &w)
			part.Read(c, 0, part.Rows, &g)
			if f.Nullable != (len(g.Nulls) > 0) {
				t.Fatalf("column %s: %d nulls", f.Name, len(g.Nulls))
			}
			for i := range part.Rows {
				if !sameValue(f.Type, &w, &g, i) {
					t.Fatalf("column %s, row %d differs", f.Name, from+i)
				}
			}
		}
		from += part.Rows
	}
	if from != want.Rows {
		t.Fatalf("%d rows in parts of %d, want %d", from, n, want.Rows)
	}
}

// sameValue compares values number i of two columns, of which want may not be UTF-8.
func sameValue(typ table.Type, want, got *table.Vector, i int) bool {
	switch {
	case want.Null(i) != got.Null(i):
		return false
	case want.Null(i):
		return true
	case typ == table.Double:
		return floatBits(want.Floats[i]) == floatBits(got.Floats[i])
	case typ == table.String && !utf8.Valid(want.Text(i)):
		return string([]rune(string(want.Text(i)))) == string(got.Text(i))
	case typ == table.String || typ == table.Binary16:
		return bytes.Equal(want.Text(i), got.Text(i))
	}
	return want.Ints[i] == got.Ints[i]
}

func TestReaderErrors(t *testing.T) {
	tab := sinktest.Everything("everything", 100)
	const file = "tables/everything.parquet"
	rewrite := func(change func([]byte) []byte) func(*testing.T, string, *sinks.Manifest) {
		return func(t *testing.T, path string, _ *sinks.Manifest) {
			path = filepath.Join(path, file)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, change(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	inManifest := func(change func(*sinks.Table)) func(*testing.T, string, *sinks.Manifest) {
		return func(_ *testing.T, _ string, m *sinks.Manifest) {
			stored := m.Tables["everything"]
			change(&stored)
			m.Tables["everything"] = stored
		}
	}
	for _, tt := range []struct {
		name    string
		change  func(*testing.T, string, *sinks.Manifest)
		want    string
		corrupt bool
	}{
		{"cut", rewrite(func(b []byte) []byte { return b[:len(b)-1] }), "it has %d bytes, the manifest says", true},
		{"empty", rewrite(func([]byte) []byte { return nil }), "it has 0 bytes, the manifest says", true},
		{"flipped", rewrite(func(b []byte) []byte { b[len(b)/2] ^= 1; return b }), "its SHA-256 is not that in the manifest", true},
		{"missing", func(t *testing.T, path string, _ *sinks.Manifest) {
			if err := os.Remove(filepath.Join(path, file)); err != nil {
				t.Fatal(err)
			}
		}, "no such file", false},
		{"a directory", func(t *testing.T, path string, _ *sinks.Manifest) {
			if err := errors.Join(os.Remove(filepath.Join(path, file)), os.Mkdir(filepath.Join(path, file), 0o700)); err != nil {
				t.Fatal(err)
			}
		}, "it is no regular file", true},
		{"elsewhere", inManifest(func(s *sinks.Table) { s.Files[0].Path = "../../etc/passwd" }), "path escapes from parent", false},
		{"not written", inManifest(func(s *sinks.Table) { s.Files = nil }), "table everything was not written as Parquet", false},
		{"another name", inManifest(func(s *sinks.Table) { s.Schema.Name = "ports" }), `the schema of table everything in the manifest is that of "ports"`, false},
		{"rows", inManifest(func(s *sinks.Table) { s.Rows = 99 }), "it has 100 rows, the manifest says 99", true},
		{"fewer columns", inManifest(func(s *sinks.Table) { s.Schema.Fields = s.Schema.Fields[1:] }), "it has 18 columns, the manifest says 17", true},
		{
			"another type", inManifest(func(s *sinks.Table) { s.Schema.Fields[1].Type = table.Int64 }),
			`column 1 is REQUIRED INT32 "port", the manifest says REQUIRED INT64 "port"`, true,
		},
		{
			"nullable", inManifest(func(s *sinks.Table) { s.Schema.Fields[1].Nullable = true }),
			`column 1 is REQUIRED INT32 "port", the manifest says OPTIONAL INT32 "port"`, true,
		},
		{"rank", inManifest(func(s *sinks.Table) { s.Schema.RankedBy = "none" }), `rows are ranked by column "none", which is not there`, false},
		{"rank by text", inManifest(func(s *sinks.Table) { s.Schema.RankedBy = "zone" }), `ranked by column "zone", which is no integer but string`, false},
		{"groups", inManifest(func(s *sinks.Table) { s.Schema.Groups = []string{"none"} }), `rows are grouped by column "none", which is not there`, false},
		{"twice", inManifest(func(s *sinks.Table) { s.Schema.Fields[1] = s.Schema.Fields[2] }), `column "bytes" is there twice`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path, m := store(t, tab)
			tt.change(t, path, m)
			_, err := openResult(t, path, m).Table(t.Context(), "everything")
			want := strings.ReplaceAll(tt.want, "%d", fmt.Sprint(m.Tables["everything"].Rows))
			if tt.name == "cut" {
				want = fmt.Sprintf(tt.want, m.Tables["everything"].Files[0].Bytes-1)
			}
			if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, ErrCorrupt) != tt.corrupt {
				t.Fatalf("Table = %v, want %s", err, want)
			}
			if dir := filepath.Dir(filepath.Dir(path)); tt.name != "not written" && !strings.Contains(err.Error(), dir) {
				t.Errorf("Table = %v, want a path in %s", err, dir)
			}
		})
	}
	path, m := store(t, tab)
	r := openResult(t, path, m)
	if _, err := r.Table(t.Context(), "none"); err == nil || !strings.Contains(err.Error(), `there is no table "none"`) {
		t.Errorf("Table of an unknown name = %v", err)
	}
	cause := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := r.Table(ctx, "everything"); !errors.Is(err, cause) {
		t.Errorf("Table of a cancelled context = %v, want its cause", err)
	}
}

// TestReaderChangedLater overwrites a long table's file after it was compared with the
// manifest: whoever reads it is told, by whatever way there is.
func TestReaderChangedLater(t *testing.T) {
	path, m := store(t, ranked(rowsPerPiece+1))
	r, err := Open(path, m)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	tab, err := r.Table(t.Context(), "flows")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(path, "tables", "flows.parquet")
	if err := os.WriteFile(file, bytes.Repeat([]byte("changed "), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, err = range tab.Parts(1000) {
	}
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), file) {
		t.Errorf("Parts = %v, want %v in %s", err, ErrCorrupt, file)
	}
	if top := tab.Top(3); top.Rows != 0 || !errors.Is(r.Err(), ErrCorrupt) {
		t.Errorf("Top = %d rows, Err = %v", top.Rows, r.Err())
	}
}

// TestReaderTimes reads times from the first to the last that a packet can have, and others.
func TestReaderTimes(t *testing.T) {
	const first, last = math.MinInt64/1000 - 1, math.MaxInt64 / 1000
	for _, tt := range []struct {
		micros int64
		want   error
	}{{first, nil}, {0, nil}, {last, nil}, {first - 1, errTime}, {last + 1, errTime}, {math.MinInt64, errTime}, {math.MaxInt64, errTime}} {
		s := table.Schema{Name: "times", Fields: []table.Field{{Name: "time", Type: table.Timestamp, Nullable: true}}}
		path, m := store(t, table.NewValues(s, 2, []table.Vector{{Ints: []int64{0, tt.micros}, Nulls: []bool{true, false}}}))
		got, err := openResult(t, path, m).Table(t.Context(), "times")
		if !errors.Is(err, tt.want) || tt.want != nil && !errors.Is(err, ErrCorrupt) {
			t.Errorf("Table with time %d µs = %v, want %v", tt.micros, err, tt.want)
		}
		if err == nil {
			var v table.Vector
			if got.Read(0, 0, 2, &v); v.Ints[1] != tt.micros {
				t.Errorf("time %d µs became %d", tt.micros, v.Ints[1])
			}
		}
	}
}

// small returns a file of every type and encoding that is as short as such a file can be,
// and its schema.
func small(t testing.TB, n int) ([]byte, table.Schema) {
	t.Helper()
	tab := sinktest.Everything("everything", n)
	path, _ := store(t, tab)
	data, err := os.ReadFile(filepath.Join(path, "tables", "everything.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	return data, tab.Schema
}

// readAll reads all columns of a file whose checksum is said to be right.
func readAll(data []byte, s table.Schema, rows int) error {
	stored := &storedTable{schema: s}
	if err := stored.open(bytes.NewReader(data), int64(len(data)), rows); err != nil {
		return err
	}
	for g := range stored.lens {
		for c := range s.Fields {
			var v table.Vector
			if err := stored.load(g, c, &v); err != nil {
				return err
			}
			if n := max(len(v.Ints), len(v.Floats), len(v.Ends)); n != stored.lens[g] {
				return fmt.Errorf("column %d has %d values, want %d", c, n, stored.lens[g])
			}
		}
	}
	return nil
}

// TestReaderDamage cuts a file everywhere and changes every byte of it: that is an error,
// unless it was a statistic or the like, but never a panic. The race detector sees a tenth of it.
func TestReaderDamage(t *testing.T) {
	const rows = 5
	step := fewer(1, 11)
	data, s := small(t, rows)
	if err := readAll(data, s, rows); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(data); n += step {
		if err := readAll(data[:n], s, rows); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("cut to %d bytes of %d: %v, want %v", n, len(data), err, ErrCorrupt)
		}
	}
	noticed := 0
	for i := 0; i < len(data); i += step {
		for _, bits := range []byte{1, 0xff} {
			changed := slices.Clone(data)
			changed[i] ^= bits
			if err := readAll(changed, s, rows); err != nil {
				noticed++
				if !errors.Is(err, ErrCorrupt) {
					t.Errorf("byte %d changed by %#x: %v, want %v", i, bits, err, ErrCorrupt)
				}
			}
		}
	}
	if changes := 2 * len(data) / step; noticed < changes/2 {
		t.Errorf("%d of %d changes were noticed", noticed, changes)
	}
}

func FuzzReader(f *testing.F) {
	var schema table.Schema
	for _, n := range []int{0, 1, 5} {
		data, s := small(f, n)
		schema = s
		f.Add(data, n)
	}
	f.Fuzz(func(_ *testing.T, data []byte, rows int) {
		_ = readAll(data, schema, rows) // what it says does not matter, that it returns does
	})
}

func floatBits(x float64) uint64 { return math.Float64bits(x) }
