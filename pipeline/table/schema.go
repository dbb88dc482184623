// Package table is what sinks know of a result: a schema, and columns that are read in
// runs of rows. Analyses make tables with [New] out of typed rows and columns; values
// are computed when a sink asks for them, so that a table of many million rows costs no
// more memory than its rows.
package table

import (
	"fmt"
	"slices"
)

// Type is the logical type of a column. The set is small on purpose: every type exists
// in Parquet, JSON and the common warehouses, none is unsigned.
type Type uint8

const (
	// Int32 is a signed 32-bit integer.
	Int32 Type = iota
	// Int64 is a signed 64-bit integer.
	Int64
	// Double is an IEEE 754 double; only for ratios derived from exact integers, and for
	// coordinates.
	Double
	// Timestamp is microseconds since the epoch, UTC.
	Timestamp
	// String is UTF-8 text.
	String
	// Binary16 is 16 bytes: an IPv6 address, or an IPv4 one in its IPv4-mapped form.
	Binary16
)

var typeNames = [...]string{"int32", "int64", "double", "timestamp", "string", "binary16"}

func (t Type) String() string { return typeNames[t] }

// MarshalText makes a Type its name in JSON.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText writes, as in a manifest of an earlier run.
func (t *Type) UnmarshalText(text []byte) error {
	i := slices.Index(typeNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("unknown column type %q", text)
	}
	*t = Type(i)
	return nil
}

// Field describes a column. Name and Type are public interface.
type Field struct {
	Name     string `json:"name"`
	Type     Type   `json:"type"`
	Unit     string `json:"unit,omitempty"` // "B", "packets", "1"; empty where a value has none
	Doc      string `json:"doc"`            // what the value means, a phrase
	Nullable bool   `json:"nullable,omitempty"`
}

// Schema describes a table.
type Schema struct {
	Name   string  `json:"name"`
	Row    string  `json:"row"`   // what one row stands for
	Order  string  `json:"order"` // how rows are ordered, for people
	Doc    string  `json:"doc"`   // what the table is for, full sentences
	Fields []Field `json:"fields"`
}
