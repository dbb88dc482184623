package sinks

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/capfold/capfold/pipeline/table"
)

// writeRevisable writes a result of a table and two other files.
func writeRevisable(t *testing.T, path string) *Manifest {
	t.Helper()
	dir := create(t, path)
	tab := ports(3)
	f, err := dir.CreateTable(tab, "jsonl", "json/ports.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "report.html", "old")
	writeFile(t, dir, "summary.json", "{}")
	m, err := NewManifest(dir, "1.2.3", nil, nil, []*table.Table{tab})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(WriteManifest(dir, m), dir.Commit()); err != nil {
		t.Fatal(err)
	}
	if m, err = ReadManifest(path); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRevise(t *testing.T) {
	for _, tt := range []struct{ name, path string }{{"itself", "out"}, {"by a link", "link"}} {
		t.Run(tt.name, func(t *testing.T) {
			parent := t.TempDir()
			path := filepath.Join(parent, "out")
			m := writeRevisable(t, path)
			symlink(t, "out", filepath.Join(parent, "link"))
			d, err := Revise(filepath.Join(parent, tt.path), m, "report.html")
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, d, "report.html", "the new one")
			before := tree(t, path)
			if err := errors.Join(m.Update(d), WriteManifest(d, m)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, tree(t, path)); diff != "" {
				t.Errorf("changed before Commit:\n%s", diff)
			}
			if err := d.Commit(); err != nil {
				t.Fatal(err)
			}
			read, err := ReadManifest(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(m, read, cmpopts.IgnoreUnexported(FileInfo{})); diff != "" {
				t.Errorf("manifest (-want +got):\n%s", diff)
			}
			if got := read.Files[0]; got.Path != "report.html" || got.Bytes != 11 || read.Tables["ports"].Files[0].Rows != 3 {
				t.Errorf("manifest has %+v", read)
			}
			for file, want := range map[string]string{"report.html": "the new one", "summary.json": "{}", "json/ports.jsonl": ""} {
				if data, err := os.ReadFile(filepath.Join(path, filepath.FromSlash(file))); err != nil || string(data) != want {
					t.Errorf("%s = %q, %v, want %q", file, data, err, want)
				}
			}
			if left := hidden(t, parent); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

func TestReviseAbort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	m := writeRevisable(t, path)
	before := tree(t, path)
	d, err := Revise(path, m, "report.html")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, d, "report.html", "never")
	if err := d.Abort(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, tree(t, path)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

func TestReviseErrors(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		change     func(t *testing.T, path string, m *Manifest)
	}{
		{"missing", "no such file", func(t *testing.T, path string, _ *Manifest) {
			if err := os.Remove(filepath.Join(path, "summary.json")); err != nil {
				t.Fatal(err)
			}
		}},
		{"longer", "summary.json: not the file that the manifest describes", func(t *testing.T, path string, _ *Manifest) {
			put(t, filepath.Join(path, "summary.json"), "{}\n")
		}},
		{"foreign", `holds "notes.txt", which was not written by capfold`, func(t *testing.T, path string, _ *Manifest) {
			put(t, filepath.Join(path, "notes.txt"), "mine")
		}},
		{"folder elsewhere", "escapes", func(t *testing.T, path string, _ *Manifest) {
			outside := t.TempDir()
			put(t, filepath.Join(outside, "ports.jsonl"), "")
			folder := filepath.Join(path, "json")
			if err := errors.Join(os.RemoveAll(folder), os.Symlink(outside, folder)); err != nil {
				t.Fatal(err)
			}
		}},
		{"elsewhere", "../secret: invalid path", func(_ *testing.T, _ string, m *Manifest) { m.Files[1].Path = "../secret" }},
		{"twice", "already exists", func(_ *testing.T, _ string, m *Manifest) { m.Files[1].Path, m.Files[1].Bytes = "json/ports.jsonl", 0 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out")
			m := writeRevisable(t, path)
			tt.change(t, path, m)
			before := tree(t, path)
			if _, err := Revise(path, m, "report.html"); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Revise = %v, want %s", err, tt.want)
			}
			if diff := cmp.Diff(before, tree(t, path)); diff != "" {
				t.Errorf("changed:\n%s", diff)
			}
			if left := hidden(t, filepath.Dir(path)); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

// TestReviseCopies takes over files where there are no hard links.
func TestReviseCopies(t *testing.T) {
	from, to := filepath.Join(t.TempDir(), "from"), filepath.Join(t.TempDir(), "to")
	put(t, from, "text")
	if err := copyFile(from, to, 0o640); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(to); err != nil || string(data) != "text" {
		t.Errorf("copy = %q, %v", data, err)
	}
	if err := copyFile(from, to, 0o640); !errors.Is(err, os.ErrExist) {
		t.Errorf("copy over a file = %v, want %v", err, os.ErrExist)
	}
}
