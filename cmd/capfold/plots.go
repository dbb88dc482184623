package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/reducers"
	"github.com/capfold/capfold/sinks"
	"github.com/capfold/capfold/sinks/plots"
)

// checkPlots finds what is wrong with a value of --plots.
func checkPlots(formats []string) error {
	if len(formats) == 0 {
		return usagef("--plots: nothing is named")
	}
	for _, name := range formats {
		if !slices.Contains(plots.Formats(), name) {
			return usagef("--plots: %q is none of %s", name, strings.Join(plots.Formats(), ", "))
		}
	}
	return nil
}

// drawResult writes the main pictures in the formats that were asked for, if any.
func drawResult(ctx context.Context, dir *sinks.Directory, f *analyzeFlags, result *reducers.Result, log *logger) error {
	if len(f.plots) == 0 {
		return nil
	}
	in := plots.Input{Tables: map[string]*table.Table{}, RankBy: f.RankBy.String(), Interval: result.Interval}
	for _, t := range result.Tables {
		in.Tables[t.Schema.Name] = t
	}
	return writePlots(ctx, dir, in, f.plots, log)
}

// plotsInput returns what pictures of a stored result are drawn from.
func plotsInput(m *sinks.Manifest, tables map[string]*table.Table) plots.Input {
	in := plots.Input{Tables: tables}
	in.RankBy, _ = m.Options["rank_by"].(string)
	if n, ok := m.Totals["interval_ns"].(json.Number); ok {
		in.Interval, _ = n.Int64() // or the default
	}
	return in
}

// writePlots writes the main pictures into dir, and logs which it leaves out.
func writePlots(ctx context.Context, dir *sinks.Directory, in plots.Input, formats []string, log *logger) error {
	omitted, err := plots.Write(ctx, dir, in, formats)
	for _, o := range omitted {
		log.warn(fmt.Sprintf("picture %s left out: %v", o.Picture, o.Err), "picture", o.Picture, "reason", o.Err.Error())
	}
	return err
}
