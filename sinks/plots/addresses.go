package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

const (
	// maxAddresses is how many addresses have a point: more would be a stain, and the file
	// large.
	maxAddresses = 3000
	// maxLabels is how many points have a name.
	maxLabels = 14
	maxRadius = 13.0
	minRadius = 0.9
)

// dot is an address in the scatter plot.
type dot struct {
	row            int // in the table
	address        string
	sent, received float64
	at             point
	radius         float64
	special        bool
}

func (d *dot) total() float64 { return d.sent + d.received }

// drawAddresses draws individual addresses by what they sent and received, their size by
// both.
func drawAddresses(s *scene, in *Input) error {
	dots, all, total, err := in.largestHosts(maxAddresses)
	if err != nil {
		return err
	}
	top := s.frame("Individual addresses by traffic",
		"Each circle is an IP address; its area is the bytes (IP total length) that it sent and received. Both axes are logarithmic.")
	if len(dots) == 0 {
		s.nothing("no IP packets")
		return nil
	}

	drawn, largest := 0.0, max(1, dots[0].total())
	least, most := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{}
	zero, kinds := [2]bool{}, [2]bool{}
	for i := range dots {
		d := &dots[i]
		drawn += d.total()
		for k, v := range []float64{d.sent, d.received} {
			if v == 0 {
				zero[k] = true
				continue
			}
			least[k], most[k] = min(least[k], v), max(most[k], v)
		}
		if d.special {
			kinds[1] = true
		} else {
			kinds[0] = true
		}
	}
	radius := func(total float64) float64 { return max(minRadius, maxRadius*math.Sqrt(total/largest)) }
	x := margin
	for k, e := range []entry{{blue, "public address"}, {amber, "private or other special-purpose address"}} {
		if kinds[k] {
			x = s.legend(x, top+9, e)
		}
	}
	s.sizesLegend(point{sceneWidth - margin, top + 12}, largest, radius)

	// A logarithm has no zero: addresses that only send or only receive stand beside the
	// axes, in a strip of their own.
	const stripX, stripY = 34.0, 18.0
	plot := rectangle{x: margin + 34, y: top + 37}
	plot.w, plot.h = sceneWidth-margin-plot.x-maxRadius, bodyBottom-15-plot.y
	inner := plot
	if zero[0] {
		inner.x, inner.w = plot.x+stripX, plot.w-stripX
	}
	if zero[1] {
		inner.h -= stripY
	}
	scales := [2]logScale{}
	for k := range scales {
		scales[k] = newLogScale(min(least[k], most[k]), most[k])
	}
	diagonal := s.axesOfAddresses(plot, inner, scales, zero)
	for i := range dots {
		d := &dots[i]
		d.at = point{(plot.x + inner.x - 2) / 2, (inner.y + inner.h + 2 + plot.y + plot.h) / 2}
		if d.sent > 0 {
			d.at.x = inner.x + scales[0].at(d.sent)*inner.w
		}
		if d.received > 0 {
			d.at.y = inner.y + inner.h - scales[1].at(d.received)*inner.h
		}
		d.radius = radius(d.total())
		c := blue
		if d.special {
			c = amber
		}
		s.circle(d.at, d.radius, fade(c, 0.4), fade(c, 0.9)) // small ones lie above large ones
	}
	s.nameDots(dots, plot, diagonal)
	note := plural(int64(all), "address") + "."
	if rest := all - len(dots); rest > 0 {
		note = fmt.Sprintf("%s of %s; not drawn are the %s with least traffic, which sent and received %s, %s of all.", grouped(int64(len(dots))), plural(int64(all), "address"),
			grouped(int64(rest)), bytesText(total-drawn), share(total-drawn, total))
	}
	s.note(note)
	return nil
}

// largestHosts returns the n addresses that sent and received most, in that order, the
// number of all, and what all sent and received.
func (in *Input) largestHosts(n int) (dots []dot, all int, total float64, err error) {
	largest := table.NewFirst(n, func(a, b *dot) int {
		return cmp.Or(cmp.Compare(b.total(), a.total()), cmp.Compare(a.row, b.row))
	})
	err = in.each("hosts", []column{{"sent_bytes", ints}, {"received_bytes", ints}}, func(r *rows) {
		for i := range r.n {
			d := dot{row: all + i, sent: max(0, float64(r.int("sent_bytes", i))), received: max(0, float64(r.int("received_bytes", i)))}
			total += d.total()
			largest.Add(&d)
		}
		all += r.n
	})
	if err != nil {
		return nil, 0, 0, err
	}
	dots = largest.Rows()
	byRow := make(map[int]*dot, len(dots))
	for i := range dots {
		byRow[dots[i].row] = &dots[i]
	}
	row := 0
	err = in.each("hosts", []column{{"address", texts}, {"country_code", texts}, {"country", texts}}, func(r *rows) {
		for i := range r.n {
			if d := byRow[row+i]; d != nil {
				d.address = r.text("address", i)
				d.special = sinks.SpecialBlock(r.text("country_code", i), r.text("country", i)) != ""
			}
		}
		row += r.n
	})
	return dots, all, total, err
}

// sizesLegend draws what areas mean, to the left of a place.
func (s *scene) sizesLegend(right point, largest float64, radius func(float64) float64) {
	x := right.x
	v := math.Pow(10, math.Floor(math.Log10(largest)))
	for range 3 {
		if v < 1 {
			break
		}
		r := radius(v)
		text := bytesTick(v)
		s.text(point{x, right.y + 2.4}, text, tickStyle, end)
		x -= textWidth(text, tickStyle) + 3
		s.circle(point{x - r, right.y}, r, grid, axis)
		x -= 2*r + 9
		v /= 10
	}
}

// axesOfAddresses draws the axes of inner, the part of the plot that is not the strips of
// zeros. It returns what is to be written at the line where both are equal, if that fits.
func (s *scene) axesOfAddresses(plot, inner rectangle, scales [2]logScale, zero [2]bool) (diagonal *label) {
	bottom, right := plot.y+plot.h, plot.x+plot.w
	if zero[0] {
		s.rect(plot.x, plot.y, inner.x-plot.x-2, plot.h, faint)
		s.text(point{(plot.x + inner.x - 2) / 2, bottom + 10}, "0", tickStyle, middle)
	}
	if zero[1] {
		s.rect(plot.x, inner.y+inner.h+2, plot.w, bottom-inner.y-inner.h-2, faint)
		s.text(point{plot.x - 4, (inner.y+inner.h+2+bottom)/2 + 2.4}, "0", tickStyle, end)
	}
	for _, t := range scales[0].ticks(8) {
		x := inner.x + scales[0].at(t)*inner.w
		s.line(point{x, inner.y}, point{x, bottom}, 0.5, grid, 0)
		s.text(point{x, bottom + 10}, bytesTick(t), tickStyle, middle)
	}
	for _, t := range scales[1].ticks(8) {
		y := inner.y + inner.h - scales[1].at(t)*inner.h
		s.line(point{plot.x, y}, point{right, y}, 0.5, grid, 0)
		s.text(point{plot.x - 4, y + 2.4}, bytesTick(t), tickStyle, end)
	}
	s.text(point{margin, plot.y - 15}, "bytes received (log)", tickStyle, start)
	s.text(point{right, bottom + 18.5}, "bytes sent (log)", tickStyle, end)

	// Where both are equal.
	low, high := max(scales[0].low, scales[1].low), min(scales[0].high, scales[1].high)
	if low < high {
		at := func(e float64) point {
			v := math.Pow(10, e)
			return point{inner.x + scales[0].at(v)*inner.w, inner.y + inner.h - scales[1].at(v)*inner.h}
		}
		s.line(at(low), at(high), 0.6, axis, 2)
		l := label{at: point{at(high).x - 26, at(high).y + 5}, text: "as much received as sent", style: noteStyle, hold: end}
		if plot.contains(l.box()) {
			return &l
		}
	}
	return nil
}

// nameDots writes the addresses of the largest points beside them, where that covers
// neither text nor another large point, and few small ones. Before that, it writes what
// belongs to the diagonal.
func (s *scene) nameDots(dots []dot, plot rectangle, diagonal *label) {
	const mostCovered = 3
	st := style{size: 6.5, color: ink}
	area := rectangle{x: plot.x, y: plot.y - 4, w: sceneWidth - 4 - plot.x, h: plot.h + 4}
	large := dots[:min(len(dots), 3*maxLabels)]
	var taken []rectangle
	if diagonal != nil {
		box := diagonal.box()
		if !slices.ContainsFunc(dots, func(d dot) bool { return box.touches(d.at, d.radius) }) {
			s.shapes = append(s.shapes, *diagonal)
			taken = append(taken, box)
		}
	}
	for i := range dots[:min(len(dots), maxLabels)] {
		d := &dots[i]
		text := fit(d.address, st, 160)
		var best *label
		fewest := mostCovered + 1
		slant := d.radius*math.Sqrt2/2 + 1
		for _, l := range []label{
			{at: point{d.at.x + d.radius + 2, d.at.y + 2.3}, hold: start},
			{at: point{d.at.x - d.radius - 2, d.at.y + 2.3}, hold: end},
			{at: point{d.at.x, d.at.y - d.radius - 2}, hold: middle},
			{at: point{d.at.x, d.at.y + d.radius + 6.5}, hold: middle},
			{at: point{d.at.x - slant, d.at.y + slant + 4.5}, hold: end},
			{at: point{d.at.x + slant, d.at.y + slant + 4.5}, hold: start},
			{at: point{d.at.x - slant, d.at.y - slant}, hold: end},
			{at: point{d.at.x + slant, d.at.y - slant}, hold: start},
		} {
			l.text, l.style = text, st
			place := l.box()
			covers := func(d dot) bool { return place.touches(d.at, d.radius) }
			if text == "" || !area.contains(place) || slices.ContainsFunc(taken, place.overlaps) || slices.ContainsFunc(large, covers) {
				continue
			}
			covered := 0
			for k := len(large); k < len(dots) && covered < fewest; k++ {
				if covers(dots[k]) {
					covered++
				}
			}
			if covered < fewest {
				best, fewest = &l, covered
			}
		}
		if best != nil {
			taken = append(taken, best.box())
			s.shapes = append(s.shapes, *best)
		}
	}
}
