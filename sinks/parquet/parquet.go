// Package parquet writes tables as Parquet files that Spark, DuckDB, Arrow and the usual
// warehouses read without options: signed integers without logical types, doubles,
// timestamps in microseconds UTC, UTF-8 strings and 16-byte binaries; nullable columns
// are OPTIONAL, all others REQUIRED; columns are in the order of the schema.
//
//	part of a table ─► batch: pages of every column ─► row group ─► file
//
// A batch is a few pages, so that neither a table in files nor what is on the way holds as
// many rows as a row group has: of that, encoded pages are all there is. All processors read
// the pages of a batch, each row once, and encode them. Of columns whose values may occur
// again and again they note the values of the page; these are put in the dictionaries of the
// row group batch by batch, in their order, while the next batches are read. The next row
// group, or the first one of the next table, is encoded while one is written.
//
// Row groups hold [RowsPerGroup] rows whatever the columns are, and pages [RowsPerPage],
// so that their bounds and the bytes of a file depend on the table alone. Encodings and
// the layout of files are those of parquet-go; this package feeds them from columns
// without a value in between, which the library's own writer needs.
//
// However many tables are written and however long they are, a sink holds a few encoded row
// groups at most (see [processorsPerGroup]), one less of what their dictionaries are made of,
// and for each processor one page before encoding and one of one column after.
package parquet

import (
	"bufio"
	"context"
	"fmt"
	"path"
	"runtime"

	"github.com/klauspost/compress/zstd"

	"github.com/capfold/capfold/pipeline/slab"
	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

// Format is the name of the format in a manifest.
const Format = "parquet"

const (
	// RowsPerGroup is the number of rows of every row group but the last. Flows of 256 Ki
	// rows are about 6 MB. With half as many, the dictionaries of addresses, of which every
	// row group has its own, are a third larger together; with twice as many, a fifth
	// smaller, but they fit into no second-level cache.
	RowsPerGroup = 256 << 10
	// RowsPerPage is the number of rows of every page of a row group but the last, the
	// least that a query with an index reads and what a processor encodes at a time.
	RowsPerPage = 16 << 10
	// pagesPerBatch is how many pages, of all columns, are read before their values are
	// looked for in dictionaries, which happens in the order of the batches.
	pagesPerBatch = 4
	// bufferLen is how many bytes of a file are handed to the kernel at a time.
	bufferLen = 64 << 10
	// processorsPerGroup is how many processors it takes for one more table at a time than one,
	// and for one more row group than two, one of which is encoded while the other is written.
	// Two tables at a time on two processors take 6 MB more, and hardly less time.
	processorsPerGroup = 8
)

// Options are the properties of a sink.
type Options struct {
	// Version is the version of capfold that files name as their creator.
	Version string
	// Level is the compression level of Zstandard. Zero means the fastest one: with the
	// encodings of this package, the library's default makes flows 0.6% smaller and takes
	// a fifth longer (BenchmarkWrite).
	Level zstd.EncoderLevel
	// Slabs is where the memory of encoded pages comes from, such as that of rows which have
	// been written. If it is nil, the sink has its own.
	Slabs *slab.Pool
}

// New returns a sink that writes each table to tables/NAME.parquet in dir.
func New(dir *sinks.Directory, o Options) sinks.Sink {
	if o.Level == 0 {
		o.Level = zstd.SpeedFastest
	}
	if o.Slabs == nil {
		o.Slabs = &slab.Pool{}
	}
	s := &sink{
		dir:        dir,
		version:    o.Version,
		groups:     make(chan *rowGroup, 2+runtime.GOMAXPROCS(0)/processorsPerGroup),
		turns:      make(chan struct{}, 1+runtime.GOMAXPROCS(0)/processorsPerGroup),
		numberings: make(chan *numberings, 1+runtime.GOMAXPROCS(0)/processorsPerGroup),
		batches:    make(chan *batch, 2+runtime.GOMAXPROCS(0)/pagesPerBatch),
		encoders:   make(chan *encoder, runtime.GOMAXPROCS(0)),
	}
	for range cap(s.groups) {
		s.groups <- &rowGroup{pile: pile{slabs: o.Slabs}}
	}
	for range cap(s.numberings) {
		s.numberings <- &numberings{}
		s.turns <- struct{}{}
	}
	for range cap(s.batches) {
		s.batches <- &batch{}
	}
	for range cap(s.encoders) {
		s.encoders <- &encoder{level: o.Level}
	}
	return s
}

type sink struct {
	dir        *sinks.Directory
	version    string
	groups     chan *rowGroup   // free row groups
	turns      chan struct{}    // one for every table more of which batches may be begun
	numberings chan *numberings // free ones: of a row group as long as values are put in dictionaries
	batches    chan *batch      // free batches
	encoders   chan *encoder    // free encoders
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
	buffer := bufio.NewWriterSize(f, bufferLen)
	if err := s.writeRows(ctx, newWriter(buffer, t.Schema, s.version), t); err != nil {
		return err
	}
	if err := buffer.Flush(); err != nil {
		return err
	}
	return f.Close()
}
