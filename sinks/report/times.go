package report

import (
	"context"
	"encoding/json"

	"github.com/capfold/capfold/pipeline/table"
)

// times are time series on common points, which are one or more intervals of the result
// apart.
type times struct {
	Interval  int64     `json:"interval"`  // of the result, µs; 0 if there is but one
	Intervals int64     `json:"intervals"` // that a point sums up
	First     int64     `json:"first"`     // start of the first point, µs since the epoch
	Step      int64     `json:"step"`      // µs
	Points    int       `json:"points"`
	All       *series   `json:"all"`   // of all packets; nil if there is no such table
	Hosts     []*series `json:"hosts"` // of the top addresses, by rank
	MoreHosts int64     `json:"moreHosts"`
}

// series is values at the points.
type series struct {
	Name      string  `json:"name"`
	Packets   []int64 `json:"packets"`
	Bytes     []int64 `json:"bytes"`
	WireBytes []int64 `json:"wire_bytes"`
}

// readTimes reads both tables, of which either may be nil.
func (d *data) readTimes(ctx context.Context, all, hosts *table.Table) error {
	s := &times{Hosts: []*series{}}
	first, last, step, err := span(ctx, all, hosts)
	if err != nil {
		return err
	}
	if nanoseconds, ok := d.Totals.(map[string]any)["interval_ns"].(json.Number); ok {
		if n, err := nanoseconds.Int64(); err == nil && n >= 1000 {
			step = n / 1000
		}
	}
	s.Interval = step
	s.Intervals = 1
	if step > 0 {
		s.Intervals = max(1, ((last-first)/step+maxTimes)/maxTimes)
	}
	s.Step = max(1, step*s.Intervals)
	s.First = first
	s.Points = int((last-first)/s.Step) + 1
	if all != nil && all.Rows > 0 {
		s.All = s.series("")
		for p, err := range parts(ctx, all, partRows) {
			if err != nil {
				return err
			}
			for row := range p.Rows {
				s.add(s.All, p, row)
			}
		}
	}
	if hosts != nil {
		if err := s.readHosts(ctx, hosts); err != nil {
			return err
		}
	}
	if s.All != nil || len(s.Hosts) > 0 {
		d.Times = s
	}
	return nil
}

// readHosts adds up what the top addresses sent.
func (s *times) readHosts(ctx context.Context, t *table.Table) error {
	byRank := map[int64]*series{}
	most := int64(0)
	for p, err := range parts(ctx, t, partRows) {
		if err != nil {
			return err
		}
		for row, rank := range p.ints("rank") {
			most = max(most, rank)
			if rank < 1 || rank > maxSeries {
				continue
			}
			one := byRank[rank]
			if one == nil {
				one = s.series(p.text("address", row))
				byRank[rank] = one
			}
			s.add(one, p, row)
		}
	}
	for rank := range int64(maxSeries) {
		if one := byRank[rank+1]; one != nil {
			s.Hosts = append(s.Hosts, one)
		}
	}
	s.MoreHosts = max(0, most-maxSeries)
	return nil
}

func (s *times) series(name string) *series {
	return &series{name, make([]int64, s.Points), make([]int64, s.Points), make([]int64, s.Points)}
}

// add adds a row of p to a series.
func (s *times) add(one *series, p *part, row int) {
	point := (p.ints("interval_start")[row] - s.First) / s.Step
	one.Packets[point] += p.ints("packets")[row]
	one.Bytes[point] += p.ints("bytes")[row]
	one.WireBytes[point] += p.ints("wire_bytes")[row]
}

// span returns the first and last interval of the tables, and the greatest length, in µs,
// that all their distances are multiples of.
func span(ctx context.Context, tables ...*table.Table) (first, last, step int64, err error) {
	found := false
	for _, t := range tables {
		if t == nil {
			continue
		}
		for p, err := range parts(ctx, t, partRows) {
			if err != nil {
				return 0, 0, 0, err
			}
			for _, start := range p.ints("interval_start") {
				if !found {
					first, last, found = start, start, true
				}
				step = divisor(step, start-first)
				first, last = min(first, start), max(last, start)
			}
		}
	}
	return first, last, step, nil
}

// divisor returns the greatest common divisor, which is not negative.
func divisor(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}
