package plots

import "image/color"

// The colours are the report's. They differ in lightness too, so that they can be told
// apart by colour-blind people and in grey print.
var (
	blue   = hex(0x2563eb)
	amber  = hex(0xd97706)
	green  = hex(0x059669)
	violet = hex(0x7c3aed)

	white  = hex(0xffffff)
	ink    = hex(0x111827) // titles, names
	muted  = hex(0x4b5563) // explanations, tick labels
	axis   = hex(0x9ca3af)
	grid   = hex(0xe5e7eb)
	faint  = hex(0xf3f4f6)
	others = hex(0xb6bcc6) // series that are not the point
)

func hex(rgb uint32) color.NRGBA {
	return color.NRGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 0xff}
}

// fade returns c with the given opacity.
func fade(c color.NRGBA, opacity float64) color.NRGBA {
	c.A = uint8(opacity*255 + 0.5)
	return c
}

// mix returns the colour at t of the way from a to b, 0 to 1.
func mix(a, b color.NRGBA, t float64) color.NRGBA {
	between := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*t + 0.5) }
	return color.NRGBA{between(a.R, b.R), between(a.G, b.G), between(a.B, b.B), 0xff}
}
