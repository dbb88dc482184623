package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"time"
)

// maxIntervals is how many intervals a picture can show beside each other; where there are
// more, some are drawn as one.
const maxIntervals = 300

// drawHostsOverTime draws what the top addresses sent over time, the first two so that
// they stand out.
func drawHostsOverTime(s *scene, in *Input) error {
	const table = "host_timeline"
	times := []column{{"interval_start", ints}, {"rank", ints}, {"bytes", ints}, {"address", texts}}
	first, last, step, hosts := int64(math.MaxInt64), int64(math.MinInt64), int64(0), int64(0)
	err := in.each(table, times[:2:2], func(r *rows) {
		for i := range r.n {
			t := r.int("interval_start", i)
			if first <= last {
				step = gcd(step, t-last) // rows are in the order of time
			}
			first, last = min(first, t), max(last, t)
			if rank := r.int("rank", i); rank <= topHosts {
				hosts = max(hosts, rank)
			}
		}
	})
	if err != nil {
		return err
	}
	interval := in.Interval / int64(time.Microsecond)
	if interval <= 0 {
		interval = max(1, step)
	}
	if first > last {
		s.frame("Traffic over time of the top addresses", "Bytes (IP total length) sent per interval."+in.ranked())
		s.nothing("no IP packets")
		return nil
	}
	intervals := uint64(last-first)/uint64(interval) + 1
	each := (intervals-1)/maxIntervals + 1
	n := int((intervals-1)/each + 1)
	width := interval * int64(each)
	series := make([][]float64, hosts)
	for k := range series {
		series[k] = make([]float64, n)
	}
	names := make([]string, hosts)
	totals := make([]float64, hosts)
	err = in.each(table, times, func(r *rows) {
		for i := range r.n {
			rank := r.int("rank", i)
			if rank < 1 || rank > hosts {
				continue
			}
			at := min(uint64(n-1), uint64(r.int("interval_start", i)-first)/uint64(width))
			series[rank-1][at] += float64(r.int("bytes", i))
			totals[rank-1] += float64(r.int("bytes", i))
			if names[rank-1] == "" {
				names[rank-1] = r.text("address", i)
			}
		}
	})
	if err != nil {
		return err
	}

	length := durationText(time.Duration(width) * time.Microsecond)
	title := "Traffic over time of the first two addresses"
	if hosts < 2 {
		title = "Traffic over time of the first address"
	}
	definition := fmt.Sprintf("Bytes (IP total length) sent in each %s", length)
	if hosts > 2 {
		definition += fmt.Sprintf(", in grey by the others of the top %d", hosts)
	}
	top := s.frame(title, definition+"."+in.ranked())
	most := 0.0
	for _, values := range series {
		for _, v := range values {
			most = max(most, v)
		}
	}
	colors := []color.NRGBA{blue, amber} // of those that stand out
	x := margin
	for k := range min(len(colors), len(series)) {
		x = s.legend(x, top+9, entry{colors[k], fit(names[k], valueStyle, 165) + ", " + bytesText(totals[k])})
	}
	if hosts > 2 {
		s.legend(x, top+9, entry{others, "others"})
	}

	// The axes.
	ticks := coveringTicks(most, 5)
	tickWidth := 0.0
	for _, t := range ticks {
		tickWidth = max(tickWidth, textWidth(bytesTick(t), tickStyle))
	}
	plot := rectangle{x: margin + tickWidth + 4, y: top + 29, h: bodyBottom - 10 - (top + 29)}
	plot.w = sceneWidth - margin - plot.x
	s.text(point{margin, top + 22}, "bytes sent per "+length, tickStyle, start)
	scale := plot.h / ticks[len(ticks)-1]
	for i, t := range ticks {
		y := plot.y + plot.h - t*scale
		c, w := grid, 0.5
		if i == 0 {
			c, w = axis, 0.75
		}
		s.line(point{plot.x, y}, point{plot.x + plot.w, y}, w, c, 0)
		s.text(point{plot.x - 3, y + 2.4}, bytesTick(t), tickStyle, end)
	}
	perColumn := plot.w / float64(n)
	covered := float64(n) * float64(width)
	end := saturated(first, covered)
	s.timeAxis(plot, first, end, covered)
	s.note("Time in UTC, " + datesText(first, min(end-1, saturated(last, float64(interval-1)))) + ".")

	for k, values := range slices.Backward(series) {
		c, w := others, 0.6
		if k < len(colors) {
			c, w = colors[k], 1.2
		}
		for _, points := range steps(values, plot, perColumn, scale) {
			if k < len(colors) {
				s.polygon([][]point{points}, fade(c, 0.1), color.NRGBA{})
			}
			s.polyline(points, w, c, 0)
		}
	}
	return nil
}

// timeAxis draws ticks below a plot that begins at first and is span microseconds long.
func (s *scene) timeAxis(plot rectangle, first, end int64, span float64) {
	bottom := plot.y + plot.h
	reach := 4.0
	for _, t := range timeTicks(first, end, 8) {
		x := plot.x + float64(uint64(t.micros-first))/span*plot.w
		s.line(point{x, bottom}, point{x, bottom + 2.5}, 0.5, axis, 0)
		half := textWidth(t.text, tickStyle) / 2
		if x-half > reach && x+half < sceneWidth-4 {
			s.text(point{x, bottom + 10}, t.text, tickStyle, middle)
			reach = x + half + 4
		}
	}
}

// steps returns lines that stand at each value for the width of its column: one for each
// run of values other than 0, from the axis to the axis.
func steps(values []float64, plot rectangle, column, scale float64) [][]point {
	var lines [][]point
	bottom := plot.y + plot.h
	for i := 0; i < len(values); i++ {
		if values[i] == 0 {
			continue
		}
		points := []point{{plot.x + float64(i)*column, bottom}}
		for ; i < len(values) && values[i] != 0; i++ {
			x, y := plot.x+float64(i)*column, bottom-values[i]*scale
			if n := len(points); n > 2 && points[n-1].y == y {
				points[n-1].x = x + column
				continue
			}
			points = append(points, point{x, y}, point{x + column, y})
		}
		lines = append(lines, append(points, point{plot.x + float64(i)*column, bottom}))
	}
	return lines
}

// saturated returns a+b, or the last instant where that is none.
func saturated(a int64, b float64) int64 {
	if float64(a)+b >= math.MaxInt64 {
		return math.MaxInt64
	}
	return a + int64(b)
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	if a < 0 {
		return -a
	}
	return a
}
