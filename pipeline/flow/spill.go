package flow

import (
	"iter"
	"slices"
	"unsafe"

	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/spill"
)

// spilled is what a table has in files, and how it knows when to put it there.
type spilled struct {
	memory *spill.Memory
	share  int64 // what the table may hold whatever others do
	held   int64 // what memory knows of
	err    error

	atoms     [NumShards][]spill.Run[Atom] // by shard, each in order of conversations
	atomFiles []*spill.File
	points    []spill.Run[Point] // of hosts, by host
	files     []*spill.File      // of points
}

// Limit has the table keep to memory, which it shares with a number of holders: once that
// is over its limit, the table spills what it has, if that is at least half its share.
func (t *Table) Limit(memory *spill.Memory, holders int) {
	t.memory = memory
	if memory == nil {
		return
	}
	t.share = memory.Share(2 * holders)
	for shard := range NumShards {
		t.v4[shard].recycle(memory.Slabs())
		t.v6[shard].recycle(memory.Slabs())
	}
	t.hosts.recycle(memory.Slabs())
	t.series.recycle(memory.Slabs())
}

// About what is held for each host and entry of the log. Of a host, what it sent is known in
// the end.
const (
	hostLen  = int64(unsafe.Sizeof(cell[hostKey, struct{}]{})) + slotsLen + int64(unsafe.Sizeof(openCell{})+unsafe.Sizeof(uint32(0))+unsafe.Sizeof(Counts{}))
	entryLen = int64(unsafe.Sizeof(packedEntry{}))
	wideLen  = int64(unsafe.Sizeof(wideSums{}))
)

// account tells the memory what the table holds.
func (t *Table) account() {
	held := t.atoms4*atomLen[key4]() + t.atoms6*atomLen[key6]() + t.carried + int64(t.hosts.n)*hostLen + int64(t.series.log.n)*entryLen + int64(t.series.log.wide.n)*wideLen
	t.memory.Hold(held - t.held)
	t.held = held
}

// keepToMemory spills if it is time to.
func (t *Table) keepToMemory() {
	if t.memory == nil {
		return
	}
	if t.account(); t.err == nil && t.held >= t.share && t.memory.Over() {
		t.err = t.spill()
	}
}

// free forgets the atoms of a shard and returns how many bytes they took.
func (t *Table) free(shard int) int64 {
	return t.v4[shard].free() + t.v6[shard].free()
}

// spill writes all atoms and the series of hosts to a file as sorted runs, and forgets
// them. The series of all packets stays.
func (t *Table) spill() error {
	file, err := t.memory.Create()
	if err != nil {
		return err
	}
	t.atomFiles = append(t.atomFiles, file)
	w := spill.NewWriter[Atom](file)
	var sorter sorter
	var a Atom
	for shard := range NumShards {
		x4, x6 := &t.v4[shard], &t.v6[shard]
		if x4.n == 0 && x6.n == 0 {
			continue
		}
		for _, at := range sorter.ordered4([]*atoms[key4]{x4}, &t.seed) {
			unpack(&a, x4, &t.seed, at.cell)
			w.Write(a)
		}
		for _, at := range sorter.ordered6([]*atoms[key6]{x6}, &t.seed) {
			unpack(&a, x6, &t.seed, at.cell)
			w.Write(a)
		}
		t.free(shard)
		run, err := w.Close()
		if err != nil {
			return err
		}
		t.atoms[shard] = append(t.atoms[shard], run)
	}
	t.atoms4, t.atoms6, t.carried = 0, 0, 0
	if err := t.spillSeries(); err != nil {
		return err
	}
	t.account()
	return nil
}

// unpack sets a to the atom of the cell with a number.
func unpack[K packed](a *Atom, x *atoms[K], seed *Seed, number uint32) {
	c := x.cell(number)
	c.key.unpack(&a.Key)
	a.Value = x.value(seed, c)
}

// spillSeries writes the points of hosts as a run sorted by host, and forgets the hosts.
func (t *Table) spillSeries() error {
	file, err := t.memory.Create()
	if err != nil {
		return err
	}
	t.files = append(t.files, file)
	s := &t.series
	s.close()
	starts := s.log.sort(int(s.open.n), len(s.intervals))
	order := make([]uint32, s.open.n)
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return t.hosts.cell(a).key.host().Compare(t.hosts.cell(b).key.host()) })
	w := spill.NewWriter[Point](file)
	for _, host := range order {
		for i := starts[host]; i < starts[host+1]; i++ {
			e := s.log.entry(i)
			w.Write(Point{t.hosts.cell(host).key.host(), s.intervals[e.interval].start, e.counts()})
		}
	}
	run, err := w.Close()
	if err != nil {
		return err
	}
	t.points = append(t.points, run)
	t.hosts.free()
	s.free()
	s.compact, s.disorder = 0, 0
	return nil
}

// Discard gives back the memory of the table and removes what it has in files. The table
// cannot be used any more.
func (t *Table) Discard() {
	for shard := range NumShards {
		t.free(shard)
	}
	t.hosts.free()
	t.series.free()
	for _, f := range t.atomFiles {
		_ = f.Close() // nothing of it is needed any more
	}
	t.freePoints()
	t.memory.Hold(-t.held)
	*t = Table{}
}

// freePoints removes the points of hosts.
func (t *Table) freePoints() {
	for _, f := range t.files {
		_ = f.Close() // nothing of it is needed any more
	}
	t.points, t.files = nil, nil
}

// spilledShard is Shard where atoms are in files.
func (m *Merged) spilledShard(shard int, buf *Buffer) iter.Seq[Batch] {
	return func(yield func(Batch) bool) {
		var runs []spill.Run[Atom]
		for _, t := range m.tables {
			runs = append(runs, t.atoms[shard]...)
			t.atoms[shard] = nil
		}
		p := newPieces(buf, pieceLen, m.handOn(yield))
		for a, err := range spill.MergeBy(runs, m.seed.spillKey, m.seed.compareAtoms) {
			if err != nil {
				m.fail(err)
				return
			}
			if !p.add(a) {
				return
			}
		}
		p.end()
	}
}

// spilledSenders is Senders where points are in files.
func (m *Merged) spilledSenders() iter.Seq2[packet.Host, Counts] {
	return func(yield func(packet.Host, Counts) bool) {
		var runs []spill.Run[Point]
		for _, t := range m.tables {
			runs = append(runs, t.points...)
		}
		var host packet.Host
		var sum Counts
		for p, err := range spill.Merge(runs, func(a, b *Point) int { return a.Host.Compare(b.Host) }) {
			if err != nil {
				m.fail(err)
				return
			}
			if p.Host != host && sum.Packets > 0 {
				if !yield(host, sum) {
					return
				}
				sum = Counts{}
			}
			host = p.Host
			sum.Add(p.Counts)
		}
		if sum.Packets > 0 {
			yield(host, sum)
		}
	}
}

// spilledPoints yields the points of hosts that a table has in files, and reports whether
// to go on.
func (m *Merged) spilledPoints(t *Table, hosts []packet.Host, length int64, yield func(Point) bool) bool {
	wanted := make(map[packet.Host]struct{}, len(hosts))
	for _, h := range hosts {
		wanted[h] = struct{}{}
	}
	for i := range t.points {
		r := t.points[i].Reader()
		for {
			points, err := r.Next()
			if err != nil {
				m.fail(err)
				return false
			}
			if len(points) == 0 {
				break
			}
			for _, p := range points {
				if _, ok := wanted[p.Host]; ok && !yield(Point{p.Host, Floor(p.Start, length), p.Counts}) {
					return false
				}
			}
		}
	}
	return true
}
