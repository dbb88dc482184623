package flow

import (
	"iter"
	"slices"

	"github.com/capfold/capfold/pipeline/packet"
)

// Merged is the joint result of all workers' tables. Its atoms are merged when they are
// asked for, one shard at a time, so that this is done in parallel and a shard's tables
// can be given back before the next shard's rows are made.
type Merged struct {
	tables []*Table
	sent   index[packet.Host, Counts]
	seed   Seed
}

// Merge joins tables, which it owns from now on. All need the same seed and interval.
func Merge(tables []*Table) *Merged {
	m := &Merged{tables: tables}
	for _, t := range tables {
		m.seed = t.seed
		t.series.close()
		for i := range t.hosts.n {
			h := t.hosts.cell(i).key
			n, _ := m.sent.locate(hostTag(h, &m.seed), h)
			m.sent.cell(n).value.Add(t.series.hosts[i].sent)
		}
	}
	return m
}

// Err reports whether the interval that the user chose makes too many of them. No table
// on its own need have that many: the answer must not depend on how many there are.
func (m *Merged) Err() error {
	fixed, starts := int64(0), map[int64]struct{}{}
	for _, t := range m.tables {
		if fixed = t.series.fixed; fixed == 0 {
			return nil
		}
		for i := range t.series.intervals {
			starts[t.series.intervals[i].start] = struct{}{}
		}
	}
	return tooMany(len(starts), fixed)
}

// Senders calls yield with every host that sent a packet and what it sent, in no order.
func (m *Merged) Senders() iter.Seq2[packet.Host, Counts] {
	return func(yield func(packet.Host, Counts) bool) {
		for i := range m.sent.n {
			if c := m.sent.cell(i); !yield(c.key, c.value) {
				return
			}
		}
	}
}

// Shard appends the atoms of a shard to buf, merged and in order of conversations, and
// frees them in the tables: a shard can be had once. Different shards may be asked for
// concurrently.
func (m *Merged) Shard(shard int, buf []Atom) []Atom {
	into4, into6 := &m.tables[0].v4[shard], &m.tables[0].v6[shard]
	for _, t := range m.tables[1:] {
		into4 = join(into4, &t.v4[shard], func(k key4) uint32 { return k.tag(&m.seed) })
		into6 = join(into6, &t.v6[shard], func(k key6) uint32 { return k.tag(&m.seed) })
	}
	buf = slices.Grow(buf, int(into4.n)+int(into6.n))
	for _, n := range order4(into4) {
		c := into4.cell(n)
		buf = append(buf, Atom{c.key.unpack(), c.value.unpack()})
	}
	for _, n := range order6(into6) {
		c := into6.cell(n)
		buf = append(buf, Atom{c.key.unpack(), c.value.unpack()})
	}
	for _, t := range m.tables {
		t.v4[shard], t.v6[shard] = index[key4, value]{}, index[key6, value]{}
	}
	return buf
}

// join merges two indexes, the smaller into the larger, and returns that.
func join[K comparable](a, b *index[K, value], tag func(K) uint32) *index[K, value] {
	if a.n < b.n {
		a, b = b, a
	}
	for i := range b.n {
		c := b.cell(i)
		n, added := a.locate(tag(c.key), c.key)
		if v := &a.cell(n).value; added {
			*v = c.value
		} else {
			v.merge(&c.value)
		}
	}
	return a
}

// Conversation is all atoms of an unordered pair of hosts, A being the smaller, first
// those from A to B and then those from B to A, each in order of [Key.Compare]. A host
// that talks to itself has one direction only.
type Conversation struct {
	A, B  packet.Host
	Atoms []Atom // never empty; valid during the call that hands it over
}

func pair(k *Key) (a, b packet.Addr) {
	if k.Src.Compare(k.Dst) <= 0 {
		return k.Src, k.Dst
	}
	return k.Dst, k.Src
}

// Conversations divides atoms in the order of [Merged.Shard] into conversations.
func Conversations(atoms []Atom) iter.Seq[Conversation] {
	return func(yield func(Conversation) bool) {
		for len(atoms) > 0 {
			first := &atoms[0]
			a, b := pair(&first.Key)
			n := 1
			for ; n < len(atoms); n++ {
				x, y := pair(&atoms[n].Key)
				if x != a || y != b || atoms[n].Version != first.Version {
					break
				}
			}
			c := Conversation{
				A:     packet.Host{Addr: a, Version: first.Version},
				B:     packet.Host{Addr: b, Version: first.Version},
				Atoms: atoms[:n:n],
			}
			if !yield(c) {
				return
			}
			atoms = atoms[n:]
		}
	}
}

// Flows divides the conversation into its flows: runs of atoms that differ only in TTL.
func (c Conversation) Flows() iter.Seq[[]Atom] {
	return func(yield func([]Atom) bool) {
		for atoms := c.Atoms; len(atoms) > 0; {
			n := 1
			for n < len(atoms) && atoms[n].SameFlow(&atoms[0].Key) {
				n++
			}
			if !yield(atoms[:n:n]) {
				return
			}
			atoms = atoms[n:]
		}
	}
}

// Point is what a host sent in an interval, or a part of that. Points with the zero Host
// are of all packets, also those that are not IP.
type Point struct {
	Host  packet.Host
	Start int64 // of the interval, nanoseconds since the epoch
	Counts
}

// DropSeries frees the time series and what is known of senders; Points and Senders
// yield nothing afterwards.
func (m *Merged) DropSeries() {
	for _, t := range m.tables {
		t.series, t.hosts = series{}, index[packet.Host, struct{}]{}
	}
	m.sent = index[packet.Host, Counts]{}
}

// Interval returns the length in nanoseconds of the intervals of the series, 0 if there
// were no packets.
func (m *Merged) Interval() int64 {
	first, last, fixed, seen := int64(0), int64(0), int64(0), false
	for _, t := range m.tables {
		switch s := &t.series; {
		case s.resolution == 0:
		case !seen:
			first, last, fixed, seen = s.first, s.last, s.fixed, true
		default:
			first, last = min(first, s.first), max(last, s.last)
		}
	}
	switch {
	case !seen:
		return 0
	case fixed != 0:
		return fixed
	}
	return Interval(first, last)
}

// Points yields the series of all packets and of the given hosts, in no order and in
// parts that have to be summed up.
func (m *Merged) Points(hosts []packet.Host) iter.Seq[Point] {
	return func(yield func(Point) bool) {
		length := m.Interval()
		for _, t := range m.tables {
			s := &t.series
			for i := range s.intervals {
				iv := &s.intervals[i]
				if !yield(Point{Start: Floor(iv.start, length), Counts: iv.Counts}) {
					return
				}
			}
			wanted := make(map[uint32]packet.Host, len(hosts))
			for _, h := range hosts {
				if n, ok := t.hosts.find(hostTag(h, &t.seed), h); ok {
					wanted[n] = h
				}
			}
			for i := range s.log.n {
				e := s.log.at(i)
				if h, ok := wanted[e.host]; ok {
					if !yield(Point{h, Floor(s.intervals[e.interval].start, length), e.counts()}) {
						return
					}
				}
			}
		}
	}
}
