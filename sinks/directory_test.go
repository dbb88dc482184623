package sinks

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestReplace(t *testing.T) {
	for _, tt := range []struct {
		name  string
		setup func(t *testing.T, path string)
	}{
		{"nothing there", func(*testing.T, string) {}},
		{"empty directory", func(t *testing.T, path string) { mkdir(t, path) }},
		{"earlier result", func(t *testing.T, path string) { writeResult(t, path, "old") }},
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
		{"result with something else in it", `holds "tables/notes.txt", which was not written by capfold`, func(t *testing.T, path string) {
			writeResult(t, path, "old")
			put(t, filepath.Join(path, "tables", "notes.txt"), "note")
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
		{mountPoint(), "is a mount point"},
	} {
		if _, err := Create(tt.path); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Create(%q) = %v, want %q", tt.path, err, tt.want)
		}
	}
}

// mountPoint returns a directory that is one wherever that can be told.
func mountPoint() string {
	if runtime.GOOS == "linux" {
		return "/proc"
	}
	return "/"
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
