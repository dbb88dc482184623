package sinktest

import (
	"path/filepath"
	"testing"

	"github.com/capfold/capfold/sinks"
)

// Benchmark measures a sink on 256 Ki flows, from table to closed file. MB/s are of
// bytes in the file; rows/s and bytes per row stand beside them.
func Benchmark(b *testing.B, open Open) {
	const rows = 256 << 10
	t := Flows(rows)
	path := filepath.Join(b.TempDir(), "out")
	for b.Loop() {
		dir, err := sinks.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := open(dir).Write(b.Context(), t); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		size := dir.Files()[0].Bytes
		b.SetBytes(size)
		b.ReportMetric(float64(size)/rows, "B/row")
		if err := dir.Abort(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
