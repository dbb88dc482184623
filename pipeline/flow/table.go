package flow

import "github.com/capfold/capfold/pipeline/packet"

// Table is one worker's fold of packets into atoms, and the time series beside them.
// One goroutine at a time may use it.
type Table struct {
	seed   Seed
	v4     [NumShards]index[key4, value]
	v6     [NumShards]index[key6, value]
	hosts  index[packet.Host, struct{}] // every sender; its number is its place in the series
	series series

	wait4 []pending[key4]
	wait6 []pending[key6]
	added []newcomer

	atoms4, atoms6 int64 // how many v4 and v6 hold
	spilled
}

// value is the Value of an atom as a table holds it: together with a packed IPv4 key it
// fills one cache line.
type value struct {
	Counts
	first, last int64
	host        uint32 // number of the sender
	tcpFlags    uint8
}

func (v *value) unpack() Value {
	return Value{Counts: v.Counts, First: v.first, Last: v.last, TCPFlags: v.tcpFlags}
}

// pending is a packet between the passes of Add.
type pending[K comparable] struct {
	key      K
	slot     uint64
	cell     *cell[K, value]
	tag      uint32
	interval uint32
	packet   uint16 // index in the batch
	shard    uint8
}

// NewTable returns an empty table. With an interval of 0 the series are kept for an
// interval length that depends on the span of all packets, see [Interval]; otherwise for
// the given length in nanoseconds.
func NewTable(seed Seed, interval int64) *Table {
	t := &Table{seed: seed}
	t.series.fixed = interval
	return t
}

// batchLen bounds how many packets Add looks up ahead of their update.
const batchLen = 256

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
	first, last := batch[0].Time, batch[0].Time
	for i := range batch {
		first, last = min(first, batch[i].Time), max(last, batch[i].Time)
	}
	t.series.extend(first, last)
	w4, w6 := t.wait4[:0], t.wait6[:0]
	for i := range batch {
		s := &batch[i]
		iv := t.series.seek(s.Time)
		c := &t.series.intervals[iv].Counts
		c.Packets++
		c.Bytes += int64(s.Bytes)
		c.WireBytes += int64(s.WireLen)
		switch s.Version {
		case 4:
			p := pending[key4]{packet: uint16(i), interval: iv}
			p.key = key4{uint64(s.Src.As4())<<32 | uint64(s.Dst.As4()), packTail(s)}
			p.tag, p.shard = p.key.tag(&t.seed), uint8(p.key.shard(&t.seed))
			w4 = append(w4, p)
		case 6:
			p := pending[key6]{packet: uint16(i), interval: iv}
			p.key = key6{s.Src, s.Dst, packTail(s)}
			p.tag, p.shard = p.key.tag(&t.seed), uint8(p.key.shard(&t.seed))
			w6 = append(w6, p)
		}
	}
	t.wait4, t.wait6 = w4, w6
	if len(w4) > 0 {
		t.atoms4 += int64(update(t, &t.v4, w4, batch))
	}
	if len(w6) > 0 {
		t.atoms6 += int64(update(t, &t.v6, w6, batch))
	}
}

// update adds packets to the atoms under their keys and returns how many atoms are new.
func update[K comparable](t *Table, shards *[NumShards]index[K, value], wait []pending[K], batch []packet.Summary) int {
	for i := range wait {
		p := &wait[i]
		p.slot = shards[p.shard].slot(p.tag)
	}
	sum := uint64(0)
	for i := range wait {
		p := &wait[i]
		if uint32(p.slot>>32) == p.tag && p.slot != 0 {
			sum += uint64(shards[p.shard].cell(uint32(p.slot) - 1).value.Packets)
		}
	}
	added := t.added[:0]
	for i := range wait {
		p := &wait[i]
		x := &shards[p.shard]
		n, isNew := x.locate(p.tag, p.key)
		p.cell = x.cell(n)
		if isNew {
			added = append(added, newcomer{atom: uint16(i)})
		}
	}
	t.added = added
	if len(added) > 0 {
		for i := range added {
			a := &added[i]
			s := &batch[wait[a.atom].packet]
			a.tag = hostTag(packet.Host{Addr: s.Src, Version: s.Version}, &t.seed)
			a.slot = t.hosts.slot(a.tag)
		}
		for i := range added {
			a := &added[i]
			if c := t.hosts.cellAt(a.slot); c != nil {
				sum += c.key.Addr.Lo
			}
		}
		for i := range added {
			p := &wait[added[i].atom]
			s := &batch[p.packet]
			v := &p.cell.value
			v.first, v.last = s.Time, s.Time
			v.host = t.host(added[i].tag, packet.Host{Addr: s.Src, Version: s.Version})
		}
	}
	for i := range wait {
		sum += uint64(t.series.open.at(wait[i].cell.value.host).interval)
	}
	sink(sum)
	for i := range wait {
		p, s := &wait[i], &batch[wait[i].packet]
		v := &p.cell.value
		v.Packets++
		v.Bytes += int64(s.Bytes)
		v.WireBytes += int64(s.WireLen)
		v.first, v.last = min(v.first, s.Time), max(v.last, s.Time)
		v.tcpFlags |= s.TCPFlags
		t.series.add(v.host, p.interval, s)
	}
	return len(added)
}

// newcomer is the first packet of an atom, of which the sender is to be found.
type newcomer struct {
	slot uint64
	tag  uint32
	atom uint16 // index in wait
}

// sink keeps the compiler from dropping the loads that its argument was summed from.
//
//go:noinline
func sink(uint64) {}

// host returns the number of a sender.
func (t *Table) host(tag uint32, h packet.Host) uint32 {
	n, added := t.hosts.locate(tag, h)
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
