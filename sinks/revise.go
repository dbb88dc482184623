package sinks

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Revise starts another edition of the result at path, which m is the manifest of: a
// [Directory] that has all its files but the replaced ones and the manifest, which the
// caller writes anew. Until Commit, readers find the edition before. Files that stay are
// not copied where the file system has hard links.
//
// A symbolic link to a result stays one.
func Revise(path string, m *Manifest, replaced ...string) (*Directory, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("revise result %s: %w", path, err)
	}
	d, err := Create(target)
	if err != nil {
		return nil, fmt.Errorf("revise result: %w", err)
	}
	root, err := os.OpenRoot(target)
	if err != nil {
		_ = d.Abort() // the first error says more
		return nil, fmt.Errorf("revise result: %w", err)
	}
	defer root.Close()
	keep := func(info FileInfo, table string) error {
		if slices.Contains(replaced, info.Path) {
			return nil
		}
		info.table = table
		return d.adopt(root, info)
	}
	for _, info := range m.Files {
		if err == nil {
			err = keep(info, "")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Tables)) {
		for _, info := range m.Tables[name].Files {
			if err == nil {
				err = keep(info, name)
			}
		}
	}
	if err != nil {
		_ = d.Abort() // the first error says more
		return nil, fmt.Errorf("revise result %s: %w", path, err)
	}
	return d, nil
}

// adopt takes over a file of the target, which is root, as it is. A folder that leads out
// of root, as a link may, is an error.
func (d *Directory) adopt(root *os.Root, info FileInfo) error {
	if !fs.ValidPath(info.Path) || info.Path == manifestName {
		return fmt.Errorf("%s: invalid path", info.Path)
	}
	if err := d.register(&File{dir: d, info: info}); err != nil {
		return err
	}
	from := filepath.Join(d.target, filepath.FromSlash(info.Path))
	to := filepath.Join(d.path, filepath.FromSlash(info.Path))
	stat, err := root.Lstat(filepath.FromSlash(info.Path))
	switch {
	case err != nil:
		return err
	case !stat.Mode().IsRegular() || stat.Size() != info.Bytes:
		return fmt.Errorf("%s: not the file that the manifest describes", info.Path)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.Link(from, to); err != nil {
		return copyFile(from, to, stat.Mode().Perm())
	}
	return nil
}

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
