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

// conversationPackings are how conversations are kept, brief ones and others, of IPv4 and of
// IPv6: in words that hold addresses and, behind them, what packBriefConversation or
// packConversation sets.
func conversationPackings(rank RankBy) []table.Packing[Conversation] {
	key4 := func(k int, w []uint64) uint64 { return pairKey4(k, w[0], 0) }
	key6 := func(k int, w []uint64) uint64 { return pairKey6(k, (*[4]uint64)(w), 0) }
	return []table.Packing[Conversation]{
		{
			Words: 1 + briefConversationWords,
			Pack: func(w []uint64, c *Conversation) bool {
				w[0] = pair4(c.A, c.B)
				return c.Version == 4 && packBriefConversation((*[briefConversationWords]uint64)(w[1:]), c)
			},
			Unpack: func(w []uint64, c *Conversation) {
				c.Version = 4
				c.A, c.B = addrs4(w[0])
				unpackBriefConversation((*[briefConversationWords]uint64)(w[1:]), c)
			},
			Keys: conversationKeys(rank, func(w []uint64) flow.Counts { return briefBoth(w[1:]) }, key4),
		},
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
			Keys: conversationKeys(rank, func(w []uint64) flow.Counts { return packedBoth(w[1:]) }, key4),
		},
		{
			Words: 4 + briefConversationWords,
			Pack: func(w []uint64, c *Conversation) bool {
				*(*[4]uint64)(w) = pair6(c.A, c.B)
				return c.Version == 6 && packBriefConversation((*[briefConversationWords]uint64)(w[4:]), c)
			},
			Unpack: func(w []uint64, c *Conversation) {
				c.Version = 6
				c.A, c.B = addrs6((*[4]uint64)(w))
				unpackBriefConversation((*[briefConversationWords]uint64)(w[4:]), c)
			},
			Keys: conversationKeys(rank, func(w []uint64) flow.Counts { return briefBoth(w[4:]) }, key6),
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
			Keys: conversationKeys(rank, func(w []uint64) flow.Counts { return packedBoth(w[4:]) }, key6),
		},
	}
}

const (
	briefConversationWords = 3
	conversationWords      = 4
)

// packBriefConversation packs all of a conversation but its addresses, and reports whether it
// could.
func packBriefConversation(w *[briefConversationWords]uint64, c *Conversation) bool {
	ab, fitsAB := packBriefCounts(&c.AB)
	ba, fitsBA := packBriefCounts(&c.BA)
	times, beside, brief := packBriefTimes(c.First, c.Last)
	w[0], w[1], w[2] = uint64(ab)|uint64(c.Flows), uint64(ba)|beside, times
	return fitsAB && fitsBA && brief && uint64(c.Flows)>>besideBits == 0
}

func unpackBriefConversation(w *[briefConversationWords]uint64, c *Conversation) {
	ab, ba := briefCounts(w[0]), briefCounts(w[1])
	c.AB, c.BA, c.Flows = ab.unpack(), ba.unpack(), int64(ab.beside())
	c.First, c.Last = unpackBriefTimes(w[2], ba.beside())
}

// briefBoth returns what was sent in both directions of what packBriefConversation set.
func briefBoth(w []uint64) flow.Counts {
	both := briefCounts(w[0]).unpack()
	both.Add(briefCounts(w[1]).unpack())
	return both
}

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

// packedBoth returns what was sent in both directions of what packConversation set.
func packedBoth(w []uint64) flow.Counts {
	both := packedCounts(w[0]).unpack()
	both.Add(packedCounts(w[1]).unpack())
	return both
}

// conversationKeys returns the keys of packed conversations: the measure of both directions,
// and those of the pair of addresses.
func conversationKeys(rank RankBy, both func([]uint64) flow.Counts, pairKey func(k int, w []uint64) uint64) []func([]uint64) uint64 {
	measure := func(w []uint64) uint64 {
		sum := both(w)
		return rank.key(&sum)
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
