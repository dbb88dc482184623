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

// conversation4 is a conversation of IPv4 as it is kept.
type conversation4 struct {
	hosts       uint64 // a and b
	ab, ba      flow.Counts
	flows       int64
	first, last int64
}

func (p *conversation4) pack(c *Conversation) bool {
	*p = conversation4{pair4(c.A, c.B), c.AB, c.BA, c.Flows, c.First, c.Last}
	return c.Version == 4
}

func (p *conversation4) unpack(c *Conversation) {
	c.A, c.B = addrs4(p.hosts)
	c.Version, c.AB, c.BA, c.Flows, c.First, c.Last = 4, p.ab, p.ba, p.flows, p.first, p.last
}

func conversations(e *Env) pipeline.Reducer[flow.Batch] {
	type row = Conversation
	return &Listing[flow.Batch, row, conversation4]{
		Doc: table.Schema{
			Name: "conversations", Row: "unordered pair of addresses",
			Order: "measure of --rank-by in both directions together, descending; addresses",
			Doc:   "Which addresses exchanged packets. Address a is the smaller one.",
		},
		Fold: func(b flow.Batch, to *table.Store[row, conversation4]) {
			for i := range b.Conversations {
				c := &b.Conversations[i]
				span := spanOf(&c.Forward)
				span.Merge(spanOf(&c.Back))
				r := to.Next()
				r.A, r.B, r.Version = c.A.Addr, c.B.Addr, c.A.Version
				r.AB, r.BA = c.Forward.Counts, c.Back.Counts
				r.Flows = int64(len(c.Forward.Flows) + len(c.Back.Flows))
				r.First, r.Last = span.First, span.Last
			}
		},
		Plan: table.Plan[row, conversation4]{
			Order: table.Order[row]{
				Keys: []func(*row) uint64{
					func(r *row) uint64 {
						both := r.both()
						return e.RankBy.key(&both)
					},
					func(r *row) uint64 { return pairKey(r.Version, &r.A, &r.B) },
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
			},
			Pack: (*conversation4).pack, Unpack: (*conversation4).unpack,
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
