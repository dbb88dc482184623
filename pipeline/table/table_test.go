package table

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type row struct {
	key   int
	value int64
	text  string
}

var columns = []Column[row]{
	Int32s("key", "", "key", func(r *row) int64 { return int64(r.key) }),
	Int64s("value", "B", "value", func(r *row) int64 { return r.value }),
	Doubles("half", "1", "half of value", func(r *row) float64 { return float64(r.value) / 2 }),
	Times("time", "value as an instant", func(r *row) int64 { return r.value }),
	Texts("text", "text", func(b []byte, r *row) []byte { return append(b, r.text...) }).
		NullIf(func(r *row) bool { return r.text == "-" }),
	Binary16s("binary", "key as an address", func(r *row) [16]byte { return [16]byte{15: byte(r.key)} }),
}

func TestRead(t *testing.T) {
	tab := New(Schema{Name: "rows"}, columns, RowsOf([]row{{1, 10, "a"}, {2, -1, ""}, {3, 1999, "-"}, {4, 0, "bcd"}}), Options[row]{})
	if diff := gocmp.Diff(Fields(columns), tab.Schema.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	var v Vector
	for _, tt := range []struct {
		name             string
		column, from, to int
		want             Vector
	}{
		{"int32", 0, 0, 4, Vector{Ints: []int64{1, 2, 3, 4}}},
		{"int64", 1, 1, 3, Vector{Ints: []int64{-1, 1999}}},
		{"double", 2, 1, 2, Vector{Floats: []float64{-0.5}}},
		{"timestamp towards the past", 3, 0, 4, Vector{Ints: []int64{0, -1, 1, 0}}},
		{"string", 4, 0, 4, Vector{Bytes: []byte("a-bcd"), Ends: []int{1, 1, 2, 5}, Nulls: []bool{false, false, true, false}}},
		{"string of some rows", 4, 3, 4, Vector{Bytes: []byte("bcd"), Ends: []int{3}, Nulls: []bool{false}}},
		{"binary", 5, 3, 4, Vector{Bytes: append(make([]byte, 15), 4), Ends: []int{16}}},
		{"no rows", 0, 4, 4, Vector{}},
	} {
		tab.Read(tt.column, tt.from, tt.to, &v)
		if !slices.Equal(v.Ints, tt.want.Ints) || !slices.Equal(v.Floats, tt.want.Floats) || !slices.Equal(v.Bytes, tt.want.Bytes) ||
			!slices.Equal(v.Ends, tt.want.Ends) || !slices.Equal(v.Nulls, tt.want.Nulls) {
			t.Errorf("%s: Read(%d, %d, %d) = %+v, want %+v", tt.name, tt.column, tt.from, tt.to, v, tt.want)
		}
	}
	tab.Read(4, 0, 4, &v)
	for i, want := range []string{"a", "", "-", "bcd"} {
		if got := string(v.Text(i)); got != want || v.Null(i) != (want == "-") {
			t.Errorf("value %d = %q, null %t, want %q", i, got, v.Null(i), want)
		}
	}
}

func TestMicros(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nanos := rapid.Int64().Draw(t, "nanos")
		if got, want := micros(nanos), time.Unix(0, nanos).UnixMicro(); got != want {
			t.Errorf("micros(%d) = %d, want %d", nanos, got, want)
		}
	})
	if got, want := micros(math.MinInt64), time.Unix(0, math.MinInt64).UnixMicro(); got != want {
		t.Errorf("micros(-2^63) = %d, want %d", got, want)
	}
}

func keys(t *Table) []int64 {
	var v Vector
	t.Read(0, 0, t.Rows, &v)
	return slices.Clone(v.Ints)
}

func TestTop(t *testing.T) {
	rows := []row{{1, 10, "a"}, {2, 30, "a"}, {3, 20, "b"}, {4, 20, "b"}, {5, 40, "b"}, {6, 5, "a"}}
	byValue := func(a, b *row) int { return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.key, b.key)) }
	sameText := func(a, b *row) bool { return a.text == b.text }
	for _, tt := range []struct {
		name    string
		options Options[row]
		n       int
		want    []int64
	}{
		{"first", Options[row]{}, 2, []int64{1, 2}},
		{"none", Options[row]{}, 0, []int64{}},
		{"all", Options[row]{}, -1, []int64{1, 2, 3, 4, 5, 6}},
		{"more than all", Options[row]{}, 100, []int64{1, 2, 3, 4, 5, 6}},
		{"ranked", Options[row]{Rank: byValue}, 3, []int64{5, 2, 3}},
		{"ranked none", Options[row]{Rank: byValue}, 0, []int64{}},
		{"ranked all", Options[row]{Rank: byValue}, -1, []int64{5, 2, 3, 4, 1, 6}},
		{"of each group", Options[row]{SameGroup: sameText}, 1, []int64{1, 3, 6}},
		{"two of each group", Options[row]{SameGroup: sameText}, 2, []int64{1, 2, 3, 4, 6}},
		{"none of each group", Options[row]{SameGroup: sameText}, 0, []int64{}},
		{"all of each group", Options[row]{SameGroup: sameText}, -1, []int64{1, 2, 3, 4, 5, 6}},
	} {
		tab := New(Schema{Name: "rows"}, columns, RowsOf(slices.Clone(rows)), tt.options)
		top := tab.Top(tt.n)
		if got := keys(top); !slices.Equal(got, tt.want) || top.Rows != len(tt.want) {
			t.Errorf("%s: Top(%d) = %d, %d rows, want %d", tt.name, tt.n, got, top.Rows, tt.want)
		}
		if got, want := keys(top.Top(1)), tt.want[:min(1, len(tt.want))]; tt.options.SameGroup == nil && !slices.Equal(got, want) {
			t.Errorf("%s: Top(1) of Top(%d) = %d, want %d", tt.name, tt.n, got, want)
		}
		if got := keys(tab); !slices.Equal(got, []int64{1, 2, 3, 4, 5, 6}) {
			t.Errorf("%s: table after Top = %d", tt.name, got)
		}
	}
}

func TestTypeText(t *testing.T) {
	for _, typ := range []Type{Int32, Int64, Double, Timestamp, String, Binary16} {
		text, err := json.Marshal(typ)
		if err != nil {
			t.Fatal(err)
		}
		got := Type(255)
		if err := json.Unmarshal(text, &got); err != nil || got != typ {
			t.Errorf("type read from %s = %d, %v, want %v", text, got, err, typ)
		}
	}
	var typ Type
	if err := typ.UnmarshalText([]byte("uint8")); err == nil {
		t.Error(`UnmarshalText("uint8") = nil, want an error`)
	}
}
