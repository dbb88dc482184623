package capture

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline/packet"
)

// writeTree writes files into a new directory and returns its path.
func writeTree(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestInputs opens directories, patterns and what they reach together.
func TestInputs(t *testing.T) {
	t.Parallel()
	good := newPcap().frames(5, 20).out
	packed := compressors[0].member(good)
	dir := writeTree(t, map[string][]byte{
		"b.pcap": good, "a.pcap": good, "sub/deep/c.cap.gz": packed, "sub/notes.txt": []byte("notes"),
		"empty": nil, "other/d.pcap": good, "none/x.txt": []byte("x"), "odd[1].pcap": good, "odd1.pcap": good,
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	for link, to := range map[string]string{"z-link.pcap": at("a.pcap"), "loop": dir, "sub/up": dir, "dangling": at("nothing")} {
		if err := os.Symlink(to, at(link)); err != nil {
			t.Skip("no links:", err)
		}
	}
	if err := os.Mkdir(at("hollow"), 0o700); err != nil {
		t.Fatal(err)
	}
	skipped := []Skipped{
		{at("dangling"), "a link to nothing"},
		{at("empty"), "offset 0: not a capture: the file is empty"},
		{at("loop"), "a link to a directory"},
		{at("none/x.txt"), "offset 0: not a capture: no known format begins with 78"},
		{at("sub/notes.txt"), "offset 0: not a capture: no known format begins with 6e 6f 74 65"},
		{at("sub/up"), "a link to a directory"},
	}
	all := []string{"a.pcap", "b.pcap", "odd1.pcap", "odd[1].pcap", "other/d.pcap", "sub/deep/c.cap.gz"}
	for _, c := range []struct {
		name    string
		args    []string
		want    []string
		skipped []Skipped
		err     string
	}{
		{"directory", []string{dir}, all, skipped, ""},
		{"directory and a file in it", []string{dir, at("b.pcap")}, all, skipped, ""},
		{"file by its link", []string{dir, at("z-link.pcap")}, []string{"b.pcap", "odd1.pcap", "odd[1].pcap", "other/d.pcap", "sub/deep/c.cap.gz", "z-link.pcap"}, skipped, ""},
		{"directory and one in it", []string{at("sub"), dir}, all, nil, ""},
		{"directory whose captures are named", []string{at("other"), at("other/d.pcap")}, []string{"other/d.pcap"}, nil, ""},
		{"directory by a link", []string{at("loop")}, nil, nil, ""},
		{"pattern", []string{at("[ab].pcap")}, []string{"a.pcap", "b.pcap"}, nil, ""},
		{"patterns that overlap", []string{at("[ab].pcap"), at("a*"), at("b.pcap")}, []string{"a.pcap", "b.pcap"}, nil, ""},
		{"pattern that is a name", []string{at("odd[1].pcap")}, []string{"odd[1].pcap"}, nil, ""},
		{"pattern of directories", []string{at("o[t]her")}, []string{"other/d.pcap"}, nil, ""},
		{"pattern of nothing", []string{at("*.nothing")}, nil, nil, at("*.nothing") + ": no such file, and none that matches"},
		{"pattern of what is no capture", []string{at("empt?")}, nil, nil, at("empty") + ": offset 0: not a capture: the file is empty"},
		{"pattern that is wrong", []string{at("[")}, nil, nil, at("[") + ": no such file, and none that matches"},
		{"empty directory", []string{at("hollow")}, nil, nil, at("hollow") + ": a directory without a capture: it is empty"},
		{"directory without captures", []string{at("none"), dir}, nil, nil, at("none") + ": a directory without a capture: 1 files in it are none"},
		{"file named twice", []string{at("a.pcap"), dir + "/./a.pcap"}, nil, nil, dir + "/./a.pcap: is given twice"},
		{"directory named twice", []string{dir, dir + "/"}, nil, nil, dir + "/: is given twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, args := range [][]string{c.args, reversed(c.args)} {
				if c.err != "" && len(args) > 1 && args[0] != c.args[0] {
					continue // of two that are the same, the second is at fault
				}
				r, err := Open(t.Context(), args, nil, Options{})
				if c.err != "" {
					if err == nil || err.Error() != c.err {
						t.Errorf("Open(%q) = %v, want %s", args, err, c.err)
					}
					continue
				}
				if err != nil {
					t.Fatalf("Open(%q): %v", args, err)
				}
				t.Cleanup(func() { _ = r.Close() })
				got, err := readOpen(t.Context(), r, 2)
				if err != nil {
					t.Fatalf("Read(%q): %v", args, err)
				}
				if c.want == nil {
					continue
				}
				var paths []string
				for _, a := range got.accounts {
					name, _ := filepath.Rel(dir, a.Path)
					paths = append(paths, name)
				}
				if d := cmp.Diff(c.want, paths); d != "" {
					t.Errorf("Read(%q), captures, -want +got:\n%s", args, d)
				}
				if n := 5 * len(c.want); len(got.packets) != n {
					t.Errorf("Read(%q) = %d packets, want %d", args, len(got.packets), n)
				}
				if d := cmp.Diff(c.skipped, r.Skipped()); c.skipped != nil && d != "" {
					t.Errorf("Skipped(%q), -want +got:\n%s", args, d)
				}
			}
		})
	}
}

func reversed(s []string) []string {
	r := slices.Clone(s)
	slices.Reverse(r)
	return r
}

// manyFiles writes small captures, every second one compressed.
func manyFiles(t testing.TB, n int) string {
	t.Helper()
	files := make(map[string][]byte, n)
	for i := range n {
		data := newPcap().frames(1+i%16, 20).out
		if i%2 == 1 {
			data = compressors[i/2%2].member(data)
		}
		files[fmt.Sprintf("%02d/%d", i%10, i)] = data
	}
	return writeTree(t, files)
}

// TestManySmallFiles reads them in parallel, with few buffers and many.
func TestManySmallFiles(t *testing.T) {
	t.Parallel()
	dir := manyFiles(t, 2000)
	var want []packet.Capture
	for _, workers := range []int{1, 3} {
		for _, buffers := range []int{1, 5} {
			o := Options{Buffers: buffers}
			got, err := readAll(t.Context(), []string{dir}, nil, o, workers)
			if err != nil {
				t.Fatalf("Read(%+v, %d workers): %v", o, workers, err)
			}
			if want == nil {
				want = got.accounts
			}
			if n := 2000 / 16 * 136; len(got.packets) != n {
				t.Errorf("Read(%+v, %d workers) = %d packets, want %d", o, workers, len(got.packets), n)
			}
			if d := cmp.Diff(want, got.accounts); d != "" {
				t.Errorf("Read(%+v, %d workers), accounts, -want +got:\n%s", o, workers, d)
			}
		}
	}
}

// TestCompressedProgress reads compressed files and checks that progress counts what is
// stored, and that hashes are of that too.
func TestCompressedProgress(t *testing.T) {
	t.Parallel()
	data := newPcap().frames(300, 100).out
	for _, c := range compressors {
		t.Run(c.suffix, func(t *testing.T) {
			t.Parallel()
			packed := slices.Concat(c.member(data[:len(data)/2]), c.member(data[len(data)/2:]))
			for _, stored := range [][]byte{packed, packed[:len(packed)*2/3], append(slices.Clone(packed), "garbage"...)} {
				path := writeFile(t, "c", stored)
				r, err := Open(t.Context(), []string{path}, nil, Options{SplitSize: 1000, SHA256: true})
				if err != nil {
					t.Fatal(err)
				}
				if r.Total() != int64(len(stored)) {
					t.Errorf("Total() = %d, want %d", r.Total(), len(stored))
				}
				last := int64(0)
				fold := func(packet.Batch) error {
					n, _ := r.Progress()
					if n < last || n > r.Total() {
						t.Errorf("Progress() = %d after %d, of %d", n, last, r.Total())
					}
					last = n
					return nil
				}
				if err := r.Read(t.Context(), fold, nil); err != nil {
					t.Fatal(err)
				}
				if n, _ := r.Progress(); n != r.Total() {
					t.Errorf("Progress() at the end = %d, want %d", n, r.Total())
				}
				file, err := r.Captures(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				_ = r.Close()
				piped, err := readAll(t.Context(), []string{Stdin}, bytes.NewReader(stored), Options{SHA256: true}, 2)
				if err != nil {
					t.Fatal(err)
				}
				if a, b := file[0].SHA256, piped.accounts[0].SHA256; a != b {
					t.Errorf("SHA256 of the file is %s, of the stream %s", a, b)
				}
			}
		})
	}
}
