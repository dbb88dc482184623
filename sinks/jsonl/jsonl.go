// Package jsonl writes tables as JSON Lines, one object per row with its keys in the
// order of the schema, and the summary of a result as one JSON document.
//
// Integers are numbers, doubles their shortest form that reads back exactly (NaN and the
// infinities, which JSON lacks, are null), instants RFC 3339 in UTC with microseconds,
// 16-byte values lower-case hexadecimal, absent values null. Text that is not UTF-8 has
// U+FFFD in the place of each byte that does not belong.
package jsonl

import (
	"context"
	"fmt"
	"path"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

// Format is the name of the format in a manifest.
const Format = "jsonl"

// chunkRows is how many rows are read from the columns of a table at a time.
const chunkRows = 1024

// New returns a sink that writes each table to json/NAME.jsonl in dir.
func New(dir *sinks.Directory) sinks.Sink { return &sink{dir} }

type sink struct{ dir *sinks.Directory }

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
	r := newRows(t)
	var lines []byte
	for from := 0; from < t.Rows; from += chunkRows {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		lines = r.append(lines[:0], "", "\n", from, min(from+chunkRows, t.Rows))
		if _, err := f.Write(lines); err != nil {
			return err
		}
	}
	return f.Close()
}

// AppendRows appends every row of t as an object, each between before and after.
func AppendRows(dst []byte, t *table.Table, before, after string) []byte {
	r := newRows(t)
	for from := 0; from < t.Rows; from += chunkRows {
		dst = r.append(dst, before, after, from, min(from+chunkRows, t.Rows))
	}
	return dst
}

// rows encodes the rows of a table. Its vectors are reused from chunk to chunk.
type rows struct {
	table   *table.Table
	keys    [][]byte // what precedes the value of each column: `{"port":`, `,"service":`
	vectors []table.Vector
}

func newRows(t *table.Table) *rows {
	r := &rows{table: t, vectors: make([]table.Vector, len(t.Schema.Fields))}
	for i, f := range t.Schema.Fields {
		key := []byte{','}
		if i == 0 {
			key[0] = '{'
		}
		r.keys = append(r.keys, append(appendString(key, []byte(f.Name)), ':'))
	}
	return r
}

// append appends rows from to to (exclusive), each between before and after.
func (r *rows) append(dst []byte, before, after string, from, to int) []byte {
	for c := range r.vectors {
		r.table.Read(c, from, to, &r.vectors[c])
	}
	for i := range to - from {
		dst = append(dst, before...)
		for c := range r.vectors {
			dst = append(dst, r.keys[c]...)
			dst = appendValue(dst, r.table.Schema.Fields[c].Type, &r.vectors[c], i)
		}
		dst = append(dst, '}')
		dst = append(dst, after...)
	}
	return dst
}
