package plots

import (
	"errors"
	"math"
	"testing"
)

func TestScenes(t *testing.T) {
	page := rectangle{w: sceneWidth, h: sceneHeight}
	for edge, in := range edges() {
		for _, p := range pictures() {
			s := newScene()
			if err := p.draw(s, &in); err != nil {
				if missing := (*MissingError)(nil); !errors.As(err, &missing) {
					t.Errorf("%s, %s: %v", p.name, edge, err)
				}
				continue
			}
			var labels []label
			for _, shape := range s.shapes {
				l, ok := shape.(label)
				if !ok {
					for _, v := range numbers(shape) {
						if math.IsNaN(v) || math.Abs(v) > 2*sceneWidth {
							t.Errorf("%s, %s: %T is far from the page: %v", p.name, edge, shape, v)
							break
						}
					}
					continue
				}
				if !page.contains(l.box()) {
					t.Errorf("%s, %s: text %q is not on the page: %+v", p.name, edge, l.text, l.box())
				}
				for _, o := range labels {
					if l.box().overlaps(o.box()) {
						t.Errorf("%s, %s: texts %q and %q overlap", p.name, edge, o.text, l.text)
					}
				}
				labels = append(labels, l)
			}
			if len(labels) < 3 {
				t.Errorf("%s, %s: %d texts, want title, definition and more", p.name, edge, len(labels))
			}
		}
	}
}

// numbers returns the coordinates of a shape.
func numbers(shape any) (list []float64) {
	switch v := shape.(type) {
	case rectangle:
		return []float64{v.x, v.y, v.x + v.w, v.y + v.h}
	case circle:
		return []float64{v.center.x, v.center.y, v.radius}
	case polyline:
		for _, p := range v.points {
			list = append(list, p.x, p.y)
		}
	case polygon:
		for _, ring := range v.rings {
			for _, p := range ring {
				list = append(list, p.x, p.y)
			}
		}
	}
	return list
}
