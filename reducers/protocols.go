package reducers

import (
	"cmp"
	"strings"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
)

// ProtocolKey is a path of headers.
type ProtocolKey struct {
	Path  packet.Path
	Proto uint8 // IANA protocol number, if IP
	IP    bool  // the path goes on to what IP carries
}

func (k ProtocolKey) String() string {
	if k.IP {
		return k.Path.String() + "/" + protocolName(k.Proto)
	}
	return k.Path.String()
}

func protocols(e *Env) pipeline.Reducer[packet.Batch] {
	type row = Row[ProtocolKey, flow.Counts]
	byPath := func(a, b *row) int {
		return cmp.Or(strings.Compare(a.Key.String(), b.Key.String()), cmp.Compare(a.Key.Proto, b.Key.Proto))
	}
	r := &Rollup[packet.Batch, ProtocolKey, flow.Counts]{
		Doc: table.Schema{
			Name: "protocols", Row: "path of protocols", Order: "path", RankedBy: e.RankBy.String(),
			Doc: "All packets by the headers that they were found under, the outermost first, down to the " +
				"protocol that the outermost IP header carries. Packets are counted once, under their longest path.",
		},
		Fold: func(batch packet.Batch, at func(ProtocolKey) *flow.Counts) {
			// Few paths make up nearly all packets, so most of a batch finds its sum here.
			var recent [8]Row[ProtocolKey, flow.Counts]
			for i := range batch {
				p := &batch[i]
				r := &recent[(p.Proto^p.Version^uint8(p.Path))%uint8(len(recent))]
				if k := (ProtocolKey{p.Path, p.Proto, p.Version != 0}); r.Key != k || r.Value.Packets == 0 {
					if r.Value.Packets > 0 {
						at(r.Key).Add(r.Value)
					}
					*r = row{Key: k}
				}
				addPacket(&r.Value, p)
			}
			for i := range recent {
				if recent[i].Value.Packets > 0 {
					at(recent[i].Key).Add(recent[i].Value)
				}
			}
		},
		Merge:   func(into, from *flow.Counts) { into.Add(*from) },
		Compare: byPath,
		Rank: func(a, b *row) int {
			return cmp.Or(e.RankBy.descending(&a.Value, &b.Value), byPath(a, b))
		},
		Columns: columns([]table.Column[row]{
			text("path", `names of the protocols, such as "ether/vlan/ipv4/tcp"`, func(r *row) string { return r.Key.String() }),
		}, countsColumns("", "", func(r *row) *flow.Counts { return &r.Value })),
	}
	// Where a capture has more paths than can be told apart, which of them were is
	// chance: then none is, and rows that are the same join.
	r.Finish = func(rows *table.Rows[row]) *table.Rows[row] {
		if !packet.PathsFull() {
			return rows
		}
		sums := newRollup(r)
		for i := range rows.Len() {
			k := rows.At(i).Key
			if !strings.HasSuffix(k.Path.String(), "…") {
				k.Path = k.Path.Coarse()
			}
			r.Merge(sums.at(k), &rows.At(i).Value)
		}
		return &sums.rows
	}
	return r
}
