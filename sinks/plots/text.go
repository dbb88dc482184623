package plots

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// fontFamily names Liberation Sans and fonts of the same widths, for whoever shows an SVG.
const fontFamily = "Liberation Sans, Arimo, Arial, Helvetica, sans-serif"

// fonts are parsed when the first text is measured, which costs nothing to runs without
// pictures.
var fonts = sync.OnceValue(func() [2]*sfnt.Font {
	var list [2]*sfnt.Font
	for i, ttf := range [][]byte{liberationsansregular.TTF, liberationsansbold.TTF} {
		f, err := sfnt.Parse(ttf)
		if err != nil {
			panic("plots: embedded font: " + err.Error()) // a broken build
		}
		list[i] = f
	}
	return list
})

func (st style) font() *sfnt.Font {
	if st.bold {
		return fonts()[1]
	}
	return fonts()[0]
}

// glyphs calls f for each character of text with its glyph, 0 for one that the font does
// not have, and its place in em from the start of the text. It returns the width in em.
func glyphs(text string, st style, f func(*sfnt.Buffer, sfnt.GlyphIndex, float64)) float64 {
	ft := st.font()
	em := fixed.I(int(ft.UnitsPerEm()))
	var buf sfnt.Buffer
	var x float64
	var before sfnt.GlyphIndex
	for _, r := range text {
		g, err := ft.GlyphIndex(&buf, r)
		if err != nil {
			g = 0
		}
		if before != 0 && g != 0 {
			if k, err := ft.Kern(&buf, before, g, em, font.HintingNone); err == nil {
				x += float64(k) / float64(em)
			}
		}
		if f != nil {
			f(&buf, g, x)
		}
		switch advance, err := ft.GlyphAdvance(&buf, g, em, font.HintingNone); {
		case err == nil && g != 0:
			x += float64(advance) / float64(em)
		case !unicode.Is(unicode.Mn, r):
			x++ // another font shows it in an SVG; no character of any is much wider
		}
		before = g
	}
	return x
}

// textWidth returns the width of text in points.
func textWidth(text string, st style) float64 {
	return glyphs(text, st, nil) * st.size
}

// maxName bounds the characters of a text before it is measured.
const maxName = 400

// clean returns text that can be shown: what comes from captures, paths and databases may
// hold anything. Bytes that are not UTF-8, control characters, and marks that change the
// direction of text become U+FFFD; of marks that stack on one character two are kept.
func clean(text string) string {
	if len(text) > 4*maxName {
		text = text[:4*maxName] + "…"
	}
	var b strings.Builder
	n, marks := 0, 0
	for i, r := range text {
		if n == maxName {
			b.WriteString("…")
			break
		}
		switch {
		case r == utf8.RuneError || !unicode.IsPrint(r):
			r, marks = utf8.RuneError, 0
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > 2 || i == 0 {
				continue
			}
		default:
			marks = 0
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// fit returns text, cleaned, or as much of it with an ellipsis as is no wider than most.
func fit(text string, st style, most float64) string {
	text = clean(text)
	if textWidth(text, st) <= most {
		return text
	}
	runes := []rune(text)
	low, high := 0, len(runes) // runes[:low] fits
	for low < high {
		n := (low + high + 1) / 2
		if textWidth(string(runes[:n])+"…", st) <= most {
			low = n
		} else {
			high = n - 1
		}
	}
	return strings.TrimRight(string(runes[:low]), " ") + "…"
}

// wrap breaks text at spaces into lines that are no wider than most.
func wrap(text string, st style, most float64) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		next := word
		if line != "" {
			next = line + " " + word
		}
		if line != "" && textWidth(next, st) > most {
			lines = append(lines, line)
			next = word
		}
		line = next
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
