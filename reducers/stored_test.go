package reducers

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
	"github.com/capfold/capfold/sinks/parquet"
)

// tables returns the table of every analysis of the registry.
func (w *world) tables() []*table.Table {
	var all []*table.Table
	for _, a := range Registry() {
		switch {
		case a.Captures != nil:
			all = append(all, tableOf(w, a.Captures, captureForm))
		case a.Packets != nil:
			all = append(all, tableOf(w, a.Packets, batchForm))
		case a.Conversations != nil:
			all = append(all, tableOf(w, a.Conversations, conversationForm))
		case a.Hosts != nil:
			all = append(all, tableOf(w, a.Hosts, hostForm))
		default:
			all = append(all, tableOf(w, a.Points, pointForm))
		}
	}
	return all
}

func tableOf[In any](w *world, analysis func(*Env) pipeline.Reducer[In], f form[In]) *table.Table {
	p := analysis(&w.env).New()
	for _, in := range f.inputs(w) {
		p.Add(in)
	}
	return p.Table()
}

// TestGrouped reads every table group by group: rows and their ranks must be those of the
// rows in memory, which are typed and know their rank by functions of their own.
func TestGrouped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, 40)
		for _, tab := range w.tables() {
			lens := drawLens(t, tab.Rows)
			if err := sameTable(tab, grouped(tab, lens, t.Error)); err != nil {
				t.Fatalf("%s in groups of %v: %v", tab.Schema.Name, lens, err)
			}
		}
	})
}

// drawLens draws how many rows of a table are in each group.
func drawLens(t *rapid.T, rows int) []int {
	var lens []int
	for rows > 0 {
		n := rapid.IntRange(0, rows).Draw(t, "rows")
		lens = append(lens, n)
		rows -= n
	}
	return lens
}

// grouped returns the table of the same rows that is read in groups.
func grouped(tab *table.Table, lens []int, fail func(...any)) *table.Table {
	return table.NewGroups(tab.Schema, table.Groups{
		Lens: lens,
		Load: func(group, column int, v *table.Vector) error {
			from := 0
			for _, n := range lens[:group] {
				from += n
			}
			tab.Read(column, from, from+lens[group], v)
			return nil
		},
		Fail: func(err error) { fail(err) },
	})
}

// sameTable returns an error unless got has the rows of want, in parts of any length, and
// the same top ones.
func sameTable(want, got *table.Table) error {
	if got.Rows != want.Rows {
		return fmt.Errorf("%d rows, want %d", got.Rows, want.Rows)
	}
	for _, n := range []int{1, 3, 7, want.Rows + 1} {
		var rows [][]any
		for part, err := range got.Parts(n) {
			if err != nil {
				return err
			}
			if part.Rows > n || part.Rows < n && len(rows)+part.Rows < want.Rows {
				return fmt.Errorf("a part of %d rows, want %d", part.Rows, n)
			}
			rows = append(rows, rowsOf(part)...)
		}
		if g, w := lines(rows), lines(rowsOf(want)); g != w {
			return fmt.Errorf("rows in parts of %d:\n%s\nwant:\n%s", n, g, w)
		}
	}
	for n := range want.Rows + 2 {
		top, wantTop := got.Top(n), want.Top(n)
		if g, w := dump(top), dump(wantTop); g != w {
			return fmt.Errorf("top %d:\n%s\nwant:\n%s", n, g, w)
		}
		if g, w := dump(top.Top(n/2)), dump(wantTop.Top(n/2)); g != w {
			return fmt.Errorf("top %d of the top %d:\n%s\nwant:\n%s", n/2, n, g, w)
		}
	}
	return nil
}

// TestStored writes every table as Parquet and reads it back.
func TestStored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out") // the next result replaces the one before
	rapid.Check(t, func(t *rapid.T) {
		tables := drawWorld(t, 40).tables()
		m := store(t, path, tables)
		r, err := parquet.Open(path, m)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for _, tab := range tables {
			got, err := r.Table(t.Context(), tab.Schema.Name)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Schema.Fields, tab.Schema.Fields) {
				t.Fatalf("%s: fields %v, want %v", tab.Schema.Name, got.Schema.Fields, tab.Schema.Fields)
			}
			if err := sameTable(tab, got); err != nil {
				t.Fatalf("%s: %v", tab.Schema.Name, err)
			}
		}
	})
}

// store writes a result and returns its manifest, as it is on disk.
func store(t *rapid.T, path string, tables []*table.Table) *sinks.Manifest {
	dir, err := sinks.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := dir.Abort(); err != nil {
			t.Error(err)
		}
	}()
	sink := parquet.New(dir, parquet.Options{})
	for _, tab := range tables {
		if err := sink.Write(t.Context(), tab); err != nil {
			t.Fatal(err)
		}
	}
	m, err := sinks.NewManifest(dir, "1.2.3", nil, nil, tables)
	if err == nil {
		err = sinks.WriteManifest(dir, m)
	}
	if err == nil {
		err = dir.Commit()
	}
	if err == nil {
		m, err = sinks.ReadManifest(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}
