package reducers

import (
	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
)

// flow4 is a flow of IPv4 as it is kept: it fills a cache line.
type flow4 struct {
	addrs       uint64 // source and destination
	counts      flow.Counts
	first, last int64
	srcPort     uint16
	dstPort     uint16
	proto, ttl  uint8
	ports       packet.Ports
	ttlMax      uint8
	tcpFlags    uint8
}

func (p *flow4) pack(f *flow.Flow) bool {
	*p = flow4{
		addrs: pair4(f.Src, f.Dst), counts: f.Counts, first: f.First, last: f.Last,
		srcPort: f.SrcPort, dstPort: f.DstPort, proto: f.Proto, ttl: f.TTL, ports: f.Ports,
		ttlMax: f.TTLMax, tcpFlags: f.TCPFlags,
	}
	return f.Version == 4
}

func (p *flow4) unpack(f *flow.Flow) {
	f.Src, f.Dst = addrs4(p.addrs)
	f.SrcPort, f.DstPort, f.Proto, f.TTL, f.Version, f.Ports = p.srcPort, p.dstPort, p.proto, p.ttl, 4, p.ports
	f.Counts, f.First, f.Last, f.TCPFlags, f.TTLMax = p.counts, p.first, p.last, p.tcpFlags, p.ttlMax
}

// flowKey orders flows of which pairKey is the same, as far as a number can: IPv4 ones by
// the last bit of the destination, the protocol and the ports, which is all that there is
// left, and IPv6 ones by what follows of the source.
func flowKey(f *flow.Flow) uint64 {
	k := &f.Key
	if k.Version == 6 {
		return k.Src.Hi<<63 | k.Src.Lo>>1
	}
	return uint64(k.Dst.As4()&1)<<48 | uint64(k.Proto)<<40 | uint64(k.SrcPort)<<24 | uint64(k.DstPort)<<8 | uint64(k.Ports)
}

func flows(e *Env) pipeline.Reducer[flow.Batch] {
	sources := hostKeys(func(f *flow.Flow) packet.Host { return f.SrcHost() })
	destinations := hostKeys(func(f *flow.Flow) packet.Host { return f.DstHost() })
	return &Listing[flow.Batch, flow.Flow, flow4]{
		Doc: table.Schema{
			Name: "flows", Row: "directed 5-tuple",
			Order: "IP version, source, destination, protocol, ports", RankedBy: e.RankBy.String(),
			Doc: "Every directed flow of IP packets. Ports are null where no packet had any: of " +
				"protocols without ports, of fragments but the first, and of packets that were cut.",
		},
		Fold: func(b flow.Batch, to *table.Store[flow.Flow, flow4]) {
			for i := range b.Flows {
				to.Add(&b.Flows[i])
			}
		},
		Plan: table.Plan[flow.Flow, flow4]{
			Order: table.Order[flow.Flow]{
				Keys: []func(*flow.Flow) uint64{
					func(f *flow.Flow) uint64 { return pairKey(f.Version, &f.Src, &f.Dst) },
					flowKey,
				},
				Compare: func(a, b *flow.Flow) int {
					x, y := a.Key, b.Key
					x.TTL, y.TTL = 0, 0
					return x.Compare(&y)
				},
			},
			Pack: (*flow4).pack, Unpack: (*flow4).unpack,
		},
		Rank: func(a, b *flow.Flow) int {
			if c := e.RankBy.descending(&a.Counts, &b.Counts); c != 0 {
				return c
			}
			return a.Key.Compare(&b.Key)
		},
		Columns: columns(
			[]table.Column[flow.Flow]{
				addressColumn("src", "source address", sources),
				addressColumn("dst", "destination address", destinations),
				table.KeyedBinary16s("src_bin", "source address as 16 bytes, IPv4 as ::ffff:a.b.c.d", sources),
				table.KeyedBinary16s("dst_bin", "destination address as 16 bytes, IPv4 as ::ffff:a.b.c.d", destinations),
				table.Int32s("src_port", "", "source port", func(f *flow.Flow) int64 { return int64(f.SrcPort) }).
					NullIf(func(f *flow.Flow) bool { return f.Ports&packet.SrcPortKnown == 0 }),
				table.Int32s("dst_port", "", "destination port", func(f *flow.Flow) int64 { return int64(f.DstPort) }).
					NullIf(func(f *flow.Flow) bool { return f.Ports&packet.DstPortKnown == 0 }),
				table.Int32s("protocol", "", "IANA protocol number", func(f *flow.Flow) int64 { return int64(f.Proto) }),
			},
			countsColumns("", "", func(f *flow.Flow) *flow.Counts { return &f.Counts }),
			[]table.Column[flow.Flow]{
				table.Times("first_time", "time of the first packet", func(f *flow.Flow) int64 { return f.First }),
				table.Times("last_time", "time of the last packet", func(f *flow.Flow) int64 { return f.Last }),
				table.Int32s("tcp_flags", "", "union of the TCP flags: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128; null if not TCP",
					func(f *flow.Flow) int64 { return int64(f.TCPFlags) }).NullIf(func(f *flow.Flow) bool { return f.Proto != packet.ProtoTCP }),
				table.Int32s("ttl_min", "1", "smallest TTL or hop limit", func(f *flow.Flow) int64 { return int64(f.TTL) }),
				table.Int32s("ttl_max", "1", "largest TTL or hop limit", func(f *flow.Flow) int64 { return int64(f.TTLMax) }),
			},
		),
	}
}
