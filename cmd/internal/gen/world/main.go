// Command world writes countries.json, the outlines embedded in package world, from the npm
// package world-atlas (ISC), which holds Natural Earth's 1:110m countries (public domain)
// as TopoJSON. It replaces the countries' numeric codes by those of two letters, which
// databases of addresses use, and rounds coordinates to a twentieth of a degree, about
// 5 km, far below the detail of the outlines.
//
// Version and checksum are pinned, so the output is the same bytes wherever and whenever
// it runs. To move to a newer world-atlas, change both and run go generate.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"strconv"

	"golang.org/x/text/language"

	"github.com/capfold/capfold/cmd/internal/gen/npm"
)

var atlas = npm.Package{
	Name: "world-atlas", Version: "2.0.2",
	SHA256: "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97",
}

const step = 0.05 // degrees

// unnumbered are the codes of areas that Natural Earth draws apart and that have no number
// in ISO 3166: that of the country which ISO 3166 counts them to, or the one in common use.
var unnumbered = map[string]string{"N. Cyprus": "CY", "Somaliland": "SO", "Kosovo": "XK"}

// topology is what gen uses of TopoJSON.
type topology struct {
	Transform struct{ Scale, Translate [2]float64 }
	Objects   struct {
		Countries struct {
			Geometries []struct {
				Type       string
				ID         string
				Arcs       json.RawMessage
				Properties struct{ Name string }
			}
		}
	}
	Arcs [][][2]int
}

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	text, err := atlas.File("countries-110m.json")
	if err != nil {
		return err
	}
	var t topology
	if err := json.Unmarshal(text, &t); err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"type":"Topology","transform":{"scale":[%v,%v],"translate":[-180,-90]},"objects":{"countries":{"type":"GeometryCollection","geometries":[`, step, step)
	for i, g := range t.Objects.Countries.Geometries {
		code, ok := unnumbered[g.Properties.Name]
		if !ok {
			number, err := strconv.Atoi(g.ID)
			if err != nil {
				return fmt.Errorf("country %s: %w", g.Properties.Name, err)
			}
			region, err := language.EncodeM49(number)
			if err != nil {
				return fmt.Errorf("country %s: %w", g.Properties.Name, err)
			}
			code = region.String()
		}
		if len(code) != 2 {
			return fmt.Errorf("country %s has the code %q", g.Properties.Name, code)
		}
		name, err := json.Marshal(g.Properties.Name)
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n{\"type\":%q,\"properties\":{\"name\":%q,\"label\":%s},\"arcs\":%s}", g.Type, code, name, g.Arcs)
	}
	b.WriteString("\n]}},\"arcs\":[")
	for i, arc := range t.Arcs {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n[")
		var x, y, lastX, lastY int
		for k, p := range arc {
			x, y = x+p[0], y+p[1]
			qx := int(math.Round((float64(x)*t.Transform.Scale[0] + t.Transform.Translate[0] + 180) / step))
			qy := int(math.Round((float64(y)*t.Transform.Scale[1] + t.Transform.Translate[1] + 90) / step))
			switch {
			case k == 0:
				fmt.Fprintf(&b, "[%d,%d]", qx, qy)
			case qx != lastX || qy != lastY || k == len(arc)-1:
				fmt.Fprintf(&b, ",[%d,%d]", qx-lastX, qy-lastY)
			}
			lastX, lastY = qx, qy
		}
		b.WriteByte(']')
	}
	b.WriteString("\n]}\n")
	return os.WriteFile("countries.json", b.Bytes(), 0o644)
}
