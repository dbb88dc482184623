package main

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const golden = "testdata/golden"

// throughput is all that a run without damage says on the standard error.
var throughput = regexp.MustCompile(`^[0-9,]+ packets, [0-9.]+ k?B folded in [^\n]+ in all; 16 tables in [^\n]+\n$`)

// TestGolden compares the results for every capture in testdata with those kept in
// testdata/golden: what is printed, the summary and all tables as JSON. To rewrite them,
// to be read as a diff: make golden.
func TestGolden(t *testing.T) {
	kept := files(t, golden)
	known := map[string]bool{}
	for _, path := range captures(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".pcap")
		known[name] = true
		t.Run(name, func(t *testing.T) {
			got := goldenFiles(t, path)
			if *update {
				rewriteGolden(t, name, got)
				return
			}
			for file, text := range got {
				if want, ok := kept[name+"/"+file]; !ok || want != text {
					t.Errorf("%s (-kept +got), make golden rewrites it:\n%s", file, cmp.Diff(lines(want), lines(text)))
				}
			}
			for file := range kept {
				if of, base, _ := strings.Cut(file, "/"); of == name && got[base] == "" && kept[file] != "" {
					t.Errorf("%s is not made any more; make golden removes it", file)
				}
			}
		})
	}
	for file := range kept {
		if name, _, _ := strings.Cut(file, "/"); !known[name] {
			t.Errorf("%s/%s: there is no such capture; remove it", golden, name)
		}
	}
}

// TestGoldenSize keeps the golden files small enough to be read.
func TestGoldenSize(t *testing.T) {
	const most = 1_500_000
	size := 0
	for _, text := range files(t, golden) {
		size += len(text)
	}
	if size > most {
		t.Errorf("%s has %d bytes, want at most %d", golden, size, most)
	}
}

// goldenFiles runs capfold in the directory of a capture and returns what it printed, the
// summary, and all tables as JSON.
func goldenFiles(t *testing.T, path string) map[string]string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "capfold", "analyze", "--json-tables", "all", "-o", out, filepath.Base(path))
	cmd.Dir, cmd.Stdout, cmd.Stderr = filepath.Dir(path), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, &stderr)
	}
	if !throughput.MatchString(stderr.String()) {
		t.Errorf("%v: standard error %q, want %v", cmd, &stderr, throughput)
	}
	golden := map[string]string{"stdout.txt": stdout.String()}
	for file, text := range files(t, out) {
		if base := strings.TrimPrefix(file, "json/"); base != file || file == "summary.json" {
			golden[base] = abridge(text)
		}
	}
	return golden
}

// abridge returns text, or of a long one its first lines, and how long it is and its hash.
func abridge(text string) string {
	const long, first = 100, 20
	all := lines(text)
	if len(all) <= long && len(text) < 12_000 {
		return text
	}
	return fmt.Sprintf("%s… of %d lines with SHA-256 %x\n", strings.Join(all[:min(first, len(all))], ""), len(all), sha256.Sum256([]byte(text)))
}

func lines(text string) []string { return strings.SplitAfter(text, "\n") }

// rewriteGolden replaces the golden files of a capture.
func rewriteGolden(t *testing.T, name string, contents map[string]string) {
	t.Helper()
	dir := filepath.Join(golden, name)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, text := range contents {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
