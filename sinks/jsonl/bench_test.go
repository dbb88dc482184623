package jsonl

import (
	"testing"

	"github.com/capfold/capfold/sinks/sinktest"
)

func BenchmarkWrite(b *testing.B) { sinktest.Benchmark(b, New) }
