package sinks

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
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

func TestReplace(t *testing.T) {
	for _, tt := range []struct {
		name  string
		setup func(t *testing.T, path string)
	}{
		{"nothing there", func(*testing.T, string) {}},
		{"empty directory", func(t *testing.T, path string) { mkdir(t, path) }},
		{"earlier result", func(t *testing.T, path string) { writeResult(t, path, "old") }},
		{"earlier result with more in it", func(t *testing.T, path string) {
			writeResult(t, path, "old")
			put(t, filepath.Join(path, "notes.txt"), "note")
		}},
		{"leftover of a killed run", func(t *testing.T, path string) {
			mkdir(t, filepath.Join(filepath.Dir(path), ".out-of-something-else"))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out")
			tt.setup(t, path)
			writeResult(t, path+"///", "new")
			wantResult(t, path, "new")
			if _, err := os.Stat(filepath.Join(path, "notes.txt")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a file of the replaced result = %v, want none", err)
			}
		})
	}
}

func TestRefuse(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		setup      func(t *testing.T, path string)
	}{
		{"file", "is not a directory, not written by capfold", func(t *testing.T, path string) { put(t, path, "precious") }},
		{"foreign directory", "is not empty and was not written by capfold: it has no manifest.json", func(t *testing.T, path string) {
			mkdir(t, path)
			put(t, filepath.Join(path, "precious"), "precious")
		}},
		{"foreign manifest", "its manifest.json does not name capfold", func(t *testing.T, path string) {
			mkdir(t, path)
			put(t, filepath.Join(path, "manifest.json"), `{"generator": "webpack"}`)
		}},
		{"broken manifest", "its manifest.json does not name capfold", func(t *testing.T, path string) {
			mkdir(t, path)
			put(t, filepath.Join(path, "manifest.json"), `{"generator": "capfold"`)
		}},
		{"symbolic link to a result", "is a symbolic link", func(t *testing.T, path string) {
			writeResult(t, path+"-real", "old")
			symlink(t, path+"-real", path)
		}},
		{"dangling symbolic link", "is a symbolic link", func(t *testing.T, path string) { symlink(t, path+"-nowhere", path) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out")
			tt.setup(t, path)
			before := tree(t, filepath.Dir(path))
			_, err := Create(path + "/")
			if !errors.Is(err, ErrNotOurs) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("Create = %v, want %q and the path", err, tt.want)
			}
			if after := tree(t, filepath.Dir(path)); after != before {
				t.Errorf("after Create, files = %s, want %s", after, before)
			}
		})
		t.Run(tt.name+" appears", func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out")
			dir := create(t, path)
			fill(t, dir, "new")
			tt.setup(t, path)
			if err := dir.Commit(); !errors.Is(err, ErrNotOurs) {
				t.Errorf("Commit = %v, want %v", err, ErrNotOurs)
			}
			if err := dir.Abort(); err != nil {
				t.Error(err)
			}
			if leftovers := hidden(t, filepath.Dir(path)); len(leftovers) > 0 {
				t.Errorf("left after Abort: %q", leftovers)
			}
		})
	}
}

func TestCreateErrors(t *testing.T) {
	temp := t.TempDir()
	put(t, filepath.Join(temp, "file"), "")
	for _, tt := range []struct{ path, want string }{
		{"", "empty path"},
		{filepath.Join(temp, "a", "b"), "parent directory " + filepath.Join(temp, "a") + " does not exist"},
		{filepath.Join(temp, "file", "b"), "not a directory"},
		{"/", "is a mount point"},
	} {
		if _, err := Create(tt.path); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Create(%q) = %v, want %q", tt.path, err, tt.want)
		}
	}
}

func TestUnwritableParent(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	parent := t.TempDir()
	if err := os.Chmod(parent, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(filepath.Join(parent, "out")); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Create = %v, want %v", err, fs.ErrPermission)
	}
}

// TestWorkingDirectory runs itself in another directory, because a test must not change
// its own.
func TestWorkingDirectory(t *testing.T) {
	if os.Getenv("CAPFOLD_TEST_CREATE_HERE") != "" {
		writeResult(t, ".", "new")
		return
	}
	for _, name := range []string{"empty", "earlier result"} {
		path := filepath.Join(t.TempDir(), "out")
		if name == "empty" {
			mkdir(t, path)
		} else {
			writeResult(t, path, "old")
		}
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWorkingDirectory$")
		cmd.Dir = path
		cmd.Env = append(os.Environ(), "CAPFOLD_TEST_CREATE_HERE=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		wantResult(t, path, "new")
	}
}

func TestAbort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	writeResult(t, path, "old")
	dir := create(t, path)
	fill(t, dir, "new")
	for range 2 {
		if err := dir.Abort(); err != nil {
			t.Error(err)
		}
	}
	wantResult(t, path, "old")
	if err := dir.Commit(); err == nil {
		t.Error("Commit after Abort = nil, want an error")
	}
	if _, err := dir.Create("late"); err == nil {
		t.Error("Create after Abort = nil, want an error")
	}
	dir = create(t, path)
	fill(t, dir, "newer")
	if err := errors.Join(dir.Commit(), dir.Abort()); err != nil {
		t.Error(err)
	}
	wantResult(t, path, "newer")
}

func TestIncomplete(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	dir := create(t, path)
	if err := dir.Commit(); err == nil || !strings.Contains(err.Error(), "no manifest.json was written") {
		t.Errorf("Commit without a manifest = %v, want an error", err)
	}
	fill(t, dir, "new")
	f, err := dir.Create("open")
	if err != nil {
		t.Fatal(err)
	}
	if err := dir.Commit(); err == nil || !strings.Contains(err.Error(), "open is still being written") {
		t.Errorf("Commit with an open file = %v, want an error", err)
	}
	f.Discard()
	if err := dir.Commit(); err != nil {
		t.Errorf("Commit after Discard = %v", err)
	}
	wantResult(t, path, "new")
}

func TestPermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	mkdir(t, path)
	for _, mode := range []fs.FileMode{0o700, 0o775} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		writeResult(t, path, "new")
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("mode of a replaced directory = %v, %v, want %v", info.Mode(), err, mode)
		}
	}
}

// TestReaders replaces a result again and again while others read it: they find one
// complete result after the other, never none and never a mixture.
func TestReaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	writeResult(t, path, "0")
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := readOnce(path); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 200 {
		writeResult(t, path, strings.Repeat("x", i*100))
	}
	close(stop)
	readers.Wait()
}

// readOnce reads manifest and content of one result. An error is a result that is absent
// or mixed; that one is replaced and removed while it is being read is none.
func readOnce(path string) error {
	root, err := os.OpenRoot(path)
	if err != nil {
		return err
	}
	defer root.Close()
	data, err := root.ReadFile("manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var m struct{ Options map[string]string }
	if err := errors.Join(err, json.Unmarshal(data, &m)); err != nil {
		return err
	}
	content, err := root.ReadFile("tables/content")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil && string(content) != m.Options["content"] {
		return errors.New("content and manifest are of different results")
	}
	return nil
}

func TestSwap(t *testing.T) {
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	mkdir(t, a)
	put(t, filepath.Join(a, "new"), "")
	if _, err := swap(a, b); err == nil {
		t.Error("swap with nothing = nil, want an error")
	}
	mkdir(t, b)
	put(t, filepath.Join(b, "old"), "")
	old, err := swap(a, b)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(b, "new"), filepath.Join(old, "old")} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	// A directory that cannot move in leaves the old one where it was.
	if _, err := swap(filepath.Join(t.TempDir(), "missing"), b); err == nil {
		t.Error("swap of a missing directory = nil, want an error")
	}
	if _, err := os.Stat(filepath.Join(b, "new")); err != nil {
		t.Error(err)
	}
}

func TestLeftover(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "appeared"), "precious")
	if err := removeReplaced(dir, emptyDirectory); !errors.Is(err, ErrLeftover) {
		t.Errorf("removal of a directory that was empty = %v, want %v", err, ErrLeftover)
	}
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
