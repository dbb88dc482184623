package flow

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/spill"
)

// Hosts of drawn packets. Those of IPv6 include the IPv4 ones in their mapped form,
// which are other hosts, though the words of their addresses are the same.
var (
	hosts4 = []packet.Addr{
		packet.Addr4(0x0a000001), packet.Addr4(0x0a000002), packet.Addr4(0x0a000003), packet.Addr4(0x93200001),
		packet.Addr4(0), packet.Addr4(1<<32 - 1), packet.Addr4(0x0a000004), packet.Addr4(0x80000000),
	}
	hosts6 = []packet.Addr{
		hosts4[0], hosts4[1], hosts4[4], hosts4[5],
		{},
		{Lo: 1},
		{Hi: 0x20010db8 << 32, Lo: 1},
		{Hi: math.MaxUint64, Lo: math.MaxUint64},
	}
)

// summary makes a packet of two words. Small words make small packets, so that rapid
// shrinks what fails to something readable.
func summary(key, value uint64) packet.Summary {
	take := func(w *uint64, n uint64) uint64 { v := *w % n; *w /= n; return v }
	s := packet.Summary{Version: []uint8{4, 6, 0}[take(&key, 3)]}
	pool := hosts4
	if s.Version == 6 {
		pool = hosts6
	}
	s.Src, s.Dst = pool[take(&key, 8)], pool[take(&key, 8)]
	ports := []uint16{0, 1, 80, 65535}
	s.Ports = packet.Ports(take(&key, 4))
	if s.Ports&packet.SrcPortKnown != 0 {
		s.SrcPort = ports[take(&key, 4)]
	}
	if s.Ports&packet.DstPortKnown != 0 {
		s.DstPort = ports[take(&key, 4)]
	}
	s.Proto = []uint8{packet.ProtoTCP, packet.ProtoUDP, 0, 255}[take(&key, 4)]
	s.TTL = []uint8{64, 128, 0, 255}[take(&key, 4)]
	s.TCPFlags = uint8(take(&value, 256))
	s.Bytes = uint32(take(&value, 1600))
	s.WireLen = s.Bytes + uint32(take(&value, 20))
	if s.Version == 0 {
		s.Bytes = 0
	}
	s.Time = int64(take(&value, 1<<40)) * 1000
	return s
}

// drawPackets draws up to n packets of a few atoms, of usual sizes and times, or also of such
// that a cell of a table has no room for them, or just so.
func drawPackets(t *rapid.T, n int) []packet.Summary {
	keys := rapid.SliceOfN(rapid.Uint64(), 1, 40).Draw(t, "keys")
	values := rapid.SliceOfN(rapid.Uint64(), 0, n).Draw(t, "values")
	packets := make([]packet.Summary, len(values))
	for i, v := range values {
		packets[i] = summary(keys[v%uint64(len(keys))], v/uint64(len(keys)))
	}
	lengths := rapid.SampledFrom([][]uint32{nil, {math.MaxUint32}, {1 << 31, 1<<31 - 1, 1, 0}}).Draw(t, "lengths")
	times := rapid.SampledFrom([][]int64{
		nil,
		{0, 1<<spanBits - 1, 1 << spanBits, -1},
		{math.MinInt64, math.MaxInt64, 0, 1 << 62},
		{math.MaxInt64, math.MaxInt64 - 1<<spanBits, math.MinInt64, math.MinInt64 + 1<<spanBits - 1},
	}).Draw(t, "times")
	for i := range packets {
		s, v := &packets[i], values[i]/uint64(len(keys))
		if len(lengths) > 0 && v%3 == 0 {
			s.WireLen = lengths[v/3%uint64(len(lengths))]
			if s.Version != 0 {
				s.Bytes = lengths[v/16%uint64(len(lengths))]
			}
		}
		if len(times) > 0 && v%5 < 3 {
			s.Time = times[v/64%uint64(len(times))]
		}
	}
	return packets
}

// deal folds packets in batches of the given lengths, over and over, each into the next
// of n tables, and merges them.
func deal(seed Seed, interval int64, packets []packet.Summary, tables int, batches []int) *Merged {
	return dealWithin(nil, seed, interval, packets, tables, batches)
}

// dealWithin is deal with tables that keep to memory.
func dealWithin(memory *spill.Memory, seed Seed, interval int64, packets []packet.Summary, tables int, batches []int) *Merged {
	ts := make([]*Table, tables)
	for i := range ts {
		ts[i] = NewTable(seed, interval)
		ts[i].Limit(memory, tables)
	}
	for i := 0; len(packets) > 0; i++ {
		n := min(batches[i%len(batches)], len(packets))
		ts[i%tables].Add(packets[:n])
		packets = packets[n:]
	}
	return Merge(ts)
}

// twinAtoms folds packets into a map.
func twinAtoms(packets []packet.Summary) map[Key]Value {
	atoms := map[Key]Value{}
	for _, s := range packets {
		if s.Version == 0 {
			continue
		}
		k := Key{
			Src: s.Src, Dst: s.Dst, SrcPort: s.SrcPort, DstPort: s.DstPort,
			Proto: s.Proto, TTL: s.TTL, Version: s.Version, Ports: s.Ports,
		}
		v, ok := atoms[k]
		if !ok {
			v.First, v.Last = s.Time, s.Time
		}
		v.Packets++
		v.Bytes += int64(s.Bytes)
		v.WireBytes += int64(s.WireLen)
		v.First, v.Last = min(v.First, s.Time), max(v.Last, s.Time)
		v.TCPFlags |= s.TCPFlags
		atoms[k] = v
	}
	return atoms
}

// moment is what points are summed by.
type moment struct {
	host  packet.Host
	start int64
}

// twinPoints counts packets by interval, and by sender and interval.
func twinPoints(packets []packet.Summary, interval int64) map[moment]Counts {
	points := map[moment]Counts{}
	add := func(m moment, s *packet.Summary) {
		c := points[m]
		c.Add(Counts{1, int64(s.Bytes), int64(s.WireLen)})
		points[m] = c
	}
	for i := range packets {
		s := &packets[i]
		start := twinFloor(s.Time, interval)
		add(moment{start: start}, s)
		if s.Version != 0 {
			add(moment{packet.Host{Addr: s.Src, Version: s.Version}, start}, s)
		}
	}
	return points
}

// twinFloor is Floor with numbers that do not overflow.
func twinFloor(t, d int64) int64 {
	n, m := new(big.Int).DivMod(big.NewInt(t), big.NewInt(d), new(big.Int)) // Euclidean: rounds down
	n.Sub(big.NewInt(t), m)
	if !n.IsInt64() {
		return math.MinInt64
	}
	return n.Int64()
}

// twinInterval is the interval of packets, 0 if there are none.
func twinInterval(packets []packet.Summary, fixed int64) int64 {
	if len(packets) == 0 {
		return 0
	}
	if fixed != 0 {
		return fixed
	}
	first, last := packets[0].Time, packets[0].Time
	for _, s := range packets {
		first, last = min(first, s.Time), max(last, s.Time)
	}
	return Interval(first, last)
}

// tester is what checks need of *testing.T and *rapid.T.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
}

// checkFirstSenders looks for those that sent most among all that sent something.
func checkFirstSenders(t tester, m *Merged, sent map[packet.Host]Counts) {
	t.Helper()
	wire := func(c *Counts) int64 { return c.WireBytes }
	var order []int64
	for _, c := range sent {
		order = append(order, wire(&c))
	}
	slices.Sort(order)
	slices.Reverse(order)
	for _, n := range []int{1, 2, 7, len(order), len(order) + 1} {
		got := map[packet.Host]Counts{}
		for h, c := range m.Senders(n, wire) {
			if _, twice := got[h]; twice || c != sent[h] {
				t.Errorf("Senders(%d) yields %v with %+v, want %+v once", n, h, c, sent[h])
			}
			got[h] = c
		}
		for h, c := range sent {
			if _, ok := got[h]; !ok && n > 0 && (n >= len(order) || wire(&c) >= order[n-1]) {
				t.Errorf("Senders(%d) lacks %v with %+v", n, h, c)
			}
		}
	}
}

// checkSeries compares points, senders and the interval of m with those of its packets.
// It takes nothing out of m.
func checkSeries(t tester, m *Merged, packets []packet.Summary, fixed int64) {
	t.Helper()
	interval := twinInterval(packets, fixed)
	if got := m.Interval(); got != interval {
		t.Errorf("Interval() = %d, want %d", got, interval)
		return
	}
	var senders []packet.Host
	sent := map[packet.Host]Counts{}
	for h, c := range m.Senders(-1, func(c *Counts) int64 { return c.Bytes }) {
		if _, twice := sent[h]; twice {
			t.Errorf("Senders() yields %v twice", h)
		}
		sent[h] = c
		senders = append(senders, h)
	}
	wantSent := map[packet.Host]Counts{}
	for k, v := range twinAtoms(packets) {
		c := wantSent[k.SrcHost()]
		c.Add(v.Counts)
		wantSent[k.SrcHost()] = c
	}
	compareMaps(t, "Senders()", wantSent, sent)
	checkFirstSenders(t, m, sent)
	if len(packets) == 0 {
		for p := range m.Points(senders) {
			t.Errorf("Points() of no packets yields %+v", p)
		}
		return
	}
	want := twinPoints(packets, interval)
	comparePoints(t, "all senders", want, m.Points(senders))
	// Half of the hosts, one of them twice, and two that never sent.
	slices.SortFunc(senders, packet.Host.Compare)
	half := append(slices.Clone(senders[:len(senders)/2]), packet.Host{}, packet.Host{Addr: packet.Addr{Hi: 5}, Version: 6})
	if len(senders) > 1 {
		half = append(half, half[0])
	}
	maps.DeleteFunc(want, func(m moment, _ Counts) bool { return m.host.Version != 0 && !slices.Contains(half, m.host) })
	comparePoints(t, "half of the senders", want, m.Points(half))
}

func comparePoints(t tester, what string, want map[moment]Counts, points func(func(Point) bool)) {
	t.Helper()
	got := map[moment]Counts{}
	for p := range points {
		c := got[moment{p.Host, p.Start}]
		c.Add(p.Counts)
		got[moment{p.Host, p.Start}] = c
	}
	compareMaps(t, fmt.Sprintf("Points(%s)", what), want, got)
}

// compareMaps has a look at the differences only if there are any, which takes long.
func compareMaps[K, V comparable](t tester, what string, want, got map[K]V) {
	t.Helper()
	if !maps.Equal(want, got) {
		t.Errorf("%s, -want +got:\n%s", what, cmp.Diff(want, got, cmp.AllowUnexported(moment{})))
	}
}

// checkAtoms compares the atoms of m with the twin's, and their grouping with what the
// documentation promises. It takes them out of m.
func checkAtoms(t tester, m *Merged, packets []packet.Summary) {
	t.Helper()
	want := twinAtoms(packets)
	got := map[Key]Value{}
	type pairKey struct{ a, b packet.Host }
	pairs := map[pairKey]bool{}
	var buf Buffer
	for shard := range NumShards {
		for b := range m.Shard(shard, &buf) {
			for _, c := range b.Conversations {
				p := pairKey{c.A, c.B}
				if pairs[p] {
					t.Errorf("the conversation %v – %v comes twice", c.A, c.B)
				}
				pairs[p] = true
			}
			checkBatch(t, b)
			for a := range b.Atoms() {
				got[a.Key] = a.Value
			}
		}
		for again := range m.Shard(shard, &buf) {
			t.Errorf("Shard(%d) a second time yields %d flows, want none", shard, len(again.Flows))
		}
	}
	if n := m.Atoms(); n != int64(len(want)) {
		t.Errorf("Atoms() = %d, want %d", n, len(want))
	}
	if err := m.Err(); err != nil {
		t.Errorf("Err() = %v", err)
	}
	compareMaps(t, "atoms", want, got)
}

// checkBatch compares conversations and flows with what the documentation promises of them.
func checkBatch(t tester, b Batch) {
	t.Helper()
	flows, atoms := b.Flows, slices.Collect(b.Atoms())
	var mixed []Atom
	for _, c := range b.Conversations {
		if len(c.Forward.Flows)+len(c.Back.Flows) == 0 || c.A.Compare(c.B) > 0 || c.A == c.B && len(c.Back.Flows) > 0 {
			t.Errorf("conversation %v – %v has %d and %d flows", c.A, c.B, len(c.Forward.Flows), len(c.Back.Flows))
		}
		for i, way := range []Way{c.Forward, c.Back} {
			src, dst := c.A, c.B
			if i == 1 {
				src, dst = dst, src
			}
			checkSum(t, way)
			sent := way.Flows
			for i := range sent {
				if len(flows) == 0 || flows[0] != sent[i] {
					t.Errorf("conversation %v – %v: %+v is not the next flow of the batch", c.A, c.B, sent[i].Key)
					return
				}
				flows = flows[1:]
				if sent[i].SrcHost() != src || sent[i].DstHost() != dst {
					t.Errorf("conversation %v – %v has the flow %+v", c.A, c.B, sent[i].Key)
				}
				if i > 0 && (sent[i-1].Compare(&sent[i].Key) >= 0 || sent[i].Compare(&sent[i-1].Key) <= 0 || sent[i-1].SameFlow(&sent[i].Key)) {
					t.Errorf("conversation %v – %v: %+v is before %+v", c.A, c.B, sent[i-1].Key, sent[i].Key)
				}
				rest := checkFlow(t, sent[i], atoms)
				if own := atoms[:len(atoms)-len(rest)]; len(own) > 1 {
					mixed = append(mixed, own...)
				}
				atoms = rest
			}
		}
	}
	if len(flows) != 0 || len(atoms) != 0 {
		t.Errorf("%d flows and %d atoms of the batch are in no conversation", len(flows), len(atoms))
	}
	if !slices.Equal(b.Mixed, mixed) {
		t.Errorf("the batch has %d atoms of mixed flows, want %d", len(b.Mixed), len(mixed))
	}
}

// checkSum compares what a way has of its flows together with them.
func checkSum(t tester, w Way) {
	t.Helper()
	want := Way{Flows: w.Flows}
	for i, f := range w.Flows {
		if i == 0 {
			want.First, want.Last, want.TTLMin = f.First, f.Last, f.TTL
		}
		want.Packets += f.Packets
		want.Bytes += f.Bytes
		want.WireBytes += f.WireBytes
		want.First, want.Last = min(want.First, f.First), max(want.Last, f.Last)
		want.TCPFlags |= f.TCPFlags
		want.TTLMin, want.TTLMax = min(want.TTLMin, f.TTL), max(want.TTLMax, f.TTLMax)
	}
	if d := cmp.Diff(want, w); d != "" {
		t.Errorf("sum over the flows of a way, -want +got:\n%s", d)
	}
}

// checkFlow compares a flow with the first of atoms, which must be its own, and returns
// the others.
func checkFlow(t tester, f Flow, atoms []Atom) []Atom {
	t.Helper()
	var want Flow
	n := 0
	for ; n < len(atoms) && atoms[n].SameFlow(&f.Key); n++ {
		a := &atoms[n]
		if n == 0 {
			want = Flow{a.Key, a.Value, a.TTL}
			continue
		}
		if a.TTL <= want.TTLMax {
			t.Errorf("flow %+v has an atom of TTL %d after one of %d", f.Key, a.TTL, want.TTLMax)
		}
		want.Packets += a.Packets
		want.Bytes += a.Bytes
		want.WireBytes += a.WireBytes
		want.First, want.Last = min(want.First, a.First), max(want.Last, a.Last)
		want.TCPFlags |= a.TCPFlags
		want.TTLMax = a.TTL
	}
	if f != want {
		t.Errorf("flow %+v, its %d atoms sum up to %+v", f, n, want)
	}
	return atoms[n:]
}

var _ tester = (*testing.T)(nil)
