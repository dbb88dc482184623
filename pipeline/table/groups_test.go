package table

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dates is a table of a few rows of every kind of column, to be read in groups.
var (
	datesSchema = Schema{Name: "dates", Fields: []Field{
		{Name: "year", Type: Int32},
		{Name: "name", Type: String},
		{Name: "weight", Type: Double, Nullable: true},
		{Name: "bytes", Type: Int64},
	}}
	dates = []Vector{
		{Ints: []int64{1, 1, 1, 2, 2, 1}},
		{Bytes: []byte("abbcccd"), Ends: []int{1, 3, 3, 6, 7, 7}},
		{Floats: []float64{0, 1, 0, 2, 3, 4}, Nulls: []bool{true, false, true, false, false, false}},
		{Ints: []int64{5, 9, 9, 1, 9, 7}},
	}
)

// inGroups returns dates in groups of the given lengths, under a schema. Group bad cannot
// be read.
func inGroups(s Schema, lens []int, bad int, fail func(error)) *Table {
	return NewGroups(s, Groups{Lens: lens, Fail: fail, Load: func(group, column int, v *Vector) error {
		if group == bad {
			return errBad
		}
		from := 0
		for _, n := range lens[:group] {
			from += n
		}
		v.add(&dates[column], from, from+lens[group])
		return nil
	}})
}

var errBad = errors.New("bad group")

// show returns rows as text, one a line.
func show(t *Table) string {
	var b strings.Builder
	v := make([]Vector, len(t.Schema.Fields))
	for c := range v {
		t.Read(c, 0, t.Rows, &v[c])
	}
	for i := range t.Rows {
		fmt.Fprint(&b, v[0].Ints[i], string(v[1].Text(i)), " ")
		if !v[2].Null(i) {
			fmt.Fprint(&b, v[2].Floats[i])
		}
		fmt.Fprintln(&b, "", v[3].Ints[i])
	}
	return b.String()
}

var allDates = []string{"1a  5\n", "1bb 1 9\n", "1  9\n", "2ccc 2 1\n", "2d 3 9\n", "1 4 7\n"}

func TestGroups(t *testing.T) {
	ranked, grouped := datesSchema, datesSchema
	ranked.RankedBy, grouped.Groups = "bytes", []string{"year"}
	for _, lens := range [][]int{{6}, {1, 1, 1, 1, 1, 1}, {0, 4, 0, 2, 0}, {5, 1}, {2, 3, 1}} {
		for _, tt := range []struct {
			schema Schema
			n      int
			want   []int
		}{
			{datesSchema, 0, []int{}},
			{datesSchema, 4, []int{0, 1, 2, 3}},
			{datesSchema, -1, []int{0, 1, 2, 3, 4, 5}},
			{ranked, 1, []int{1}},
			{ranked, 4, []int{1, 2, 4, 5}},
			{ranked, 100, []int{1, 2, 4, 5, 0, 3}},
			{grouped, 1, []int{0, 3, 5}},
			{grouped, 2, []int{0, 1, 3, 4, 5}},
			{grouped, 0, []int{}},
		} {
			tab := inGroups(tt.schema, lens, -1, func(err error) { t.Error(err) })
			var want strings.Builder
			for _, row := range tt.want {
				want.WriteString(allDates[row])
			}
			if diff := cmp.Diff(want.String(), show(tab.Top(tt.n))); diff != "" {
				t.Errorf("groups of %v, top %d (-want +got):\n%s", lens, tt.n, diff)
			}
		}
		for n := 1; n <= 7; n++ {
			tab := inGroups(datesSchema, lens, -1, nil)
			if tab.InMemory() || tab.Rows != len(allDates) {
				t.Fatalf("in memory: %t, rows: %d", tab.InMemory(), tab.Rows)
			}
			var got, want []string
			for part, err := range tab.Parts(n) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, show(part))
				var pieces []string // a part has parts
				for piece, err := range part.Parts(2) {
					if err != nil {
						t.Fatal(err)
					}
					pieces = append(pieces, show(piece))
				}
				if strings.Join(pieces, "") != show(part) {
					t.Errorf("parts of a part: %q, want %q", pieces, show(part))
				}
			}
			for rows := range slices.Chunk(allDates, n) {
				want = append(want, strings.Join(rows, ""))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("groups of %v in parts of %d (-want +got):\n%s", lens, n, diff)
			}
		}
	}
}

// TestGroupsConcurrent reads a table by many goroutines at a time.
func TestGroupsConcurrent(t *testing.T) {
	tab := inGroups(datesSchema, []int{2, 3, 1}, -1, nil)
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			rows := 0
			for part, err := range tab.Parts(1 + n%4) {
				if err != nil {
					t.Error(err)
				}
				rows += part.Rows
				show(part)
			}
			if top := tab.Top(n); rows != 6 || top.Rows != min(n, 6) {
				t.Errorf("%d rows, top %d has %d", rows, n, top.Rows)
			}
		})
	}
	all.Wait()
}

func TestGroupsErrors(t *testing.T) {
	var failed error
	tab := inGroups(datesSchema, []int{3, 3}, 1, func(err error) { failed = err })
	rows := 0
	var last error
	for part, err := range tab.Parts(2) {
		if last = err; err == nil {
			rows += part.Rows
		}
	}
	if rows != 2 || !errors.Is(last, errBad) {
		t.Errorf("Parts yield %d rows and %v, want 2 and %v", rows, last, errBad)
	}
	if top := tab.Top(3); top.Rows != 3 || failed != nil {
		t.Errorf("Top of rows that can be read: %d rows, %v", top.Rows, failed)
	}
	if top := tab.Top(4); top.Rows != 0 || show(top) != "" || !errors.Is(failed, errBad) {
		t.Errorf("Top of rows that cannot be read: %d rows, %v, want %v", top.Rows, failed, errBad)
	}
}

func TestSchemaCheck(t *testing.T) {
	for _, tt := range []struct {
		change func(*Schema)
		want   string
	}{
		{func(*Schema) {}, ""},
		{func(s *Schema) { s.RankedBy, s.Groups = "year", []string{"name", "year"} }, ""},
		{func(s *Schema) { s.RankedBy = "month" }, `rows are ranked by column "month", which is not there`},
		{func(s *Schema) { s.RankedBy = "name" }, `rows are ranked by column "name", which is no integer but string`},
		{func(s *Schema) { s.Groups = []string{"year", "month"} }, `rows are grouped by column "month", which is not there`},
		{func(s *Schema) { s.Fields = append(slices.Clone(s.Fields), s.Fields[0]) }, `column "year" is there twice`},
	} {
		s := datesSchema
		tt.change(&s)
		got := ""
		if err := s.Check(); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("Check = %q, want %q", got, tt.want)
		}
	}
}
