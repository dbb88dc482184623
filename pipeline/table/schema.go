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
	// Timestamp is microseconds since the epoch, UTC, of an instant that an int64 of
	// nanoseconds can tell.
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

	// RankedBy is the column of integers by which [Table.Top] ranks rows, the largest
	// first, where it does not go by the order of the table. Rows that tie keep that order.
	RankedBy string `json:"ranked_by,omitempty"`
	// Groups are the columns in which the neighbouring rows of a group agree, where Top
	// has the first rows of each.
	Groups []string `json:"groups,omitempty"`
}

// Check returns an error if the schema, which may have been read from a file, contradicts
// itself.
func (s *Schema) Check() error {
	known := make(map[string]Type, len(s.Fields))
	for _, f := range s.Fields {
		if _, twice := known[f.Name]; twice {
			return fmt.Errorf("column %q is there twice", f.Name)
		}
		known[f.Name] = f.Type
	}
	for _, name := range s.Groups {
		if _, ok := known[name]; !ok {
			return fmt.Errorf("rows are grouped by column %q, which is not there", name)
		}
	}
	if s.RankedBy == "" {
		return nil
	}
	switch t, ok := known[s.RankedBy]; {
	case !ok:
		return fmt.Errorf("rows are ranked by column %q, which is not there", s.RankedBy)
	case t != Int32 && t != Int64:
		return fmt.Errorf("rows are ranked by column %q, which is no integer but %s", s.RankedBy, t)
	}
	return nil
}
