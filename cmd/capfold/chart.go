package main

import (
	"math"
	"strings"
	"time"

	"github.com/capfold/capfold/reducers"
)

// bars returns a bar for each value, that of the largest width columns long.
func (d display) bars(values []int64, width int) []string {
	most := int64(0)
	for _, n := range values {
		most = max(most, n)
	}
	lines := make([]string, len(values))
	for i, n := range values {
		lines[i] = d.bar(n, most, width)
	}
	return lines
}

// bar returns a bar that is width columns long where n is most. Any n above 0 shows.
func (d display) bar(n, most int64, width int) string {
	if most <= 0 || n <= 0 {
		return ""
	}
	columns := float64(n) / float64(most) * float64(width)
	if d.ascii {
		if s := strings.Repeat("#", int(math.Round(columns))); s != "" {
			return s
		}
		return "."
	}
	eighths := int(math.Round(columns * 8))
	full, rest := eighths/8, eighths%8
	s := strings.Repeat("█", full)
	if rest > 0 {
		s += string([]rune(" ▏▎▍▌▋▊▉")[rest])
	}
	if s == "" {
		s = "▏"
	}
	return s
}

// levels are the heights of a sparkline, from small to large.
func (d display) levels() []rune { return []rune(d.pick("▁▂▃▄▅▆▇█", ".:-=+*#@")) }

// sparklines draws what each top host sent over time, the tallest block being the most
// that the host sent in the time of one column.
func (d display) sparklines(v *view, result *reducers.Result, measure string, width int) []string {
	c, ok := v.columns("host_timeline", 0)
	all, ok2 := v.columns("timeline", 0)
	if !ok || !ok2 || result.Interval == 0 {
		return nil
	}
	micros := max(1, result.Interval/int64(time.Microsecond))
	first := all.int("interval_start", 0)
	last := all.int("interval_start", all.table.Rows-1)
	intervals := (last-first)/micros + 1
	// Every column has the same number of intervals, or steady traffic would ripple.
	each := (intervals + int64(width) - 1) / int64(width)
	width = int((intervals + each - 1) / each)
	series := make([][]int64, len(result.Hosts))
	for i := range series {
		series[i] = make([]int64, width)
	}
	for i := range c.table.Rows {
		column := (c.int("interval_start", i) - first) / micros / each
		series[c.int("rank", i)-1][column] += c.int(measure, i)
	}
	levels := d.levels()
	lines := make([]string, len(series))
	for i, values := range series {
		most := int64(0)
		for _, n := range values {
			most = max(most, n)
		}
		var b strings.Builder
		for _, n := range values {
			if n == 0 {
				b.WriteByte(' ')
			} else {
				b.WriteRune(levels[min(len(levels)-1, int(float64(n)/float64(most)*float64(len(levels))))])
			}
		}
		lines[i] = strings.TrimRight(b.String(), " ")
	}
	return lines
}
