package parquet

import (
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/capfold/capfold/pipeline/table"
)

// encodingOf returns the encoding of a column's values before compression. It depends on
// nothing but the table, and was chosen with BenchmarkEncoding, which has the numbers:
//
//   - Integers and instants are delta-packed. That is the fastest encoding of all, and
//     near the smallest for nearly every column of flows. A dictionary is smaller for a
//     column of few values, by so little that it is not worth a rule.
//   - Strings have a dictionary if a sample says that values repeat, as countries do, and
//     are plain otherwise: for addresses, which come sorted, the compressor finds more
//     than a dictionary does, in less time.
//   - 16-byte binaries are plain: delta-packed ones are written faster, but larger, and
//     not every reader decodes them.
//   - Doubles are plain. Note: a dictionary suits coordinates, but the bounds that
//     parquet-go v0.32.0 takes from one are wrong in the presence of NaN.
func encodingOf(t *table.Table, column int) encoding.Encoding {
	switch t.Schema.Fields[column].Type {
	case table.Int32, table.Int64, table.Timestamp:
		return &parquet.DeltaBinaryPacked
	case table.String:
		if repeats(t, column) {
			return &parquet.RLEDictionary
		}
	}
	return &parquet.Plain
}

// repeats reports whether a column of strings has less than one distinct value in
// sixteen rows, judged by runs of rows that are spread over the table.
func repeats(t *table.Table, column int) bool {
	const runs, runRows, share = 16, 256, 16
	distinct := make(map[string]struct{})
	var v table.Vector
	rows, from := 0, 0
	for run := range runs {
		from = max(from, t.Rows/runs*run) // not before the end of the last run
		to := min(from+runRows, t.Rows)
		t.Read(column, from, to, &v)
		for i := range v.Ends {
			distinct[string(v.Text(i))] = struct{}{}
		}
		rows, from = rows+to-from, to
	}
	return len(distinct)*share < rows
}
