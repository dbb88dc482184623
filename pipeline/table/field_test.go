package table

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

type addr struct{ Hi, Lo uint64 }

// record has fields of every kind that a column may be.
type record struct {
	kind  uint8
	port  uint16
	count int64
	inner struct {
		addr addr
		time int64
	}
	flags uint8
}

// TestFields compares columns that are fields with those that a function computes.
func TestFields(t *testing.T) {
	rows := &Rows[record]{}
	n := 2*chunkRows[record]() + 5
	for i := range n {
		r := rows.Push()
		r.kind, r.port, r.flags = uint8(4+2*(i%2)), uint16(i*7919), uint8(i)
		r.count, r.inner.time = int64(i)*-1e12, int64(i-100)*1234567
		r.inner.addr = addr{uint64(i % 3), uint64(i) << 40}
	}
	odd := func(r *record) bool { return r.port%2 == 1 }
	text := func(b []byte, k Key) []byte { return append(b, byte(k.High), byte(k.Low>>40), k.Kind) }
	keys := KeyFields(func(r *record) *addr { return &r.inner.addr }, func(r *record) *uint8 { return &r.kind })
	fields := New(Schema{Name: "t"}, []Column[record]{
		Int32Field("port", "u", "d", func(r *record) *uint16 { return &r.port }),
		Int32Field("flags", "u", "d", func(r *record) *uint8 { return &r.flags }).NullIf(odd),
		Int64Field("count", "u", "d", func(r *record) *int64 { return &r.count }),
		TimeField("time", "d", func(r *record) *int64 { return &r.inner.time }).NullIf(odd),
		KeyedTexts("addr", "d", keys, text),
	}, rows, Options[record]{})
	computed := New(Schema{Name: "t"}, []Column[record]{
		Int32s("port", "u", "d", func(r *record) int64 { return int64(r.port) }),
		Int32s("flags", "u", "d", func(r *record) int64 { return int64(r.flags) }).NullIf(odd),
		Int64s("count", "u", "d", func(r *record) int64 { return r.count }),
		Times("time", "d", func(r *record) int64 { return r.inner.time }).NullIf(odd),
		KeyedTexts("addr", "d", KeysOf(func(r *record) Key { return Key{r.inner.addr.Hi, r.inner.addr.Lo, r.kind} }), text),
	}, rows, Options[record]{})
	if diff := cmp.Diff(computed.Schema, fields.Schema); diff != "" {
		t.Errorf("schema of fields (-want +got):\n%s", diff)
	}
	same := cmp.Options{cmpopts.IgnoreUnexported(Vector{}), cmpopts.EquateEmpty()}
	var want, got Vector
	for c := range fields.Schema.Fields {
		computed.Read(c, 3, n-1, &want)
		fields.Read(c, 3, n-1, &got)
		if diff := cmp.Diff(want, got, same); diff != "" {
			t.Errorf("Read of column %d (-want +got):\n%s", c, diff)
		}
	}
	all := []int{0, 1, 2, 3, 4}
	wants, gots := make([]Vector, len(all)), make([]Vector, len(all))
	computed.ReadAll(all, 0, n, wants)
	fields.ReadAll(all, 0, n, gots)
	for c := range all {
		if narrow := gots[c].Narrow; fields.Schema.Fields[c].Type == Int32 {
			if len(narrow) != n || len(gots[c].Ints) != 0 {
				t.Fatalf("ReadAll of column %d: %d narrow integers and %d others, want %d and none", c, len(narrow), len(gots[c].Ints), n)
			}
			for _, x := range narrow {
				gots[c].Ints = append(gots[c].Ints, int64(x))
			}
			gots[c].Narrow = nil
		}
		if diff := cmp.Diff(wants[c], gots[c], same); diff != "" {
			t.Errorf("ReadAll of column %d (-want +got):\n%s", c, diff)
		}
	}
}

// TestFieldElsewhere makes a column of what is no field of the row.
func TestFieldElsewhere(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a column may be what is not in the row")
		}
	}()
	elsewhere := make([]int64, 100)
	Int64Field("x", "", "", func(*record) *int64 { return &elsewhere[50] })
}
