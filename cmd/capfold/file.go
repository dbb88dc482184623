package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// writeFile makes the file at path with what write writes, whole or not at all; "-" is
// the standard output.
func (a *app) writeFile(ctx context.Context, path string, write func(io.Writer) error) error {
	if path == "-" {
		return write(a.stdout)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return fmt.Errorf("%s: is a directory", path)
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	}
	// A link stays one; the file that it leads to is replaced and keeps its permissions.
	mode := os.FileMode(0o666) // limited by the umask
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	old, err := os.Stat(path)
	if err == nil {
		mode = old.Mode().Perm()
	}
	temporary := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.capfold-%x", filepath.Base(path), rand.Uint64()))
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	a.onExit(func() { _ = os.Remove(temporary) })
	if err = write(f); err == nil && old != nil {
		err = f.Chmod(mode) // what the umask has taken away
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return a.commit(ctx, func() error { return os.Rename(temporary, path) })
}
