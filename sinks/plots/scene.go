package plots

import (
	"image/color"
	"math"
)

// Scenes are 480 by 270 points, the shape of a slide; at the width of a page of A4 their
// text is about as large as the text around them.
const (
	sceneWidth  = 480.0
	sceneHeight = 270.0
)

// point is a place in points of 1/72 inch, from the upper left corner.
type point struct{ x, y float64 }

// anchor says which end of a text is at its place.
type anchor uint8

const (
	start anchor = iota
	middle
	end
)

// style is how text looks.
type style struct {
	size  float64
	bold  bool
	color color.NRGBA
}

// The shapes of a scene. Their colours may be translucent.
type (
	rectangle struct {
		x, y, w, h float64
		fill       color.NRGBA
	}
	circle struct {
		center point
		radius float64
		fill   color.NRGBA
		edge   color.NRGBA // of a line around it, where it is not transparent
	}
	// polygon is an area of rings; holes wind the other way round.
	polygon struct {
		rings [][]point
		fill  color.NRGBA
		edge  color.NRGBA // of a line around it, where it is not transparent
	}
	polyline struct {
		points []point
		width  float64
		color  color.NRGBA
		dash   float64 // length of dashes and gaps; 0 for none
	}
	label struct {
		at    point // on the base line
		text  string
		style style
		hold  anchor
	}
)

// scene is a picture before it has a format: what is drawn later lies above. Labels are
// clean (see clean).
type scene struct {
	title, description string
	shapes             []any
}

func newScene() *scene { return &scene{} }

func (s *scene) rect(x, y, w, h float64, fill color.NRGBA) {
	if w > 0 && h > 0 {
		s.shapes = append(s.shapes, rectangle{x, y, w, h, fill})
	}
}

func (s *scene) circle(center point, radius float64, fill, edge color.NRGBA) {
	s.shapes = append(s.shapes, circle{center, radius, fill, edge})
}

func (s *scene) polygon(rings [][]point, fill, edge color.NRGBA) {
	if len(rings) > 0 {
		s.shapes = append(s.shapes, polygon{rings, fill, edge})
	}
}

func (s *scene) line(a, b point, width float64, c color.NRGBA, dash float64) {
	s.polyline([]point{a, b}, width, c, dash)
}

func (s *scene) polyline(points []point, width float64, c color.NRGBA, dash float64) {
	if len(points) > 1 {
		s.shapes = append(s.shapes, polyline{points, width, c, dash})
	}
}

// text puts text at a place, as clean makes it.
func (s *scene) text(at point, text string, st style, hold anchor) {
	if text = clean(text); text != "" {
		s.shapes = append(s.shapes, label{at, text, st, hold})
	}
}

// box returns the rectangle that a label takes.
func (l label) box() rectangle {
	w := textWidth(l.text, l.style)
	r := rectangle{x: l.at.x, y: l.at.y - 0.75*l.style.size, w: w, h: 0.97 * l.style.size}
	switch l.hold {
	case middle:
		r.x -= w / 2
	case end:
		r.x -= w
	case start:
	}
	return r
}

// overlaps reports whether two rectangles share more than an edge.
func (r rectangle) overlaps(o rectangle) bool {
	return r.x < o.x+o.w && o.x < r.x+r.w && r.y < o.y+o.h && o.y < r.y+r.h
}

// touches reports whether a circle has a part in r.
func (r rectangle) touches(center point, radius float64) bool {
	x := max(r.x-center.x, 0, center.x-r.x-r.w)
	y := max(r.y-center.y, 0, center.y-r.y-r.h)
	return math.Hypot(x, y) < radius
}

// contains reports whether o lies within r.
func (r rectangle) contains(o rectangle) bool {
	return o.x >= r.x && o.y >= r.y && o.x+o.w <= r.x+r.w && o.y+o.h <= r.y+r.h
}

// circlePath returns the four Bézier curves that make a circle: a start, and three points
// for each curve.
func circlePath(c point, r float64) [13]point {
	k := r * 4 * (math.Sqrt2 - 1) / 3
	return [13]point{
		{c.x + r, c.y},
		{c.x + r, c.y + k},
		{c.x + k, c.y + r},
		{c.x, c.y + r},
		{c.x - k, c.y + r},
		{c.x - r, c.y + k},
		{c.x - r, c.y},
		{c.x - r, c.y - k},
		{c.x - k, c.y - r},
		{c.x, c.y - r},
		{c.x + k, c.y - r},
		{c.x + r, c.y - k},
		{c.x + r, c.y},
	}
}
