package reducers

import (
	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
)

// Conversation is an unordered pair of addresses, A being the smaller.
type Conversation struct {
	A, B   packet.Host
	AB, BA flow.Counts // from A to B, and back
	Flows  int64
	Span   Span
}

// both returns what was sent in both directions together.
func (c *Conversation) both() *flow.Counts {
	sum := c.AB
	sum.Add(c.BA)
	return &sum
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
			r.A, r.B = c.A, c.B
			for f := range c.Flows() {
				v, _ := flowOf(f)
				if f[0].Src == c.A.Addr {
					r.AB.Add(v.Counts)
				} else {
					r.BA.Add(v.Counts)
				}
				r.Flows++
				r.Span.Merge(Span{v.First, v.Last, true})
			}
		},
		SortKey: func(r *row) uint64 { return e.RankBy.key(r.both()) },
		Compare: func(a, b *row) int {
			if c := e.RankBy.descending(a.both(), b.both()); c != 0 {
				return c
			}
			if c := a.A.Compare(b.A); c != 0 {
				return c
			}
			return a.B.Compare(b.B)
		},
		Columns: columns(
			[]table.Column[row]{
				hostColumn("a", "the smaller address", func(r *row) packet.Host { return r.A }),
				hostColumn("b", "the larger address", func(r *row) packet.Host { return r.B }),
			},
			countsColumns("ab_", " from a to b", func(r *row) *flow.Counts { return &r.AB }),
			countsColumns("ba_", " from b to a", func(r *row) *flow.Counts { return &r.BA }),
			[]table.Column[row]{
				table.Int64s("flows", "flows", "distinct flows in both directions", func(r *row) int64 { return r.Flows }),
			},
			spanColumns(func(r *row) Span { return r.Span }),
		),
	}
}
