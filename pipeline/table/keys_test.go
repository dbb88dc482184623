package table

import (
	"fmt"
	"slices"
	"testing"
)

// pair is a row of two keys.
type pair struct{ a, b Key }

// pairColumns returns columns of which some are made of the same keys.
func pairColumns() []Column[pair] {
	appendTo := func(b []byte, k Key) []byte { return fmt.Appendf(b, "%d.%d/%d", k.High, k.Low, k.Kind) }
	a, b := KeysOf(func(p *pair) Key { return p.a }), KeysOf(func(p *pair) Key { return p.b })
	odd := func(p *pair) bool { return p.a.Low%2 == 1 }
	return []Column[pair]{
		Int64s("low", "", "", func(p *pair) int64 { return int64(p.a.Low) }),
		KeyedTexts("a", "", a, appendTo),
		KeyedTexts("b", "", b, appendTo),
		KeyedBinary16s("a_bin", "", a),
		KeyedTexts("a_or_null", "", a, appendTo).NullIf(odd),
		KeyedBinary16s("a_bin_or_null", "", a).NullIf(odd),
		KeyedBinary16s("b_bin", "", b),
	}
}

func somePairs(n int) []pair {
	pairs := make([]pair, n)
	for i := range pairs {
		pairs[i] = pair{Key{1, uint64(i % 7), 4}, Key{uint64(i), 0xabcd, 6}}
	}
	return pairs
}

func TestKeyed(t *testing.T) {
	tab := New(Schema{Name: "pairs"}, pairColumns(), RowsOf(somePairs(3)), Options[pair]{})
	for column, source := range []int{-1, 1, 2, 1, 4, 5, 2} {
		k := tab.Keyed(column)
		if (k.Append != nil) != (source >= 0) || k.Append != nil && k.Source != source {
			t.Errorf("column %s: Keyed = %+v, want source %d", tab.Schema.Fields[column].Name, k, source)
		}
	}
	if got, want := tab.Schema.Fields[3].Type, Binary16; got != want {
		t.Errorf("type = %s, want %s", got, want)
	}
}

// TestReadAll compares the values that Read has with those of ReadAll and what Append makes
// of keys, in all tables that have keys and their parts.
func TestReadAll(t *testing.T) {
	const n = 5 * 1000
	order := Order[pair]{Compare: func(x, y *pair) int { return int(y.b.High) - int(x.b.High) }}
	for name, tab := range map[string]*Table{
		"New":       New(Schema{Name: "pairs"}, pairColumns(), RowsOf(somePairs(n)), Options[pair]{}),
		"NewStored": NewStored(Schema{Name: "pairs"}, pairColumns(), &Stored[pair]{Rows: *RowsOf(somePairs(n))}, order, nil, Options[pair]{}),
	} {
		for part, err := range tab.Parts(1010) {
			if err != nil {
				t.Fatal(err)
			}
			checkKeys(t, name+", part", part)
		}
		checkKeys(t, name, tab)
		checkKeys(t, name+", top", tab.Top(10))
	}
}

func checkKeys(t *testing.T, name string, tab *Table) {
	t.Helper()
	columns := []int{6, 5, 4, 3, 2, 1, 0}
	all := make([]Vector, len(columns))
	from, to := tab.Rows/10, tab.Rows-1
	var v Vector
	for range 2 { // the second time, vectors are not empty
		tab.ReadAll(columns, from, to, all)
		for i, c := range columns {
			tab.Read(c, from, to, &v)
			got := &all[i]
			if !slices.Equal(got.Nulls, v.Nulls) || !slices.Equal(got.Ints, v.Ints) {
				t.Errorf("%s: column %d: nulls %t, integers %d, want %t, %d", name, c, got.Nulls, got.Ints, v.Nulls, v.Ints)
			}
			if c == 0 {
				continue
			}
			if len(got.Keys) != to-from || len(got.Ends)+len(got.Bytes) > 0 || len(v.Keys) > 0 {
				t.Fatalf("%s: column %d: %d keys, %d values; of Read, %d keys", name, c, len(got.Keys), len(got.Ends), len(v.Keys))
			}
			for j, k := range got.Keys {
				if got, want := string(tab.Keyed(c).Append(nil, k)), string(v.Text(j)); got != want {
					t.Fatalf("%s: column %d: Append(%v) = %q, want %q", name, c, k, got, want)
				}
			}
		}
	}
}

func TestNoKeys(t *testing.T) {
	if k := NewValues(datesSchema, 6, dates).Keyed(1); k.Append != nil {
		t.Error("a table of values has keys, want none")
	}
	var v [2]Vector
	NewValues(datesSchema, 6, dates).ReadAll([]int{1, 0}, 2, 4, v[:])
	if got, want := string(v[0].Bytes), "ccc"; got != want || v[1].Ints[1] != 2 {
		t.Errorf("ReadAll = %q, %d, want %q and 1 2", got, v[1].Ints, want)
	}
}
