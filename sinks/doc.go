// Package sinks turns tables into a result on disk: an output directory that appears as
// a whole or not at all, the files that sinks write into it, and the manifest that says
// what they are.
//
//	tables ─► Sink (parquet, jsonl, …) ─► Directory.CreateTable ─► tables/*.parquet, json/*.jsonl
//	                                      Directory.Create      ─► summary.json, report.html, plots/*
//	          WriteManifest               (every file with its length and SHA-256)
//	          Directory.Commit            (rename into place)
//
// A result is read again by [ReadManifest], which says what it holds, and the reader of
// package parquet, which makes tables of its files; [Revise] writes another edition of it
// in which some files are new.
//
// A sink knows tables and schemas, never analyses. A new format is one package below
// this one; it passes the suite of package sinktest. Packages report and plots are no
// sinks: they show all tables together.
package sinks

import (
	"context"

	"github.com/capfold/capfold/pipeline/table"
)

// Generator is the name in a manifest by which capfold knows its own directories again.
const Generator = "capfold"

// SchemaVersion is the version of the tables' names, columns and types and of the
// layout of the output directory. It grows when a reader of an older one could break.
const SchemaVersion = 1

// Sink writes tables in one format. One Sink writes any number of tables; Write may be
// called concurrently for different tables. It returns soon after ctx is cancelled, with
// the context's cause. A table whose Write failed leaves no file behind.
type Sink interface {
	Write(ctx context.Context, t *table.Table) error
	// Close finishes the sink after the last Write. It leaves the directory open.
	Close() error
}
