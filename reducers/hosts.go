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

// add adds what a host exchanged with another one.
func (m *HostMeasure) add(sent, received *flow.Way, flows, peers int64) {
	m.Sent.Add(sent.Counts)
	m.Received.Add(received.Counts)
	m.Peers += peers
	m.Flows += flows
	m.Span.Merge(spanOf(sent))
	m.Span.Merge(spanOf(received))
	m.TTLs.Merge(ttlsOf(sent))
}

func hosts(e *Env) pipeline.Reducer[flow.Batch] {
	type row = Row[packet.Host, HostMeasure]
	return hostsReducer{&hostsRollup{
		Doc: table.Schema{
			Name: "hosts", Row: "address", Order: "measure of --rank-by sent, descending; address",
			Doc: "Every IP address that sent or received a packet.",
		},
		Hash: hashHost,
		Keys: func(b flow.Batch, keys []packet.Host) []packet.Host {
			for i := range b.Conversations {
				c := &b.Conversations[i]
				keys = append(keys, c.A, c.B)
			}
			return keys
		},
		Parts: func(b flow.Batch, measures []*HostMeasure) {
			for i := range b.Conversations {
				c := &b.Conversations[i]
				flows := int64(len(c.Forward.Flows) + len(c.Back.Flows))
				if c.A == c.B {
					// All that a host sends to itself it receives too; it is not its own peer.
					measures[2*i].add(&c.Forward, &c.Forward, flows, 0)
					continue
				}
				measures[2*i].add(&c.Forward, &c.Back, flows, 1)
				measures[2*i+1].add(&c.Back, &c.Forward, flows, 1)
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
			[]table.Column[row]{addressColumn("address", "IP address", table.KeyFields(
				func(r *row) *packet.Addr { return &r.Key.Addr },
				func(r *row) *uint8 { return &r.Key.Version },
			))},
			countsColumns("sent_", " sent", func(r *row) *flow.Counts { return &r.Value.Sent }),
			countsColumns("received_", " received", func(r *row) *flow.Counts { return &r.Value.Received }),
			[]table.Column[row]{
				table.Int64Field("peers", "addresses", "distinct other addresses that packets were exchanged with", func(r *row) *int64 { return &r.Value.Peers }),
				table.Int64Field("flows", "flows", "distinct flows to and from the address", func(r *row) *int64 { return &r.Value.Flows }),
			},
			spanColumns(func(r *row) *Span { return &r.Value.Span }),
			ttlsColumns(func(r *row) *TTLs { return &r.Value.TTLs }),
			placeColumns(func(r *row) *geo.Place { return e.Geo.Place(r.Value.place) }),
		),
	}}
}
