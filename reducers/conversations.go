package reducers

import (
	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
)

// Conversation is an unordered pair of addresses, A being the smaller.
type Conversation struct {
	A, B        packet.Addr
	Version     uint8       // IP version of both
	AB, BA      flow.Counts // from A to B, and back
	Flows       int64
	First, Last int64 // nanoseconds since the epoch
}

func (c *Conversation) a() packet.Host { return packet.Host{Addr: c.A, Version: c.Version} }
func (c *Conversation) b() packet.Host { return packet.Host{Addr: c.B, Version: c.Version} }

// both returns what was sent in both directions together.
func (c *Conversation) both() flow.Counts {
	sum := c.AB
	sum.Add(c.BA)
	return sum
}

func conversations(e *Env) pipeline.Reducer[flow.Conversation] {
	type row = Conversation
	return &Listing[flow.Conversation, row]{
		Doc: table.Schema{
			Name: "conversations", Row: "unordered pair of addresses",
			Order: "measure of --rank-by in both directions together, descending; addresses",
			Doc:   "Which addresses exchanged packets. Address a is the smaller one.",
		},
		Fold: func(c flow.Conversation, add func() *row) {
			r := add()
			r.A, r.B, r.Version = c.A.Addr, c.B.Addr, c.A.Version
			r.First, r.Last = c.Atoms[0].First, c.Atoms[0].Last
			for f := range c.Flows() {
				v, _ := flowOf(f)
				if f[0].Src == c.A.Addr {
					r.AB.Add(v.Counts)
				} else {
					r.BA.Add(v.Counts)
				}
				r.Flows++
				r.First, r.Last = min(r.First, v.First), max(r.Last, v.Last)
			}
		},
		SortKeys: []func(*row) uint64{
			func(r *row) uint64 {
				both := r.both()
				return e.RankBy.key(&both)
			},
			func(r *row) uint64 { return pairKey(r.a(), r.B) },
		},
		Compare: func(a, b *row) int {
			x, y := a.both(), b.both()
			if c := e.RankBy.descending(&x, &y); c != 0 {
				return c
			}
			if c := a.a().Compare(b.a()); c != 0 {
				return c
			}
			return a.b().Compare(b.b())
		},
		Columns: columns(
			[]table.Column[row]{
				hostColumn("a", "the smaller address", (*row).a),
				hostColumn("b", "the larger address", (*row).b),
			},
			countsColumns("ab_", " from a to b", func(r *row) *flow.Counts { return &r.AB }),
			countsColumns("ba_", " from b to a", func(r *row) *flow.Counts { return &r.BA }),
			[]table.Column[row]{
				table.Int64s("flows", "flows", "distinct flows in both directions", func(r *row) int64 { return r.Flows }),
			},
			[]table.Column[row]{
				table.Times("first_time", "time of the first packet", func(r *row) int64 { return r.First }),
				table.Times("last_time", "time of the last packet", func(r *row) int64 { return r.Last }),
			},
		),
	}
}
