package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/bench/peers/frames"
)

// folder returns one with captures of different years, of another link type, and with
// files that are no captures.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	year := int64(365 * 24 * time.Hour)
	for name, c := range map[string]struct {
		link  uint16
		times []int64
	}{
		"a/2001.pcap": {frames.Ethernet, []int64{31 * year, 31*year + 2e8, 31*year + 9e8}},
		"b.pcap":      {frames.Ethernet, []int64{50 * year, 50*year + 1e8, 51 * year, 40 * year}},
		"raw.pcap":    {101, []int64{50 * year}},
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		w, err := frames.Create(path, c.link)
		if err != nil {
			t.Fatal(err)
		}
		for i, at := range c.times {
			w.Write(frames.Frame{At: at, Data: []byte(filepath.Base(name)[:1] + string(rune('0'+i))), Length: 60})
		}
		if err := w.Close(nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "about.tsv"), []byte("not a capture\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestReal(t *testing.T) {
	r, err := readReal(folder(t), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if r.captures != 2 || r.span != 2_100_000_000 {
		t.Errorf("%d captures over %d ns, want 2 over 2.1 s", r.captures, r.span)
	}
	path := filepath.Join(t.TempDir(), "real.pcap")
	size := int64(24 + 8*(16+2))
	if times, err := r.write(path, size, 0); times != 2 || err != nil {
		t.Fatalf("write repeated %d times, %v, want 2", times, err)
	}
	var got []string
	last := int64(0)
	if err := frames.Each(path, func(f frames.Frame) error {
		at := f.At - realStart
		if at < last {
			t.Errorf("%d ns after %d ns", at, last)
		}
		last = at
		got = append(got, string(f.Data)+" "+time.Duration(at).String())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := "20 0s|b0 0s|b1 100ms|b3 100ms|21 200ms|22 900ms|b2 1.1s|" +
		"20 2.1s|b0 2.1s|b1 2.2s|b3 2.2s|21 2.3s|22 3s|b2 3.2s"
	if diff := cmp.Diff(strings.Split(want, "|"), got); diff != "" {
		t.Errorf("merged and repeated (-want +got):\n%s", diff)
	}
}

func TestRealLimits(t *testing.T) {
	dir := folder(t)
	r, err := readReal(dir, 1)
	if err != nil || len(r.frames) != 1 {
		t.Fatalf("readReal of a byte gives %d frames, %v, want 1", len(r.frames), err)
	}
	path := filepath.Join(t.TempDir(), "real.pcap")
	if _, err := r.write(path, 1<<20, 3); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 24+3*18 {
		t.Errorf("three packets asked for: %v, %v", info.Size(), err)
	}
	if _, err := readReal(t.TempDir(), 1); err == nil {
		t.Error("no error of an empty folder")
	}
}
