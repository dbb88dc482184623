// Package parquet writes tables as Parquet files that Spark, DuckDB, Arrow and the usual
// warehouses read without options: signed integers without logical types, doubles,
// timestamps in microseconds UTC, UTF-8 strings and 16-byte binaries; nullable columns
// are OPTIONAL, all others REQUIRED; columns are in the order of the schema.
//
//	part of a table ─► pages of every column, encoded by all processors ─► row group ─► file
//	                   (the next part is encoded while a row group is written)
//
// Rows are looked at once, by whoever has their page. Of columns whose values may occur
// again and again it notes the values of the page, out of which dictionaries are made when
// all pages of a row group have been read.
//
// Row groups hold [RowsPerGroup] rows whatever the columns are, and pages [RowsPerPage],
// so that their bounds and the bytes of a file depend on the table alone. Encodings and
// the layout of files are those of parquet-go; this package feeds them from columns
// without a value in between, which the library's own writer needs.
//
// However many tables are written and however long they are, a sink holds a few encoded row
// groups at most (see [processorsPerGroup]) and, for each processor, one page before encoding and one
// of one column after. Of flows, a row group is about 5 MiB and a page 2 MiB.
package parquet

import (
	"bufio"
	"context"
	"fmt"
	"path"
	"runtime"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

// Format is the name of the format in a manifest.
const Format = "parquet"

const (
	// RowsPerGroup is the number of rows of every row group but the last. 128 Ki rows of
	// flows are about 3 MB, enough for a scan to be sequential and few enough for the
	// bounds of a column to let a query skip row groups.
	RowsPerGroup = 128 << 10
	// RowsPerPage is the number of rows of every page of a row group but the last, the
	// least that a query with an index reads and what a processor encodes at a time.
	RowsPerPage = 16 << 10
	// processorsPerGroup is how many processors a row group keeps busy to its end, when its
	// pages are read and its dictionaries are made: about as many as there are of these.
	processorsPerGroup = 4
)

// Options are the properties of a sink.
type Options struct {
	// Version is the version of capfold that files name as their creator.
	Version string
	// Level is the compression level of Zstandard. Zero means the fastest one: with the
	// encodings of this package, the library's default makes flows 0.6% smaller and takes
	// a fifth longer (BenchmarkWrite).
	Level zstd.EncoderLevel
}

// New returns a sink that writes each table to tables/NAME.parquet in dir.
func New(dir *sinks.Directory, o Options) sinks.Sink {
	if o.Level == 0 {
		o.Level = zstd.SpeedFastest
	}
	s := &sink{
		dir:      dir,
		version:  o.Version,
		groups:   make(chan *rowGroup, 2+runtime.GOMAXPROCS(0)/processorsPerGroup),
		encoders: make(chan *encoder, runtime.GOMAXPROCS(0)),
	}
	for range cap(s.groups) {
		s.groups <- &rowGroup{}
	}
	for range cap(s.encoders) {
		s.encoders <- &encoder{level: o.Level}
	}
	return s
}

type sink struct {
	dir      *sinks.Directory
	version  string
	groups   chan *rowGroup // free row groups
	encoders chan *encoder  // free encoders
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
	buffer := bufio.NewWriter(f)
	if err := s.writeRows(ctx, newWriter(buffer, t.Schema, s.version), t); err != nil {
		return err
	}
	if err := buffer.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// writeRows writes t as a Parquet file. Row groups are encoded as many at a time as there
// are free ones, provided that the table lets go of its parts, and written in their order.
func (s *sink) writeRows(ctx context.Context, w *writer, t *table.Table) error {
	columns := columnsOf(t)
	groups, ctx := errgroup.WithContext(ctx)
	turn := make(chan struct{}) // closed when the row group before has been written
	close(turn)
	err := func() error {
		for part, err := range t.Parts(RowsPerGroup) {
			if err != nil {
				return err
			}
			g, err := s.free(ctx)
			if err != nil {
				return err
			}
			encoded, mine, next := make(chan struct{}), turn, make(chan struct{})
			groups.Go(func() error {
				defer func() { s.groups <- g }()
				defer close(next)
				err := s.encode(ctx, g, part, columns)
				close(encoded)
				<-mine // cannot block for long: the group before waits for earlier ones only
				if err != nil {
					return err
				}
				return w.writeGroup(g, columns)
			})
			if turn = next; !t.InMemory() {
				<-encoded // part is valid no longer
			}
		}
		return nil
	}()
	if failed := groups.Wait(); failed != nil {
		return failed
	}
	if err != nil {
		return err
	}
	return w.close()
}

// free returns a row group that nobody uses. It waits only for such as do not wait.
func (s *sink) free(ctx context.Context) (*rowGroup, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	select {
	case g := <-s.groups:
		return g, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// encode makes g the row group of a part of a table: first page by page, in which rows are
// looked at once, and then what takes all pages of a column.
func (s *sink) encode(ctx context.Context, g *rowGroup, part *table.Table, columns []column) error {
	g.reset(part.Rows, len(columns))
	read := columnsToRead(part)
	var tasks []task
	for s := range pagesOf(part.Rows) {
		tasks = append(tasks, func(_ context.Context, e *encoder) error { return e.page(g, s, part, columns, read) })
	}
	if err := s.run(ctx, tasks); err != nil {
		return err
	}
	tasks = nil
	for _, i := range read {
		if columns[i].repeats {
			tasks = append(tasks, func(ctx context.Context, e *encoder) error { return e.repeats(ctx, g, part, columns, i) })
		}
	}
	return s.run(ctx, tasks)
}

// task is a part of the work on a row group that is done with one encoder.
type task func(context.Context, *encoder) error

// run carries tasks out, as many at the same time as there are encoders.
func (s *sink) run(ctx context.Context, tasks []task) error {
	running, ctx := errgroup.WithContext(ctx)
	running.SetLimit(cap(s.encoders))
	for _, t := range tasks {
		running.Go(func() error {
			e := <-s.encoders // cannot block for long: encoders wait for rows to be sorted at most
			defer func() { s.encoders <- e }()
			if err := context.Cause(ctx); err != nil {
				return err
			}
			return t(ctx, e)
		})
	}
	return running.Wait()
}

// columnsToRead returns the columns of a part but those that are made of the same keys as
// one before them.
func columnsToRead(part *table.Table) []int {
	var read []int
	for i := range part.Schema.Fields {
		if k := part.Keyed(i); k.Append == nil || k.Source == i {
			read = append(read, i)
		}
	}
	return read
}
