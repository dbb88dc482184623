package sinktest

import (
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"

	"github.com/capfold/capfold/pipeline/table"
)

// flow is a row of the table of [Flows].
type flow struct {
	src, dst            netip.Addr
	srcPort, dstPort    uint16
	protocol, ttl       uint8
	flags               uint8
	packets, bytes      int64
	firstTime, lastTime int64 // ns
}

// Flows returns a table with the columns of capfold's flows and n rows that look like a
// day of a campus network: few hosts have most flows, most flows are short, one IP
// version dominates. It is the same for every call with the same n.
func Flows(n int) *table.Table {
	random := rand.New(rand.NewPCG(147, 32))
	hosts := rand.NewZipf(random, 1.2, 20, 1<<16-1)
	remotes := rand.NewZipf(random, 1.1, 200, 1<<20-1)
	services := []uint16{443, 80, 53, 22, 123, 25, 993, 3389, 445, 8080}
	const start = 1_312_969_600e9
	flows := make([]flow, n)
	for i := range flows {
		f := &flows[i]
		local := v4(147<<24 | 32<<16 | uint32(hosts.Uint64())&0xffff)
		remote := v4(uint32(remotes.Uint64()) * 2654435761)
		if random.IntN(20) == 0 {
			local, remote = v6(hosts.Uint64()), v6(remotes.Uint64()*0x9e3779b97f4a7c15)
		}
		client, service := uint16(32768+random.IntN(28232)), services[random.IntN(10)*random.IntN(10)/9]
		f.src, f.dst, f.srcPort, f.dstPort = local, remote, client, service
		f.protocol, f.ttl, f.flags = 6, 64, 0x1b
		if service == 53 || service == 123 {
			f.protocol, f.flags = 17, 0
		}
		if random.IntN(2) == 0 {
			f.src, f.dst, f.srcPort, f.dstPort = f.dst, f.src, f.dstPort, f.srcPort
			f.ttl = uint8(64 - random.IntN(20))
		}
		f.packets = 1 + int64(random.ExpFloat64()*random.ExpFloat64()*12)
		f.bytes = f.packets * int64(40+random.IntN(1400))
		f.firstTime = start + random.Int64N(86_400e9)
		f.lastTime = f.firstTime + int64(random.ExpFloat64()*2e9)
	}
	slices.SortFunc(flows, func(a, b flow) int {
		return cmp.Or(a.src.Compare(b.src), a.dst.Compare(b.dst),
			cmp.Compare(a.srcPort, b.srcPort), cmp.Compare(a.dstPort, b.dstPort), cmp.Compare(a.firstTime, b.firstTime))
	})
	schema := table.Schema{Name: "flows", Row: "directed 5-tuple", Order: "by key", Doc: "Rows for tests and benchmarks."}
	return table.New(schema, flowColumns(), table.RowsOf(flows), table.Options[flow]{})
}

func flowColumns() []table.Column[flow] {
	src, dst := hosts(func(f *flow) netip.Addr { return f.src }), hosts(func(f *flow) netip.Addr { return f.dst })
	return []table.Column[flow]{
		table.KeyedTexts("src", "source address", src, address),
		table.KeyedTexts("dst", "destination address", dst, address),
		table.KeyedBinary16s("src_bin", "source address", src),
		table.KeyedBinary16s("dst_bin", "destination address", dst),
		table.Int32s("src_port", "", "source port", func(f *flow) int64 { return int64(f.srcPort) }),
		table.Int32s("dst_port", "", "destination port", func(f *flow) int64 { return int64(f.dstPort) }),
		table.Int32s("protocol", "", "IP protocol", func(f *flow) int64 { return int64(f.protocol) }),
		table.Int64s("packets", "packets", "packets", func(f *flow) int64 { return f.packets }),
		table.Int64s("bytes", "B", "IP total length", func(f *flow) int64 { return f.bytes }),
		table.Int64s("wire_bytes", "B", "frame length", func(f *flow) int64 { return f.bytes + 18*f.packets }),
		table.Times("first_time", "first packet", func(f *flow) int64 { return f.firstTime }),
		table.Times("last_time", "last packet", func(f *flow) int64 { return f.lastTime }),
		table.Int32s("tcp_flags", "", "all TCP flags", func(f *flow) int64 { return int64(f.flags) }).
			NullIf(func(f *flow) bool { return f.protocol != 6 }),
		table.Int32s("ttl_min", "", "smallest TTL", func(f *flow) int64 { return int64(f.ttl) }),
		table.Int32s("ttl_max", "", "largest TTL", func(f *flow) int64 { return int64(f.ttl) }),
	}
}

// hosts returns the keys of addresses.
func hosts(of func(*flow) netip.Addr) *table.Keys[flow] {
	return table.KeysOf(func(f *flow) table.Key {
		a := of(f)
		b := a.As16()
		return table.Key{High: binary.BigEndian.Uint64(b[:]), Low: binary.BigEndian.Uint64(b[8:]), Kind: uint8(a.BitLen() / 8)}
	})
}

// address appends the address that a key of hosts is of.
func address(b []byte, k table.Key) []byte {
	a := words(k.High, k.Low)
	if k.Kind == 4 {
		a = a.Unmap()
	}
	return a.AppendTo(b)
}

func v4(a uint32) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, a)))
}

func v6(a uint64) netip.Addr {
	return words(0x2001_0718_0000_0001, a)
}

// words returns the IPv6 address of two words.
func words(high, low uint64) netip.Addr {
	return netip.AddrFrom16([16]byte(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, high), low)))
}
