package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"testing"
)

func TestSVG(t *testing.T) {
	elements := []string{"svg", "title", "desc", "rect", "circle", "path", "text"}
	attributes := []string{
		"xmlns", "width", "height", "viewBox", "role", "font-family", "fill", "fill-opacity", "x", "y", "cx", "cy", "r", "d", "stroke",
		"stroke-opacity", "stroke-width", "stroke-linejoin", "stroke-dasharray", "font-size", "font-weight", "text-anchor",
	}
	for edge, in := range edges() {
		for _, name := range Names() {
			d := xml.NewDecoder(bytes.NewReader(render(t, name, "svg", in)))
			for {
				token, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s, %s: %v", name, edge, err)
				}
				e, ok := token.(xml.StartElement)
				if !ok {
					continue
				}
				if !slices.Contains(elements, e.Name.Local) {
					t.Errorf("%s, %s: element %s", name, edge, e.Name.Local)
				}
				for _, a := range e.Attr {
					if !slices.Contains(attributes, a.Name.Local) {
						t.Errorf("%s, %s: attribute %s of %s", name, edge, a.Name.Local, e.Name.Local)
					}
				}
			}
		}
	}
}
