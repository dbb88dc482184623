package parquet

import (
	"github.com/parquet-go/parquet-go/format"

	"github.com/capfold/capfold/pipeline/table"
)

// column says how the values of a field are stored.
type column struct {
	table.Field
	index      int  // in the schema
	repeats    bool // whether a dictionary is tried
	compressed bool
}

// fewRows is the length of tables up to which nothing is compressed: they are a few
// kilobytes, and a run that has no others need not set up a compressor.
const fewRows = 1 << 10

// columnsOf returns the columns of a table. They depend on its schema and length alone,
// and were chosen with BenchmarkEncoding, which has the numbers:
//
//   - Integers and instants are delta-packed. That is the fastest encoding of all, and
//     near the smallest for nearly every column of flows. What is left of instants is
//     noise that no compressor makes smaller.
//   - Strings and 16-byte binaries have a dictionary in row groups where they repeat, as
//     addresses do: it is both smaller and faster than to compress them. Elsewhere they
//     are plain. Note: delta-packed ones are written faster, but are larger, and not every
//     reader decodes binaries of that kind.
//   - Doubles are plain: they are in small tables only.
func columnsOf(t *table.Table) []column {
	columns := make([]column, len(t.Schema.Fields))
	for i, f := range t.Schema.Fields {
		columns[i] = column{
			Field: f, index: i,
			repeats:    f.Type == table.String || f.Type == table.Binary16,
			compressed: f.Type != table.Timestamp && t.Rows > fewRows,
		}
	}
	return columns
}

// encoding returns the encoding of pages without a dictionary.
func (c *column) encoding() format.Encoding {
	switch c.Type {
	case table.Int32, table.Int64, table.Timestamp:
		return format.DeltaBinaryPacked
	default:
		return format.Plain
	}
}

// codec returns the compression of pages.
func (c *column) codec() format.CompressionCodec {
	if c.compressed {
		return format.Zstd
	}
	return format.Uncompressed
}
