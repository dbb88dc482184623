package plots

import (
	"fmt"
	"image/color"
	"math"
	"strconv"

	"github.com/capfold/capfold/sinks/world"
)

const (
	maxZones      = 10    // in the ranking
	maxBubbles    = 2000  // on the map
	maxZoneRadius = 11.0  // points
	zonesRange    = 1e4   // between the darkest shade and the lightest
	southernmost  = -56.0 // degrees; below there is Antarctica alone
	northernmost  = 84.0
	antarctica    = "AQ"
)

// mapArea is where the map is, without the height that follows from its width.
var mapArea = rectangle{x: margin, w: 340}

// drawZones draws the busiest geographical zones on a map of the world: countries shaded,
// places with bubbles, and a ranking beside it.
func drawZones(s *scene, in *Input) error {
	columns := []column{
		{"country_code", texts}, {"country", texts}, {"city", texts}, {"latitude", floats}, {"longitude", floats}, {"sent_bytes", ints},
	}
	ranking, t, err := in.top("zones", maxZones, columns...)
	if err != nil {
		return err
	}
	places, _, err := in.top("zones", maxBubbles, columns...)
	if err != nil {
		return err
	}
	outlines := map[string]bool{}
	for _, c := range world.Countries() {
		outlines[c.Code] = c.Code != antarctica
	}
	byCountry := map[string]float64{}
	var total, unplaced float64
	unplacedZones := int64(0)
	err = in.each("zones", columns, func(r *rows) {
		for i := range r.n {
			sent := float64(r.int("sent_bytes", i))
			total += sent
			code := r.text("country_code", i)
			if r.null("country_code", i) {
				code = ""
			}
			if outlines[code] {
				byCountry[code] += sent
			} else if _, ok := r.place(i); !ok && sent > 0 {
				unplaced += sent
				unplacedZones++
			}
		}
	})
	if err != nil {
		return err
	}
	top := s.frame("Busiest geographical zones by generated traffic",
		"Bytes (IP total length) of the packets whose source address is in the zone. Countries are shaded by their sum, on a logarithmic scale; the area of a circle is the bytes of its zone."+in.ranked())
	if t.Rows == 0 || total == 0 {
		s.nothing("no IP packets")
		return nil
	}
	area := mapArea
	area.y = top + 12

	most := 0.0
	for _, sent := range byCountry {
		most = max(most, sent)
	}
	s.countries(area, byCountry, most)
	s.bubbles(area, places)
	legend := bodyBottom - 16
	if most > 0 {
		s.shadesLegend(area.x, legend, most)
	}
	s.ranking(rectangle{x: area.x + area.w + 10, y: top + 8, w: sceneWidth - margin - area.x - area.w - 10, h: bodyBottom - top - 8}, ranking, total)
	if unplacedZones > 0 {
		s.note(fmt.Sprintf("Not on the map: %s without a place that sent %s, %s of all.", plural(unplacedZones, "zone"), bytesText(unplaced), share(unplaced, total)))
	}
	return nil
}

// place returns where a zone is, if that is known and on the map.
func (r *rows) place(i int) (world.Point, bool) {
	if r.null("latitude", i) || r.null("longitude", i) {
		return world.Point{}, false
	}
	p := world.Point{Longitude: r.float("longitude", i), Latitude: r.float("latitude", i)}
	return p, p.Latitude >= southernmost && p.Latitude <= northernmost && math.Abs(p.Longitude) <= 180
}

// bubbleEdge keeps circles apart that overlap.
var bubbleEdge = hex(0x7c2d12)

// shade returns the colour of an amount, the darkest for most.
func shade(sent, most float64) color.NRGBA {
	t := 1 + math.Log(max(sent/most, 1/zonesRange))/math.Log(zonesRange)
	return shadeAt(t)
}

func shadeAt(t float64) color.NRGBA {
	return mix(hex(0xdbeafe), blue, t)
}

// equalEarth projects a place so that areas keep their proportions (Šavrič, Patterson and
// Jenny, 2018: The Equal Earth map projection), to units of the earth's radius.
func equalEarth(p world.Point) point {
	const (
		a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
		m              = 0.8660254037844386 // √3/2
	)
	l := math.Asin(m * math.Sin(p.Latitude*math.Pi/180))
	l2 := l * l
	l6 := l2 * l2 * l2
	return point{
		x: p.Longitude * math.Pi / 180 * math.Cos(l) / (m * (a1 + 3*a2*l2 + l6*(7*a3+9*a4*l2))),
		y: l * (a1 + a2*l2 + l6*(a3+a4*l2)),
	}
}

// project returns the place of p on a map that fills the width of area.
func project(area rectangle, p world.Point) point {
	half := equalEarth(world.Point{Longitude: 180}).x
	north := equalEarth(world.Point{Latitude: northernmost}).y
	scale := area.w / (2 * half)
	q := equalEarth(p)
	return point{area.x + (q.x+half)*scale, area.y + (north-q.y)*scale}
}

// countries draws the map.
func (s *scene) countries(area rectangle, byCountry map[string]float64, most float64) {
	var sea []point
	for lat := southernmost; lat <= northernmost; lat += 4 {
		sea = append(sea, project(area, world.Point{Longitude: 180, Latitude: lat}))
	}
	for lat := northernmost; lat >= southernmost; lat -= 4 {
		sea = append(sea, project(area, world.Point{Longitude: -180, Latitude: lat}))
	}
	s.polygon([][]point{sea}, hex(0xf5f8fb), color.NRGBA{})
	for _, c := range world.Countries() {
		if c.Code == antarctica {
			continue
		}
		fill := hex(0xdfe3e8)
		if sent := byCountry[c.Code]; sent > 0 {
			fill = shade(sent, most)
		}
		var rings [][]point
		for _, ring := range c.Rings {
			if r := thin(area, ring); len(r) > 2 {
				rings = append(rings, r)
			}
		}
		s.polygon(rings, fill, white)
	}
}

// thin projects a ring and leaves out points that are too close to be seen apart.
func thin(area rectangle, ring []world.Point) []point {
	const seen = 0.3
	var points []point
	for _, p := range ring {
		q := project(area, p)
		if n := len(points); n == 0 || math.Hypot(q.x-points[n-1].x, q.y-points[n-1].y) >= seen {
			points = append(points, q)
		}
	}
	return points
}

// bubbles draws a circle for each zone whose place is known.
func (s *scene) bubbles(area rectangle, r *rows) {
	most := 0.0
	for i := range r.n {
		if _, ok := r.place(i); ok {
			most = max(most, float64(r.int("sent_bytes", i)))
		}
	}
	for i := range r.n {
		p, ok := r.place(i)
		sent := float64(r.int("sent_bytes", i))
		if !ok || sent <= 0 {
			continue
		}
		radius := max(minRadius, maxZoneRadius*math.Sqrt(sent/most))
		s.circle(project(area, p), radius, fade(amber, 0.6), bubbleEdge)
	}
}

// shadesLegend draws the scale of shades, with its base at y.
func (s *scene) shadesLegend(x, y, most float64) {
	const width, parts = 110.0, 44
	s.text(point{x, y - 9}, "bytes sent by country (log)", tickStyle, start)
	for i := range parts {
		// Each reaches to the end, so that nothing shines through between them.
		s.rect(x+float64(i)*width/parts, y-6, width-float64(i)*width/parts, 6, shadeAt((float64(i)+0.5)/parts))
	}
	least := most / zonesRange
	text := "≤ " + bytesText(least)
	if least < 1 {
		text = "1 B"
	}
	s.text(point{x, y + 8}, text, tickStyle, start)
	s.text(point{x + width, y + 8}, bytesText(most), tickStyle, end)
	s.rect(x+width+16, y-6, 6, 6, hex(0xdfe3e8))
	s.text(point{x + width + 25, y}, "none", tickStyle, start)
	s.circle(point{x + width + 58, y - 3}, 4, fade(amber, 0.6), bubbleEdge)
	s.text(point{x + width + 65, y}, "bytes sent by zone (area)", tickStyle, start)
}

// ranking lists the first zones, with bars that start at zero.
func (s *scene) ranking(area rectangle, r *rows, total float64) {
	const row = 18.5
	barWidth := area.w - 12 - 53
	most := 1.0
	for i := range r.n {
		most = max(most, float64(r.int("sent_bytes", i)))
	}
	for i := range r.n {
		sent := float64(r.int("sent_bytes", i))
		if sent <= 0 {
			continue // it only received
		}
		y := area.y + float64(i)*row
		s.text(point{area.x + 8, y + 6.5}, strconv.Itoa(i+1), tickStyle, end)
		s.text(point{area.x + area.w - 23, y + 14.5}, bytesText(sent), noteStyle, end)
		s.text(point{area.x + area.w, y + 14.5}, share(sent, total), noteStyle, end)
		st := nameStyle
		if r.null("country_code", i) {
			st.color = muted
		}
		s.text(point{area.x + 12, y + 6.5}, fit(zoneName(r, i), st, area.w-12), st, start)
		s.rect(area.x+12, y+10, barWidth, 4, faint)
		c := blue
		if r.null("country_code", i) {
			c = others
		}
		s.rect(area.x+12, y+10, max(0.6, barWidth*sent/most), 4, c)
	}
}

// zoneName returns the name of a zone, the city first.
func zoneName(r *rows, i int) string {
	country, city := r.text("country", i), r.text("city", i)
	if country == "" && !r.null("country_code", i) {
		country = r.text("country_code", i)
	}
	switch {
	case country == "" && city == "":
		return "unnamed"
	case city == "":
		return country
	case country == "":
		return city
	}
	return city + ", " + country
}
