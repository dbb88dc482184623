package flow

import (
	"iter"
	"sync"
	"sync/atomic"

	"github.com/capfold/capfold/pipeline/packet"
)

// Merged is the joint result of all workers' tables. Its atoms are merged when they are
// asked for, one shard at a time, so that this is done in parallel and a shard's tables
// can be given back before the next shard's rows are made.
type Merged struct {
	tables  []*Table
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
	var all sync.WaitGroup
	for _, t := range tables {
		all.Go(func() {
			if m.spilled {
				m.fail(t.spill())
				return
			}
			t.series.close()
			for shard := range NumShards { // nobody looks for an atom any more
				t.v4[shard].slots, t.v6[shard].slots = nil, nil
			}
		})
	}
	all.Wait()
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
		sums := make([][]Counts, len(m.tables))
		most := uint32(0)
		var all sync.WaitGroup
		for i, t := range m.tables {
			all.Go(func() { sums[i] = t.series.sent() })
			most = max(most, t.hosts.n)
		}
		all.Wait()
		var sent index[hostKey, Counts]
		sent.reserve(most)
		for i, t := range m.tables {
			for i, c := range sums[i] {
				h := t.hosts.cell(uint32(i)).key
				n, _ := sent.locate(&m.seed, h.tag(&m.seed), h)
				sent.cell(n).value.Add(c)
			}
		}
		for i := range sent.n {
			if c := sent.cell(i); !yield(c.key.host(), c.value) {
				return
			}
		}
	}
}

// Shard yields the conversations of a shard in batches, and frees its atoms in the tables:
// a shard can be had once. A batch is valid until the next one is asked for; its memory is
// that of buf. Different shards may be asked for concurrently.
func (m *Merged) Shard(shard int, buf *Buffer) iter.Seq[Batch] {
	if m.spilled {
		return m.spilledShard(shard, buf)
	}
	return func(yield func(Batch) bool) {
		indexes4, indexes6 := make([]*index[key4, value], len(m.tables)), make([]*index[key6, value], len(m.tables))
		for i, t := range m.tables {
			indexes4[i], indexes6[i] = &t.v4[shard], &t.v6[shard]
		}
		p := newPieces(buf, memoryPieceLen, m.handOn(yield))
		addPlaces(p, indexes4, buf.sorter.ordered4(indexes4, &m.seed))
		addPlaces(p, indexes6, buf.sorter.ordered6(indexes6, &m.seed))
		p.end()
		for _, t := range m.tables {
			t.memory.Hold(-t.free(shard))
		}
	}
}

// handOn returns yield with the atoms counted.
func (m *Merged) handOn(yield func(Batch) bool) func(Batch, int) bool {
	return func(b Batch, atoms int) bool {
		m.atoms.Add(int64(atoms))
		return yield(b)
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
		t.series = series{fixed: fixed}
		t.hosts.free()
		t.freePoints()
		t.account()
	}
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
			wanted := make([]uint32, t.hosts.n) // place in hosts, plus 1
			for i, h := range hosts {
				if n, ok := t.hosts.find(hostKey(h).tag(&t.seed), hostKey(h)); ok {
					wanted[n] = uint32(i + 1)
				}
			}
			for i := range s.log.n {
				e := s.log.at(i)
				if h := wanted[e.host]; h != 0 {
					if !yield(Point{hosts[h-1], Floor(s.intervals[e.interval].start, length), e.counts()}) {
						return
					}
				}
			}
		}
	}
}
