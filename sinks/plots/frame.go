package plots

import "image/color"

// The common frame of all pictures: title and definition above, remarks below.
const (
	margin     = 14.0
	noteLine   = sceneHeight - 7
	bodyBottom = sceneHeight - 18 // of everything but remarks
)

var (
	titleStyle    = style{size: 11.5, bold: true, color: ink}
	subtitleStyle = style{size: 7.5, color: muted}
	nameStyle     = style{size: 7.5, color: ink}
	strongStyle   = style{size: 7.5, bold: true, color: ink}
	valueStyle    = style{size: 7, color: ink}
	tickStyle     = style{size: 7, color: muted}
	noteStyle     = style{size: 6.5, color: muted}
)

// frame draws title and definition, and returns where the rest may begin.
func (s *scene) frame(title, definition string) (top float64) {
	s.title, s.description = clean(title), clean(definition)
	s.text(point{margin, 20}, fit(title, titleStyle, sceneWidth-2*margin), titleStyle, start)
	y := 31.5
	for _, line := range wrap(definition, subtitleStyle, sceneWidth-2*margin) {
		s.text(point{margin, y}, line, subtitleStyle, start)
		y += 9.5
	}
	return y - 1
}

// note writes a remark below the picture.
func (s *scene) note(text string) {
	s.text(point{margin, noteLine}, fit(text, noteStyle, sceneWidth-2*margin), noteStyle, start)
}

// nothing says that there is nothing to draw, and of what.
func (s *scene) nothing(what string) {
	s.rect(margin, 56, sceneWidth-2*margin, bodyBottom-56, faint)
	s.text(point{sceneWidth / 2, 56 + (bodyBottom-56)/2 + 3}, what, style{size: 10, color: muted}, middle)
}

// entry is a line of a legend.
type entry struct {
	color color.NRGBA
	text  string
}

// legend writes entries side by side, starting at x, and returns where it ends.
func (s *scene) legend(x, y float64, entries ...entry) float64 {
	for _, e := range entries {
		s.rect(x, y-5.5, 6, 6, e.color)
		s.text(point{x + 9, y}, e.text, valueStyle, start)
		x += 9 + textWidth(clean(e.text), valueStyle) + 12
	}
	return x
}

// ranked returns what a definition adds where bytes are not what ranks.
func (in *Input) ranked() string {
	switch in.RankBy {
	case "", "bytes":
		return ""
	case "wire_bytes":
		return " Ranked by wire bytes."
	case "packets":
		return " Ranked by packets."
	}
	return " Ranked by " + in.RankBy + "."
}
