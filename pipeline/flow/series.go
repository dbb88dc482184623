package flow

import (
	"fmt"
	"math"
	"time"

	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/slab"
)

// series is one worker's record of traffic over time: totals of all packets by interval,
// and the packets that each host sent by interval. Hosts go by the numbers that the
// worker's [Table] gave them.
//
// The resolution is not known before the end, since it depends on the capture's span. It
// starts fine and is coarsened whenever the span seen so far allows it, so there are
// never more than a few hundred intervals. One packet costs an addition to its host's
// open cell; only when a host moves on to another interval is the cell written to log.
type series struct {
	fixed       int64  // the interval the user asked for, or 0
	resolution  int64  // length of the intervals held now, ns; 0 before the first packet
	first, last int64  // span of the packets, where resolution is not 0
	longest     uint64 // span up to which the resolution stays

	intervals []interval
	at        map[int64]uint32 // interval start → index in intervals
	current   uint32           // the interval of the latest packet
	from, to  int64            // its bounds, both inclusive

	open     list[openCell] // by host number
	newest   list[uint32]   // by host number: the latest interval that was closed, plus 1
	log      log
	compact  uint32 // length of log at which it is compacted
	disorder uint32 // bounds the entries, since the log was sorted, that join may have missed
}

// interval is a timeline entry.
type interval struct {
	start int64
	Counts
}

// openCell is a host's traffic in the interval that it last sent in. It is what the fold of
// a packet touches: so small that many stay in the cache, and none is in two of its lines.
type openCell struct {
	packets, bytes, wireBytes uint32
	interval                  uint32
}

// entry returns what c has as an entry of the log.
func (c *openCell) entry(host uint32) entry {
	return entry{host: host, interval: c.interval, packets: c.packets, bytes: c.bytes, wireBytes: c.wireBytes}
}

// minCompact is the length of the log below which compacting is not worth it.
const minCompact = 1 << 16

// maxFixed bounds the number of intervals where the user chose their length.
const maxFixed = 1 << 20

// tooMany is the error of n intervals of a length that the user chose, if that is wrong.
func tooMany(n int, fixed int64) error {
	if fixed == 0 || n <= maxFixed {
		return nil
	}
	return fmt.Errorf("interval of %v is too short: more than %d intervals have packets", time.Duration(fixed), maxFixed)
}

// recycle has the series, which must be empty, take the memory of hosts from slabs.
func (s *series) recycle(slabs *slab.Pool) {
	s.open.recycle(slabs)
	s.newest.recycle(slabs)
	s.log.recycle(slabs)
}

// free forgets the hosts and gives their memory back.
func (s *series) free() {
	s.open.free()
	s.newest.free()
	s.log.free()
}

// extend tells the series that packets from first to last follow.
func (s *series) extend(first, last int64) {
	if s.resolution != 0 {
		if first >= s.first && last <= s.last {
			return
		}
		first, last = min(first, s.first), max(last, s.last)
	}
	s.first, s.last = first, last
	// In unsigned arithmetic the span is right even where the subtraction wraps.
	if s.resolution != 0 && uint64(last)-uint64(first) <= s.longest {
		return
	}
	r := s.fixed
	s.longest = math.MaxUint64
	if r == 0 {
		d := Interval(first, last)
		r, s.longest = resolution(d), longest(d)
	}
	if r != s.resolution {
		s.coarsen(r)
	}
}

// seek makes the interval of time t the current one and returns its index.
func (s *series) seek(t int64) uint32 {
	if t >= s.from && t <= s.to && len(s.intervals) > 0 {
		return s.current
	}
	start := Floor(t, s.resolution)
	i, ok := s.at[start]
	if !ok {
		i = uint32(len(s.intervals))
		s.intervals = append(s.intervals, interval{start: start})
		s.at[start] = i
	}
	s.current, s.from = i, start
	s.to = start + (s.resolution - 1)
	switch {
	case start == math.MinInt64: // it may begin before the smallest time, and end the earlier
		s.to = t
	case start > math.MaxInt64-(s.resolution-1):
		s.to = math.MaxInt64
	}
	return i
}

// addHost makes room for the host with the next number.
func (s *series) addHost() {
	s.open.append(openCell{})
	s.newest.append(0)
}

// reopen closes a host's open cell and opens it for an interval, which may be the same one.
func (s *series) reopen(host, interval uint32) {
	open, newest := s.open.at(host), s.newest.at(host)
	if open.packets > 0 && (*newest == 0 || s.intervals[open.interval].start > s.intervals[*newest-1].start) {
		*newest = open.interval + 1
	}
	s.flush(host)
	if open.interval == interval {
		return
	}
	if *newest != 0 && s.intervals[interval].start <= s.intervals[*newest-1].start {
		s.disorder++
	}
	open.interval = interval
}

// flush moves a host's open cell to the log.
func (s *series) flush(host uint32) {
	c := s.open.at(host)
	if c.packets == 0 {
		return
	}
	s.log.add(c.entry(host))
	c.packets, c.bytes, c.wireBytes = 0, 0, 0
	if s.log.n >= max(s.compact, minCompact) {
		if s.disorder > s.log.n/4 {
			s.compactLog()
		} else { // there is little to be joined
			s.compact = 2 * s.log.n
		}
	}
}

// sent returns what each host sent, by its number.
func (s *series) sent() []Counts {
	sums := make([]Counts, s.open.n)
	for host := range s.open.n {
		e := s.open.at(host).entry(host)
		sums[host] = e.counts()
	}
	for part := range s.log.parts() {
		for i := range part {
			sums[part[i].host].Add(s.log.counts(&part[i]))
		}
	}
	return sums
}

// seriesOf returns what hosts sent in intervals of a length, in parts.
func (t *Table) seriesOf(hosts []packet.Host, length int64) []Point {
	s := &t.series
	wanted := make([]uint32, t.hosts.n) // place in hosts, plus 1
	var list []Point
	add := func(e *entry) {
		host := hosts[wanted[e.host]-1]
		list = append(list, Point{host, Floor(s.intervals[e.interval].start, length), e.counts()})
	}
	for i, h := range hosts {
		if n, ok := t.hosts.find(hostKey(h).tag(&t.seed), hostKey(h)); ok && wanted[n] == 0 {
			wanted[n] = uint32(i + 1)
			if e := s.open.at(n).entry(n); e.packets > 0 {
				add(&e)
			}
		}
	}
	for part := range s.log.parts() {
		for i := range part {
			if wanted[part[i].host] != 0 {
				e := s.log.unpack(part[i])
				add(&e)
			}
		}
	}
	return list
}

// close flushes every host.
func (s *series) close() {
	for host := range s.open.n {
		s.flush(host)
	}
}

// coarsen changes the resolution to r, a multiple of the present one.
func (s *series) coarsen(r int64) {
	old := s.intervals
	s.resolution = r
	s.intervals, s.at = nil, map[int64]uint32{}
	moved := make([]uint32, len(old))
	for i := range old {
		s.to, s.from = 0, 1 // forget the current interval
		moved[i] = s.seek(old[i].start)
		s.intervals[moved[i]].Counts.Add(old[i].Counts)
	}
	s.from, s.to = 1, 0
	for host := range s.open.n {
		open, newest := s.open.at(host), s.newest.at(host)
		open.interval = moved[open.interval]
		if *newest != 0 {
			*newest = moved[*newest-1] + 1
		}
	}
	for part := range s.log.parts() {
		for i := range part {
			part[i].setInterval(moved[part[i].interval()])
		}
	}
	s.compactLog()
}

// compactLog joins entries of the same host and interval. Those of a host that sent in
// order of time are neighbours among its entries, which one pass finds; if many are not,
// the log is sorted first. So about a quarter of what is left could be joined at most.
func (s *series) compactLog() {
	if s.disorder > s.log.n/4 {
		s.log.sort(int(s.open.n), len(s.intervals))
		s.disorder = 0
	}
	s.log.join(int(s.open.n))
	s.compact = 2 * s.log.n
}
