package reducers

import (
	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/reducers/geo"
)

// HostMeasure is what is known of a host.
type HostMeasure struct {
	Sent, Received flow.Counts
	Peers, Flows   int64
	Span           Span
	TTLs           TTLs // of packets sent

	place geo.ID // where the host is, once it is complete
}

func (m *HostMeasure) merge(o *HostMeasure) {
	m.Sent.Add(o.Sent)
	m.Received.Add(o.Received)
	m.Peers += o.Peers
	m.Flows += o.Flows
	m.Span.Merge(o.Span)
	m.TTLs.Merge(o.TTLs)
}

func hosts(e *Env) pipeline.Reducer[flow.Conversation] {
	type row = Row[packet.Host, HostMeasure]
	return &hostsRollup{
		Doc: table.Schema{
			Name: "hosts", Row: "address", Order: "measure of --rank-by sent, descending; address",
			Doc: "Every IP address that sent or received a packet.",
		},
		Hash: hashHost,
		Parts: func(c flow.Conversation, add func(packet.Host, HostMeasure)) {
			var a, b HostMeasure
			for f := range c.Flows() {
				v, ttls := flowOf(f)
				from, to := &a, &b
				if f[0].Src != c.A.Addr {
					from, to = &b, &a
				}
				from.Sent.Add(v.Counts)
				from.TTLs.Merge(ttls)
				to.Received.Add(v.Counts)
				a.Span.Merge(Span{v.First, v.Last, true})
				a.Flows++
			}
			if c.A == c.B {
				// All that a host sends to itself it receives too; it is not its own peer.
				a.Received = b.Received
				add(c.A, a)
				return
			}
			a.Peers, b.Peers = 1, 1
			b.Flows, b.Span = a.Flows, a.Span
			add(c.A, a)
			add(c.B, b)
		},
		Merge:       (*HostMeasure).merge,
		CompareKeys: packet.Host.Compare,
		SortKeys: []func(*row) uint64{
			func(r *row) uint64 { return e.RankBy.key(&r.Value.Sent) },
			func(r *row) uint64 { return hostKey(r.Key) },
		},
		Compare: func(a, b *row) int {
			if c := e.RankBy.descending(&a.Value.Sent, &b.Value.Sent); c != 0 {
				return c
			}
			return a.Key.Compare(b.Key)
		},
		Columns: columns(
			[]table.Column[row]{hostColumn("address", "IP address", func(r *row) packet.Host { return r.Key })},
			countsColumns("sent_", " sent", func(r *row) *flow.Counts { return &r.Value.Sent }),
			countsColumns("received_", " received", func(r *row) *flow.Counts { return &r.Value.Received }),
			[]table.Column[row]{
				table.Int64s("peers", "addresses", "distinct other addresses that packets were exchanged with", func(r *row) int64 { return r.Value.Peers }),
				table.Int64s("flows", "flows", "distinct flows to and from the address", func(r *row) int64 { return r.Value.Flows }),
			},
			spanColumns(func(r *row) Span { return r.Value.Span }),
			ttlsColumns(func(r *row) TTLs { return r.Value.TTLs }),
			placeColumns(func(r *row) *geo.Place { return e.Geo.Place(r.Value.place) }),
		),
	}
}
