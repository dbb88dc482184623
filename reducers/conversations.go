package reducers

import (
	"slices"

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

// conversationPackings are how conversations are kept, of IPv4 and of IPv6: in words that
// hold addresses and, behind them, what packConversation sets.
func conversationPackings(rank RankBy) []table.Packing[Conversation] {
	return []table.Packing[Conversation]{
		{
			Words: 1 + conversationWords,
			Pack: func(w []uint64, c *Conversation) bool {
				w[0] = pair4(c.A, c.B)
				return c.Version == 4 && packConversation((*[conversationWords]uint64)(w[1:]), c)
			},
			Unpack: func(w []uint64, c *Conversation) {
				c.Version = 4
				c.A, c.B = addrs4(w[0])
				unpackConversation((*[conversationWords]uint64)(w[1:]), c)
			},
			Keys: conversationKeys(1, rank, func(k int, w []uint64) uint64 { return pairKey4(k, w[0], 0) }),
		},
		{
			Words: 4 + conversationWords,
			Pack: func(w []uint64, c *Conversation) bool {
				*(*[4]uint64)(w) = pair6(c.A, c.B)
				return c.Version == 6 && packConversation((*[conversationWords]uint64)(w[4:]), c)
			},
			Unpack: func(w []uint64, c *Conversation) {
				c.Version = 6
				c.A, c.B = addrs6((*[4]uint64)(w))
				unpackConversation((*[conversationWords]uint64)(w[4:]), c)
			},
			Keys: conversationKeys(4, rank, func(k int, w []uint64) uint64 { return pairKey6(k, (*[4]uint64)(w), 0) }),
		},
	}
}

const conversationWords = 4

// packConversation packs all of a conversation but its addresses, and reports whether it
// could.
func packConversation(w *[conversationWords]uint64, c *Conversation) bool {
	ab, fitsAB := packCounts(&c.AB)
	ba, fitsBA := packCounts(&c.BA)
	w[0], w[1] = uint64(ab), uint64(ba)
	var short bool
	w[2], w[3], short = packTimes(c.First, c.Last, uint8(c.Flows))
	return fitsAB && fitsBA && short && uint64(c.Flows)>>8 == 0
}

func unpackConversation(w *[conversationWords]uint64, c *Conversation) {
	var flows uint8
	c.AB, c.BA = packedCounts(w[0]).unpack(), packedCounts(w[1]).unpack()
	c.First, c.Last, flows = unpackTimes(w[2], w[3])
	c.Flows = int64(flows)
}

// conversationKeys returns the keys of packed conversations: the measure, and those of the
// pair of addresses, which are so many words.
func conversationKeys(addresses int, rank RankBy, pairKey func(k int, w []uint64) uint64) []func([]uint64) uint64 {
	measure := func(w []uint64) uint64 {
		both, ba := packedCounts(w[addresses]).unpack(), packedCounts(w[addresses+1]).unpack()
		both.Add(ba)
		return rank.key(&both)
	}
	return slices.Insert(keysOf(pairKeys, pairKey), 0, measure)
}

func conversations(e *Env) pipeline.Reducer[flow.Batch] {
	type row = Conversation
	version := func(r *row) *uint8 { return &r.Version }
	return &Listing[flow.Batch, row]{
		Doc: table.Schema{
			Name: "conversations", Row: "unordered pair of addresses",
			Order: "measure of --rank-by in both directions together, descending; addresses",
			Doc:   "Which addresses exchanged packets. Address a is the smaller one.",
		},
		Fold: func(b flow.Batch, to *table.Store[row]) {
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
		Plan: table.Plan[row]{
			Order: table.Order[row]{
				Keys: slices.Insert(
					keysOf(pairKeys, func(k int, r *row) uint64 { return pairKey(k, r.Version, r.A, r.B, 0) }),
					0, func(r *row) uint64 {
						both := r.both()
						return e.RankBy.key(&both)
					}),
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
			Packings: conversationPackings(e.RankBy),
		},
		Columns: columns(
			[]table.Column[row]{
				addressColumn("a", "the smaller address", table.KeyFields(func(r *row) *packet.Addr { return &r.A }, version)),
				addressColumn("b", "the larger address", table.KeyFields(func(r *row) *packet.Addr { return &r.B }, version)),
			},
			countsColumns("ab_", " from a to b", func(r *row) *flow.Counts { return &r.AB }),
			countsColumns("ba_", " from b to a", func(r *row) *flow.Counts { return &r.BA }),
			[]table.Column[row]{
				table.Int64Field("flows", "flows", "distinct flows in both directions", func(r *row) *int64 { return &r.Flows }),
			},
			[]table.Column[row]{
				table.TimeField("first_time", "time of the first packet", func(r *row) *int64 { return &r.First }),
				table.TimeField("last_time", "time of the last packet", func(r *row) *int64 { return &r.Last }),
			},
		),
	}
}
