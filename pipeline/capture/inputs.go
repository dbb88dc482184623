package capture

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Skipped is a file in a directory that is not read, since it is no capture.
type Skipped struct{ Path, Reason string }

// candidate is a file that may be an input.
type candidate struct {
	path string
	info os.FileInfo // nil for the standard input and what could not be found
	dir  *directory  // that it was found in, nil if it was named
}

// directory is an argument that is one.
type directory struct {
	path     string
	captures int // in it, whether or not they were named too
	skipped  int
}

// expansion is what arguments stand for.
type expansion struct {
	files   []candidate
	dirs    []*directory
	skipped []Skipped
	faults  []error
}

// expand turns arguments into files: directories into the files in them, at any depth,
// and patterns that are not a file's name into the files that match. A file that is
// reached in several ways comes once. No result but the order of named files depends on
// the order of arguments.
func expand(args []string) (*expansion, error) {
	given := make(map[string]bool, len(args))
	for _, arg := range args {
		clean := arg
		if arg != Stdin {
			clean = asFile(filepath.Clean(arg))
		}
		if given[clean] {
			return nil, fmt.Errorf("%s: is given twice", arg)
		}
		given[clean] = true
	}
	x := &expansion{}
	var found []candidate // those that may be other candidates again
	for _, arg := range args {
		if arg == Stdin {
			x.files = append(x.files, candidate{path: arg})
			continue
		}
		info, err := os.Stat(arg)
		if errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(arg, `*?[`) {
			found = append(found, x.match(arg)...)
			continue
		}
		switch {
		case err == nil && info.IsDir():
			found = append(found, x.argument(arg)...)
		default: // what is wrong is found when it is opened
			x.files = append(x.files, candidate{path: arg, info: info})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		if byName := (a.dir == nil) != (b.dir == nil); byName && a.dir == nil {
			return -1
		} else if byName {
			return 1
		}
		return cmp.Compare(a.path, b.path)
	})
	x.add(found)
	return x, nil
}

// asFile returns the path of a file that was found, which is not the one that stands for
// the standard input.
func asFile(path string) string {
	if path == Stdin {
		return "." + string(filepath.Separator) + path
	}
	return path
}

// match returns the files that match a pattern, and those in directories that do.
func (x *expansion) match(pattern string) (found []candidate) {
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 { // what is no pattern was meant as a name
		x.faults = append(x.faults, fmt.Errorf("%s: no such file, and none that matches", pattern))
	}
	for _, path := range paths {
		switch info, err := os.Stat(path); {
		case err != nil:
			x.faults = append(x.faults, err)
		case info.IsDir():
			found = append(found, x.argument(path)...)
		default:
			found = append(found, candidate{path: asFile(path), info: info})
		}
	}
	return found
}

// argument returns the files of a directory that was named.
func (x *expansion) argument(path string) []candidate {
	d := &directory{path: path}
	x.dirs = append(x.dirs, d)
	return x.walk(d, path, nil)
}

// walk adds the regular files in a directory to found. It follows links to files, and
// not those to directories, so that it ends.
func (x *expansion) walk(d *directory, path string, found []candidate) []candidate {
	entries, err := os.ReadDir(path)
	if err != nil {
		x.faults = append(x.faults, err)
	}
	for _, e := range entries {
		path := asFile(filepath.Join(path, e.Name()))
		if e.IsDir() {
			found = x.walk(d, path, found)
			continue
		}
		info, err := os.Stat(path)
		switch {
		case err != nil && e.Type()&fs.ModeSymlink != 0:
			x.skip(d, path, "a link to nothing")
		case errors.Is(err, fs.ErrNotExist): // deleted just now
		case err != nil:
			x.faults = append(x.faults, err)
		case info.IsDir():
			x.skip(d, path, "a link to a directory")
		case !info.Mode().IsRegular():
			x.skip(d, path, "not a regular file")
		default:
			found = append(found, candidate{path, info, d})
		}
	}
	return found
}

func (x *expansion) skip(d *directory, path, reason string) {
	d.skipped++
	x.skipped = append(x.skipped, Skipped{path, reason})
}

// add adds found files to those that were named, but for those that are there already.
func (x *expansion) add(found []candidate) {
	type key struct {
		size  int64
		mtime time.Time
	}
	keyOf := func(i os.FileInfo) key { return key{i.Size(), i.ModTime().UTC()} }
	seen := map[key][]os.FileInfo{}
	for _, c := range x.files {
		if c.info != nil {
			seen[keyOf(c.info)] = append(seen[keyOf(c.info)], c.info)
		}
	}
	for _, c := range found {
		k := keyOf(c.info)
		if slices.ContainsFunc(seen[k], func(i os.FileInfo) bool { return os.SameFile(i, c.info) }) {
			if c.dir != nil {
				c.dir.captures++ // or it would be an error that somebody has already
			}
			continue
		}
		seen[k] = append(seen[k], c.info)
		x.files = append(x.files, c)
	}
}

// finish returns what is wrong with directories when their files have been looked at.
func (x *expansion) finish() []error {
	for _, d := range x.dirs {
		if d.captures > 0 || len(x.faults) > 0 {
			continue
		}
		skipped := "it is empty"
		if d.skipped > 0 {
			skipped = fmt.Sprintf("%d files in it are none", d.skipped)
		}
		x.faults = append(x.faults, fmt.Errorf("%s: a directory without a capture: %s", d.path, skipped))
	}
	slices.SortFunc(x.skipped, func(a, b Skipped) int { return cmp.Compare(a.Path, b.Path) })
	return x.faults
}

// open opens the files and returns the captures, in no order. Several are looked at at a
// time.
func (x *expansion) open(ctx context.Context, stdin io.Reader, hashed bool) ([]*input, error) {
	o := openOptions{hashed: hashed, keep: len(x.files) <= maxKept}
	inputs := make([]*input, len(x.files))
	errs := make([]error, len(x.files))
	var g errgroup.Group
	var next atomic.Int64
	for range min(len(x.files), openers) {
		g.Go(func() error {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(x.files) {
					break
				}
				inputs[i], errs[i] = openInput(ctx, x.files[i].path, stdin, o)
			}
			return ctx.Err()
		})
	}
	err := g.Wait()
	for i, c := range x.files {
		content := contentError{}
		switch {
		case errs[i] == nil && c.dir != nil:
			c.dir.captures++
		case errs[i] == nil:
		case c.dir != nil && errors.As(errs[i], &content):
			x.skip(c.dir, c.path, content.Error())
		default:
			x.faults = append(x.faults, errs[i])
		}
	}
	inputs = slices.DeleteFunc(inputs, func(in *input) bool { return in == nil })
	if err != nil {
		return inputs, context.Cause(ctx)
	}
	return inputs, errors.Join(x.finish()...)
}

// openers is how many files are looked at at a time: opening waits for disks.
const openers = 4
