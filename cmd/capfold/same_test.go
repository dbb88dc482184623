package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/capfold/capfold/pipeline/capture"
	"github.com/capfold/capfold/sinks"
)

// TestSameBytes checks that results are the same bytes, file for file, for any number of
// workers, any split size and any order of captures.
func TestSameBytes(t *testing.T) {
	for _, tt := range []struct {
		name  string
		paths []string
	}{
		{"campus-net", []string{campusNet()}},
		{"all", captures(t)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			paths, shuffle := slices.Clone(tt.paths), rand.New(rand.NewPCG(1, 2))
			want := files(t, analyze(t, append(paths, "--sha256")...))
			if len(want) < 30 {
				t.Fatalf("there are the files %q, want two of every table", slices.Sorted(maps.Keys(want)))
			}
			for _, workers := range []int{1, 2, 3, 8} {
				for _, split := range []int{1000, 1 << 16, capture.DefaultSplitSize} {
					shuffle.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
					flags := []string{"--workers", strconv.Itoa(workers), "--split-size", strconv.Itoa(split), "--sha256"}
					got := files(t, analyze(t, append(flags, paths...)...))
					sameFiles(t, strings.Join(flags, " "), got, want)
				}
			}
		})
	}
}

// sameFiles compares the files of two output directories.
func sameFiles(t *testing.T, how string, got, want map[string]string) {
	t.Helper()
	for file := range maps.Keys(want) {
		if text, ok := got[file]; !ok || text != want[file] {
			t.Errorf("%s: %s is missing or differs", how, file)
		}
	}
	for file := range maps.Keys(got) {
		if _, ok := want[file]; !ok {
			t.Errorf("%s: %s was not expected", how, file)
		}
	}
}

// TestSameFromStdin checks that a stream gives what its file gives, but for the path.
func TestSameFromStdin(t *testing.T) {
	want := files(t, analyze(t, campusNet()))
	data, err := os.ReadFile(campusNet())
	if err != nil {
		t.Fatal(err)
	}
	for _, split := range []string{"1000", "524288"} {
		out := filepath.Join(t.TempDir(), "out")
		cmd := exec.CommandContext(t.Context(), "capfold", "analyze", "-q", "--json-tables", "all", "-o", out, "--split-size", split, "-")
		cmd.Stdin = bytes.NewReader(data) // comes through a pipe
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd, err, text)
		}
		got := files(t, out)
		path, _ := json.Marshal(campusNet())
		for _, file := range []string{"summary.json", "json/captures.jsonl"} {
			got[file] = strings.ReplaceAll(got[file], `"-"`, string(path))
		}
		for _, file := range []string{"manifest.json", "tables/captures.parquet", "report.html"} {
			delete(got, file)
			delete(want, file)
		}
		sameFiles(t, "standard input, split size "+split, got, want)
	}
}

// TestManifest checks that the manifest names every file with its length and hash, and
// has nothing in it that another run would not have.
func TestManifest(t *testing.T) {
	dir := analyze(t, "--workers", "3", campusNet())
	manifest, err := sinks.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	contents := files(t, dir)
	text := contents["manifest.json"]
	delete(contents, "manifest.json")
	check := func(f sinks.FileInfo) {
		data, ok := contents[f.Path]
		hash := sha256.Sum256([]byte(data))
		if !ok || f.Bytes != int64(len(data)) || f.SHA256 != hex.EncodeToString(hash[:]) {
			t.Errorf("manifest has %+v, there are %d bytes with hash %x", f, len(data), hash)
		}
		delete(contents, f.Path)
	}
	for name, table := range manifest.Tables {
		for _, f := range table.Files {
			if check(f); f.Rows != table.Rows {
				t.Errorf("%s has %d rows, the table %s %d", f.Path, f.Rows, name, table.Rows)
			}
		}
		if rows := len(readTable(t, dir, name)); rows != table.Rows {
			t.Errorf("%s has %d rows as JSON, the manifest says %d", name, rows, table.Rows)
		}
	}
	for _, f := range manifest.Files {
		check(f)
	}
	if len(contents) > 0 {
		t.Errorf("not in the manifest: %q", slices.Sorted(maps.Keys(contents)))
	}
	if got := slices.Sorted(maps.Keys(manifest.Tables)); len(got) != len(tableNames()) {
		t.Errorf("tables of the manifest = %q, want %q", got, tableNames())
	}
	// The times of packets are no times of the run.
	text = regexp.MustCompile(`"(first|last)_time": "[^"]*"`).ReplaceAllString(text, "")
	host, _ := os.Hostname()
	abs, _ := filepath.Abs(dir)
	for what, pattern := range map[string]string{
		"the time of day":       `"20\d\d-\d\d-\d\dT`,
		"the number of workers": `(?i)"[^"]*(worker|split)[^"]*":`,
		"the output directory":  regexp.QuoteMeta(abs),
		"the host's name":       `"` + regexp.QuoteMeta(host) + `"`,
	} {
		if m := regexp.MustCompile(pattern).FindString(text); m != "" {
			t.Errorf("%s is in the manifest: %s", what, m)
		}
	}
}
