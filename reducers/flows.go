package reducers

import (
	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
)

// flowPackings are how flows are kept, brief ones and others, of IPv4 and of IPv6: in words
// that hold addresses and, behind them, what packBriefFlow or packFlow sets.
func flowPackings(rank RankBy) []table.Packing[flow.Flow] {
	key4 := func(k int, w []uint64) uint64 { return pairKey4(k, w[0], w[1+flowTail]<<8>>16) }
	key6 := func(k int, w []uint64) uint64 { return pairKey6(k, (*[4]uint64)(w), w[4+flowTail]<<8>>16) }
	return []table.Packing[flow.Flow]{
		{
			Words: 1 + briefFlowWords,
			Pack: func(w []uint64, f *flow.Flow) bool {
				w[0] = pair4(f.Src, f.Dst)
				return f.Version == 4 && packBriefFlow((*[briefFlowWords]uint64)(w[1:]), f)
			},
			Unpack: func(w []uint64, f *flow.Flow) {
				f.Version = 4
				f.Src, f.Dst = addrs4(w[0])
				unpackBriefFlow((*[briefFlowWords]uint64)(w[1:]), f)
			},
			Keys:    keysOf(pairKeys, key4),
			RankKey: func(w []uint64) uint64 { return briefCounts(w[1+flowCounts]).key(rank) },
		},
		{
			Words: 1 + flowWords,
			Pack: func(w []uint64, f *flow.Flow) bool {
				w[0] = pair4(f.Src, f.Dst)
				return f.Version == 4 && packFlow((*[flowWords]uint64)(w[1:]), f)
			},
			Unpack: func(w []uint64, f *flow.Flow) {
				f.Version = 4
				f.Src, f.Dst = addrs4(w[0])
				unpackFlow((*[flowWords]uint64)(w[1:]), f)
			},
			Keys:    keysOf(pairKeys, key4),
			RankKey: func(w []uint64) uint64 { return packedCounts(w[1+flowCounts]).key(rank) },
		},
		{
			Words: 4 + briefFlowWords,
			Pack: func(w []uint64, f *flow.Flow) bool {
				*(*[4]uint64)(w) = pair6(f.Src, f.Dst)
				return f.Version == 6 && packBriefFlow((*[briefFlowWords]uint64)(w[4:]), f)
			},
			Unpack: func(w []uint64, f *flow.Flow) {
				f.Version = 6
				f.Src, f.Dst = addrs6((*[4]uint64)(w))
				unpackBriefFlow((*[briefFlowWords]uint64)(w[4:]), f)
			},
			Keys:    keysOf(pairKeys, key6),
			RankKey: func(w []uint64) uint64 { return briefCounts(w[4+flowCounts]).key(rank) },
		},
		{
			Words: 4 + flowWords,
			Pack: func(w []uint64, f *flow.Flow) bool {
				*(*[4]uint64)(w) = pair6(f.Src, f.Dst)
				return f.Version == 6 && packFlow((*[flowWords]uint64)(w[4:]), f)
			},
			Unpack: func(w []uint64, f *flow.Flow) {
				f.Version = 6
				f.Src, f.Dst = addrs6((*[4]uint64)(w))
				unpackFlow((*[flowWords]uint64)(w[4:]), f)
			},
			Keys:    keysOf(pairKeys, key6),
			RankKey: func(w []uint64) uint64 { return packedCounts(w[4+flowCounts]).key(rank) },
		},
	}
}

const (
	briefFlowWords = 3
	flowWords      = 4
	flowTail       = 0 // the word that has what follows addresses in the order of keys
	flowCounts     = 1
)

// packBriefFlow packs all of a flow but its addresses, and reports whether it could: packets
// of most flows have one TTL.
func packBriefFlow(w *[briefFlowWords]uint64, f *flow.Flow) bool {
	w[flowTail] = packFlowTail(f)
	counts, fits := packBriefCounts(&f.Counts)
	times, beside, brief := packBriefTimes(f.First, f.Last)
	w[flowCounts], w[2] = uint64(counts)|beside, times
	return fits && brief && f.TTLMax == f.TTL
}

func unpackBriefFlow(w *[briefFlowWords]uint64, f *flow.Flow) {
	unpackFlowTail(w[flowTail], f)
	f.TTLMax = f.TTL
	counts := briefCounts(w[flowCounts])
	f.Counts = counts.unpack()
	f.First, f.Last = unpackBriefTimes(w[2], counts.beside())
}

// packFlow packs all of a flow but its addresses, and reports whether it could.
func packFlow(w *[flowWords]uint64, f *flow.Flow) bool {
	w[flowTail] = packFlowTail(f)
	counts, fits := packCounts(&f.Counts)
	w[flowCounts] = uint64(counts)
	var short bool
	w[2], w[3], short = packTimes(f.First, f.Last, f.TTLMax)
	return fits && short
}

func unpackFlow(w *[flowWords]uint64, f *flow.Flow) {
	unpackFlowTail(w[flowTail], f)
	f.Counts = packedCounts(w[flowCounts]).unpack()
	f.First, f.Last, f.TTLMax = unpackTimes(w[2], w[3])
}

func packFlowTail(f *flow.Flow) uint64 {
	return uint64(f.TCPFlags)<<56 | uint64(f.Proto)<<48 | uint64(f.SrcPort)<<32 | uint64(f.DstPort)<<16 |
		uint64(f.Ports)<<8 | uint64(f.TTL)
}

func unpackFlowTail(tail uint64, f *flow.Flow) {
	f.TCPFlags, f.Proto, f.SrcPort, f.DstPort = uint8(tail>>56), uint8(tail>>48), uint16(tail>>32), uint16(tail>>16)
	f.Ports, f.TTL = packet.Ports(tail>>8), uint8(tail)
}

// flowKey returns a key of flows: after the addresses, the protocol and the ports.
func flowKey(k int, f *flow.Flow) uint64 {
	rest := uint64(f.Proto)<<40 | uint64(f.SrcPort)<<24 | uint64(f.DstPort)<<8 | uint64(f.Ports)
	return pairKey(k, f.Version, f.Src, f.Dst, rest)
}

func flows(e *Env) pipeline.Reducer[flow.Batch] {
	version := func(f *flow.Flow) *uint8 { return &f.Version }
	sources := table.KeyFields(func(f *flow.Flow) *packet.Addr { return &f.Src }, version)
	destinations := table.KeyFields(func(f *flow.Flow) *packet.Addr { return &f.Dst }, version)
	return &Listing[flow.Batch, flow.Flow]{
		Doc: table.Schema{
			Name: "flows", Row: "directed 5-tuple",
			Order: "IP version, source, destination, protocol, ports", RankedBy: e.RankBy.String(),
			Doc: "Every directed flow of IP packets. Ports are null where no packet had any: of " +
				"protocols without ports, of fragments but the first, and of packets that were cut.",
		},
		Fold: func(b flow.Batch, to *table.Store[flow.Flow]) {
			to.Add(b.Flows...)
		},
		Plan: table.Plan[flow.Flow]{
			Order: table.Order[flow.Flow]{
				Keys: firstKey(keysOf(pairKeys, flowKey), func(f *flow.Flow) uint64 {
					return pairKey(0, f.Version, f.Src, f.Dst, 0)
				}),
				Compare: func(a, b *flow.Flow) int {
					x, y := a.Key, b.Key
					x.TTL, y.TTL = 0, 0
					return x.Compare(&y)
				},
			},
			Packings: flowPackings(e.RankBy),
		},
		Rank: func(a, b *flow.Flow) int {
			if c := e.RankBy.descending(&a.Counts, &b.Counts); c != 0 {
				return c
			}
			return a.Key.Compare(&b.Key)
		},
		RankKey: func(f *flow.Flow) uint64 { return e.RankBy.key(&f.Counts) },
		Top:     e.Top,
		Columns: columns(
			[]table.Column[flow.Flow]{
				addressColumn("src", "source address", sources),
				addressColumn("dst", "destination address", destinations),
				table.KeyedBinary16s("src_bin", "source address as 16 bytes, IPv4 as ::ffff:a.b.c.d", sources),
				table.KeyedBinary16s("dst_bin", "destination address as 16 bytes, IPv4 as ::ffff:a.b.c.d", destinations),
				table.Int32Field("src_port", "", "source port", func(f *flow.Flow) *uint16 { return &f.SrcPort }).
					NullIf(func(f *flow.Flow) bool { return f.Ports&packet.SrcPortKnown == 0 }),
				table.Int32Field("dst_port", "", "destination port", func(f *flow.Flow) *uint16 { return &f.DstPort }).
					NullIf(func(f *flow.Flow) bool { return f.Ports&packet.DstPortKnown == 0 }),
				table.Int32Field("protocol", "", "IANA protocol number", func(f *flow.Flow) *uint8 { return &f.Proto }),
			},
			countsColumns("", "", func(f *flow.Flow) *flow.Counts { return &f.Counts }),
			[]table.Column[flow.Flow]{
				table.TimeField("first_time", "time of the first packet", func(f *flow.Flow) *int64 { return &f.First }),
				table.TimeField("last_time", "time of the last packet", func(f *flow.Flow) *int64 { return &f.Last }),
				table.Int32Field("tcp_flags", "", "union of the TCP flags: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128; null if not TCP",
					func(f *flow.Flow) *uint8 { return &f.TCPFlags }).NullIf(func(f *flow.Flow) bool { return f.Proto != packet.ProtoTCP }),
				table.Int32Field("ttl_min", "1", "smallest TTL or hop limit", func(f *flow.Flow) *uint8 { return &f.TTL }),
				table.Int32Field("ttl_max", "1", "largest TTL or hop limit", func(f *flow.Flow) *uint8 { return &f.TTLMax }),
			},
		),
	}
}
