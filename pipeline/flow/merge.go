package flow

import (
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/capfold/capfold/pipeline/packet"
)

// Merged is the joint result of all workers' tables. Its atoms are merged when they are
// asked for, one shard at a time, so that this is done in parallel and a shard's tables
// can be given back before the next shard's rows are made.
type Merged struct {
	tables  []*Table
	sent    index[packet.Host, Counts]
	seed    Seed
	spilled bool // whether atoms and series are in files, all of them
	atoms   atomic.Int64

	mu  sync.Mutex
	err error
}

// Merge joins tables, which it owns from now on. All need the same seed, interval and
// memory. If one of them has spilled, they all do: [Merged.Err] says what goes wrong then.
func Merge(tables []*Table) *Merged {
	m := &Merged{tables: tables}
	for _, t := range tables {
		m.seed = t.seed
		m.spilled = m.spilled || len(t.points) > 0
	}
	if m.spilled {
		var all sync.WaitGroup
		for _, t := range tables {
			all.Go(func() { m.fail(t.spill()) })
		}
		all.Wait()
		return m
	}
	for _, t := range tables {
		t.series.close()
		for i := range t.hosts.n {
			h := t.hosts.cell(i).key
			n, _ := m.sent.locate(hostTag(h, &m.seed), h)
			m.sent.cell(n).value.Add(t.series.hosts[i].sent)
		}
	}
	return m
}

// fail keeps the first error, to be returned by Err.
func (m *Merged) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil {
		m.err = err
	}
}

// Err reports whether the interval that the user chose makes too many of them, and what
// went wrong while spilled data was written or read: whoever has looked at Senders, Points
// or Shard must ask. No table on its own need have too many intervals: the answer must not
// depend on how many tables there are.
func (m *Merged) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
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

// Atoms returns the number of atoms in the shards that have been asked for.
func (m *Merged) Atoms() int64 { return m.atoms.Load() }

// Senders calls yield with every host that sent a packet and what it sent, in no order.
func (m *Merged) Senders() iter.Seq2[packet.Host, Counts] {
	if m.spilled {
		return m.spilledSenders()
	}
	return func(yield func(packet.Host, Counts) bool) {
		for i := range m.sent.n {
			if c := m.sent.cell(i); !yield(c.key, c.value) {
				return
			}
		}
	}
}

// Shard yields the atoms of a shard, merged and in order of conversations, in pieces of
// whole conversations, and frees them in the tables: a shard can be had once. A piece is
// valid until the next one is asked for; its memory is that of buf, which may be used for
// another shard afterwards. Different shards may be asked for concurrently.
func (m *Merged) Shard(shard int, buf *[]Atom) iter.Seq[[]Atom] {
	if m.spilled {
		return m.spilledShard(shard, buf)
	}
	return func(yield func([]Atom) bool) {
		into4, into6 := &m.tables[0].v4[shard], &m.tables[0].v6[shard]
		for _, t := range m.tables[1:] {
			into4 = join(into4, &t.v4[shard], func(k key4) uint32 { return k.tag(&m.seed) })
			into6 = join(into6, &t.v6[shard], func(k key6) uint32 { return k.tag(&m.seed) })
		}
		*buf = appendOrdered((*buf)[:0], into4, into6)
		for _, t := range m.tables {
			t.memory.Hold(-t.free(shard))
		}
		m.atoms.Add(int64(len(*buf)))
		if len(*buf) > 0 {
			yield(*buf)
		}
	}
}

// appendOrdered appends the atoms of two indexes to buf in order of conversations.
func appendOrdered(buf []Atom, x4 *index[key4, value], x6 *index[key6, value]) []Atom {
	buf = slices.Grow(buf, int(x4.n)+int(x6.n))
	for _, n := range order4(x4) {
		c := x4.cell(n)
		buf = append(buf, Atom{c.key.unpack(), c.value.unpack()})
	}
	for _, n := range order6(x6) {
		c := x6.cell(n)
		buf = append(buf, Atom{c.key.unpack(), c.value.unpack()})
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
		fixed := t.series.fixed
		t.series, t.hosts = series{fixed: fixed}, index[packet.Host, struct{}]{}
		t.freePoints()
		t.account()
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
			if m.spilled {
				if !m.spilledPoints(t, hosts, length, yield) {
					return
				}
				continue
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
