package plots

import (
	"bytes"
	"encoding/binary"
	"image/color"
	"image/png"
	"io"
	"math"
	"slices"
	"testing"

	"github.com/capfold/capfold/sinks/sinktest"
)

func TestPNG(t *testing.T) {
	drawn := []string{"usual", "nothing", "one of each", "hostile, unknown glyphs", "hostile, right to left"}
	if sinktest.RaceDetector {
		drawn = drawn[:1]
	}
	for edge, in := range edges() {
		if !slices.Contains(drawn, edge) {
			continue // encoding takes time, and what is encoded is tested by TestScenes
		}
		for _, name := range Names() {
			b := render(t, name, "png", in)
			if b == nil {
				continue
			}
			img, err := png.Decode(bytes.NewReader(b))
			if err != nil {
				t.Fatalf("%s, %s: %v", name, edge, err)
			}
			if got, want := img.Bounds().Size().String(), "(1920,1080)"; got != want {
				t.Errorf("%s, %s: size is %s, want %s", name, edge, got, want)
			}
			colors := map[uint32]int{}
			for y := 0; y < 1080; y += 3 {
				for x := 0; x < 1920; x += 3 {
					r, g, b, a := img.At(x, y).RGBA()
					if a != 0xffff {
						t.Fatalf("%s, %s: pixel %d, %d is transparent", name, edge, x, y)
					}
					colors[r>>8<<16|g>>8<<8|b>>8]++
				}
			}
			if len(colors) < 10 || colors[0xffffff] < 640*360/10 {
				t.Errorf("%s, %s: %d colours, %d white pixels of %d: that is no picture", name, edge, len(colors), colors[0xffffff], 640*360)
			}
		}
	}
}

// TestFarAway draws shapes whose places come of figures that make no sense, as tables that
// somebody has changed may hold.
func TestFarAway(t *testing.T) {
	black := color.NRGBA{A: 255}
	for _, x := range []float64{-1e19, 1e19, math.Inf(-1), math.Inf(1), math.NaN()} {
		s := newScene()
		s.shapes = []any{
			rectangle{10, 10, x, 20, black},
			circle{center: point{x, 20}, radius: 5, fill: black},
			circle{center: point{20, 20}, radius: x, fill: black},
			polyline{points: []point{{0, 0}, {x, x}, {10, 0}}, width: 1, color: black},
		}
		if err := writePNG(io.Discard, s); err != nil {
			t.Errorf("writePNG of %v = %v", x, err)
		}
	}
}

// TestResolution checks that the PNG says how large it is on paper.
func TestResolution(t *testing.T) {
	b := render(t, "ttl", "png", usual())
	i := bytes.Index(b, []byte("pHYs"))
	if i < 0 {
		t.Fatal("no pHYs chunk")
	}
	if perMetre := binary.BigEndian.Uint32(b[i+4:]); perMetre != 11339 || b[i+12] != 1 {
		t.Errorf("resolution is %d by unit %d, want 11339 to the metre, 288 to the inch", perMetre, b[i+12])
	}
}
