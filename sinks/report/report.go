// Package report writes a result as one HTML file for people: charts, a map and tables
// that need no network, no server and nothing else beside them.
package report

import (
	"context"
	"fmt"
	"io"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

// Path is where the report is in an output directory.
const Path = "report.html"

// Input is what a report is made of: only what an output directory holds, so that the
// report of a stored result is the same bytes as that of the run which made it.
type Input struct {
	// Version, Options, Inputs and Totals are those of the manifest. Numbers in Options and
	// Totals may be of any type that package encoding/json writes the same.
	Version string
	Options map[string]any
	Inputs  []sinks.Input
	Totals  map[string]any

	// Tables are the tables of the result by name. A table that is absent was not made;
	// its section says so. They are read through [table.Table.Parts] only.
	Tables map[string]*table.Table
}

// Write writes the report of in to w. It returns soon after ctx is cancelled, with the
// context's cause.
func Write(ctx context.Context, w io.Writer, in Input) error {
	d, err := collect(ctx, &in)
	if err == nil {
		err = writePage(w, d)
	}
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
