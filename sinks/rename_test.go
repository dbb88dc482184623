package sinks

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

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
	for i := range 50 {
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
