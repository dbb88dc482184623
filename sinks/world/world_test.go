package world

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestCountries(t *testing.T) {
	places := map[string]Point{ // within the country of the code
		"CZ": {15.3, 49.8}, "US": {-98.6, 39.8}, "BR": {-52, -10}, "AU": {134, -25}, "RU": {100, 62}, "ZA": {24, -30},
		"LS": {28.3, -29.6}, "FJ": {178, -17.8}, "XK": {20.9, 42.6},
	}
	far := Point{-175, 67} // in the part of Russia beyond the 180th meridian
	for _, c := range Countries() {
		if len(c.Code) != 2 || strings.ToUpper(c.Code) != c.Code || c.Name == "" {
			t.Errorf("country %q has the code %q", c.Name, c.Code)
		}
		area := 0.0
		for _, ring := range c.Rings {
			if len(ring) < 3 {
				t.Errorf("%s: ring of %d points", c.Code, len(ring))
			}
			for i, p := range ring {
				if math.Abs(p.Longitude) > 180+1e-9 || math.Abs(p.Latitude) > 90 {
					t.Errorf("%s: point %v is not on the earth", c.Code, p)
				}
				if before := ring[(i+len(ring)-1)%len(ring)]; c.Code != "AQ" && math.Abs(before.Longitude-p.Longitude) > 180 {
					t.Errorf("%s: line from %v to %v goes around the world", c.Code, before, p)
				}
			}
			area += signedArea(ring)
		}
		if area == 0 {
			t.Errorf("%s has no area", c.Code)
		}
		for code, p := range places {
			if got, want := c.contains(p), code == c.Code; got != want {
				t.Errorf("%s contains %v = %t, want %t", c.Code, p, got, want)
			}
		}
		if got, want := c.contains(far), c.Code == "RU"; got != want {
			t.Errorf("%s contains %v = %t, want %t", c.Code, far, got, want)
		}
	}
	if n := len(Countries()); n < 170 {
		t.Errorf("%d countries, want at least 170", n)
	}
}

// contains reports whether a place is within a country, by the number of times that a
// line from it crosses the outlines.
func (c Country) contains(p Point) bool {
	inside := false
	for _, ring := range c.Rings {
		for i, a := range ring {
			b := ring[(i+1)%len(ring)]
			if (a.Latitude > p.Latitude) != (b.Latitude > p.Latitude) &&
				p.Longitude < a.Longitude+(p.Latitude-a.Latitude)/(b.Latitude-a.Latitude)*(b.Longitude-a.Longitude) {
				inside = !inside
			}
		}
	}
	return inside
}

func signedArea(ring []Point) (sum float64) {
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		sum += a.Longitude*b.Latitude - b.Longitude*a.Latitude
	}
	return sum / 2
}

// TestHoles checks that holes wind the other way round, which fills rely on.
func TestHoles(t *testing.T) {
	for _, c := range Countries() {
		if c.Code != "ZA" {
			continue
		}
		turns := map[bool]int{}
		for _, ring := range c.Rings {
			turns[signedArea(ring) > 0]++
		}
		if turns[true] != 1 || turns[false] != 1 {
			t.Errorf("rings of %s by direction: %v, want an outline and the hole that is Lesotho", c.Name, turns)
		}
	}
}

func TestTopoJSON(t *testing.T) {
	if !json.Valid(TopoJSON()) {
		t.Error("TopoJSON() is not JSON")
	}
}

func TestDecodeErrors(t *testing.T) {
	const arcs = `,"transform":{"scale":[1,1],"translate":[0,0]},"arcs":[[[0,0],[1,0]],[[1,0],[0,1]],[[5,5],[1,1]]]}`
	country := func(kind, indices string) string {
		return `{"objects":{"countries":{"geometries":[{"type":"` + kind + `","properties":{"name":"XX"},"arcs":` + indices + `}]}}` + arcs
	}
	for _, test := range []struct{ name, text, want string }{
		{"no JSON", "{", "unexpected end"},
		{"a line", country("LineString", "[0]"), "no area"},
		{"a missing arc", country("Polygon", "[[7]]"), "arc 7 does not exist"},
		{"a gap", country("Polygon", "[[0,2]]"), "arc 2 does not begin"},
		{"not closed", country("Polygon", "[[0,1]]"), "not closed"},
		{"wrong nesting", country("Polygon", "[0]"), "cannot unmarshal"},
		{"wrong nesting", country("MultiPolygon", "[[0]]"), "cannot unmarshal"},
	} {
		if _, err := decode([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("decode(%s) = %v, want an error with %q", test.name, err, test.want)
		}
	}
}
