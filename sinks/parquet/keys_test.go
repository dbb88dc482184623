package parquet

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks/sinktest"
)

// asValues returns a table of the same values, which has no keys.
func asValues(tab *table.Table) *table.Table {
	columns := make([]table.Vector, len(tab.Schema.Fields))
	for i := range columns {
		tab.Read(i, 0, tab.Rows, &columns[i])
	}
	return table.NewValues(tab.Schema, tab.Rows, columns)
}

// hostsTable returns a table of which all columns are made of keys. Text is addressText's,
// but longer by some bytes.
func hostsTable(rows []table.Key, longer int) *table.Table {
	hosts := table.KeysOf(func(k *table.Key) table.Key { return *k })
	others := table.KeysOf(func(k *table.Key) table.Key { return table.Key{High: k.Low, Low: k.High, Kind: k.Kind} })
	text := func(b []byte, k table.Key) []byte {
		return append(addressText(b, k), bytes.Repeat([]byte{'.'}, longer)...)
	}
	third := func(k *table.Key) bool { return k.Low%3 == 0 }
	always := func(*table.Key) bool { return true }
	return table.New(table.Schema{Name: "hosts"}, []table.Column[table.Key]{
		table.KeyedTexts("host", "", hosts, text),
		table.KeyedBinary16s("host_bin", "", hosts),
		table.KeyedBinary16s("other_bin", "", others),
		table.KeyedTexts("other", "", others, addressText),
		table.KeyedTexts("host_or_null", "", hosts, addressText).NullIf(third),
		table.KeyedBinary16s("host_bin_or_null", "", hosts).NullIf(third),
		table.KeyedTexts("null", "", hosts, addressText).NullIf(always),
	}, table.RowsOf(rows), table.Options[table.Key]{})
}

// addressText appends four numbers for a key of kind 4, and hexadecimal digits for others.
func addressText(b []byte, k table.Key) []byte {
	if k.Kind == 4 && k.High == 0 && k.Low>>32 == 0xffff {
		return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(k.Low)))).AppendTo(b)
	}
	b = append(strconv.AppendUint(b, k.High, 16), ':')
	b = append(strconv.AppendUint(b, k.Low, 16), '/')
	return strconv.AppendUint(b, uint64(k.Kind), 10)
}

// TestKeys compares files of columns that are made of keys with those of the same values.
func TestKeys(t *testing.T) {
	ip4 := func(i int) table.Key { return table.Key{Low: 0xffff<<32 | uint64(uint32(i)*2654435761), Kind: 4} }
	mapped := func(i int) table.Key { k := ip4(i); k.Kind = 6; return k }
	ip6 := func(i int) table.Key {
		return table.Key{High: 0x2001_0718 << 32, Low: uint64(i) * 0x9e3779b97f4a7c15, Kind: 6}
	}
	for _, tt := range []struct {
		name         string
		rows, longer int
		row          func(i int) table.Key
	}{
		{name: "none"},
		{name: "one", rows: 1, row: ip4},
		{name: "few, uncompressed", rows: 100, row: func(i int) table.Key { return ip4(i % 5) }},
		{name: "IPv4", rows: 2*RowsPerPage + 7, row: func(i int) table.Key { return ip4(i * i % 999) }},
		{name: "IPv6", rows: 2 * RowsPerPage, row: func(i int) table.Key { return ip6(i * i % 999) }},
		{name: "both", rows: RowsPerPage + 7, row: func(i int) table.Key {
			if i < 9000 {
				return ip4(i % 999)
			}
			return ip6(i % 777)
		}},
		{name: "alike", rows: 2 * RowsPerPage, row: func(i int) table.Key {
			if i/100%2 == 0 {
				return ip4(i % 999)
			}
			return mapped(i % 777)
		}},
		{name: "alike in the end", rows: 3 * RowsPerPage, row: func(i int) table.Key {
			if i < 2*RowsPerPage+10 {
				return ip4(i % 999)
			}
			return mapped(i % 777)
		}},
		{name: "alike, twice as many keys as values", rows: 2 * RowsPerPage, row: func(i int) table.Key {
			if i%2 == 0 {
				return ip4(i / 2)
			}
			return mapped(i / 2)
		}},
		{name: "no repeats", rows: RowsPerPage + 10, row: ip4},
		{name: "no repeats in the end", rows: 3 * RowsPerPage, row: func(i int) table.Key { return ip4(max(i, RowsPerPage/2)) }},
		{name: "texts too many in the end", rows: 9 * RowsPerPage, longer: 30, row: func(i int) table.Key { return ip6(i / 2) }},
		{name: "texts that differ in the end", rows: RowsPerPage + 7, row: func(i int) table.Key {
			return table.Key{High: 0x123456789abcdef0, Low: 0xfedcba9800000000 | uint64(i*i%999), Kind: 6}
		}},
		{name: "two row groups", rows: RowsPerGroup + 10, row: func(i int) table.Key { return ip4(i % 50_000) }},
	} {
		if sinktest.RaceDetector && tt.rows > RowsPerGroup {
			continue // flows, which come next, are as long
		}
		t.Run(tt.name, func(t *testing.T) {
			rows := make([]table.Key, tt.rows)
			for i := range rows {
				rows[i] = tt.row(i)
			}
			sameFiles(t, hostsTable(rows, tt.longer))
		})
	}
	t.Run("flows", func(t *testing.T) { sameFiles(t, sinktest.Flows(RowsPerGroup+5000)) })
}

// sameFiles fails unless the files of a table with keys and of its values are the same.
func sameFiles(t *testing.T, tab *table.Table) {
	t.Helper()
	if tab.Keyed(0).Append == nil {
		t.Fatal("the table has no keys")
	}
	var files [2][]byte
	for i, tab := range []*table.Table{tab, asValues(tab)} {
		var err error
		if files[i], err = os.ReadFile(writeFile(t, tab)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Errorf("files of keys and of values differ: %d and %d bytes", len(files[0]), len(files[1]))
	}
}

// TestKeysAtRandom is TestKeys with tables made up at random, the long ones without the race
// detector only: those of TestKeys are longer.
func TestKeysAtRandom(t *testing.T) {
	outer := t
	sizes := fewer(
		[]int{1, 2, 50, 3000, RowsPerPage / 2, RowsPerPage, RowsPerPage + 1, 2 * RowsPerPage, 3*RowsPerPage - 1},
		[]int{1, 2, 50, 3000},
	)
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		rows := make([]table.Key, rapid.SampledFrom(sizes).Draw(t, "rows"))
		distinct := rapid.SampledFrom(sizes).Draw(t, "distinct")
		short, six := rapid.Float64Range(0, 1).Draw(t, "IPv4"), rapid.Float64Range(0, 1).Draw(t, "IPv4-mapped")
		keys := make([]table.Key, distinct)
		for i := range keys {
			k := &keys[i]
			if *k = (table.Key{High: random.Uint64(), Low: random.Uint64(), Kind: 6}); random.Float64() < short {
				*k = table.Key{Low: 0xffff<<32 | uint64(random.Uint32()>>random.IntN(32)), Kind: 4}
			}
			if k.Kind == 4 && random.Float64() < six {
				k.Kind = 6
			}
		}
		for i := range rows {
			if i > 0 && random.IntN(2) == 0 {
				rows[i] = rows[i-1]
			} else {
				rows[i] = keys[random.IntN(distinct)]
			}
		}
		sameFiles(outer, hostsTable(rows, 0))
		if outer.Failed() {
			t.FailNow()
		}
	})
}

// TestKeyNumbers compares numbers with those that a map gives out.
func TestKeyNumbers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var d keyNumbers
	for range 2 {
		d.reset()
		numbers := map[table.Key]uint32{}
		for range 10_000 {
			k := table.Key{High: random.Uint64N(50), Low: random.Uint64N(80), Kind: uint8(random.IntN(2))}
			want, ok := numbers[k]
			if !ok {
				want = uint32(len(numbers))
				numbers[k] = want
			}
			if got := d.number(wordsOf(k), k.Kind); got != want {
				t.Fatalf("number(%v) = %d, want %d", k, got, want)
			}
		}
		if d.keys.len() != len(numbers) || !d.alike {
			t.Errorf("%d keys, alike %t, want %d keys, some alike", d.keys.len(), d.alike, len(numbers))
		}
	}
	d.reset()
	for i := range uint64(5000) {
		d.number(key{i, ^i}, uint8(i))
	}
	if d.alike {
		t.Error("keys are said to be alike")
	}
}
