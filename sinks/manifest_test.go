package sinks

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/capfold/capfold/pipeline/table"
)

func ports(rows int) *table.Table {
	return table.New(table.Schema{Name: "ports", Row: "port", Order: "sent_bytes descending", Doc: "Ports."}, []table.Column[int]{
		table.Int32s("port", "", "port number", func(i *int) int64 { return int64(*i) }),
		table.Texts("service", "IANA <name>", func(b []byte, _ *int) []byte { return b }).NullIf(func(*int) bool { return true }),
	}, table.RowsOf(make([]int, rows)), table.Options[int]{})
}

const wantManifest = `{
  "generator": "capfold",
  "version": "1.2.3",
  "schema_version": 1,
  "options": {
    "interval": "1m",
    "top": 10
  },
  "inputs": [
    {
      "path": "a&b.pcap",
      "format": "pcap",
      "bytes": 24,
      "packets": 0
    }
  ],
  "tables": {
    "ports": {
      "schema": {
        "name": "ports",
        "row": "port",
        "order": "sent_bytes descending",
        "doc": "Ports.",
        "fields": [
          {
            "name": "port",
            "type": "int32",
            "doc": "port number"
          },
          {
            "name": "service",
            "type": "string",
            "doc": "IANA <name>",
            "nullable": true
          }
        ]
      },
      "rows": 3,
      "files": [
        {
          "format": "jsonl",
          "path": "json/ports.jsonl",
          "rows": 2,
          "bytes": 5,
          "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        }
      ]
    }
  },
  "files": [
    {
      "path": "summary.json",
      "bytes": 0,
      "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    }
  ]
}
`

func TestManifest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	dir := create(t, path)
	full := ports(3)
	f, err := dir.CreateTable(full.Top(2), "jsonl", "json/ports.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"he", "", "llo"} {
		if n, err := f.Write([]byte(s)); n != len(s) || err != nil {
			t.Fatalf("Write(%q) = %d, %v", s, n, err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "summary.json", "")
	m, err := NewManifest(dir, "1.2.3", map[string]any{"top": 10, "interval": "1m"},
		[]Input{{Path: "a&b.pcap", Format: "pcap", Bytes: 24}}, []*table.Table{full})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(WriteManifest(dir, m), dir.Commit()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(path, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantManifest, string(got)); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	read, err := ReadManifest(path)
	if err != nil {
		t.Fatal(err)
	}
	m.Options["top"] = json.Number("10")
	if diff := cmp.Diff(m, read, cmpopts.IgnoreUnexported(FileInfo{})); diff != "" {
		t.Errorf("ReadManifest (-want +got):\n%s", diff)
	}
}

// TestManifestAgain writes what was read: it must be the same bytes, whatever is in it.
func TestManifestAgain(t *testing.T) {
	write := func(m *Manifest) string {
		path := filepath.Join(t.TempDir(), "out")
		dir := create(t, path)
		if err := errors.Join(WriteManifest(dir, m), dir.Commit()); err != nil {
			t.Fatal(err)
		}
		return path
	}
	first := write(&Manifest{
		Generator: Generator, SchemaVersion: SchemaVersion,
		Options: map[string]any{"big": int64(1<<62 + 1), "small": 1e-9, "z": struct {
			B int    `json:"b"`
			A string `json:"a"`
		}{1, "<\xff>"}},
		Inputs: []Input{{Path: "latin-\xe9.pcap"}},
		Totals: map[string]any{"time": time.Unix(0, 1).UTC(), "none": nil},
	})
	m, err := ReadManifest(first)
	if err != nil {
		t.Fatal(err)
	}
	again := write(m)
	want, _ := os.ReadFile(filepath.Join(first, "manifest.json"))
	got, err := os.ReadFile(filepath.Join(again, "manifest.json"))
	if diff := cmp.Diff(string(want), string(got)); diff != "" || err != nil {
		t.Errorf("%v, written again (-first +again):\n%s", err, diff)
	}
}

func TestManifestErrors(t *testing.T) {
	dir := create(t, filepath.Join(t.TempDir(), "out"))
	f, err := dir.CreateTable(ports(1), "jsonl", "json/ports.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for name, tables := range map[string][]*table.Table{
		"unknown table ports":        nil,
		"table ports is given twice": {ports(1), ports(2)},
	} {
		if _, err := NewManifest(dir, "", nil, nil, tables); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("NewManifest = %v, want %s", err, name)
		}
	}
}

func TestReadManifestErrors(t *testing.T) {
	for _, tt := range []struct{ content, want string }{
		{`{"generator":"webpack"}`, "not written by capfold"},
		{`{"generator":"capfold","schema_version":2,"version":"9.0"}`, "schema version 2 is newer than 1, written by capfold 9.0"},
		{`{"generator":"capfold","tables":{"t":{"schema":{"fields":[{"type":"uint8"}]}}}}`, `unknown column type "uint8"`},
	} {
		path := t.TempDir()
		put(t, filepath.Join(path, "manifest.json"), tt.content)
		if _, err := ReadManifest(path); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ReadManifest of %s = %v, want %s", tt.content, err, tt.want)
		}
	}
	if _, err := ReadManifest(t.TempDir()); !errors.Is(err, ErrNotOurs) {
		t.Errorf("ReadManifest of an empty directory = %v, want %v", err, ErrNotOurs)
	}
}

func TestFilePaths(t *testing.T) {
	dir := create(t, filepath.Join(t.TempDir(), "out"))
	for _, path := range []string{"", ".", "/etc/passwd", "../up", "a/../../up", "a//b", "a/"} {
		if _, err := dir.Create(path); err == nil {
			t.Errorf("Create(%q) = nil, want an error", path)
		}
	}
	writeFile(t, dir, "twice", "")
	if _, err := dir.Create("twice"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create of the same path = %v, want %v", err, fs.ErrExist)
	}
	if _, err := dir.Create("twice/below"); err == nil {
		t.Error("Create below a file = nil, want an error")
	}
	f, err := dir.Create("closed")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("x")); !errors.Is(err, os.ErrInvalid) && !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write after Close = %v, want an error", err)
	}
	if err := f.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("second Close = %v, want %v", err, os.ErrClosed)
	}
	f.Discard()
	if got := len(dir.Files()); got != 2 {
		t.Errorf("%d files after Discard of a closed one, want 2", got)
	}
}
