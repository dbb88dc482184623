package reducers

import (
	"cmp"
	"maps"
	"slices"

	"github.com/capfold/capfold/pipeline/packet"
)

// five is a directed 5-tuple. Ports that are not known are -1.
type five struct {
	src, dst address
	proto    uint8
	from, to int
}

func fiveOf(p *packet.Summary) five {
	f := five{source(p), destination(p), p.Proto, -1, -1}
	if p.Ports&packet.SrcPortKnown != 0 {
		f.from = int(p.SrcPort)
	}
	if p.Ports&packet.DstPortKnown != 0 {
		f.to = int(p.DstPort)
	}
	return f
}

func twinConversations(t *traffic) (rows [][]any) {
	type conversation struct {
		sums  [2]sum // from the smaller address, and back
		flows map[five]bool
		period
	}
	pairs, both := map[[2]address]*conversation{}, map[[2]address]*sum{}
	t.ip(func(p *packet.Summary) {
		a, b, back := source(p), destination(p), 0
		if a.compare(b) > 0 {
			a, b, back = b, a, 1
		}
		c := at(pairs, [2]address{a, b})
		c.extend(c.flows == nil, p.Time)
		if c.flows == nil {
			c.flows = map[five]bool{}
		}
		c.flows[fiveOf(p)] = true
		c.sums[back].add(p)
		at(both, [2]address{a, b}).add(p)
	})
	compare := func(x, y [2]address) int { return cmp.Or(x[0].compare(y[0]), x[1].compare(y[1])) }
	for _, k := range heaviest(t, both, compare) {
		c := pairs[k]
		rows = append(rows, row([]any{k[0].String(), k[1].String()}, c.sums[0].columns(), c.sums[1].columns(),
			[]any{int64(len(c.flows))}, c.period.columns()))
	}
	return rows
}

func twinFlows(t *traffic) (rows [][]any) {
	type flows struct {
		sum
		period
		flags uint8
		ttls  []uint8
	}
	all := map[five]*flows{}
	t.ip(func(p *packet.Summary) {
		f := at(all, fiveOf(p))
		f.extend(len(f.ttls) == 0, p.Time)
		f.sum.add(p)
		f.flags |= p.TCPFlags
		f.ttls = append(f.ttls, p.TTL)
	})
	// A port that is not known is ordered as port 0, in front of the one that is.
	compare := func(a, b five) int {
		return cmp.Or(a.src.compare(b.src), a.dst.compare(b.dst), cmp.Compare(a.proto, b.proto),
			cmp.Compare(max(a.from, 0), max(b.from, 0)), cmp.Compare(max(a.to, 0), max(b.to, 0)),
			cmp.Compare(a.to, b.to), cmp.Compare(a.from, b.from))
	}
	port := func(n int) any {
		if n < 0 {
			return nil
		}
		return int64(n)
	}
	for _, k := range slices.SortedFunc(maps.Keys(all), compare) {
		f, flags := all[k], any(nil)
		if k.proto == packet.ProtoTCP {
			flags = int64(f.flags)
		}
		rows = append(rows, row(
			[]any{k.src.String(), k.dst.String(), [16]byte(k.src[1:]), [16]byte(k.dst[1:]), port(k.from), port(k.to), int64(k.proto)},
			f.sum.columns(), f.period.columns(), []any{flags, int64(slices.Min(f.ttls)), int64(slices.Max(f.ttls))}))
	}
	return rows
}
