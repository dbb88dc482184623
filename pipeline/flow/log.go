package flow

import "github.com/capfold/capfold/pipeline/slab"

// entry is a part of what a host sent in an interval, of at least one packet.
type entry struct {
	host, interval            uint32
	packets, bytes, wireBytes uint32
}

func (e *entry) counts() Counts {
	return Counts{Packets: int64(e.packets), Bytes: int64(e.bytes), WireBytes: int64(e.wireBytes)}
}

// absorb adds o to e and reports true, or does nothing if a sum would overflow.
func (e *entry) absorb(o entry) bool {
	p, b, w := e.packets+o.packets, e.bytes+o.bytes, e.wireBytes+o.wireBytes
	if p < o.packets || b < o.bytes || w < o.wireBytes {
		return false
	}
	e.packets, e.bytes, e.wireBytes = p, b, w
	return true
}

// log is a list of entries, which most hosts have few small ones of: so they are packed.
type log struct {
	list[packedEntry]
	wide list[wideSums] // of entries that have no room for theirs
}

// packedEntry is the host, the interval and, where there is room for them, the sums of an entry:
// packets, by how much wire bytes are more than bytes, and bytes. Otherwise the packets are 0,
// and the lower bits are where in log.wide the sums are.
type packedEntry struct{ host, high, low uint32 }

// wideSums are the sums of an entry.
type wideSums struct{ packets, bytes, wireBytes uint32 }

const (
	entryBytesBits    = 20
	entryOverheadBits = 14
	entryPacketsBits  = 9
	// entryIntervalBits are enough for maxFixed intervals, and those of the batch that is one
	// too many.
	entryIntervalBits = 64 - entryPacketsBits - entryOverheadBits - entryBytesBits
)

func (p *packedEntry) word() uint64 { return uint64(p.high)<<32 | uint64(p.low) }

func (p *packedEntry) setWord(w uint64) { p.high, p.low = uint32(w>>32), uint32(w) }

func (p *packedEntry) interval() uint32 { return p.high >> (32 - entryIntervalBits) }

func (p *packedEntry) setInterval(interval uint32) {
	p.high = interval<<(32-entryIntervalBits) | p.high&(1<<(32-entryIntervalBits)-1)
}

// packets returns the number of packets, 0 if the sums are elsewhere.
func (p *packedEntry) packets() uint32 {
	return uint32(p.word() >> (entryOverheadBits + entryBytesBits) & (1<<entryPacketsBits - 1))
}

// recycle has the log, which must be empty, take its memory from slabs.
func (l *log) recycle(slabs *slab.Pool) {
	l.list.recycle(slabs)
	l.wide.recycle(slabs)
}

// free gives the memory of the log back. It is empty then.
func (l *log) free() {
	l.list.free()
	l.wide.free()
}

// add appends an entry.
func (l *log) add(e entry) { l.append(l.pack(&e)) }

// entry returns entry i.
func (l *log) entry(i uint32) entry { return l.unpack(*l.at(i)) }

// pack returns e packed, the sums of which may be in l.wide.
func (l *log) pack(e *entry) packedEntry {
	w := uint64(e.interval) << (64 - entryIntervalBits)
	// It is large where there are less wire bytes.
	overhead := e.wireBytes - e.bytes
	if e.packets>>entryPacketsBits|overhead>>entryOverheadBits|e.bytes>>entryBytesBits != 0 {
		w |= uint64(l.wide.n)
		l.wide.append(wideSums{e.packets, e.bytes, e.wireBytes})
	} else {
		w |= uint64(e.packets)<<(entryOverheadBits+entryBytesBits) | uint64(overhead)<<entryBytesBits | uint64(e.bytes)
	}
	p := packedEntry{host: e.host}
	p.setWord(w)
	return p
}

func (l *log) unpack(p packedEntry) entry {
	c := l.counts(&p)
	return entry{
		host: p.host, interval: p.interval(),
		packets: uint32(c.Packets), bytes: uint32(c.Bytes), wireBytes: uint32(c.WireBytes),
	}
}

// counts returns the sums of an entry.
func (l *log) counts(p *packedEntry) Counts {
	w := p.word() << entryIntervalBits
	if w>>(64-entryPacketsBits) == 0 {
		c := l.wide.at(p.low)
		return Counts{int64(c.packets), int64(c.bytes), int64(c.wireBytes)}
	}
	bytes := int64(p.low & (1<<entryBytesBits - 1))
	overhead := int64(w << entryPacketsBits >> (64 - entryOverheadBits))
	return Counts{int64(w >> (64 - entryPacketsBits)), bytes, bytes + overhead}
}

// join adds entries to the host's entry before them where the interval is the same and
// the sums fit.
func (l *log) join(hosts int) {
	latest := make([]uint32, hosts) // position of the host's latest entry, plus 1
	n := uint32(0)
	for part := range l.parts() {
		for _, e := range part {
			if p := latest[e.host]; p != 0 {
				if d := l.at(p - 1); d.interval() == e.interval() {
					if sum := l.unpack(*d); sum.absorb(l.unpack(e)) {
						*d = l.pack(&sum)
						continue
					}
				}
			}
			*l.at(n) = e
			n++
			latest[e.host] = n
		}
	}
	l.truncate(n)
	l.trim()
}

// trim drops sums that no entry has any more.
func (l *log) trim() {
	old := l.wide
	l.wide = list[wideSums]{slabs: old.slabs}
	for part := range l.parts() {
		for i := range part {
			if p := &part[i]; p.packets() == 0 {
				sums := *old.at(p.low)
				p.low = l.wide.n
				l.wide.append(sums)
			}
		}
	}
	old.free()
}

// sort orders entries by host, and those of a host by interval: by counting, the less
// significant number first. It returns where the entries of each host begin, and in the
// end the number of all.
func (l *log) sort(hosts, intervals int) []uint32 {
	byInterval := make([]packedEntry, l.n)
	place := make([]uint32, intervals+1)
	for part := range l.parts() {
		for i := range part {
			place[part[i].interval()+1]++
		}
	}
	accumulate(place)
	for part := range l.parts() {
		for _, e := range part {
			byInterval[place[e.interval()]] = e
			place[e.interval()]++
		}
	}
	place = make([]uint32, hosts+1)
	for i := range byInterval {
		place[byInterval[i].host+1]++
	}
	accumulate(place)
	for i := range byInterval {
		e := &byInterval[i]
		*l.at(place[e.host]) = *e
		place[e.host]++
	}
	// By now place has where the entries of each host end.
	copy(place[1:], place[:hosts])
	place[0] = 0
	return place
}

// accumulate replaces each number with the sum of those up to it.
func accumulate(numbers []uint32) {
	sum := uint32(0)
	for i, n := range numbers {
		sum += n
		numbers[i] = sum
	}
}
