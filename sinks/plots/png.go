package plots

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"slices"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// pngScale is pixels per point: 288 to the inch, or 1920 by 1080 in all.
const pngScale = 4

// writePNG writes a scene as an image, with its resolution, so that it has the same size
// on paper as the SVG.
func writePNG(w io.Writer, s *scene) error {
	c := pngCanvas{img: image.NewRGBA(image.Rect(0, 0, sceneWidth*pngScale, sceneHeight*pngScale))}
	draw.Draw(c.img, c.img.Bounds(), image.White, image.Point{}, draw.Src)
	for _, shape := range s.shapes {
		switch v := shape.(type) {
		case rectangle:
			c.polygon([][]point{{{v.x, v.y}, {v.x + v.w, v.y}, {v.x + v.w, v.y + v.h}, {v.x, v.y + v.h}}})
			c.fill(v.fill)
		case circle:
			c.circle(v.center, v.radius)
			c.fill(v.fill)
			if v.edge.A > 0 {
				c.ring(v.center, v.radius-edgeWidth/2, v.radius+edgeWidth/2)
				c.fill(v.edge)
			}
		case polygon:
			c.polygon(v.rings)
			c.fill(v.fill)
			for _, ring := range v.rings {
				if v.edge.A > 0 && len(ring) > 1 {
					c.stroke(polyline{points: append(slices.Clip(ring), ring[0], ring[1]), width: edgeWidth})
					c.fill(v.edge)
				}
			}
		case polyline:
			c.stroke(v)
			c.fill(v.color)
		case label:
			c.text(v)
			c.fill(v.style.color)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, c.img); err != nil {
		return err
	}
	_, err := w.Write(withResolution(b.Bytes()))
	return err
}

// withResolution returns a PNG with a pHYs chunk behind the header.
func withResolution(b []byte) []byte {
	const header = 8 + 25 // signature, IHDR
	const inch = 0.0254   // metres
	perMetre := uint32(math.Round(72 * pngScale / inch))
	chunk := append([]byte("\x00\x00\x00\x09pHYs"), make([]byte, 9)...)
	binary.BigEndian.PutUint32(chunk[8:], perMetre)
	binary.BigEndian.PutUint32(chunk[12:], perMetre)
	chunk[16] = 1 // per metre
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return append(append(append(make([]byte, 0, len(b)+len(chunk)), b[:header]...), chunk...), b[header:]...)
}

// pngCanvas draws one shape at a time: its outline is collected, then filled. Parts of an
// outline that overlap must wind the same way round.
type pngCanvas struct {
	img    *image.RGBA
	raster vector.Rasterizer
	path   []segment
}

// segment is a move, a line, or a quadratic or cubic curve, in pixels: its last point is
// where it ends.
type segment struct {
	points [3]point
	kind   sfnt.SegmentOp
}

func (c *pngCanvas) add(kind sfnt.SegmentOp, points ...point) {
	s := segment{kind: kind}
	for i, p := range points {
		s.points[i] = point{p.x * pngScale, p.y * pngScale}
	}
	c.path = append(c.path, s)
}

func (s *segment) used() []point {
	switch s.kind {
	case sfnt.SegmentOpQuadTo:
		return s.points[:2]
	case sfnt.SegmentOpCubeTo:
		return s.points[:3]
	}
	return s.points[:1]
}

// near returns p, or where it is further away from the image than that is wide and high,
// which takes figures that make no sense, a point at that distance.
func (c *pngCanvas) near(p point) point {
	size := c.img.Bounds().Size()
	limit := func(x float64, size int) float64 {
		if math.IsNaN(x) {
			return float64(-size)
		}
		return min(max(x, float64(-size)), float64(2*size))
	}
	return point{limit(p.x, size.X), limit(p.y, size.Y)}
}

// fill fills the outline. Only the pixels around it are touched, so that many small
// shapes are cheap.
func (c *pngCanvas) fill(fill color.NRGBA) {
	defer func() { c.path = c.path[:0] }()
	if len(c.path) == 0 {
		return
	}
	low, high := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for i := range c.path {
		for j, p := range c.path[i].used() {
			p = c.near(p)
			c.path[i].points[j] = p
			low = point{min(low.x, p.x), min(low.y, p.y)}
			high = point{max(high.x, p.x), max(high.y, p.y)}
		}
	}
	bounds := image.Rect(int(math.Floor(low.x)), int(math.Floor(low.y)), int(math.Ceil(high.x))+1, int(math.Ceil(high.y))+1)
	// The rasterizer leaves out what is outside of its own bounds, but not what is outside
	// of the image.
	if bounds = bounds.Intersect(c.img.Bounds()); bounds.Empty() {
		return
	}
	at := func(p point) (x, y float32) {
		return float32(p.x - float64(bounds.Min.X)), float32(p.y - float64(bounds.Min.Y))
	}
	c.raster.Reset(bounds.Dx(), bounds.Dy())
	for i := range c.path {
		s := &c.path[i]
		ax, ay := at(s.points[0])
		switch s.kind {
		case sfnt.SegmentOpMoveTo:
			c.raster.ClosePath()
			c.raster.MoveTo(ax, ay)
		case sfnt.SegmentOpLineTo:
			c.raster.LineTo(ax, ay)
		case sfnt.SegmentOpQuadTo:
			bx, by := at(s.points[1])
			c.raster.QuadTo(ax, ay, bx, by)
		case sfnt.SegmentOpCubeTo:
			bx, by := at(s.points[1])
			cx, cy := at(s.points[2])
			c.raster.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	c.raster.ClosePath()
	c.raster.Draw(c.img, bounds, image.NewUniform(fill), image.Point{})
}

func (c *pngCanvas) polygon(rings [][]point) {
	for _, ring := range rings {
		for i, p := range ring {
			if i == 0 {
				c.add(sfnt.SegmentOpMoveTo, p)
			} else {
				c.add(sfnt.SegmentOpLineTo, p)
			}
		}
	}
}

func (c *pngCanvas) circle(center point, radius float64) {
	p := circlePath(center, radius)
	c.add(sfnt.SegmentOpMoveTo, p[0])
	for i := 1; i < len(p); i += 3 {
		c.add(sfnt.SegmentOpCubeTo, p[i], p[i+1], p[i+2])
	}
}

// ring adds a circle with a hole, which winds the other way round.
func (c *pngCanvas) ring(center point, inner, outer float64) {
	c.circle(center, outer)
	if inner <= 0 {
		return
	}
	p := circlePath(center, inner)
	c.add(sfnt.SegmentOpMoveTo, p[12])
	for i := 11; i > 0; i -= 3 {
		c.add(sfnt.SegmentOpCubeTo, p[i], p[i-1], p[i-2])
	}
}

// stroke adds a rectangle for each piece of a line, and a circle for each joint.
func (c *pngCanvas) stroke(l polyline) {
	for i := 1; i < len(l.points); i++ {
		a, b := l.points[i-1], l.points[i]
		length := math.Hypot(b.x-a.x, b.y-a.y)
		if length == 0 {
			continue
		}
		d := point{(b.x - a.x) / length, (b.y - a.y) / length}
		n := point{-d.y * l.width / 2, d.x * l.width / 2}
		piece := length
		if l.dash > 0 {
			piece = l.dash
		}
		for from := 0.0; from < length; from += 2 * piece {
			to := min(from+piece, length)
			p := point{a.x + d.x*from, a.y + d.y*from}
			q := point{a.x + d.x*to, a.y + d.y*to}
			c.polygon([][]point{{{p.x - n.x, p.y - n.y}, {q.x - n.x, q.y - n.y}, {q.x + n.x, q.y + n.y}, {p.x + n.x, p.y + n.y}}})
		}
		if i > 1 && l.dash == 0 {
			c.circle(a, l.width/2)
		}
	}
}

// text adds the outlines of glyphs.
func (c *pngCanvas) text(l label) {
	ft := l.style.font()
	em := fixed.I(int(ft.UnitsPerEm()))
	scale := l.style.size / float64(em)
	left := l.box().x
	glyphs(l.text, l.style, func(buf *sfnt.Buffer, g sfnt.GlyphIndex, x float64) {
		outline, err := ft.LoadGlyph(buf, g, em, nil)
		if err != nil {
			return // a glyph that the font has no outline for
		}
		for _, s := range outline {
			seg := segment{kind: s.Op}
			for i, p := range s.Args {
				seg.points[i] = point{
					(left + x*l.style.size + float64(p.X)*scale) * pngScale,
					(l.at.y + float64(p.Y)*scale) * pngScale,
				}
			}
			c.path = append(c.path, seg)
		}
	})
}
