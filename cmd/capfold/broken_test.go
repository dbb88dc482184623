package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// brokenInput is an input as a capture tool may leave it behind, and what must come of it.
type brokenInput struct {
	name string
	make func(path string) error

	code      int // exit code; with --strict, where it is 0 and there are anomalies, 3
	packets   int64
	anomalies []string // "offset length reason"
	message   string   // on the standard error, in front; PATH stands for the path
}

// brokenInputs are the ways in which a file can be no capture, or not a whole one, that a
// reader of captures must live with.
func brokenInputs() []brokenInput {
	good := func() []byte { return pcapOf(pcapOptions{packets: 20}) } // records of 58 bytes from offset 24 on
	holds := func(data []byte) func(string) error {
		return func(path string) error { return os.WriteFile(path, data, 0o600) }
	}
	return []brokenInput{
		{
			name: "corrupt global header", make: holds(poke(good(), 1, 0xff)),
			code: 1, message: "PATH: offset 0: not a capture: no known format begins with d4 ff b2 a1",
		},
		{
			name: "corrupt record header", make: holds(poke(good(), 24+5*58+11, 0xff)),
			packets: 19, anomalies: []string{"314 58 record_length_invalid"},
			message: "warning: PATH: offset 314: a captured length of 4278190122, where link type ETHERNET allows 262144; skipped 58 bytes",
		},
		{
			name: "last packet is cut", make: holds(good()[:24+20*58-1]),
			packets: 19, anomalies: []string{"1126 57 record_cut"},
			message: "warning: PATH: offset 1126: a record of at least 58 bytes, where the capture has 57 left; skipped 57 bytes",
		},
		{name: "no packets", make: holds(good()[:24])},
		{
			name: "nothing at all", make: holds(nil),
			code: 1, message: "PATH: offset 0: not a capture: the file is empty",
		},
		{
			name: "less than a global header", make: holds(good()[:23]),
			code: 1, message: "PATH: offset 23: pcap header cut: it has 23 of 24 bytes",
		},
		{
			name: "less than a record header", make: holds(good()[:24+10]),
			anomalies: []string{"24 10 record_cut"},
			message:   "warning: PATH: offset 24: a record of at least 16 bytes, where the capture has 10 left; skipped 10 bytes",
		},
		{
			name: "a record header and no more", make: holds(good()[:24+16]),
			anomalies: []string{"24 16 record_cut"},
			message:   "warning: PATH: offset 24: a record of at least 58 bytes, where the capture has 16 left; skipped 16 bytes",
		},
		{
			name: "missing file", make: func(string) error { return nil },
			code: 1, message: "open PATH: no such file or directory",
		},
		{
			name: "directory", make: func(path string) error { return os.Mkdir(path, 0o700) },
			code: 1, message: "PATH: a directory without a capture: it is empty",
		},
		{
			name: "garbage behind the last packet", make: holds(append(good(), strings.Repeat("garbage ", 20)...)),
			packets: 20, anomalies: []string{"1184 160 record_length_invalid"},
			message: "warning: PATH: offset 1184: a captured length of 1651663207, where link type ETHERNET allows 262144; skipped 160 bytes",
		},
		{name: "gzip", make: holds(gzipped()), packets: 3},
		{
			name: "gzip, cut", make: holds(gzipped()[:len(gzipped())-1]),
			packets: 3, anomalies: []string{"198 0 compression_cut"},
			message: "warning: PATH: offset 198: gzip-compressed data at offset",
		},
	}
}

func TestBrokenInputs(t *testing.T) {
	for _, in := range brokenInputs() {
		t.Run(in.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.pcap")
			if err := in.make(path); err != nil {
				t.Fatal(err)
			}
			for _, strict := range []bool{false, true} {
				code := in.code
				if strict && len(in.anomalies) > 0 {
					code = exitDamaged
				}
				checkBroken(t, in, path, code, fmt.Sprintf("--strict=%t", strict))
			}
		})
	}
}

// checkBroken analyses an input and compares what comes of it.
func checkBroken(t *testing.T, in brokenInput, path string, code int, flag string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	out := filepath.Join(t.TempDir(), "out")
	if got := run([]string{"analyze", "-q", flag, "-o", out, path}, strings.NewReader(""), &stdout, &stderr); got != code {
		t.Errorf("analyze %s: exit code %d, want %d", flag, got, code)
	}
	want := ""
	if in.message != "" {
		want = "capfold: " + strings.ReplaceAll(in.message, "PATH", path)
	}
	if got := stderr.String(); !strings.HasPrefix(got, want) || want == "" && got != "" {
		t.Errorf("analyze %s: standard error %q, want %q", flag, got, want)
	}
	if _, err := os.Stat(out); in.code != 0 {
		if err == nil {
			t.Errorf("analyze %s wrote %s, want nothing", flag, out)
		}
		return
	}
	if got := readTable(t, out, "captures")[0].int("packets"); got != in.packets {
		t.Errorf("analyze %s: %d packets, want %d", flag, got, in.packets)
	}
	var anomalies []string
	for _, a := range readTable(t, out, "anomalies") {
		anomalies = append(anomalies, fmt.Sprint(a["offset"], " ", a["length"], " ", a["reason"]))
	}
	if !slices.Equal(anomalies, in.anomalies) {
		t.Errorf("analyze %s: anomalies %q, want %q", flag, anomalies, in.anomalies)
	}
}

// TestNameIsOneLine analyses a damaged capture whose name was made to confuse a terminal.
func TestNameIsOneLine(t *testing.T) {
	dir := t.TempDir()
	name := "a\n\x1b[31mcapfold: b\r\u202e\xff.pcap"
	if err := os.WriteFile(filepath.Join(dir, name), pcapOf(pcapOptions{})[:120], 0o600); err != nil {
		t.Skip("no such names:", err)
	}
	for _, input := range []string{dir, filepath.Join(dir, name)} {
		var stdout, stderr bytes.Buffer
		if code := run([]string{"analyze", "-q", input}, nil, &stdout, &stderr); code != 0 {
			t.Errorf("analyze %q: exit code %d, want 0", input, code)
		}
		want := "capfold: warning: " + dir + `/a\n\x1b[31mcapfold: b\r\u202e\xff.pcap: offset 82: a record of at least 58 bytes, where the capture has 38 left; skipped 38 bytes` + "\n"
		if got := stderr.String(); got != want {
			t.Errorf("analyze %q: standard error %q, want %q", input, got, want)
		}
	}
}
