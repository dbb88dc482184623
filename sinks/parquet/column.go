package parquet

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"github.com/capfold/capfold/pipeline/table"
)

// chunkRows is how many values pass from a table to the encoder at a time; they stay in
// the second-level cache.
const chunkRows = 2048

// column writes one column of a table.
type column struct {
	table *table.Table
	index int
	field table.Field
	out   *parquet.ColumnWriter
}

// scratch holds the buffers between a table and an encoder.
type scratch struct {
	vector table.Vector
	values []parquet.Value
}

func newScratch() *scratch { return &scratch{values: make([]parquet.Value, chunkRows)} }

// write encodes rows from to to (exclusive).
func (c *column) write(ctx context.Context, from, to int, s *scratch) error {
	for ; from < to; from += chunkRows {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		end := min(from+chunkRows, to)
		c.table.Read(c.index, from, end, &s.vector)
		values := s.values[:end-from]
		if err := c.convert(values, &s.vector); err != nil {
			return err
		}
		if _, err := c.out.WriteRowValues(values); err != nil {
			return err
		}
	}
	return c.out.Flush()
}

// convert sets values to those of v. They refer to the memory of v.
func (c *column) convert(values []parquet.Value, v *table.Vector) error {
	switch c.field.Type {
	case table.Int32:
		for i, x := range v.Ints {
			if x != int64(int32(x)) && !v.Null(i) {
				return fmt.Errorf("column %s: %d does not fit into 32 bits", c.field.Name, x)
			}
			values[i] = parquet.Int32Value(int32(x))
		}
	case table.Int64, table.Timestamp:
		for i, x := range v.Ints {
			values[i] = parquet.Int64Value(x)
		}
	case table.Double:
		for i, x := range v.Floats {
			values[i] = parquet.DoubleValue(x)
		}
	case table.Binary16:
		for i := range values {
			values[i] = parquet.FixedLenByteArrayValue(v.Text(i))
		}
	case table.String:
		whole := allUTF8(v)
		for i := range values {
			text := v.Text(i)
			if !whole {
				text = toUTF8(text)
			}
			values[i] = parquet.ByteArrayValue(text)
		}
	}
	if c.field.Nullable {
		for i := range values {
			if v.Nulls[i] {
				values[i] = parquet.Value{}
			} else {
				values[i] = values[i].Level(0, 1, c.index)
			}
		}
	}
	return nil
}

// allUTF8 reports whether every value of v is UTF-8. Values that are so only when put
// together are told by the first byte of the later one.
func allUTF8(v *table.Vector) bool {
	start := 0
	for _, end := range v.Ends {
		if end > start && !utf8.RuneStart(v.Bytes[start]) {
			return false
		}
		start = end
	}
	return utf8.Valid(v.Bytes)
}

// toUTF8 returns text with U+FFFD in the place of every byte that is not UTF-8, as the
// JSON sink has it. A single such value would make a file unreadable for DuckDB.
func toUTF8(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	return []byte(string([]rune(string(text))))
}
