package parquet

import (
	"testing"

	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/capfold/capfold/sinks"
	"github.com/capfold/capfold/sinks/sinktest"
)

func BenchmarkWrite(b *testing.B) {
	for _, level := range []zstd.Level{zstd.SpeedFastest, zstd.SpeedDefault} {
		b.Run(level.String(), func(b *testing.B) {
			sinktest.Benchmark(b, func(dir *sinks.Directory) sinks.Sink {
				return New(dir, Options{Level: level})
			})
		})
	}
}
