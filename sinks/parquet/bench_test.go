package parquet

import (
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
	"github.com/capfold/capfold/sinks/sinktest"
)

func BenchmarkWrite(b *testing.B) {
	for _, level := range []zstd.EncoderLevel{zstd.SpeedFastest, zstd.SpeedDefault} {
		b.Run(level.String(), func(b *testing.B) {
			sinktest.Benchmark(b, func(dir *sinks.Directory) sinks.Sink {
				return New(dir, Options{Level: level})
			})
		})
	}
}

// BenchmarkReader reads flows: their file to compare it with its checksum, all columns,
// and the top ten, of which two columns are read to find them.
func BenchmarkReader(b *testing.B) {
	const rows = 1 << 20
	path, m := store(b, ranked(rows))
	bytes := m.Tables["flows"].Files[0].Bytes
	r := openResult(b, path, m)
	open := func() *table.Table {
		t, err := r.Table(b.Context(), "flows")
		if err != nil {
			b.Fatal(err)
		}
		return t
	}
	b.Run("Open", func(b *testing.B) {
		b.SetBytes(bytes)
		for b.Loop() {
			open()
		}
	})
	b.Run("Parts", func(b *testing.B) {
		b.SetBytes(bytes)
		b.ReportAllocs()
		t := open()
		for b.Loop() {
			for _, err := range t.Parts(RowsPerGroup) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("Top", func(b *testing.B) {
		b.SetBytes(bytes)
		for b.Loop() {
			b.StopTimer()
			t := open() // which has found nothing yet
			b.StartTimer()
			t.Top(10)
		}
	})
}
