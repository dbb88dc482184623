package reducers

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
)

// world is a small piece of traffic, with the accounts of the captures that it might come
// from, and the environment to analyse it in. Analyses get it in five forms: batches,
// captures, conversations, hosts and points.
type world struct {
	env      Env
	interval int64 // of time series, 0 for one that suits
	packets  []packet.Summary
	captures []packet.Capture
	rand     *rand.Rand // for what needs no shrinking
}

// drawWorld draws a world of at most so many packets whose top hosts are any that are in it.
func drawWorld(t *rapid.T, packets int) *world {
	w := &world{
		packets:  drawPackets(t, packets),
		interval: rapid.SampledFrom([]int64{0, 1000, 1e6, 1e9, 3600e9}).Draw(t, "interval"),
		rand:     rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)),
	}
	w.env.Options = Options{
		Top:    rapid.IntRange(1, 6).Draw(t, "top"),
		RankBy: rapid.SampledFrom([]RankBy{ByBytes, ByWireBytes, ByPackets}).Draw(t, "rank by"),
		Ports:  rapid.SampledFrom([]Ports{SystemPorts, RegisteredPorts, AllPorts}).Draw(t, "ports"),
	}
	w.env.Geo = someAtlas()
	if hosts := w.hosts(); len(hosts) > 0 {
		w.env.Hosts = rapid.Permutation(hosts).Draw(t, "top hosts")
		w.env.Hosts = w.env.Hosts[:min(len(hosts), w.env.Top)]
	}
	w.captures = drawCaptures(t, w.packets)
	return w
}

// What packets are made of: few values, so that keys meet and measures tie, and those at
// which something changes. The IPv6 addresses include the one that IPv4's first maps to.
var (
	someHosts = map[uint8][]packet.Addr{
		4: {packet.Addr4(0x0a000001), packet.Addr4(0x09020304), packet.Addr4(0x09020305), packet.Addr4(0x0903ffff), packet.Addr4(0x0a000002), packet.Addr4(0x09ffffff), packet.Addr4(math.MaxUint32), packet.Addr4(0)},
		6: {packet.Addr4(0x0a000001), {}, {Hi: 0xfe80 << 48, Lo: 1}, {Hi: 0xff02 << 48, Lo: 1}},
	}
	someProtocols = []uint8{packet.ProtoTCP, packet.ProtoTCP, packet.ProtoUDP, packet.ProtoUDP, packet.ProtoSCTP, packet.ProtoICMP, packet.ProtoICMPv6, 0, 47, 253, 255}
	somePorts     = []uint16{0, 1, 53, 80, 443, 1023, 1024, 8080, 49151, 49152, 65535}
	someTTLs      = []uint8{0, 1, 63, 64, 64, 128, 255}
	someLengths   = []uint32{0, 20, 40, 40, 63, 64, 127, 128, 255, 256, 511, 512, 1023, 1024, 1500, 1514, 1515, 1518, 1519, 2047, 2048, 4095, 4096, 9216, 9217, 1<<briefOverheadBits - 1, 1 << briefOverheadBits, 65535, 65536, 1<<briefBytesBits - 1, 1 << briefBytesBits, 1<<overheadBits - 1, 1 << overheadBits, 1<<bytesBits - 1, 1 << bytesBits, math.MaxUint32}
	someTimes     = []int64{aSecond + (1<<briefBits-1)*1000, aSecond + (1<<briefBits)*1000, aSecond + aYear - 1, aSecond + aYear, -1, -1_000_000_001, 0, 1, 999, 1000, 1_000_000, 999_999_999, 1_000_000_000, 60_000_000_000, 3_600_000_000_000, math.MaxUint32 * 1_000_000_000, aSecond + 1<<durationBits - 1, aSecond + 1<<durationBits}
	somePaths     = map[uint8][]packet.Path{
		0: {packet.InternPath("ether/arp"), packet.InternPath("ether/ipv4"), packet.InternPath("sll/0x88b5")},
		4: {packet.InternPath("ether/ipv4"), packet.InternPath("ether/vlan/ipv4"), packet.InternPath("raw/ipv4")},
		6: {packet.InternPath("ether/ipv6"), packet.InternPath("raw/ipv6")},
	}
)

// aYear is about a year, the time that there is no room for in a cell of [flow.Table].
const aYear = int64(1) << 55

// aSecond is when most packets come: a capture's beginning.
const aSecond = int64(1_313_000_000_000_000_000)

// drawPackets draws at most so many packets. Many go on with the flow of one before them,
// in its direction or back, with another TTL or the same.
func drawPackets(t *rapid.T, most int) []packet.Summary {
	type draw struct {
		packet.Summary
		like int // index of an earlier packet, modulo their number; negative for none
		back bool
	}
	draws := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) draw {
		return draw{drawPacket(t), rapid.IntRange(-most/2, most).Draw(t, "like"), rapid.Bool().Draw(t, "back")}
	}), 0, most).Draw(t, "packets")
	packets := make([]packet.Summary, len(draws))
	for i, d := range draws {
		if packets[i] = d.Summary; i == 0 || d.like < 0 {
			continue
		}
		p := packets[d.like%i]
		p.Time, p.WireLen, p.CapLen = d.Time, d.WireLen, d.CapLen
		if p.Version != 0 {
			p.Bytes, p.TTL = d.Bytes, cmp.Or(d.TTL, p.TTL)
		}
		if d.back && p.Ports != packet.SrcPortKnown {
			p.Src, p.Dst, p.SrcPort, p.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort
		}
		packets[i] = p
	}
	return packets
}

// drawPacket draws what a decoder could have made of a frame.
func drawPacket(t *rapid.T) packet.Summary {
	var s packet.Summary
	s.Version = rapid.SampledFrom([]uint8{4, 4, 4, 6, 6, 0}).Draw(t, "version")
	s.Time = rapid.SampledFrom(someTimes).Draw(t, "time")
	if rapid.IntRange(0, 9).Draw(t, "usual time") > 0 {
		s.Time = aSecond + int64(rapid.IntRange(0, 20).Draw(t, "tick"))*100_000_500
	}
	s.WireLen = rapid.SampledFrom(someLengths).Draw(t, "wire length")
	s.CapLen = min(s.WireLen, rapid.SampledFrom([]uint32{math.MaxUint32, 96}).Draw(t, "snap length"))
	s.Path = rapid.SampledFrom(somePaths[s.Version]).Draw(t, "path")
	if s.Version == 0 {
		s.Verdict = rapid.SampledFrom([]packet.Verdict{packet.NotIP, packet.UnknownLink, packet.CutIP}).Draw(t, "verdict")
		return s
	}
	hosts := rapid.SampledFrom(someHosts[s.Version])
	s.Src, s.Dst = hosts.Draw(t, "source"), hosts.Draw(t, "destination")
	s.Bytes = rapid.SampledFrom(someLengths).Draw(t, "bytes")
	s.TTL = rapid.SampledFrom(someTTLs).Draw(t, "TTL")
	s.Proto = rapid.SampledFrom(someProtocols).Draw(t, "protocol")
	switch s.Proto {
	case packet.ProtoTCP:
		s.TCPFlags = uint8(1) << rapid.IntRange(0, 7).Draw(t, "flag")
	case packet.ProtoUDP, packet.ProtoSCTP:
	default:
		return s
	}
	known := []packet.Ports{packet.SrcPortKnown | packet.DstPortKnown, packet.SrcPortKnown | packet.DstPortKnown, packet.SrcPortKnown, 0}
	s.Ports = rapid.SampledFrom(known).Draw(t, "known ports")
	if s.Ports&packet.SrcPortKnown != 0 {
		s.SrcPort = rapid.SampledFrom(somePorts).Draw(t, "source port")
	}
	if s.Ports&packet.DstPortKnown != 0 {
		s.DstPort = rapid.SampledFrom(somePorts).Draw(t, "destination port")
	} else {
		s.Verdict, s.TCPFlags = packet.CutTransport, 0
	}
	return s
}

// drawCaptures draws accounts that share out the packets. Some have the same path, as the
// accounts of parts of one capture have.
func drawCaptures(t *rapid.T, packets []packet.Summary) []packet.Capture {
	paths := []string{"a.pcap", "b.pcap", "c/b.pcap", "latin-\xe9.pcap"}
	var captures []packet.Capture
	for i := range rapid.IntRange(0, 5).Draw(t, "captures") {
		file := rapid.IntRange(0, len(paths)-1).Draw(t, "path")
		c := packet.Capture{Path: paths[file], Format: []string{"pcap", "pcap-ns"}[file%2], RecordBytes: 24}
		if file > 0 {
			c.SHA256 = fmt.Sprintf("%064x", file)
		}
		for _, l := range []packet.LinkType{packet.LinkNull, packet.LinkEthernet, packet.LinkRaw, packet.LinkLinuxSLL2} {
			if rapid.Bool().Draw(t, "link") {
				c.Links = append(c.Links, l)
			}
		}
		n := rapid.IntRange(0, len(packets)).Draw(t, "packets")
		c.Count(packets[:n])
		packets = packets[n:]
		c.RecordBytes += 16*int64(n) + c.CapturedBytes
		c.Dropped = rapid.SampledFrom([]int64{0, 1, 1000, math.MaxInt64}).Draw(t, "dropped")
		c.UnknownBlocks = rapid.Int64Range(0, 3).Draw(t, "unknown blocks")
		for j := range rapid.IntRange(0, 3).Draw(t, "anomalies") {
			length := int64(rapid.IntRange(1, 100).Draw(t, "length"))
			c.Anomalies = append(c.Anomalies, packet.Anomaly{
				Offset: int64(i*1000 + j*100), Length: length, // no region is in two parts
				Reason: rapid.SampledFrom([]packet.Reason{packet.CutRecord, packet.BadLength, packet.ZeroFilled}).Draw(t, "reason"),
				Detail: fmt.Sprintf("detail %d", length),
			})
			c.SkippedBytes += length
			c.DamagedRegions++
		}
		c.FileBytes = c.RecordBytes + c.SkippedBytes
		c.StoredBytes = c.FileBytes / 2
		captures = append(captures, c)
	}
	return captures
}

// hosts returns the hosts of the packets, in order.
func (w *world) hosts() []packet.Host {
	var hosts []packet.Host
	for i := range w.packets {
		if p := &w.packets[i]; p.Version != 0 {
			hosts = append(hosts, packet.Host{Addr: p.Src, Version: p.Version}, packet.Host{Addr: p.Dst, Version: p.Version})
		}
	}
	slices.SortFunc(hosts, packet.Host.Compare)
	return slices.Compact(hosts)
}

// batches divides the packets.
func (w *world) batches() []packet.Batch {
	var all []packet.Batch
	for rest := slices.Clone(w.packets); len(rest) > 0; {
		n := 1 + w.rand.IntN(min(len(rest), 20))
		all, rest = append(all, rest[:n:n]), rest[n:]
	}
	return all
}

// fold folds the packets in one to three tables and merges them.
func (w *world) fold() *flow.Merged {
	tables := make([]*flow.Table, 1+w.rand.IntN(3))
	for i := range tables {
		tables[i] = flow.NewTable(flow.Seed{1, 2, 3, 4}, w.interval)
	}
	for _, b := range w.batches() {
		tables[w.rand.IntN(len(tables))].Add(b)
	}
	return flow.Merge(tables)
}

// conversations returns batches of one conversation or a few.
func (w *world) conversations() (all []flow.Batch) {
	m := w.fold()
	for shard := range flow.NumShards {
		var buf flow.Buffer
		for b := range m.Shard(shard, &buf) {
			atoms := slices.Collect(b.Atoms())
			from, to := 0, 0 // in atoms
			for i := range b.Conversations {
				hosts := [2]packet.Host{b.Conversations[i].A, b.Conversations[i].B}
				for to < len(atoms) && (hosts == [2]packet.Host{atoms[to].SrcHost(), atoms[to].DstHost()} ||
					hosts == [2]packet.Host{atoms[to].DstHost(), atoms[to].SrcHost()}) {
					to++
				}
				if i == len(b.Conversations)-1 || w.rand.IntN(2) == 0 {
					all = append(all, flow.Divide(atoms[from:to]))
					from = to
				}
			}
		}
	}
	return all
}

func (w *world) points() []flow.Point { return slices.Collect(w.fold().Points(w.env.Hosts)) }

// form is how a kind of analysis gets a world.
type form[In any] struct {
	inputs func(*world) []In
	clone  func(In) In
	// scribble overwrites all that an input points to.
	scribble func(In)
}

var (
	batchForm = form[packet.Batch]{
		inputs:   (*world).batches,
		clone:    slices.Clone[packet.Batch],
		scribble: scribble[packet.Batch],
	}
	captureForm = form[packet.Capture]{
		inputs: func(w *world) []packet.Capture { return w.captures },
		clone: func(c packet.Capture) packet.Capture {
			c.Links, c.Anomalies = slices.Clone(c.Links), slices.Clone(c.Anomalies)
			return c
		},
		scribble: func(c packet.Capture) {
			scribble(c.Links[:cap(c.Links)])
			scribble(c.Anomalies[:cap(c.Anomalies)])
		},
	}
	conversationForm = form[flow.Batch]{
		inputs: (*world).conversations,
		clone:  func(b flow.Batch) flow.Batch { return flow.Divide(slices.Collect(b.Atoms())) },
		scribble: func(b flow.Batch) {
			scribble(b.Flows)
			scribble(b.Mixed)
			scribble(b.Conversations)
		},
	}
	hostForm = form[HostRow]{
		inputs:   (*world).hostRows,
		clone:    func(h HostRow) HostRow { return h },
		scribble: func(HostRow) {},
	}
	pointForm = form[flow.Point]{
		inputs:   (*world).points,
		clone:    func(p flow.Point) flow.Point { return p },
		scribble: func(flow.Point) {},
	}
)

// hostRows returns the hosts as the table of hosts has them.
func (w *world) hostRows() (rows []HostRow) {
	e := w.env
	r := hosts(&e).(hostsReducer)
	fold := &hostFold{geo: e.Geo}
	r.Complete = func(all iter.Seq[*HostRow]) {
		fold.complete(all)
		for row := range all {
			rows = append(rows, *row)
		}
	}
	p := r.New()
	for _, c := range w.conversations() {
		p.Add(c)
	}
	p.Table()
	return rows
}

// scribble sets every element to something that no input has.
func scribble[S ~[]E, E any](s S) {
	for i := range s {
		fillLeaves(&s[i], 77)
	}
}
