package table

import "encoding/binary"

// Key is a small value that others are functions of, as the text of an address is. A sink
// that finds the same key in many rows asks for what it stands for once.
type Key struct {
	High, Low uint64
	Kind      uint8
}

// Keys are where columns get their keys from. All columns of the same Keys have the same
// one in a row.
type Keys[R any] struct {
	of   func(*R) Key
	fill func(rows []R, keys []Key) // sets keys to those of rows
}

// KeysOf returns Keys that are computed from a row.
func KeysOf[R any](key func(*R) Key) *Keys[R] {
	return &Keys[R]{of: key, fill: func(rows []R, keys []Key) {
		for i := range keys {
			keys[i] = key(&rows[i])
		}
	}}
}

// keyed is what a column has that is made of keys.
type keyed[R any] struct {
	keys     *Keys[R]
	appendTo func([]byte, Key) []byte
}

// fill appends the keys of rows to v.
func (k *keyed[R]) fill(rows []R, v *Vector) {
	var into []Key
	v.Keys, into = extend(v.Keys, len(rows))
	k.keys.fill(rows, into)
}

// KeyedTexts returns a column of text, which appendTo appends to its argument: UTF-8 that
// is another for every key.
func KeyedTexts[R any](name, doc string, keys *Keys[R], appendTo func([]byte, Key) []byte) Column[R] {
	c := Texts(name, doc, func(b []byte, r *R) []byte { return appendTo(b, keys.of(r)) })
	c.keyed = &keyed[R]{keys, appendTo}
	return c
}

// KeyedBinary16s returns a column of 16-byte values: both words of the key, the most
// significant byte first. Keys that differ in nothing but their kind have the same value.
func KeyedBinary16s[R any](name, doc string, keys *Keys[R]) Column[R] {
	words := func(b []byte, k Key) []byte {
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, k.High), k.Low)
	}
	c := KeyedTexts(name, doc, keys, words)
	c.Type = Binary16
	return c
}

// Keyed says how a column is made of keys, see [KeyedTexts] and [KeyedBinary16s].
type Keyed struct {
	// Source is the first column that has the same key in every row.
	Source int
	// Append appends the value that a key stands for. It is nil where a column is not made
	// of keys, or the table does not have them.
	Append func([]byte, Key) []byte
}

// Keyed says how a column is read by ReadAll: as keys if Append is set.
func (t *Table) Keyed(column int) Keyed {
	if t.keyed == nil {
		return Keyed{}
	}
	return t.keyed[column]
}

// keyedOf returns how columns are read.
func keyedOf[R any](columns []Column[R]) []Keyed {
	all := make([]Keyed, len(columns))
	for i := range columns {
		c := &columns[i]
		if c.keyed == nil {
			continue
		}
		all[i] = Keyed{Source: i, Append: c.keyed.appendTo}
		for j := range i {
			if o := &columns[j]; o.keyed != nil && o.keyed.keys == c.keyed.keys && o.null == nil && c.null == nil {
				all[i].Source = j
				break
			}
		}
	}
	return all
}
