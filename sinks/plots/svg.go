package plots

import (
	"bufio"
	"fmt"
	"html"
	"image/color"
	"io"
	"math"
	"strconv"
)

// writeSVG writes a scene as a document of its own: no script, no style sheet, no
// reference to anything outside. Text stays text, in a font that most systems have or
// have another of the same widths for.
func writeSVG(w io.Writer, s *scene) error {
	o := svgWriter{bufio.NewWriter(w)}
	o.printf(`<?xml version="1.0" encoding="UTF-8"?>`+"\n"+
		`<svg xmlns="http://www.w3.org/2000/svg" width="%gpt" height="%gpt" viewBox="0 0 %g %g" role="img" font-family="%s">`+"\n",
		sceneWidth, sceneHeight, sceneWidth, sceneHeight, fontFamily)
	o.printf("<title>%s</title>\n<desc>%s</desc>\n", html.EscapeString(s.title), html.EscapeString(s.description))
	o.printf(`<rect width="%g" height="%g" fill="#ffffff"/>`+"\n", sceneWidth, sceneHeight)
	for _, shape := range s.shapes {
		switch v := shape.(type) {
		case rectangle:
			o.printf(`<rect x="%s" y="%s" width="%s" height="%s"%s/>`+"\n",
				decimal(v.x), decimal(v.y), decimal(v.w), decimal(v.h), paint("fill", v.fill))
		case circle:
			o.printf(`<circle cx="%s" cy="%s" r="%s"%s%s/>`+"\n",
				decimal(v.center.x), decimal(v.center.y), decimal(v.radius), paint("fill", v.fill), edge(v.edge))
		case polygon:
			o.WriteString(`<path d="`)
			for _, ring := range v.rings {
				o.points(ring)
				o.WriteString("Z")
			}
			o.printf(`"%s%s/>`+"\n", paint("fill", v.fill), edge(v.edge))
		case polyline:
			o.WriteString(`<path d="`)
			o.points(v.points)
			dash := ""
			if v.dash > 0 {
				dash = ` stroke-dasharray="` + decimal(v.dash) + `"`
			}
			o.printf(`" fill="none"%s stroke-width="%s" stroke-linejoin="round"%s/>`+"\n",
				paint("stroke", v.color), decimal(v.width), dash)
		case label:
			attributes := ""
			if v.style.bold {
				attributes = ` font-weight="bold"`
			}
			attributes += [...]string{"", ` text-anchor="middle"`, ` text-anchor="end"`}[v.hold]
			o.printf(`<text x="%s" y="%s" font-size="%s"%s%s>%s</text>`+"\n",
				decimal(v.at.x), decimal(v.at.y), decimal(v.style.size), attributes,
				paint("fill", v.style.color), html.EscapeString(v.text))
		}
	}
	o.WriteString("</svg>\n")
	return o.Flush()
}

// edgeWidth is the width of the line around a circle or a polygon.
const edgeWidth = 0.4

// edge returns the attributes of the line around a shape, if it has one.
func edge(c color.NRGBA) string {
	if c.A == 0 {
		return ""
	}
	return paint("stroke", c) + ` stroke-width="` + decimal(edgeWidth) + `" stroke-linejoin="round"`
}

// svgWriter keeps its first error, which Flush returns.
type svgWriter struct{ *bufio.Writer }

func (o svgWriter) printf(format string, args ...any) { fmt.Fprintf(o, format, args...) }

func (o svgWriter) points(points []point) {
	for i, p := range points {
		switch i {
		case 0:
			o.WriteByte('M')
		case 1:
			o.WriteByte('L')
		default:
			o.WriteByte(' ')
		}
		o.WriteString(decimal(p.x))
		o.WriteByte(',')
		o.WriteString(decimal(p.y))
	}
}

// paint returns the attributes that paint something in a colour.
func paint(what string, c color.NRGBA) string {
	s := fmt.Sprintf(` %s="#%02x%02x%02x"`, what, c.R, c.G, c.B)
	if c.A < 255 {
		s += " " + what + `-opacity="` + decimal(float64(c.A)/255) + `"`
	}
	return s
}

// decimal returns a number with two digits behind the point at most, which is a tenth of
// what a printer can show.
func decimal(v float64) string {
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}
