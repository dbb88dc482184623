package flow

import "github.com/capfold/capfold/pipeline/packet"

// Table is one worker's fold of packets into atoms, and the time series beside them.
// One goroutine at a time may use it.
type Table struct {
	seed   Seed
	v4     [NumShards]atoms[key4]
	v6     [NumShards]atoms[key6]
	hosts  index[hostKey, struct{}] // every sender; its number is its place in the series
	series series

	wait4    [batchLen]pending[key4]
	wait6    [batchLen]pending[key6]
	interval [batchLen]uint32 // that a packet of the batch is in
	others   [batchLen]uint8  // indexes of pending packets
	added    [batchLen]newcomer

	atoms4, atoms6 int64 // how many v4 and v6 hold
	carried        int64 // bytes that are held for what they carried
	spilled
}

// pending is a packet between the passes of Add.
type pending[K hashed] struct {
	key    K
	cell   *cell[K, value]
	open   *openCell
	tag    uint32
	packet uint8 // index in the batch
	shard  uint8
}

// NewTable returns an empty table. With an interval of 0 the series are kept for an
// interval length that depends on the span of all packets, see [Interval]; otherwise for
// the given length in nanoseconds.
func NewTable(seed Seed, interval int64) *Table {
	t := &Table{seed: seed}
	t.series.fixed = interval
	return t
}

// batchLen bounds how many packets Add looks up ahead of their update. An index in a batch
// is a byte, which needs no check.
const batchLen = 1 << 8

// Add folds packets into the table. It keeps nothing of batch. What goes wrong when
// memory is short, Err says.
func (t *Table) Add(batch []packet.Summary) {
	for len(batch) > batchLen {
		t.add(batch[:batchLen])
		batch = batch[batchLen:]
	}
	if len(batch) > 0 {
		t.add(batch)
	}
	t.keepToMemory()
}

// add makes passes over a batch, each of which does for all packets what the next one
// needs: where an atom is filed, the atom, its sender, the sums. The loads of a pass do
// not wait for each other, so that the memory system works on many of them at a time.
// BenchmarkAdd shows what that is worth.
func (t *Table) add(batch []packet.Summary) {
	t.findIntervals(batch)
	n4, n6 := 0, 0
	for i := range batch {
		s := &batch[i]
		switch s.Version {
		case 4:
			p := &t.wait4[uint8(n4)]
			n4++
			p.key = key4{uint64(s.Src.As4())<<32 | uint64(s.Dst.As4()), packTail(s)}
			p.tag, p.shard = p.key.tag(&t.seed), uint8(p.key.shard(&t.seed))
			p.packet = uint8(i)
		case 6:
			p := &t.wait6[uint8(n6)]
			n6++
			p.key = key6{s.Src, s.Dst, packTail(s)}
			p.tag, p.shard = p.key.tag(&t.seed), uint8(p.key.shard(&t.seed))
			p.packet = uint8(i)
		}
	}
	if n4 > 0 {
		t.atoms4 += int64(update(t, &t.v4, t.wait4[:n4], batch))
	}
	if n6 > 0 {
		t.atoms6 += int64(update(t, &t.v6, t.wait6[:n6], batch))
	}
}

// findIntervals notes the interval of each packet, and adds the packets to the intervals.
func (t *Table) findIntervals(batch []packet.Summary) {
	first, last := batch[0].Time, batch[0].Time
	sum := Counts{Packets: int64(len(batch))}
	for i := range batch {
		s := &batch[i]
		first, last = min(first, s.Time), max(last, s.Time)
		sum.Bytes += int64(s.Bytes)
		sum.WireBytes += int64(s.WireLen)
	}
	t.series.extend(first, last)
	iv := t.series.seek(first)
	if last <= t.series.to {
		t.series.intervals[iv].Counts.Add(sum)
		for i := range batch {
			t.interval[uint8(i)] = iv
		}
		return
	}
	for i := range batch {
		s := &batch[i]
		iv := t.series.seek(s.Time)
		t.series.intervals[iv].Counts.Add(Counts{1, int64(s.Bytes), int64(s.WireLen)})
		t.interval[uint8(i)] = iv
	}
}

// update adds packets to the atoms under their keys and returns how many atoms are new.
func update[K hashed](t *Table, shards *[NumShards]atoms[K], wait []pending[K], batch []packet.Summary) int {
	sum := uint64(0)
	for i := range wait {
		p := &wait[i]
		sum += uint64(shards[p.shard%NumShards].slot(p.tag))
	}
	others := 0
	for i := range wait {
		p := &wait[i]
		x := &shards[p.shard%NumShards]
		if n := x.candidate(p.tag); n != 0 {
			if p.cell = x.cell(n - 1); p.cell.key == p.key {
				continue
			}
		}
		t.others[uint8(others)] = uint8(i)
		others++
	}
	added := 0
	for _, i := range t.others[:others] {
		p := &wait[i]
		x := &shards[p.shard%NumShards]
		n, isNew := x.locate(&t.seed, p.tag, p.key)
		p.cell = x.cell(n)
		if isNew {
			t.added[uint8(added)].atom = i
			added++
		}
	}
	if added := t.added[:added]; len(added) > 0 {
		for i := range added {
			a := &added[i]
			s := &batch[wait[a.atom].packet]
			a.tag = hostKey{s.Src, s.Version}.tag(&t.seed)
			sum += uint64(t.hosts.slot(a.tag))
		}
		for i := range added {
			a := &added[i]
			if n := t.hosts.candidate(a.tag); n != 0 {
				sum += t.hosts.cell(n - 1).key.Addr.Lo
			}
		}
		for i := range added {
			p := &wait[added[i].atom]
			s := &batch[p.packet]
			v := &p.cell.value
			v.first = s.Time
			v.host = t.host(added[i].tag, hostKey{s.Src, s.Version})
		}
	}
	for i := range wait {
		p := &wait[i]
		p.open = t.series.open.at(p.cell.value.host)
		sum += uint64(p.open.interval)
	}
	sink(sum)
	for i := range wait {
		p := &wait[i]
		s := &batch[p.packet]
		v := &p.cell.value
		for {
			packets, bytes, wireBytes := uint64(v.packets)+1, uint64(v.bytes)+uint64(s.Bytes), uint64(v.wireBytes)+uint64(s.WireLen)
			span, before := since(s.Time, v.first)
			if (packets|bytes|wireBytes)>>32|span>>spanBits|before == 0 {
				v.packets, v.bytes, v.wireBytes = uint32(packets), uint32(bytes), uint32(wireBytes)
				v.rest = max(v.rest, span<<underSpan|v.rest&under) | uint64(s.TCPFlags)
				break
			}
			t.carried += shards[p.shard%NumShards].makeRoom(&t.seed, p.cell, s)
		}
		o := p.open
		packets, bytes, wireBytes := o.packets+1, o.bytes+s.Bytes, o.wireBytes+s.WireLen
		if iv := t.interval[p.packet]; o.interval != iv || packets == 0 || bytes < s.Bytes || wireBytes < s.WireLen {
			t.series.reopen(v.host, iv)
			packets, bytes, wireBytes = 1, s.Bytes, s.WireLen
		}
		o.packets, o.bytes, o.wireBytes = packets, bytes, wireBytes
	}
	return added
}

// newcomer is the first packet of an atom, of which the sender is to be found.
type newcomer struct {
	tag  uint32
	atom uint8 // index in wait
}

// sink keeps the compiler from dropping the loads that its argument was summed from.
//
//go:noinline
func sink(uint64) {}

// host returns the number of a sender.
func (t *Table) host(tag uint32, h hostKey) uint32 {
	n, added := t.hosts.locate(&t.seed, tag, h)
	if added {
		t.series.addHost()
	}
	return n
}

// Atoms returns the number of atoms that the table holds. Tables of other workers may hold
// atoms with the same keys.
func (t *Table) Atoms() int64 { return t.atoms4 + t.atoms6 }

// Err reports whether the interval that the user chose makes too many of them already, or
// why the table could not be spilled. Together with other tables there may be more
// intervals, see [Merged.Err].
func (t *Table) Err() error {
	if t.err != nil {
		return t.err
	}
	return tooMany(len(t.series.intervals), t.series.fixed)
}
