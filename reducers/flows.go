package reducers

import (
	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
)

// Flow is a directed 5-tuple. The TTL of its key is the smallest of its packets.
type Flow struct {
	Key              flow.Key
	Counts           flow.Counts
	First, Last      int64 // nanoseconds since the epoch
	TTLMax, TCPFlags uint8
}

// flowKey orders flows of which pairKey is the same, as far as a number can: IPv4 ones by
// the last bit of the destination, the protocol and the ports, which is all that there is
// left, and IPv6 ones by what follows of the source.
func flowKey(f *Flow) uint64 {
	k := &f.Key
	if k.Version == 6 {
		return k.Src.Hi<<63 | k.Src.Lo>>1
	}
	return uint64(k.Dst.As4()&1)<<48 | uint64(k.Proto)<<40 | uint64(k.SrcPort)<<24 | uint64(k.DstPort)<<8 | uint64(k.Ports)
}

func flows(e *Env) pipeline.Reducer[flow.Batch] {
	sources := hostKeys(func(f *Flow) packet.Host { return f.Key.SrcHost() })
	destinations := hostKeys(func(f *Flow) packet.Host { return f.Key.DstHost() })
	return &Listing[flow.Batch, Flow]{
		Doc: table.Schema{
			Name: "flows", Row: "directed 5-tuple",
			Order: "IP version, source, destination, protocol, ports", RankedBy: e.RankBy.String(),
			Doc: "Every directed flow of IP packets. Ports are null where no packet had any: of " +
				"protocols without ports, of fragments but the first, and of packets that were cut.",
		},
		Fold: func(b flow.Batch, row func() *Flow) {
			for i := range b.Flows {
				f := &b.Flows[i]
				*row() = Flow{f.Key, f.Counts, f.First, f.Last, f.TTLMax, f.TCPFlags}
			}
		},
		SortKeys: []func(*Flow) uint64{
			func(f *Flow) uint64 { return pairKey(f.Key.SrcHost(), f.Key.Dst) },
			flowKey,
		},
		Compare: func(a, b *Flow) int {
			x, y := a.Key, b.Key
			x.TTL, y.TTL = 0, 0
			return x.Compare(&y)
		},
		Rank: func(a, b *Flow) int {
			if c := e.RankBy.descending(&a.Counts, &b.Counts); c != 0 {
				return c
			}
			return a.Key.Compare(&b.Key)
		},
		Columns: columns(
			[]table.Column[Flow]{
				addressColumn("src", "source address", sources),
				addressColumn("dst", "destination address", destinations),
				table.KeyedBinary16s("src_bin", "source address as 16 bytes, IPv4 as ::ffff:a.b.c.d", sources),
				table.KeyedBinary16s("dst_bin", "destination address as 16 bytes, IPv4 as ::ffff:a.b.c.d", destinations),
				table.Int32s("src_port", "", "source port", func(f *Flow) int64 { return int64(f.Key.SrcPort) }).
					NullIf(func(f *Flow) bool { return f.Key.Ports&packet.SrcPortKnown == 0 }),
				table.Int32s("dst_port", "", "destination port", func(f *Flow) int64 { return int64(f.Key.DstPort) }).
					NullIf(func(f *Flow) bool { return f.Key.Ports&packet.DstPortKnown == 0 }),
				table.Int32s("protocol", "", "IANA protocol number", func(f *Flow) int64 { return int64(f.Key.Proto) }),
			},
			countsColumns("", "", func(f *Flow) *flow.Counts { return &f.Counts }),
			[]table.Column[Flow]{
				table.Times("first_time", "time of the first packet", func(f *Flow) int64 { return f.First }),
				table.Times("last_time", "time of the last packet", func(f *Flow) int64 { return f.Last }),
				table.Int32s("tcp_flags", "", "union of the TCP flags: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128; null if not TCP",
					func(f *Flow) int64 { return int64(f.TCPFlags) }).NullIf(func(f *Flow) bool { return f.Key.Proto != packet.ProtoTCP }),
				table.Int32s("ttl_min", "1", "smallest TTL or hop limit", func(f *Flow) int64 { return int64(f.Key.TTL) }),
				table.Int32s("ttl_max", "1", "largest TTL or hop limit", func(f *Flow) int64 { return int64(f.TTLMax) }),
			},
		),
	}
}
