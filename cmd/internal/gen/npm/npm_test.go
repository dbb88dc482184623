package npm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// packed returns the archive of a package with two files.
func packed(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, file := range []struct{ name, text string }{{"package/a.json", "{}"}, {"package/data/b.csv", "1,2\n"}} {
		if err := w.WriteHeader(&tar.Header{Name: file.name, Mode: 0o644, Size: int64(len(file.text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(file.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fakeClient puts an npm client first on the search path that packs an archive and nothing
// else. It fails for any other package.
func fakeClient(t *testing.T, archive []byte) {
	t.Helper()
	dir := t.TempDir()
	script := `#!/bin/sh
[ "$1 $2 $3 $5" = "pack --silent --pack-destination @scope/some@1.2.3" ] && cp "` + dir + `/archive" "$4/scope-some-1.2.3.tgz"
`
	for name, text := range map[string][]byte{"npm": []byte(script), "archive": archive} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

func TestFiles(t *testing.T) {
	archive := packed(t)
	fakeClient(t, archive)
	sum := sha256.Sum256(archive)
	pinned := Package{"@scope/some", "1.2.3", hex.EncodeToString(sum[:])}
	for _, c := range []struct {
		name    string
		of      Package
		files   []string
		want    []string
		failure string
	}{
		{name: "one", of: pinned, files: []string{"data/b.csv"}, want: []string{"1,2\n"}},
		{name: "in any order", of: pinned, files: []string{"data/b.csv", "a.json"}, want: []string{"1,2\n", "{}"}},
		{name: "not in it", of: pinned, files: []string{"c"}, failure: "@scope/some@1.2.3: looking for c: EOF"},
		{name: "another archive", of: Package{"@scope/some", "1.2.3", "00"}, files: []string{"a.json"}, failure: "@scope/some@1.2.3: SHA-256 is "},
		{name: "not published", of: Package{"@scope/some", "2.0.0", ""}, files: []string{"a.json"}, failure: "npm pack @scope/some@2.0.0: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			files, err := c.of.Files(c.files...)
			if c.failure != "" {
				if err == nil || !strings.HasPrefix(err.Error(), c.failure) {
					t.Errorf("Files(%q): error %v, want %s…", c.files, err, c.failure)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, file := range files {
				got = append(got, string(file))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Files(%q) (-want +got):\n%s", c.files, diff)
			}
		})
	}
}
