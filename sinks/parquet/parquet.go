// Package parquet writes tables as Parquet files that Spark, DuckDB, Arrow and the usual
// warehouses read without options: signed integers without logical types, doubles,
// timestamps in microseconds UTC, UTF-8 strings and 16-byte binaries; nullable columns
// are OPTIONAL, all others REQUIRED; columns are in the order of the schema.
//
// Row groups hold [RowsPerGroup] rows whatever the columns are, so that their bounds and
// the bytes of a file depend on the table alone. The columns of a row group are encoded
// concurrently, and no more than one row group is in memory.
package parquet

import (
	"context"
	"fmt"
	"path"
	"runtime"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

// Format is the name of the format in a manifest.
const Format = "parquet"

// RowsPerGroup is the number of rows of every row group but the last. 128 Ki rows of
// flows are about 5 MB, enough for a scan to be sequential and few enough for the bounds
// of a column to let a query skip row groups.
const RowsPerGroup = 128 << 10

// pageSize is how many bytes of values a page holds before compression. maxDictionary
// bounds the dictionary of a column in a row group; rows after it are stored plain.
const (
	pageSize      = 256 << 10
	maxDictionary = 1 << 20
)

// Options are the properties of a sink.
type Options struct {
	// Version is the version of capfold that files name as their creator.
	Version string
	// Level is the compression level of Zstandard. Zero means the fastest one: with the
	// encodings of this package, the library's default makes flows 0.6% smaller and takes
	// a fifth longer (BenchmarkWrite).
	Level zstd.Level
}

// New returns a sink that writes each table to tables/NAME.parquet in dir.
func New(dir *sinks.Directory, o Options) sinks.Sink {
	if o.Level == 0 {
		o.Level = zstd.SpeedFastest
	}
	return &sink{dir: dir, version: o.Version, codec: &zstd.Codec{Level: o.Level}}
}

type sink struct {
	dir     *sinks.Directory
	version string
	codec   *zstd.Codec // safe for concurrent use
}

func (s *sink) Close() error { return nil }

func (s *sink) Write(ctx context.Context, t *table.Table) error {
	if err := s.writeTable(ctx, t); err != nil {
		return fmt.Errorf("write parquet table %s: %w", t.Schema.Name, err)
	}
	return nil
}

func (s *sink) writeTable(ctx context.Context, t *table.Table) error {
	f, err := s.dir.CreateTable(t, Format, path.Join("tables", t.Schema.Name+".parquet"))
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := s.writeRows(ctx, f, t); err != nil {
		return err
	}
	return f.Close()
}

// writeRows writes t as a Parquet file, one row group after the other.
func (s *sink) writeRows(ctx context.Context, f *sinks.File, t *table.Table) error {
	w := parquet.NewGenericWriter[any](f, &parquet.WriterConfig{
		CreatedBy: createdBy(s.version),
		Schema:    schemaOf(t),
		KeyValueMetadata: map[string]string{
			"capfold.version":        s.version,
			"capfold.schema_version": strconv.Itoa(sinks.SchemaVersion),
		},
		Compression:        s.codec,
		PageBufferSize:     pageSize,
		DataPageStatistics: true, // beside those of the row group and the page index
		DictionaryMaxBytes: maxDictionary,
	})
	columns := make([]column, len(t.Schema.Fields))
	for i, cw := range w.ColumnWriters() {
		columns[i] = column{table: t, index: i, field: t.Schema.Fields[i], out: cw}
	}
	free := make(chan *scratch, max(1, min(len(columns), runtime.GOMAXPROCS(0))))
	for range cap(free) {
		free <- newScratch()
	}
	for from := 0; from < t.Rows; from += RowsPerGroup {
		to := min(from+RowsPerGroup, t.Rows)
		if err := writeGroup(ctx, columns, from, to, free); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return w.Close()
}

// writeGroup encodes rows from to to (exclusive) of all columns, as many at a time as
// free holds entries.
func writeGroup(ctx context.Context, columns []column, from, to int, free chan *scratch) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cap(free))
	for i := range columns {
		group.Go(func() error {
			s := <-free // cannot block: there are as many entries as goroutines
			defer func() { free <- s }()
			return columns[i].write(ctx, from, to, s)
		})
	}
	return group.Wait()
}

// createdBy follows the form "APPLICATION version VERSION (build HASH)" that readers
// parse to know about the bugs of writers.
func createdBy(version string) string { return "capfold version " + version }
