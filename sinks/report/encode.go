package report

import (
	"encoding/json"
	"maps"
	"slices"
)

// encode returns d as JSON, in pieces, in which nothing could end a script element. The
// values of tables, which are most of it, are neither copied nor looked at again.
func (d *data) encode() ([][]byte, error) {
	e := &encoder{}
	e.object(d.head)
	e.text(`,"tables":{`)
	for i, name := range slices.Sorted(maps.Keys(d.Tables)) {
		if i > 0 {
			e.text(",")
		}
		e.value(name)
		e.text(":")
		e.grid(d.Tables[name])
	}
	e.text("},")
	e.members(d.rest)
	e.text("}\n")
	return e.pieces, e.err
}

// encoder collects pieces of a document.
type encoder struct {
	pieces [][]byte
	err    error // the first
}

func (e *encoder) add(piece []byte) { e.pieces = append(e.pieces, piece) }
func (e *encoder) text(text string) { e.add([]byte(text)) }

// marshal returns a value as JSON, of which there is something even if it failed.
func (e *encoder) marshal(value any) []byte {
	text, err := json.Marshal(value) // escapes what could end a script element
	if err != nil && e.err == nil {
		e.err = err
	}
	if err != nil {
		return []byte("{}")
	}
	return text
}

func (e *encoder) value(value any) { e.add(e.marshal(value)) }

// object adds an object but for its end.
func (e *encoder) object(value any) {
	text := e.marshal(value)
	e.add(text[:len(text)-1])
}

// members adds what is between the beginning and the end of an object.
func (e *encoder) members(value any) {
	text := e.marshal(value)
	e.add(text[1 : len(text)-1])
}

func (e *encoder) grid(g *grid) {
	e.object(g)
	e.text(`,"columns":[`)
	for i, c := range g.Columns {
		if i > 0 {
			e.text(",")
		}
		e.object(c)
		e.text(`,"values":`)
		e.add(c.Values)
		e.text("}")
	}
	e.text("]}")
}
