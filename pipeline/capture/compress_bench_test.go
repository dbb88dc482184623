package capture

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"
)

// BenchmarkCompressed reads compressed captures and folds them into nothing, and beside
// that lets the decoder alone read them.
func BenchmarkCompressed(b *testing.B) {
	for _, capture := range benchCaptures {
		path, s := synthetic(b, capture.profile, capture.packets/8)
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range compressors {
			packed := c.member(data)
			if c.suffix == ".bz2" {
				packed = bzip2Of(data, 90_000)
			}
			path := writeFile(b, "c.pcap"+c.suffix, packed)
			b.Run(fmt.Sprintf("%s%s/read", capture.profile, c.suffix), func(b *testing.B) {
				b.SetBytes(s.Bytes)
				for b.Loop() {
					readForSpeed(b, path, 0, runtime.GOMAXPROCS(0))
				}
			})
			b.Run(fmt.Sprintf("%s%s/decoder", capture.profile, c.suffix), func(b *testing.B) {
				b.SetBytes(s.Bytes)
				buf := make([]byte, DefaultSplitSize)
				for b.Loop() {
					src := &source{Reader: bytes.NewReader(packed), ctx: b.Context(), size: int64(len(packed))}
					d := newDecompressor(compressionOf(packed), src, nil)
					if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{d}, buf); err != nil {
						b.Fatal(err)
					}
					_ = d.Close()
				}
			})
		}
	}
}

// BenchmarkManySmallFiles opens and reads a directory of files of about a kilobyte.
func BenchmarkManySmallFiles(b *testing.B) {
	const files = 2000
	dir := manyFiles(b, files)
	for b.Loop() {
		r, err := Open(b.Context(), []string{dir}, nil, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Read(b.Context(), discard, nil); err != nil {
			b.Fatal(err)
		}
		_ = r.Close()
	}
	b.ReportMetric(float64(b.N*files)/b.Elapsed().Seconds(), "files/s")
}
