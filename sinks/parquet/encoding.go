package parquet

import (
	"github.com/parquet-go/parquet-go/format"

	"github.com/capfold/capfold/pipeline/table"
)

// column says how the values of a field are stored.
type column struct {
	table.Field
	index      int // in the schema
	compressed bool
}

// columnsOf returns the columns of a table, of which part is the first.
//
// They depend on nothing but the table, and were chosen with BenchmarkEncoding, which has
// the numbers:
//
//   - Integers and instants are delta-packed. That is the fastest encoding of all, and
//     near the smallest for nearly every column of flows. A dictionary is smaller for a
//     column of few values, by so little that it is not worth a rule.
//   - Strings have a dictionary if a sample says that values repeat, as countries do, and
//     are plain otherwise: for addresses, which come sorted, the compressor finds more
//     than a dictionary does, in less time.
//   - 16-byte binaries are plain: delta-packed ones are written faster, but larger, and
//     not every reader decodes them.
//   - Doubles are plain.
func columnsOf(s table.Schema) []column {
	columns := make([]column, len(s.Fields))
	for i, f := range s.Fields {
		columns[i] = column{Field: f, index: i, compressed: true}
	}
	return columns
}

// repeats reports whether a dictionary is tried.
func (c *column) repeats() bool { return c.Type == table.String || c.Type == table.Binary16 }

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
