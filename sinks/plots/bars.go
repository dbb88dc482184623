package plots

import "image/color"

// bars is a chart of horizontal bars, which start at zero.
type bars struct {
	s                *scene
	top, left, right float64
	row              float64 // height of a row
	perUnit          float64 // points for one byte
}

// maxRow bounds the height of a row where there are few.
const maxRow = 28.0

// newBars draws the axis of n bars, of which the longest is most bytes, between left and
// right.
func newBars(s *scene, top float64, n int, left, right, most float64, unit string) *bars {
	const axisHeight = 12
	b := &bars{s: s, top: top, left: left, right: right}
	b.row = min(maxRow, (bodyBottom-axisHeight-top)/float64(n))
	bottom := top + b.row*float64(n) + 2
	ticks := linearTicks(most, 5)
	b.perUnit = (right - left) / max(most, ticks[1])
	last := 0.0
	for i, t := range ticks {
		x := left + t*b.perUnit
		s.line(point{x, top}, point{x, bottom}, 0.5, grid, 0)
		text := bytesTick(t)
		if half := textWidth(text, tickStyle) / 2; i == 0 || x-half > last+4 {
			s.text(point{x, bottom + 8}, text, tickStyle, middle)
			last = x + half
		}
	}
	s.line(point{left, top}, point{left, bottom}, 0.75, axis, 0)
	s.text(point{left - 10, bottom + 8}, unit, tickStyle, end)
	return b
}

// base returns the base line of text in a row.
func (b *bars) base(i int) float64 { return b.top + (float64(i)+0.5)*b.row + 2.6 }

// bar draws a part of the bar in a row. What is there is seen, however little it is.
func (b *bars) bar(i int, from, to float64, c color.NRGBA) {
	if to <= from {
		return
	}
	height := min(0.72*b.row, 16)
	y := b.top + float64(i)*b.row + (b.row-height)/2
	b.s.rect(b.left+from*b.perUnit, y, max(0.6, (to-from)*b.perUnit), height, c)
}

// value writes the length of a bar at its end.
func (b *bars) value(i int, length float64, text string) {
	b.s.text(point{b.left + max(0.6, length*b.perUnit) + 3, b.base(i)}, text, valueStyle, start)
}
