package reducers

import (
	"cmp"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
)

const intervalDoc = " Intervals without packets have no row. The length of an interval is interval_ns in " +
	"summary.json: that of --interval, or the shortest of 1, 2, 5, 10, 20, 30 seconds and the like " +
	"that divides the captures' span into at most 300."

func timeline(*Env) pipeline.Reducer[flow.Point] {
	type row = Row[int64, flow.Counts]
	return &Rollup[flow.Point, int64, flow.Counts]{
		Doc: table.Schema{
			Name: "timeline", Row: "interval", Order: "time",
			Doc: "All packets over time, also those that are not IP, whose bytes are 0." + intervalDoc,
		},
		Fold: func(p flow.Point, at func(int64) *flow.Counts) {
			if p.Host.Version == 0 {
				at(p.Start).Add(p.Counts)
			}
		},
		Merge:   func(into, from *flow.Counts) { into.Add(*from) },
		Compare: func(a, b *row) int { return cmp.Compare(a.Key, b.Key) },
		Columns: columns([]table.Column[row]{
			table.Times("interval_start", "start of the interval, a multiple of its length since the epoch", func(r *row) int64 { return r.Key }),
		}, countsColumns("", "", func(r *row) *flow.Counts { return &r.Value })),
	}
}

// HostInterval is an interval of a top host.
type HostInterval struct {
	Start int64 // nanoseconds since the epoch
	Rank  int   // of the host, from 1
}

func hostTimeline(e *Env) pipeline.Reducer[flow.Point] {
	type row = Row[HostInterval, flow.Counts]
	ranks := e.ranks()
	return &Rollup[flow.Point, HostInterval, flow.Counts]{
		Doc: table.Schema{
			Name: "host_timeline", Row: "interval and top address", Order: "time, rank",
			Doc: "What each of the top addresses sent over time." + intervalDoc,
		},
		Fold: func(p flow.Point, at func(HostInterval) *flow.Counts) {
			if rank := ranks.rank(p.Host); rank != 0 {
				at(HostInterval{p.Start, rank}).Add(p.Counts)
			}
		},
		Merge: func(into, from *flow.Counts) { into.Add(*from) },
		Compare: func(a, b *row) int {
			return cmp.Or(cmp.Compare(a.Key.Start, b.Key.Start), cmp.Compare(a.Key.Rank, b.Key.Rank))
		},
		Columns: columns([]table.Column[row]{
			table.Times("interval_start", "start of the interval, a multiple of its length since the epoch", func(r *row) int64 { return r.Key.Start }),
			table.Int32s("rank", "1", "place among the addresses by what they sent", func(r *row) int64 { return int64(r.Key.Rank) }),
			hostColumn("address", "IP address", func(r *row) packet.Host { return e.Hosts[r.Key.Rank-1] }),
		}, countsColumns("", " sent", func(r *row) *flow.Counts { return &r.Value })),
	}
}
