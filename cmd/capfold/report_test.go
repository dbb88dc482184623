package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/reducers/geo/geotest"
	"github.com/capfold/capfold/sinks"
	"github.com/capfold/capfold/sinks/report"
)

// TestReportSame writes the report of results again, out of what is stored: directories
// must come out the same bytes, file for file.
func TestReportSame(t *testing.T) {
	parent := t.TempDir()
	damaged, empty := filepath.Join(parent, "damaged.pcap"), filepath.Join(parent, "empty.pcap")
	latin := filepath.Join(parent, "latin-"+string([]byte{0xe9})+" <b>.pcap")
	for path, kind := range map[string]string{damaged: "many-regions", latin: "good", empty: "no-packets"} {
		data, err := pcap(kind)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mixed, places := placed(t)
	scan := filepath.Join(parent, "scan.pcap")
	capfold(t, "synth", "scan", "--packets", "300000", "-q", "-o", scan)
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"all captures", captures(t)},
		{"options", []string{"--top", "3", "--rank-by", "packets", "--ports", "all", "--interval", "1h0m0.000001s", "--sha256", campusNet()}},
		{"some tables", []string{"--tables", "flows,protocols,timeline", campusNet()}},
		{"no JSON", []string{"--format", "parquet,report", campusNet()}},
		{"damaged, odd names", []string{damaged, latin}},
		{"no packets", []string{empty}},
		{"places", []string{"--geo", places, mixed}},
		{"rows in files, long tables", []string{"--memory", "64MiB", scan}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := analyze(t, tt.args...)
			want := files(t, dir)
			if want[report.Path] == "" {
				t.Fatalf("analyze wrote no %s", report.Path)
			}
			if got := capfold(t, "report", "-o", "-", dir); got != want[report.Path] {
				t.Errorf("report on the standard output differs:\n%s", cmp.Diff(lines(want[report.Path]), lines(got)))
			}
			capfold(t, "report", "-q", dir)
			sameFiles(t, "report", files(t, dir), want)
		})
	}
}

// placed returns the path of a capture, and that of a geo database of the places of its
// addresses, whose names are long, wide, or made to confuse.
func placed(t *testing.T) (capture, database string) {
	t.Helper()
	capture, database = filepath.Join(t.TempDir(), "mixed.pcap"), filepath.Join(t.TempDir(), "places.mmdb")
	capfold(t, "synth", "mixed", "--packets", "3000", "-q", "-o", capture)
	data, err := geotest.Flat.Encode(
		geotest.Network{Prefix: "0.0.0.0/0", Code: "CZ", City: "Žďár nad Sázavou"},
		geotest.Network{Prefix: "64.0.0.0/2", Code: "JP", City: strings.Repeat("東京", 30)},
		geotest.Network{Prefix: "128.0.0.0/2", Code: "QZ", Country: "\x1b[31m<script>\u202e\xff", City: strings.Repeat("e\u0301", 100)},
		geotest.Network{Prefix: "192.0.0.0/3", Code: "QY", City: strings.Repeat("🙂", 15)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(database, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return capture, database
}

// TestReportKilled kills the writing of a report at any time: what is there is a whole
// result, with the report before or the one after.
func TestReportKilled(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	capfold(t, "analyze", "-q", "-o", out, campusNet())
	for i := range 20 {
		cmd := exec.CommandContext(t.Context(), "capfold", "report", "-q", "out")
		cmd.Dir = dir
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(i) * 4 * time.Millisecond)
		_ = cmd.Process.Kill() // it may be over already
		_ = cmd.Wait()
		m, err := sinks.ReadManifest(out)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(m.Files, func(f sinks.FileInfo) bool { return f.Path == report.Path })
		data, err := os.ReadFile(filepath.Join(out, report.Path))
		if hash := sha256.Sum256(data); err != nil || m.Files[at].SHA256 != hex.EncodeToString(hash[:]) {
			t.Fatalf("%s is not what the manifest says, %v", report.Path, err)
		}
	}
}
