package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
)

// digests returns the SHA-256 of every file below a directory of capfold's but the
// manifest, which tells how the others were made.
func digests(dir string) (map[string]string, error) {
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path == filepath.Join(dir, "manifest.json") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		if _, err := io.Copy(h, f); err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		all[name] = hex.EncodeToString(h.Sum(nil))
		return err
	})
	return all, err
}

// equal tells whether two directories hold the same.
func equal(a, b map[string]string) bool { return len(a) > 0 && maps.Equal(a, b) }
