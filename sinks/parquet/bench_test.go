package parquet

import (
	"fmt"
	"io"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/capfold/capfold/pipeline/table"
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

// BenchmarkEncoding compares the encodings that each column of flows could have, the
// table's own work included.
func BenchmarkEncoding(b *testing.B) {
	flows := sinktest.Flows(2 * RowsPerGroup)
	candidates := map[table.Type][]encoding.Encoding{
		table.Int32:     {&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaBinaryPacked},
		table.Int64:     {&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaBinaryPacked},
		table.Timestamp: {&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaBinaryPacked},
		table.String:    {&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaLengthByteArray, &parquet.DeltaByteArray},
		table.Binary16:  {&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaByteArray},
	}
	for i, field := range flows.Schema.Fields {
		for _, e := range candidates[field.Type] {
			b.Run(fmt.Sprintf("%s/%s", field.Name, e), func(b *testing.B) {
				var size int64
				for b.Loop() {
					size = encodeColumn(b, flows, i, e)
				}
				b.ReportMetric(float64(size)/float64(flows.Rows), "B/row")
				b.ReportMetric(float64(flows.Rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

// encodeColumn writes one column as a file and returns its length.
func encodeColumn(b *testing.B, t *table.Table, index int, e encoding.Encoding) int64 {
	field := t.Schema.Fields[index]
	node := parquet.Encoded(nodeOf(field.Type), e)
	if field.Nullable {
		node = parquet.Optional(node)
	}
	w := parquet.NewGenericWriter[any](io.Discard, &parquet.WriterConfig{
		Schema:             parquet.NewSchema("column", parquet.Group{field.Name: node}),
		Compression:        &zstd.Codec{Level: zstd.SpeedFastest},
		DictionaryMaxBytes: maxDictionary,
	})
	c := column{table: t, index: index, field: field, out: w.ColumnWriters()[0]}
	s := newScratch()
	for from := 0; from < t.Rows; from += RowsPerGroup {
		if err := c.write(b.Context(), from, from+RowsPerGroup, s); err != nil {
			b.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return w.Size()
}
