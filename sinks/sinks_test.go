package sinks

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeResult commits a directory with a manifest and one file of the given content.
func writeResult(t testing.TB, path, content string) {
	t.Helper()
	dir := create(t, path)
	fill(t, dir, content)
	if err := dir.Commit(); err != nil {
		t.Fatal(err)
	}
}

func create(t testing.TB, path string) *Directory {
	t.Helper()
	dir, err := Create(path)
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

func fill(t testing.TB, dir *Directory, content string) {
	t.Helper()
	writeFile(t, dir, "tables/content", content)
	m, err := NewManifest(dir, "1.2.3", map[string]any{"content": content}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteManifest(dir, m); err != nil {
		t.Fatal(err)
	}
}

func writeFile(t testing.TB, dir *Directory, path, content string) {
	t.Helper()
	f, err := dir.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Discard()
	if _, err := f.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// wantResult checks that path holds what writeResult wrote, and nothing is left beside.
func wantResult(t testing.TB, path, content string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(path, "tables", "content"))
	if err != nil || string(got) != content {
		t.Errorf("content of %s = %q, %v, want %q", path, got, err, content)
	}
	if leftovers := hidden(t, filepath.Dir(path)); len(leftovers) > 0 {
		t.Errorf("left beside the result: %q", leftovers)
	}
}

func hidden(t testing.TB, parent string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(parent, ".*capfold*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func mkdir(t testing.TB, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func symlink(t testing.TB, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

// tree lists everything below dir with its content.
func tree(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		b.WriteString(path + " " + d.Type().String())
		if d.Type().IsRegular() {
			data, err := os.ReadFile(path)
			b.WriteString(" " + string(data))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
