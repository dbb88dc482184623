package capture

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"testing/iotest"
)

// FuzzCompressed reads anything as compressed by a format, as a file and as a stream
// that comes in pieces, and compares the two. Reader itself checks that the accounts
// balance. Bombs are cut off: they cost time, which fuzzing has little of.
func FuzzCompressed(f *testing.F) {
	data := newPcap().frames(10, 60).out
	for i, c := range compressors {
		packed := c.member(data)
		f.Add(uint8(i), packed)
		f.Add(uint8(i), packed[:len(packed)*2/3])
		f.Add(uint8(i), slices.Concat(c.member(data[:100]), c.member(nil), c.member(data[100:]), make([]byte, 8)))
		f.Add(uint8(i), c.member(make([]byte, 5000)))
	}
	f.Add(uint8(1), []byte("\x50\x2a\x4d\x18\x02\x00\x00\x00ab\x28\xb5\x2f\xfd"))
	f.Add(uint8(4), []byte("\x02\x21\x4c\x18\x05\x00\x00\x00abcde"))

	path := filepath.Join(f.TempDir(), "c.pcap")
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		c := compressions[int(kind)%len(compressions)]
		if decompressesTo(t, c, data) > 4<<20 {
			t.Skip("too long")
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := readAll(t.Context(), []string{path}, nil, Options{SplitSize: 100 << 10}, 2)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 2*maxWindow+1<<29 {
			t.Errorf("Read(%d bytes) allocated %d bytes", len(data), n)
		}
		piped, pipedErr := readAll(t.Context(), []string{Stdin}, iotest.HalfReader(bytes.NewReader(data)), Options{SplitSize: 1000}, 1)
		if (err == nil) != (pipedErr == nil) {
			t.Fatalf("Read = %v as a file, %v as a stream", err, pipedErr)
		}
		if err != nil {
			return
		}
		if d := difference(unpacked(got, "", ""), unpacked(piped, "", ""), false); d != "" {
			t.Errorf("the stream is not the file: %s", d)
		}
	})
}

// decompressesTo returns the length of what data decompresses to, as far as it is below
// some bound.
func decompressesTo(t *testing.T, c *compression, data []byte) int64 {
	src := &source{Reader: bytes.NewReader(data), ctx: t.Context(), size: int64(len(data))}
	d := newDecompressor(c, src, nil)
	defer d.Close()
	n, err := io.CopyN(io.Discard, d, 5<<20)
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("%s of %d bytes: %v", c.name, len(data), err)
	}
	if src.n != int64(len(data)) && errors.Is(err, io.EOF) {
		t.Errorf("%s: read %d of %d bytes", c.name, src.n, len(data))
	}
	return n
}
