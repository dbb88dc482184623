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
			for shard := range NumShards { // nobody looks for an atom any more
				t.v4[shard].freeSlots()
				t.v6[shard].freeSlots()
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

// Senders calls yield with hosts and what they sent, each once and in no order: with all, or
// where n is not negative with those that may be among the n for which measure, which is a
// sum over their packets, is largest.
func (m *Merged) Senders(n int, measure func(*Counts) int64) iter.Seq2[packet.Host, Counts] {
	if m.spilled {
		return m.spilledSenders()
	}
	return func(yield func(packet.Host, Counts) bool) {
		sums, nth := make([][]Counts, len(m.tables)), make([]int64, len(m.tables))
		m.eachTable(func(i int, t *Table) {
			sums[i] = t.series.sent()
			nth[i] = largest(sums[i], n, measure)
		})
		// There are n hosts of which one table alone has that much, and whoever has as much
		// in all tables has a fair share of it in one of them.
		least := slices.Max(nth) / int64(len(m.tables))
		candidates := make([][]uint32, len(m.tables))
		m.eachTable(func(i int, _ *Table) {
			for host := range sums[i] {
				if measure(&sums[i][host]) >= least {
					candidates[i] = append(candidates[i], uint32(host))
				}
			}
		})
		for i, t := range m.tables {
			for _, host := range candidates[i] {
				h := t.hosts.cell(host).key
				if sum, first := m.sum(h, i, sums, least, measure); first && !yield(h.host(), sum) {
					return
				}
			}
		}
	}
}

// sum adds up what a host sent, which is a candidate in a table, and reports whether it is
// one in no table before that.
func (m *Merged) sum(h hostKey, table int, sums [][]Counts, least int64, measure func(*Counts) int64) (sum Counts, first bool) {
	tag := h.tag(&m.seed)
	for i, t := range m.tables {
		host, ok := t.hosts.find(tag, h)
		if !ok {
			continue
		}
		c := sums[i][host]
		if i < table && measure(&c) >= least {
			return sum, false
		}
		sum.Add(c)
	}
	return sum, true
}

// largest returns the n-th largest measure, 0 if there are not as many or n is negative.
// Measures are not negative.
func largest(sums []Counts, n int, measure func(*Counts) int64) int64 {
	if n <= 0 || len(sums) < n {
		return 0
	}
	var top []int64 // the n largest so far, and others that were larger than the least of these
	least := int64(-1)
	for i := range sums {
		c := measure(&sums[i])
		if c <= least {
			continue
		}
		if top = append(top, c); len(top) >= 2*n {
			slices.Sort(top)
			top = append(top[:0], top[len(top)-n:]...)
			least = top[0]
		}
	}
	slices.Sort(top)
	return top[len(top)-n]
}

// eachTable calls f with every table and its number, all at the same time.
func (m *Merged) eachTable(f func(int, *Table)) {
	var all sync.WaitGroup
	for i, t := range m.tables {
		all.Go(func() { f(i, t) })
	}
	all.Wait()
}

// Shard yields the conversations of a shard in batches, and frees its atoms in the tables:
// a shard can be had once. A batch is valid until the next one is asked for; its memory is
// that of buf. Different shards may be asked for concurrently.
func (m *Merged) Shard(shard int, buf *Buffer) iter.Seq[Batch] {
	if m.spilled {
		return m.spilledShard(shard, buf)
	}
	return func(yield func(Batch) bool) {
		atoms4, atoms6 := make([]*atoms[key4], len(m.tables)), make([]*atoms[key6], len(m.tables))
		for i, t := range m.tables {
			atoms4[i], atoms6[i] = &t.v4[shard], &t.v6[shard]
		}
		p := newPieces(buf, pieceLen, m.handOn(yield))
		addPlaces(p, &m.seed, atoms4, buf.sorter.ordered4(atoms4, &m.seed))
		addPlaces(p, &m.seed, atoms6, buf.sorter.ordered6(atoms6, &m.seed))
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
		t.series.free()
		t.series = series{fixed: t.series.fixed}
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
		found := make([][]Point, len(m.tables)) // of the given hosts, where they are in memory
		if !m.spilled && len(hosts) > 0 {
			m.eachTable(func(i int, t *Table) { found[i] = t.seriesOf(hosts, length) })
		}
		for i, t := range m.tables {
			for j := range t.series.intervals {
				iv := &t.series.intervals[j]
				if !yield(Point{Start: Floor(iv.start, length), Counts: iv.Counts}) {
					return
				}
			}
			if m.spilled && !m.spilledPoints(t, hosts, length, yield) {
				return
			}
			for _, p := range found[i] {
				if !yield(p) {
					return
				}
			}
		}
	}
}
