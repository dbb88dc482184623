// Package world has the outlines of the world's countries, for maps.
//
// They are Natural Earth's 1:110m countries, in the public domain, without the smallest
// ones: what is to be shown there needs a place, not an outline. Codes are those of
// ISO 3166, as registries of addresses use them.
package world

import (
	_ "embed" // for the outlines
	"encoding/json"
	"fmt"
	"math"
	"sync"
)

//go:generate go run ../../cmd/internal/gen/world

//go:embed countries.json
var topoJSON []byte

// TopoJSON returns the outlines as TopoJSON, with one object "countries" whose geometries
// have the code of two letters as "name", by which maps find them, and the name as "label".
// It must not be changed.
func TopoJSON() []byte { return topoJSON }

// Point is a place in degrees, north and east positive.
type Point struct{ Longitude, Latitude float64 }

// Country is a country, or an area drawn apart from the country whose code it has.
type Country struct {
	Code string // ISO 3166-1 alpha-2
	Name string // as on a map, so shortened where it is long
	// Rings are closed lines without their last point, which is the first. Holes wind the
	// other way round. What crosses the 180th meridian is cut there, except Antarctica.
	Rings [][]Point
}

// Countries returns all countries. They are shared: nothing of them may be changed.
var Countries = sync.OnceValue(func() []Country {
	list, err := decode(topoJSON)
	if err != nil {
		panic("world: embedded outlines: " + err.Error()) // a broken build
	}
	return list
})

// topology is what decode uses of TopoJSON.
type topology struct {
	Transform struct{ Scale, Translate [2]float64 }
	Objects   struct {
		Countries struct {
			Geometries []struct {
				Type       string
				Arcs       json.RawMessage
				Properties struct{ Name, Label string }
			}
		}
	}
	Arcs [][][2]int
}

func decode(text []byte) ([]Country, error) {
	var t topology
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, err
	}
	arcs := make([][]Point, len(t.Arcs))
	for i, deltas := range t.Arcs {
		var x, y int
		for _, d := range deltas {
			x, y = x+d[0], y+d[1]
			arcs[i] = append(arcs[i], Point{
				Longitude: float64(x)*t.Transform.Scale[0] + t.Transform.Translate[0],
				Latitude:  float64(y)*t.Transform.Scale[1] + t.Transform.Translate[1],
			})
		}
	}
	var list []Country
	for _, g := range t.Objects.Countries.Geometries {
		var polygons [][][]int
		switch g.Type {
		case "Polygon":
			polygons = make([][][]int, 1)
			if err := json.Unmarshal(g.Arcs, &polygons[0]); err != nil {
				return nil, fmt.Errorf("country %s: %w", g.Properties.Name, err)
			}
		case "MultiPolygon":
			if err := json.Unmarshal(g.Arcs, &polygons); err != nil {
				return nil, fmt.Errorf("country %s: %w", g.Properties.Name, err)
			}
		default:
			return nil, fmt.Errorf("country %s: a %s is no area", g.Properties.Name, g.Type)
		}
		c := Country{Code: g.Properties.Name, Name: g.Properties.Label}
		for _, polygon := range polygons {
			for _, indices := range polygon {
				ring, err := join(arcs, indices)
				if err != nil {
					return nil, fmt.Errorf("country %s: %w", g.Properties.Name, err)
				}
				c.Rings = append(c.Rings, cut(ring)...)
			}
		}
		list = append(list, c)
	}
	return list, nil
}

// join returns the ring that arcs make: each begins where the one before ends. A negative
// index is that of an arc taken backwards, less one.
func join(arcs [][]Point, indices []int) ([]Point, error) {
	var ring []Point
	for _, i := range indices {
		backwards := i < 0
		if backwards {
			i = ^i
		}
		if i >= len(arcs) || len(arcs[i]) == 0 {
			return nil, fmt.Errorf("arc %d does not exist", i)
		}
		n := len(arcs[i])
		for k := range n {
			p := arcs[i][k]
			if backwards {
				p = arcs[i][n-1-k]
			}
			if k == 0 && len(ring) > 0 {
				if p != ring[len(ring)-1] {
					return nil, fmt.Errorf("arc %d does not begin where the one before it ends", i)
				}
				continue
			}
			ring = append(ring, p)
		}
	}
	if n := len(ring); n < 4 || ring[0] != ring[n-1] {
		return nil, fmt.Errorf("a ring of %d points is not closed", n)
	}
	return ring[:len(ring)-1], nil
}

// cut returns the parts of a ring to both sides of the 180th meridian.
func cut(ring []Point) [][]Point {
	// Longitudes that go on beyond 180 degrees make the ring one piece.
	whole := make([]Point, len(ring))
	east, west := ring[0].Longitude, ring[0].Longitude
	for i, p := range ring {
		whole[i] = p
		if i > 0 {
			whole[i].Longitude += 360 * math.Round((whole[i-1].Longitude-p.Longitude)/360)
		}
		east, west = max(east, whole[i].Longitude), min(west, whole[i].Longitude)
	}
	around := math.Abs(whole[len(whole)-1].Longitude-whole[0].Longitude) > 180
	if around || east <= 180 && west >= -180 {
		return [][]Point{ring}
	}
	var parts [][]Point
	for _, turn := range []float64{-360, 0, 360} {
		part := make([]Point, len(whole))
		for i, p := range whole {
			part[i] = Point{p.Longitude + turn, p.Latitude}
		}
		part = clip(part, func(p Point) float64 { return 180 - p.Longitude })
		part = clip(part, func(p Point) float64 { return p.Longitude + 180 })
		if len(part) > 2 {
			parts = append(parts, part)
		}
	}
	return parts
}

// clip returns the part of a ring where inside, which is linear, is not negative.
func clip(ring []Point, inside func(Point) float64) []Point {
	var kept []Point
	for i, p := range ring {
		before := ring[(i+len(ring)-1)%len(ring)]
		from, to := inside(before), inside(p)
		if from*to < 0 {
			t := from / (from - to)
			kept = append(kept, Point{
				before.Longitude + t*(p.Longitude-before.Longitude),
				before.Latitude + t*(p.Latitude-before.Latitude),
			})
		}
		if to >= 0 {
			kept = append(kept, p)
		}
	}
	return kept
}
