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

func hosts(e *Env) pipeline.Reducer[flow.Batch] {
	type row = Row[packet.Host, HostMeasure]
	return &hostsRollup{
		Doc: table.Schema{
			Name: "hosts", Row: "address", Order: "measure of --rank-by sent, descending; address",
			Doc: "Every IP address that sent or received a packet.",
		},
		Hash: hashHost,
		Parts: func(b flow.Batch, add func(packet.Host, HostMeasure)) {
			for i := range b.Conversations {
				c := &b.Conversations[i]
				both := HostMeasure{Flows: int64(len(c.Forward.Flows) + len(c.Back.Flows)), Span: spanOf(&c.Forward)}
				both.Span.Merge(spanOf(&c.Back))
				if c.A == c.B {
					// All that a host sends to itself it receives too; it is not its own peer.
					both.Sent, both.Received, both.TTLs = c.Forward.Counts, c.Forward.Counts, ttlsOf(&c.Forward)
					add(c.A, both)
					continue
				}
				both.Peers = 1
				both.Sent, both.Received, both.TTLs = c.Forward.Counts, c.Back.Counts, ttlsOf(&c.Forward)
				add(c.A, both)
				both.Sent, both.Received, both.TTLs = c.Back.Counts, c.Forward.Counts, ttlsOf(&c.Back)
				add(c.B, both)
			}
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
