package plots

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
)

// initialTTLs are those that operating systems commonly start with.
var initialTTLs = []int{64, 128, 255}

// drawTTL draws the histogram of TTLs with its mean, one standard deviation to both sides
// and the common initial values.
func drawTTL(s *scene, in *Input) error {
	var counts [2][256]float64 // of IPv4 and IPv6
	var packets, sum, squares float64
	exact := int64(0)
	low, high := 256, -1
	err := in.each("ttl", []column{{"ip_version", ints}, {"ttl", ints}, {"packets", ints}}, func(r *rows) {
		for i := range r.n {
			ttl, n := r.int("ttl", i), float64(r.int("packets", i))
			if ttl < 0 || ttl > 255 || n <= 0 {
				continue
			}
			version := 0
			if r.int("ip_version", i) == 6 {
				version = 1
			}
			counts[version][ttl] += n
			packets += n
			exact += r.int("packets", i)
			sum += n * float64(ttl)
			squares += n * float64(ttl*ttl)
			low, high = min(low, int(ttl)), max(high, int(ttl))
		}
	})
	if err != nil {
		return err
	}
	const title = "Time to live of packets"
	const definition = "Packets by TTL (IPv4) and hop limit (IPv6), with mean, one standard deviation (of the population) to both sides, and the values that operating systems commonly start with: 64, 128, 255."
	if packets == 0 {
		s.frame(title, definition)
		s.nothing("no IP packets")
		return nil
	}
	top := s.frame(title, definition)
	mean := sum / packets
	variance := max(0, squares/packets-mean*mean)
	deviation := math.Sqrt(variance)

	most := 0.0
	for ttl := range 256 {
		most = max(most, counts[0][ttl]+counts[1][ttl])
	}
	ticks := coveringTicks(most, 5)
	tickWidth := 18.0 // what stands left of the axes fits too
	for _, t := range ticks {
		tickWidth = max(tickWidth, textWidth(countText(t), tickStyle))
	}
	plot := rectangle{x: margin + tickWidth + 4, y: top + 40}
	plot.w, plot.h = sceneWidth-margin-plot.x, bodyBottom-10-plot.y
	at := func(ttl float64) float64 { return plot.x + (ttl+0.5)/256*plot.w }
	scale := plot.h / ticks[len(ticks)-1]
	bottom := plot.y + plot.h

	// One standard deviation lies behind everything.
	from, to := max(plot.x, at(mean-deviation)), min(plot.x+plot.w, at(mean+deviation))
	s.rect(from, plot.y, to-from, plot.h, fade(violet, 0.1))
	for i, t := range ticks {
		y := bottom - t*scale
		c, w := grid, 0.5
		if i == 0 {
			c, w = axis, 0.75
		}
		s.line(point{plot.x, y}, point{plot.x + plot.w, y}, w, c, 0)
		s.text(point{plot.x - 3, y + 2.4}, countText(t), tickStyle, end)
	}
	meanFrom := plot.y - 15
	for _, ttl := range initialTTLs {
		x := at(float64(ttl))
		if math.Abs(x-at(mean)) < 8 {
			meanFrom = plot.y - 3 // below the number
		}
		s.line(point{x, plot.y - 3}, point{x, bottom}, 0.6, axis, 2)
		s.text(point{x, plot.y - 5}, strconv.Itoa(ttl), tickStyle, middle)
	}
	s.line(point{at(mean), meanFrom}, point{at(mean), bottom}, 1, violet, 0)
	column := plot.w / 256
	colors, versions := [2]color.NRGBA{blue, amber}, [2]bool{}
	for ttl := range 256 {
		y := bottom
		for v := range counts {
			n := counts[v][ttl]
			if n == 0 {
				continue
			}
			versions[v] = true
			height := max(0.6, n*scale)
			y -= height
			s.rect(at(float64(ttl))-column*0.45, y, column*0.9, height, colors[v])
		}
	}
	text := fmt.Sprintf("mean %.1f, standard deviation %.1f", mean, deviation)
	x := min(max(at(mean), plot.x+textWidth(text, strongStyle)/2), plot.x+plot.w-textWidth(text, strongStyle)/2)
	s.text(point{x, plot.y - 17}, text, style{size: 7.5, bold: true, color: violet}, middle)

	// The axis, and what is what.
	for ttl := 0; ttl <= 256; ttl += 32 {
		ttl := min(ttl, 255)
		x := at(float64(ttl))
		s.line(point{x, bottom}, point{x, bottom + 2.5}, 0.5, axis, 0)
		s.text(point{x, bottom + 10}, strconv.Itoa(ttl), tickStyle, middle)
	}
	s.text(point{margin, bottom + 10}, "TTL", tickStyle, start)
	s.text(point{margin, plot.y - 5}, "packets", tickStyle, start)
	legend := margin
	for v, name := range []string{"IPv4", "IPv6"} {
		if versions[v] {
			legend = s.legend(legend, top+9, entry{colors[v], name})
		}
	}
	s.legend(legend, top+9, entry{fade(violet, 0.15), "within one standard deviation of the mean"})
	s.note(fmt.Sprintf("%s; minimum %d, maximum %d, variance %.1f.", plural(exact, "packet"), low, high, variance))
	return nil
}
