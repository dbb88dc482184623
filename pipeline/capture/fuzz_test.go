package capture

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// FuzzReader reads anything as a capture, in parallel and as a stream, and compares it
// with the twin. Reader itself checks that the account balances.
func FuzzReader(f *testing.F) {
	const longest = 12_000
	for i, c := range slices.Concat(captures(), streamCaptures()) {
		if len(c.data) <= longest {
			f.Add(c.data, uint16(i*13), uint8(i))
		}
	}
	for i, c := range variantCaptures() {
		f.Add(c.data, uint16(i*29), uint8(i))
	}
	names, err := filepath.Glob("../../testdata/*.pcap")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < longest {
			f.Add(data, uint16(100), uint8(3))
		}
	}
	f.Add([]byte("\x0a\x0d\x0d\x0a"), uint16(0), uint8(0))
	f.Add(newBuilder(binary.BigEndian, pcapMicros, 1<<16).out, uint16(1), uint8(1))

	fuzzRead(f)
}

// FuzzPcapng is FuzzReader, beginning with pcapng captures.
func FuzzPcapng(f *testing.F) {
	for i, c := range ngCaptures() {
		if len(c.data) <= 12_000 {
			f.Add(c.data, uint16(i*13), uint8(i))
		}
	}
	for i, c := range ngDamaged() {
		f.Add(c.data, uint16(i*13), uint8(i))
	}
	fuzzRead(f)
}

func fuzzRead(f *testing.F) {
	path := filepath.Join(f.TempDir(), "c.pcap")
	f.Fuzz(func(t *testing.T, data []byte, split uint16, workers uint8) {
		if split > 0 && len(data)/int(split) > maxSplits {
			t.Skip("too many splits")
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, in := range []struct{ path, name string }{{path, path}, {Stdin, Stdin}} {
			want, wantErr := twin(in.name, data)
			o := Options{SplitSize: int(split), Buffers: int(workers % 3)}
			n := int(workers%4) + 1
			got, err := readAll(t.Context(), []string{in.path}, bytes.NewReader(data), o, n)
			if (err != nil) != (wantErr != nil) {
				t.Fatalf("Read(%s, %+v, %d workers) = %v, want %v", in.name, o, n, err, wantErr)
			}
			if d := difference(want, got, n == 1); err == nil && d != "" {
				t.Errorf("Read(%s, %+v, %d workers): %s", in.name, o, n, d)
			}
		}
	})
}
