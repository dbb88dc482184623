package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/slab"
	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/reducers"
	"github.com/capfold/capfold/reducers/geo"
	"github.com/capfold/capfold/sinks"
	"github.com/capfold/capfold/sinks/jsonl"
	"github.com/capfold/capfold/sinks/parquet"
	"github.com/capfold/capfold/sinks/report"
)

// format is a way to write tables, or a result as a whole. A new one is a package in sinks
// and a line in formats.
type format struct {
	name string
	// open returns a sink that takes memory from slabs; it is nil if no tables are written.
	open func(dir *sinks.Directory, slabs *slab.Pool) sinks.Sink
	// pick returns what is written of a table, or nil for nothing; a nil pick means all.
	pick func(f *analyzeFlags, t *table.Table, large bool) *table.Table
}

func formats() []format {
	return []format{
		{
			name: "parquet",
			open: func(dir *sinks.Directory, slabs *slab.Pool) sinks.Sink {
				return parquet.New(dir, parquet.Options{Version: version, Slabs: slabs})
			},
		},
		{
			name: "json",
			open: func(dir *sinks.Directory, _ *slab.Pool) sinks.Sink { return jsonl.New(dir) },
			pick: pickJSON,
		},
		{name: reportFormat},
	}
}

// reportFormat is the name of the format that is a page for people.
const reportFormat = "report"

func formatNames() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// pickJSON returns tables that were asked for as a whole, and of others what the summary
// has of them.
func pickJSON(f *analyzeFlags, t *table.Table, large bool) *table.Table {
	has := func(word string) bool { return slices.Contains(f.jsonTables, word) }
	switch {
	case has("all") || has(t.Schema.Name):
		return t
	case has("none"):
		return nil
	}
	return f.brief(t, large)
}

// maxBrief bounds the rows that a summary has of a table that is not large by nature,
// but is so because of options such as --ports all or a short --interval.
const maxBrief = 10_000

// brief returns what the summary has of a table: all of it, or the top of a large one.
func (f *analyzeFlags) brief(t *table.Table, large bool) *table.Table {
	if large {
		return t.Top(f.Top)
	}
	return t.Top(maxBrief)
}

// summaryOf is the short form of a result.
type summaryOf struct {
	jsonl.Summary
	totals totals
}

func (s summaryOf) render(w io.Writer) error { return jsonl.RenderSummary(w, s.Summary) }

// totals are the sums over all captures.
type totals struct {
	captures int
	packet.Capture
}

func summarize(f *analyzeFlags, result *reducers.Result) (summaryOf, error) {
	t := totals{captures: len(result.Captures)}
	for i := range result.Captures {
		c := result.Captures[i]
		c.Anomalies = nil // their number is enough
		if !t.Merge(&c) {
			return summaryOf{}, errors.New("the packets' lengths add up to more than 2^63 bytes")
		}
	}
	verdicts := map[string]int64{}
	for v, n := range t.Verdicts {
		if n > 0 {
			verdicts[packet.Verdict(v).String()] = n
		}
	}
	s := summaryOf{totals: t, Summary: jsonl.Summary{Version: version, Totals: []jsonl.Total{
		{Name: "captures", Value: t.captures},
		{Name: "packets", Value: t.Packets},
		{Name: "captured_bytes", Value: t.CapturedBytes},
		{Name: "wire_bytes", Value: t.WireBytes},
		{Name: "ip_packets", Value: t.IPPackets},
		{Name: "ip_bytes", Value: t.IPBytes},
		{Name: "truncated_packets", Value: t.Truncated},
		{Name: "skipped_bytes", Value: t.SkippedBytes},
		{Name: "damaged_regions", Value: t.DamagedRegions},
		{Name: "first_time", Value: instant(t.First, t.Packets)},
		{Name: "last_time", Value: instant(t.Last, t.Packets)},
		{Name: "interval_ns", Value: result.Interval},
		{Name: "rank_by", Value: f.RankBy.String()},
		{Name: "top", Value: f.Top},
		{Name: "verdicts", Value: verdicts},
	}}}
	s.Tables = make([]*table.Table, len(result.Tables))
	var g errgroup.Group
	g.SetLimit(f.workers)
	for i, a := range f.analyses() {
		g.Go(func() error {
			s.Tables[i] = f.brief(result.Tables[i], a.Large)
			return nil
		})
	}
	return s, g.Wait()
}

// instant returns the time of a packet, or nil where there are none.
func instant(ns, packets int64) any {
	if packets == 0 {
		return nil
	}
	return time.Unix(0, ns).UTC()
}

// heapOfWriting is about how much the heap grows while long tables are written, in bytes.
const heapOfWriting = 24 << 20

// writeResults writes everything into dir.
func writeResults(
	ctx context.Context, dir *sinks.Directory, f *analyzeFlags, atlas *geo.Atlas, result *reducers.Result, s summaryOf, slabs *slab.Pool, log *logger,
) error {
	slabs.Shrink(heapOfWriting)
	type write struct {
		sink  sinks.Sink
		table *table.Table
	}
	var open []sinks.Sink
	var writes []write
	for _, format := range formats() {
		if format.open == nil || !slices.Contains(f.formats, format.name) {
			continue
		}
		sink := format.open(dir, slabs)
		open = append(open, sink)
		for i, a := range f.analyses() {
			tab := result.Tables[i]
			if format.pick != nil {
				tab = format.pick(f, tab, a.Large)
			}
			if tab != nil {
				writes = append(writes, write{sink, tab})
			}
		}
	}
	// The largest table first: what is left for the end is small.
	slices.SortStableFunc(writes, func(a, b write) int { return cmp.Compare(b.table.Rows, a.table.Rows) })
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(f.workers)
	read, totals := inputs(result.Captures), s.manifestTotals()
	options := sync.OnceValues(func() (map[string]any, error) { return f.manifestOptions(atlas) })
	// Once the report has been written, tables that are written as a whole once are read by
	// nobody but who writes them, unless pictures are drawn of them.
	whole := map[*table.Table]int{}
	for _, w := range writes {
		whole[w.table]++
	}
	drain := func() {
		for t, n := range whole {
			if n == 1 && len(f.plots) == 0 {
				t.Drain()
			}
		}
	}
	if !slices.Contains(f.formats, reportFormat) {
		drain()
	} else {
		g.Go(func() error {
			defer drain()
			options, err := options()
			if err != nil {
				return err
			}
			return writeReport(gctx, dir, report.Input{
				Version: version, Options: options, Inputs: read, Totals: totals,
				Tables: newView(result).tables,
			})
		})
	}
	for _, w := range writes {
		g.Go(func() error { return w.sink.Write(gctx, w.table) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, sink := range open {
		if err := sink.Close(); err != nil {
			return err
		}
	}
	if err := jsonl.WriteSummary(dir, s.Summary); err != nil {
		return err
	}
	if err := drawResult(ctx, dir, f, result, log); err != nil {
		return err
	}
	stored, err := options()
	if err != nil {
		return err
	}
	m, err := sinks.NewManifest(dir, version, stored, read, result.Tables)
	if err != nil {
		return err
	}
	m.Totals = totals
	return sinks.WriteManifest(dir, m)
}

// writeReport writes the report of in into dir.
func writeReport(ctx context.Context, dir *sinks.Directory, in report.Input) error {
	return createReport(dir, func(w io.Writer) error { return renderReport(ctx, w, in) })
}

// manifestTotals are the totals as the manifest has them: those of the summary, with
// instants in the same form.
func (s summaryOf) manifestTotals() map[string]any {
	totals := make(map[string]any, len(s.Totals))
	for _, t := range s.Totals {
		totals[t.Name] = t.Value
		if instant, ok := t.Value.(time.Time); ok {
			totals[t.Name] = instant.Format("2006-01-02T15:04:05.000000Z")
		}
	}
	return totals
}

// manifestOptions are the options that shape the result; how it was computed is none.
func (f *analyzeFlags) manifestOptions(atlas *geo.Atlas) (map[string]any, error) {
	databases, err := atlas.Databases()
	if err != nil {
		return nil, err
	}
	sorted := func(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }
	return map[string]any{
		"top": f.Top, "ports": f.Ports.String(), "rank_by": f.RankBy.String(),
		"interval_ns": int64(f.interval), "tables": sorted(f.tables), "formats": sorted(f.formats),
		"json_tables": sorted(f.jsonTables), "sha256": f.sha256, "tunnels": f.tunnels.String(), "geo": databases,
		"plots": append([]string{}, sorted(f.plots)...), // [] for none
	}, nil
}

func inputs(captures []packet.Capture) []sinks.Input {
	list := make([]sinks.Input, len(captures))
	for i := range captures {
		c := &captures[i]
		list[i] = sinks.Input{Path: strings.ToValidUTF8(c.Path, "\uFFFD"), Format: c.Format, Bytes: c.StoredBytes, Packets: c.Packets, SHA256: c.SHA256}
	}
	return list
}
