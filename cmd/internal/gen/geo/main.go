// Command geo writes the data embedded in package geo, from npm packages:
//
//   - geo-whois-asn-country.mmdb, of @ip-location-db/geo-whois-asn-country-mmdb
//     (NRO, CC BY 4.0), byte for byte, and the licence file beside it;
//   - countries.tsv: codes of i18n-iso-countries (MIT), names of countries-list (MIT), and
//     a point in each country, from the outlines of Natural Earth (public domain) in
//     world-atlas (ISC).
//
// Versions and checksums are pinned, so the output is the same bytes wherever and whenever
// it runs. To move to a newer database, change its version and checksum below and run
// go generate; the tests say what has changed in countries.
package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"slices"

	"github.com/capfold/capfold/cmd/internal/gen/npm"
)

var (
	database = npm.Package{
		Name: "@ip-location-db/geo-whois-asn-country-mmdb", Version: "2.3.2026061719",
		SHA256: "91757a1b06cdcd1955f292e4c4cfc54e091204f998e159a3187f7a2ef3724be0",
	}
	codes = npm.Package{
		Name: "i18n-iso-countries", Version: "7.14.0",
		SHA256: "bb418ebfb965789fcfbcce7dee59888d901ef64b03601da78b2e224cd6f5825c",
	}
	names = npm.Package{
		Name: "countries-list", Version: "3.4.1",
		SHA256: "572934a82137ec58a84a3e32635ec589cb9788e8df408f15677c71009d2adff2",
	}
	outlines = npm.Package{
		Name: "world-atlas", Version: "2.0.2",
		SHA256: "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97",
	}
)

// point is a place in degrees.
type point struct{ longitude, latitude float64 }

// apart are the territories with a code that Natural Earth draws as parts of a state
// elsewhere, and two whose outlines have no inside here, because it is around a pole or
// too small. Each comes with a point in it.
var apart = map[string]point{
	"AQ": {0, -80},
	"BQ": {-68.26, 12.18},
	"BV": {3.36, -54.42},
	"CC": {96.83, -12.17},
	"CX": {105.63, -10.49},
	"GF": {-53.1, 3.95},
	"GP": {-61.5, 16.2},
	"MQ": {-61, 14.65},
	"RE": {55.53, -21.13},
	"SJ": {16, 78.6},
	"TK": {-171.85, -9.2},
	"VA": {12.45, 41.9},
	"YT": {45.14, -12.83},
}

// kosovo has no number in ISO 3166-1, and its code is of those that are free for users.
const kosovo = "XK"

func main() {
	log.SetFlags(0)
	log.SetPrefix("geo: ")
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	files, err := database.Files("geo-whois-asn-country.mmdb", "NRO_LICENSE")
	if err != nil {
		return err
	}
	table, err := countries()
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name string
		data []byte
	}{
		{"geo-whois-asn-country.mmdb", files[0]},
		// Summing it up takes longer than a small capture does.
		{"geo-whois-asn-country.mmdb.sha256", fmt.Appendf(nil, "%x\n", sha256.Sum256(files[0]))},
		{"geo-whois-asn-country.LICENSE", append(bytes.TrimSpace(bytes.ReplaceAll(files[1], []byte("\r"), nil)), '\n')},
		{"countries.tsv", table},
	} {
		if err := os.WriteFile(file.name, file.data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// countries returns the rows of countries.tsv, ordered by code.
func countries() ([]byte, error) {
	data, err := codes.File("codes.json")
	if err != nil {
		return nil, err
	}
	var rows [][]string // alpha-2, alpha-3, number
	if err := json.Unmarshal(data, &rows); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b []string) int { return cmp.Compare(a[0], b[0]) })
	called, err := englishNames()
	if err != nil {
		return nil, err
	}
	shapes, err := shapes()
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, row := range rows {
		alpha2, number := row[0], row[2]
		name := called[alpha2]
		if name == "" {
			return nil, fmt.Errorf("%s has no name", alpha2)
		}
		at, elsewhere := apart[alpha2]
		if !elsewhere {
			shape := shapes[number]
			if alpha2 == kosovo {
				shape = shapes[name]
			}
			if len(shape) == 0 {
				return nil, fmt.Errorf("%s (%s) has no outline", alpha2, name)
			}
			at = inside(largest(shape))
		}
		out = fmt.Appendf(out, "%s\t%s\t%.2f\t%.2f\n", alpha2, name, at.latitude, at.longitude)
	}
	return out, nil
}

// englishNames returns the common English names by alpha-2 code.
func englishNames() (map[string]string, error) {
	data, err := names.File("countries.csv")
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, err
	}
	called := map[string]string{}
	for _, row := range rows[1:] {
		called[row[0]] = row[1]
	}
	return called, nil
}

// shapes returns the polygons of countries by ISO number and by name.
func shapes() (map[string][][]point, error) {
	data, err := outlines.File("countries-10m.json")
	if err != nil {
		return nil, err
	}
	// A TopoJSON topology: arcs of quantised, delta-encoded positions.
	var topology struct {
		Arcs      [][][2]float64
		Transform struct{ Scale, Translate [2]float64 }
		Objects   struct {
			Countries struct {
				Geometries []struct {
					ID         string
					Type       string
					Arcs       json.RawMessage
					Properties struct{ Name string }
				}
			}
		}
	}
	if err := json.Unmarshal(data, &topology); err != nil {
		return nil, err
	}
	t := topology.Transform
	arcs := make([][]point, len(topology.Arcs))
	for i, deltas := range topology.Arcs {
		var x, y float64
		for _, d := range deltas {
			x, y = x+d[0], y+d[1]
			arcs[i] = append(arcs[i], point{x*t.Scale[0] + t.Translate[0], y*t.Scale[1] + t.Translate[1]})
		}
	}
	all := map[string][][]point{}
	for _, g := range topology.Objects.Countries.Geometries {
		polygons := [][][]int{nil}
		into := any(&polygons)
		if g.Type == "Polygon" {
			into = &polygons[0]
		}
		if err := json.Unmarshal(g.Arcs, into); err != nil {
			return nil, fmt.Errorf("%s: %w", g.Properties.Name, err)
		}
		for _, rings := range polygons {
			var ring []point
			for _, arc := range rings[0] { // the outer one
				if arc < 0 {
					back := slices.Clone(arcs[^arc])
					slices.Reverse(back)
					ring = append(ring, back...)
				} else {
					ring = append(ring, arcs[arc]...)
				}
			}
			for _, key := range []string{g.ID, g.Properties.Name} {
				if key != "" {
					all[key] = append(all[key], ring)
				}
			}
		}
	}
	return all, nil
}

// vector is a direction from the centre of the Earth.
type vector [3]float64

func (p point) vector() vector {
	lat, lon := p.latitude*math.Pi/180, p.longitude*math.Pi/180
	return vector{math.Cos(lat) * math.Cos(lon), math.Cos(lat) * math.Sin(lon), math.Sin(lat)}
}

func (v vector) length() float64 { return math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2]) }

// moment returns the integral of the position over the inside of a ring on the sphere,
// which is clockwise. Its length is about the area, its direction that of the centroid.
func moment(ring []point) (sum vector) {
	for i := range ring {
		a, b := ring[i].vector(), ring[(i+1)%len(ring)].vector()
		cross := vector{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
		l := cross.length()
		if l == 0 {
			continue
		}
		angle := math.Atan2(l, a[0]*b[0]+a[1]*b[1]+a[2]*b[2])
		for k := range sum {
			sum[k] -= cross[k] / l * angle / 2
		}
	}
	return sum
}

func largest(rings [][]point) []point {
	return slices.MaxFunc(rings, func(a, b []point) int { return cmp.Compare(moment(a).length(), moment(b).length()) })
}

// inside returns the centroid of a ring or, where that is outside, a point far from the
// border.
func inside(ring []point) point {
	m := moment(ring)
	centre := point{math.Atan2(m[1], m[0]) * 180 / math.Pi, math.Atan2(m[2], math.Hypot(m[0], m[1])) * 180 / math.Pi}
	ring = unwrapped(ring)
	for _, turn := range []float64{0, 360, -360} {
		if contains(ring, point{centre.longitude + turn, centre.latitude}) {
			return centre
		}
	}
	low, high := ring[0], ring[0]
	for _, p := range ring {
		low = point{min(low.longitude, p.longitude), min(low.latitude, p.latitude)}
		high = point{max(high.longitude, p.longitude), max(high.latitude, p.latitude)}
	}
	const steps = 100
	best, most := centre, -1.0
	for i := range steps {
		for j := range steps {
			p := point{
				low.longitude + (high.longitude-low.longitude)*(float64(i)+0.5)/steps,
				low.latitude + (high.latitude-low.latitude)*(float64(j)+0.5)/steps,
			}
			if !contains(ring, p) {
				continue
			}
			if d := fromBorder(ring, p); d > most {
				best, most = p, d
			}
		}
	}
	return best
}

// unwrapped returns a ring without jumps where it crosses the meridian of 180 degrees.
func unwrapped(ring []point) []point {
	ring = slices.Clone(ring)
	for i := 1; i < len(ring); i++ {
		ring[i].longitude -= 360 * math.Round((ring[i].longitude-ring[i-1].longitude)/360)
	}
	return ring
}

// contains reports whether p is inside of a ring on the plane of degrees.
func contains(ring []point, p point) bool {
	in := false
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		if (a.latitude > p.latitude) != (b.latitude > p.latitude) &&
			p.longitude < a.longitude+(p.latitude-a.latitude)/(b.latitude-a.latitude)*(b.longitude-a.longitude) {
			in = !in
		}
	}
	return in
}

// fromBorder returns about how far p is from the corners of a ring.
func fromBorder(ring []point, p point) float64 {
	least := math.Inf(1)
	narrow := math.Cos(p.latitude * math.Pi / 180)
	for _, q := range ring {
		least = min(least, math.Hypot((q.longitude-p.longitude)*narrow, q.latitude-p.latitude))
	}
	return least
}
