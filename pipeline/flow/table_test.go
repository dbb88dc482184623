package flow

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/packet"
)

// TestTablesAreTheMap compares any packets, dealt to tables in any way, with the twins.
func TestTablesAreTheMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		packets := drawPackets(t, 400)
		tables := rapid.IntRange(1, 5).Draw(t, "tables")
		batches := rapid.SliceOfN(rapid.IntRange(1, 600), 1, 9).Draw(t, "batches")
		fixed := rapid.SampledFrom([]int64{0, 0, 1e9, 7e9, 3600e9, 1 << 62}).Draw(t, "interval")
		m := deal(NewSeed(), fixed, packets, tables, batches)
		checkSeries(t, m, packets, fixed)
		checkAtoms(t, m, packets)
	})
}

// TestAddKeepsNothing overwrites a batch that was added.
func TestAddKeepsNothing(t *testing.T) {
	t.Parallel()
	var packets []packet.Summary
	table := NewTable(NewSeed(), 0)
	buf := make([]packet.Summary, 3)
	for i := range uint64(500) {
		for j := range buf {
			buf[j] = summary(i*0x9e3779b97f4a7c15>>7, i<<20+uint64(j))
		}
		packets = append(packets, buf...)
		table.Add(buf)
		clear(buf)
	}
	m := Merge([]*Table{table})
	checkSeries(t, m, packets, 0)
	checkAtoms(t, m, packets)
}

// TestEmptyTablesAreTheIdentity merges tables that have seen no packet, or none of IP.
func TestAtomsOfTables(t *testing.T) {
	seed := NewSeed()
	tables := []*Table{NewTable(seed, 0), NewTable(seed, 0)}
	for i, ports := range [][]uint16{{1, 2, 2, 3}, {3, 4}} {
		for _, port := range ports {
			tables[i].Add([]packet.Summary{tcp4(1, 2, port, 80, 64)})
		}
		tables[i].Add([]packet.Summary{tcp6(packet.Addr{Lo: 1}, packet.Addr{Lo: 2}, 1, 80)})
	}
	if a, b := tables[0].Atoms(), tables[1].Atoms(); a != 4 || b != 3 {
		t.Errorf("atoms of the tables: %d and %d, want 4 and 3", a, b)
	}
	m, buf := Merge(tables), &Buffer{}
	for shard := range NumShards {
		for range m.Shard(shard, buf) {
		}
	}
	if got := m.Atoms(); got != 5 {
		t.Errorf("atoms merged: %d, want 5: two are in both tables", got)
	}
}

func TestEmptyTablesAreTheIdentity(t *testing.T) {
	t.Parallel()
	seed := NewSeed()
	packets := []packet.Summary{summary(0, 1<<40), summary(1, 1<<41), summary(2, 7)}
	for mask := range 8 {
		var some []packet.Summary
		tables := make([]*Table, len(packets))
		for i := range tables {
			tables[i] = NewTable(seed, 0)
			tables[i].Add(nil)
			if mask>>i&1 != 0 {
				tables[i].Add(packets[i : i+1])
				some = append(some, packets[i])
			}
		}
		m := Merge(tables)
		checkSeries(t, m, some, 0)
		checkAtoms(t, m, some)
	}
}

// TestIteratorsEndEarly breaks out of every iterator.
func TestIteratorsEndEarly(t *testing.T) {
	t.Parallel()
	var packets []packet.Summary
	for i := range uint64(300) {
		packets = append(packets, summary(i*0x9e3779b97f4a7c15>>9, i<<30))
	}
	m := deal(NewSeed(), 0, packets, 2, []int{10})
	n := 0
	for range m.Senders(-1, func(c *Counts) int64 { return c.Bytes }) {
		n++
		break
	}
	for range m.Points(nil) {
		n++
		break
	}
	senders := []packet.Host{}
	for h := range m.Senders(-1, func(c *Counts) int64 { return c.Bytes }) {
		senders = append(senders, h)
	}
	for p := range m.Points(senders) {
		if p.Host != (packet.Host{}) {
			n++
			break
		}
	}
	for shard := 0; shard < NumShards && n < 4; shard++ {
		var buf Buffer
		for range m.Shard(shard, &buf) {
			n++
			break
		}
	}
	if n != 4 {
		t.Errorf("four loops that break made %d turns", n)
	}
}

// TestDropSeries takes the series away and leaves the atoms.
func TestDropSeries(t *testing.T) {
	t.Parallel()
	packets := []packet.Summary{summary(0, 1<<40), summary(1, 1<<41)}
	m := deal(NewSeed(), 0, packets, 2, []int{1})
	host := packet.Host{Addr: packets[0].Src, Version: packets[0].Version}
	m.DropSeries()
	for p := range m.Points([]packet.Host{host}) {
		t.Errorf("Points() after DropSeries yields %+v", p)
	}
	for h := range m.Senders(-1, func(c *Counts) int64 { return c.Bytes }) {
		t.Errorf("Senders() after DropSeries yields %v", h)
	}
	checkAtoms(t, m, packets)
}

// TestKnownFlowsCostNoAllocation is what makes the fold's cost a matter of atoms.
func TestKnownFlowsCostNoAllocation(t *testing.T) {
	for _, version := range []uint8{4, 6, 0} {
		batch := make([]packet.Summary, 1000)
		for i := range batch {
			batch[i] = packet.Summary{
				Version: version, Src: packet.Addr4(uint32(i)), Dst: packet.Addr4(uint32(i / 7)),
				SrcPort: uint16(i), DstPort: 443, Ports: 3, Proto: packet.ProtoTCP, TTL: 64, Bytes: 100, WireLen: 114, Time: 1e18,
			}
		}
		table := NewTable(NewSeed(), 0)
		table.Add(batch)
		if got := testing.AllocsPerRun(50, func() { table.Add(batch) }); got != 0 {
			t.Errorf("Add(%d packets of version %d, known flows) makes %v allocations, want 0", len(batch), version, got)
		}
	}
}

// TestTooShortIntervals gives a series more intervals than can be meant.
func TestTooShortIntervals(t *testing.T) {
	t.Parallel()
	table := NewTable(NewSeed(), 1)
	batch := make([]packet.Summary, 1<<10)
	for n := range maxFixed / len(batch) {
		for i := range batch {
			batch[i].Time = int64(n)<<40 + int64(i)
		}
		table.Add(batch)
	}
	if err := table.Err(); err != nil {
		t.Errorf("Err() with %d intervals = %v, want nil", maxFixed, err)
	}
	table.Add([]packet.Summary{{Time: -1}})
	want := fmt.Sprintf("interval of 1ns is too short: more than %d intervals have packets", maxFixed)
	if err := table.Err(); err == nil || err.Error() != want {
		t.Errorf("Err() with %d intervals = %v, want %s", maxFixed+1, err, want)
	}
}

// TestCompareIsTheOrderOfFields compares keys that differ in one field only, the more
// significant fields first.
func TestCompareIsTheOrderOfFields(t *testing.T) {
	t.Parallel()
	low := Key{
		Version: 4, Src: packet.Addr{Hi: 1, Lo: 1}, Dst: packet.Addr{Hi: 1, Lo: 1},
		Proto: 1, SrcPort: 1, DstPort: 1, Ports: 1, TTL: 1,
	}
	fields := []struct {
		name string
		set  func(k *Key, v uint64)
	}{
		{"version", func(k *Key, v uint64) { k.Version = uint8(v) }},
		{"source, high", func(k *Key, v uint64) { k.Src.Hi = v }},
		{"source, low", func(k *Key, v uint64) { k.Src.Lo = v }},
		{"destination, high", func(k *Key, v uint64) { k.Dst.Hi = v }},
		{"destination, low", func(k *Key, v uint64) { k.Dst.Lo = v }},
		{"protocol", func(k *Key, v uint64) { k.Proto = uint8(v) }},
		{"source port", func(k *Key, v uint64) { k.SrcPort = uint16(v) }},
		{"destination port", func(k *Key, v uint64) { k.DstPort = uint16(v) }},
		{"ports", func(k *Key, v uint64) { k.Ports = packet.Ports(v) }},
		{"TTL", func(k *Key, v uint64) { k.TTL = uint8(v) }},
	}
	for i, f := range fields {
		a, b := low, low
		f.set(&a, 2)
		f.set(&b, math.MaxUint64)
		for _, lesser := range fields[i+1:] {
			lesser.set(&a, math.MaxUint64)
			lesser.set(&b, 0)
		}
		if a.Compare(&b) >= 0 || b.Compare(&a) <= 0 || a.Compare(&a) != 0 {
			t.Errorf("Compare(%+v, %+v) = %d, want the %s to decide", a, b, a.Compare(&b), f.name)
		}
		b = a
		f.set(&b, 1)
		if got := a.SameFlow(&b); got != (f.name == "TTL") {
			t.Errorf("SameFlow(keys that differ in %s) = %t", f.name, got)
		}
	}
}

// TestPackedKeysAreTheKeys packs the extremes of every field.
func TestPackedKeysAreTheKeys(t *testing.T) {
	t.Parallel()
	for bits := range 1 << 8 {
		all := func(bit int) uint64 { return -(uint64(bits) >> bit & 1) }
		s := packet.Summary{
			SrcPort: uint16(all(0)), DstPort: uint16(all(1)), Proto: uint8(all(2)), TTL: uint8(all(3)), Ports: packet.Ports(all(4)),
		}
		want := Key{SrcPort: s.SrcPort, DstPort: s.DstPort, Proto: s.Proto, TTL: s.TTL, Ports: s.Ports, Version: 4}
		want.Src, want.Dst = packet.Addr4(uint32(all(5))), packet.Addr4(uint32(all(6)))
		if got := unpacked(key4{uint64(want.Src.As4())<<32 | uint64(want.Dst.As4()), packTail(&s)}); got != want {
			t.Errorf("key4 unpacked = %+v, want %+v", got, want)
		}
		want.Version, want.Src, want.Dst = 6, packet.Addr{Hi: all(5), Lo: all(7)}, packet.Addr{Hi: all(6), Lo: all(5)}
		if got := unpacked(key6{want.Src, want.Dst, packTail(&s)}); got != want {
			t.Errorf("key6 unpacked = %+v, want %+v", got, want)
		}
	}
}

// unpacked returns what k is, unpacked over something else.
func unpacked(k interface{ unpack(*Key) }) Key {
	addr := packet.Addr{Hi: math.MaxUint64, Lo: math.MaxUint64}
	u := Key{addr, addr, math.MaxUint16, math.MaxUint16, 255, 255, 255, 255}
	k.unpack(&u)
	return u
}

// TestBothDirectionsShareAShard is what lets conversations be counted shard by shard.
func TestBothDirectionsShareAShard(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := NewSeed()
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		tail1, tail2 := rapid.Uint64().Draw(t, "tail"), rapid.Uint64().Draw(t, "other tail")
		to, from := key4{a, tail1}, key4{a<<32 | a>>32, tail2}
		if x, y := to.shard(&seed), from.shard(&seed); x != y || x >= NumShards {
			t.Errorf("shard(%x) = %d, shard(%x) = %d, want one below %d", to, x, from, y, NumShards)
		}
		src, dst := packet.Addr{Hi: a, Lo: b}, packet.Addr{Hi: tail1, Lo: tail2}
		there, back := key6{src, dst, a}, key6{dst, src, b}
		if x, y := there.shard(&seed), back.shard(&seed); x != y || x >= NumShards {
			t.Errorf("shard(%x) = %d, shard(%x) = %d, want one below %d", there, x, back, y, NumShards)
		}
	})
}

// TestMappedAddressIsAnotherHost sends the same words as IPv4 and as IPv6.
func TestMappedAddressIsAnotherHost(t *testing.T) {
	t.Parallel()
	a, b := packet.Addr4(0x0a000001), packet.Addr4(0x0a000002)
	packets := []packet.Summary{
		{Version: 4, Src: a, Dst: b, Bytes: 1},
		{Version: 6, Src: a, Dst: b, Bytes: 2},
		{Version: 6, Src: b, Dst: a, Bytes: 4},
	}
	m := deal(NewSeed(), 0, packets, 1, []int{3})
	var names []string
	for h, c := range m.Senders(-1, func(c *Counts) int64 { return c.Bytes }) {
		names = append(names, fmt.Sprintf("%v sent %d", h, c.Bytes))
	}
	slices.Sort(names)
	if got, want := strings.Join(names, ", "), "10.0.0.1 sent 1, ::ffff:10.0.0.1 sent 2, ::ffff:10.0.0.2 sent 4"; got != want {
		t.Errorf("senders: %s, want %s", got, want)
	}
	checkAtoms(t, m, packets)
}

// TestDivideTellsVersionsApart divides atoms whose pairs of addresses are the same
// words in IPv4 and in IPv6.
func TestDivideTellsVersionsApart(t *testing.T) {
	t.Parallel()
	a, b := packet.Addr4(1), packet.Addr4(2)
	atoms := []Atom{
		{Key: Key{Version: 4, Src: a, Dst: b}},
		{Key: Key{Version: 4, Src: b, Dst: a}},
		{Key: Key{Version: 6, Src: a, Dst: b}},
		{Key: Key{Version: 6, Src: b, Dst: a}},
	}
	var got []string
	for _, c := range Divide(atoms).Conversations {
		got = append(got, fmt.Sprintf("%v – %v: %d + %d", c.A, c.B, len(c.Forward.Flows), len(c.Back.Flows)))
	}
	if got, want := strings.Join(got, ", "), "0.0.0.1 – 0.0.0.2: 1 + 1, ::ffff:0.0.0.1 – ::ffff:0.0.0.2: 1 + 1"; got != want {
		t.Errorf("Divide = %s, want %s", got, want)
	}
}

// TestValuesMerge merges values of atoms as tables do.
func TestValuesMerge(t *testing.T) {
	t.Parallel()
	a := Value{Counts: Counts{1, 2, 3}, First: 10, Last: 20, TCPFlags: 1}
	b := Value{Counts: Counts{10, 20, 30}, First: 5, Last: 15, TCPFlags: 4}
	want := Value{Counts: Counts{11, 22, 33}, First: 5, Last: 20, TCPFlags: 5}
	ab, ba := a, b
	ab.Merge(&b)
	ba.Merge(&a)
	if ab != want || ba != want {
		t.Errorf("Merge = %+v and the other way round %+v, want %+v", ab, ba, want)
	}
}
