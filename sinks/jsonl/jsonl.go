// Package jsonl writes tables as JSON Lines, one object per row with its keys in the
// order of the schema, and the summary of a result as one JSON document.
//
// Integers are numbers, doubles their shortest form that reads back exactly (NaN and the
// infinities, which JSON lacks, are null), instants RFC 3339 in UTC with microseconds,
// 16-byte values lower-case hexadecimal, absent values null. Text that is not UTF-8 has
// U+FFFD in the place of each byte that does not belong.
//
// Chunks of a table are encoded by all processors and written in order. However many
// tables are written and however long they are, a sink holds one chunk more than there are
// processors, of flows 500 kB each.
package jsonl

import (
	"context"
	"fmt"
	"io"
	"path"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

// Format is the name of the format in a manifest.
const Format = "jsonl"

const (
	// chunkRows is how many rows are encoded at a time, about 350 kB of flows.
	chunkRows = 1 << 10
	// partRows is how many rows are asked of a table at a time.
	partRows = 64 * chunkRows
)

// New returns a sink that writes each table to json/NAME.jsonl in dir.
func New(dir *sinks.Directory) sinks.Sink {
	s := &sink{dir: dir, free: make(chan *chunk, 1+runtime.GOMAXPROCS(0))}
	for range cap(s.free) {
		s.free <- &chunk{}
	}
	return s
}

type sink struct {
	dir  *sinks.Directory
	free chan *chunk // as many as are encoded or written at a time
}

// chunk is a run of rows while it is encoded and written.
type chunk struct {
	vectors []table.Vector
	lines   []byte
}

func (s *sink) Close() error { return nil }

func (s *sink) Write(ctx context.Context, t *table.Table) error {
	if err := s.writeTable(ctx, t); err != nil {
		return fmt.Errorf("write jsonl table %s: %w", t.Schema.Name, err)
	}
	return nil
}

func (s *sink) writeTable(ctx context.Context, t *table.Table) error {
	f, err := s.dir.CreateTable(t, Format, path.Join("json", t.Schema.Name+".jsonl"))
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := s.writeRows(ctx, f, t); err != nil {
		return err
	}
	return f.Close()
}

// writeRows encodes chunks of t, as many at a time as there are free ones, and writes
// them in their order.
func (s *sink) writeRows(ctx context.Context, w io.Writer, t *table.Table) error {
	keys := keysOf(t.Schema)
	chunks, ctx := errgroup.WithContext(ctx)
	turn := make(chan struct{}) // closed when the chunk before has been written
	close(turn)
	err := func() error {
		for part, err := range t.Parts(partRows) {
			if err != nil {
				return err
			}
			var reading sync.WaitGroup
			for from := 0; from < part.Rows; from += chunkRows {
				c, err := s.take(ctx)
				if err != nil {
					return err
				}
				mine, next := turn, make(chan struct{})
				turn = next
				reading.Add(1)
				chunks.Go(func() error {
					defer func() { s.free <- c }()
					defer close(next)
					c.lines = c.append(c.lines[:0], part, keys, "", "\n", from, min(from+chunkRows, part.Rows))
					reading.Done()
					<-mine // cannot block for long: the chunk before waits for earlier ones only
					if err := context.Cause(ctx); err != nil {
						return err
					}
					_, err := w.Write(c.lines)
					return err
				})
			}
			if !t.InMemory() {
				reading.Wait() // part is valid no longer
			}
		}
		return nil
	}()
	if failed := chunks.Wait(); failed != nil {
		return failed
	}
	return err
}

// take returns a chunk that nobody uses.
func (s *sink) take(ctx context.Context) (*chunk, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	select {
	case c := <-s.free:
		return c, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// keysOf returns what precedes the value of each column: `{"port":`, `,"service":`.
func keysOf(s table.Schema) [][]byte {
	var keys [][]byte
	for i, f := range s.Fields {
		key := []byte{','}
		if i == 0 {
			key[0] = '{'
		}
		keys = append(keys, append(appendString(key, []byte(f.Name)), ':'))
	}
	return keys
}

// append appends rows from to to (exclusive) of t, each between before and after.
func (c *chunk) append(dst []byte, t *table.Table, keys [][]byte, before, after string, from, to int) []byte {
	for len(c.vectors) < len(keys) {
		c.vectors = append(c.vectors, table.Vector{})
	}
	for i := range keys {
		t.Read(i, from, to, &c.vectors[i])
	}
	for row := range to - from {
		dst = append(dst, before...)
		for i, key := range keys {
			dst = append(dst, key...)
			dst = appendValue(dst, t.Schema.Fields[i].Type, &c.vectors[i], row)
		}
		dst = append(dst, '}')
		dst = append(dst, after...)
	}
	return dst
}
