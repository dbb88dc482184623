package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
	"github.com/capfold/capfold/sinks/sinktest"
)

func open(dir *sinks.Directory) sinks.Sink { return New(dir, Options{Version: "1.2.3"}) }

// fewer returns all cases of a test, or those of them that the race detector is to see where it
// is on: it makes everything take ten times as long, and values that come out wrong do so
// without it too.
func fewer[T any](all, raced T) T {
	if sinktest.RaceDetector {
		return raced
	}
	return all
}

func TestSink(t *testing.T) { sinktest.Run(t, open, readFile) }

// writeFile writes one table and returns the path of its file.
func writeFile(t *testing.T, tab *table.Table) string {
	t.Helper()
	dir, err := sinks.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	s := open(dir)
	if err := errors.Join(s.Write(t.Context(), tab), s.Close()); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir.Path(), "tables", tab.Schema.Name+".parquet")
}

func openFile(t testing.TB, path string) *parquet.File {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// readFile reads a file with parquet-go, row by row.
func readFile(t testing.TB, path string, s table.Schema) (columns []string, rows [][]any) {
	t.Helper()
	f := openFile(t, path)
	for _, c := range f.Root().Columns() {
		columns = append(columns, c.Name())
	}
	buffer := make([]parquet.Row, 1000)
	for _, group := range f.RowGroups() {
		reader := group.Rows()
		for {
			n, err := reader.ReadRows(buffer)
			for _, row := range buffer[:n] {
				values := make([]any, len(row))
				for i, v := range row {
					values[i] = value(v, s.Fields[i].Type)
				}
				rows = append(rows, values)
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := reader.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return columns, rows
}

func value(v parquet.Value, typ table.Type) any {
	switch {
	case v.IsNull():
		return nil
	case typ == table.Int32:
		return int64(v.Int32())
	case typ == table.Double:
		return v.Double()
	case typ == table.String:
		return string(v.ByteArray())
	case typ == table.Binary16:
		return [16]byte(v.ByteArray())
	default:
		return v.Int64()
	}
}

func TestSchema(t *testing.T) {
	f := openFile(t, writeFile(t, sinktest.Everything("everything", 3)))
	// Of the elements of the file, as parquet-go annotates integers when it reads them.
	var got []string
	for _, e := range f.Metadata().Schema[1:] {
		line := fmt.Sprintf("%v %v %s", e.RepetitionType.V, e.Type.V, e.Name)
		if e.Type.V == format.FixedLenByteArray {
			line += fmt.Sprintf(" length %d", e.TypeLength.V)
		}
		if e.LogicalType.Value != nil {
			line += " " + e.LogicalType.String()
		}
		got = append(got, line)
	}
	want := []string{
		`REQUIRED BYTE_ARRAY zone STRING`,
		`REQUIRED INT32 port`,
		`REQUIRED INT64 bytes`,
		`REQUIRED DOUBLE mean`,
		`REQUIRED INT64 first_time TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)`,
		`REQUIRED FIXED_LEN_BYTE_ARRAY address_bin length 16`,
		`REQUIRED BYTE_ARRAY country STRING`,
		`OPTIONAL BYTE_ARRAY zone_or_null STRING`,
		`OPTIONAL INT32 port_or_null`,
		`OPTIONAL INT64 bytes_or_null`,
		`OPTIONAL DOUBLE mean_or_null`,
		`OPTIONAL INT64 time_or_null TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)`,
		`OPTIONAL FIXED_LEN_BYTE_ARRAY bin_or_null length 16`,
		`OPTIONAL BYTE_ARRAY country_or_null STRING`,
		`OPTIONAL BYTE_ARRAY always_null STRING`,
		`OPTIONAL INT64 always_null_int`,
		`OPTIONAL BYTE_ARRAY never_null STRING`,
		`REQUIRED INT32 naïve "key"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
}

func TestMetadata(t *testing.T) {
	f := openFile(t, writeFile(t, sinktest.Flows(10)))
	for key, want := range map[string]string{"capfold.version": "1.2.3", "capfold.schema_version": "1"} {
		if got, ok := f.Lookup(key); got != want || !ok {
			t.Errorf("metadata %s = %q, %t, want %q", key, got, ok, want)
		}
	}
	if got, want := f.Metadata().CreatedBy, "capfold version 1.2.3"; got != want {
		t.Errorf("created by = %q, want %q", got, want)
	}
}

func TestEncodings(t *testing.T) {
	tab := sinktest.Everything("everything", 10_000)
	f := openFile(t, writeFile(t, tab))
	got := make(map[string]string)
	for _, c := range f.Metadata().RowGroups[0].Columns {
		for _, s := range c.MetaData.EncodingStats {
			got[c.MetaData.PathInSchema[0]] += fmt.Sprintf("%v %v;", s.PageType, s.Encoding)
		}
	}
	for name, want := range map[string]string{
		"port":        "DATA_PAGE_V2 DELTA_BINARY_PACKED;",
		"first_time":  "DATA_PAGE_V2 DELTA_BINARY_PACKED;",
		"country":     "DICTIONARY_PAGE PLAIN;DATA_PAGE_V2 RLE_DICTIONARY;",
		"address_bin": "DICTIONARY_PAGE PLAIN;DATA_PAGE_V2 RLE_DICTIONARY;",
		"mean":        "DATA_PAGE_V2 PLAIN;",
	} {
		if got[name] != want {
			t.Errorf("encodings of %s = %s, want %s", name, got[name], want)
		}
	}
}

// givenUp returns a table of strings that repeat up to some page.
func givenUp() *table.Table {
	const rows = 8*RowsPerPage + 100
	numbers := make([]int, rows)
	for i := range numbers {
		numbers[i] = max(i%1000, i-RowsPerPage)
	}
	return table.New(table.Schema{Name: "given_up"}, []table.Column[int]{
		table.Texts("text", "", func(b []byte, i *int) []byte { return strconv.AppendInt(b, int64(*i), 10) }),
		table.Texts("text_or_null", "", func(b []byte, i *int) []byte { return strconv.AppendInt(b, int64(*i), 10) }).
			NullIf(func(i *int) bool { return *i%5 == 0 }),
	}, table.RowsOf(numbers), table.Options[int]{})
}

// TestDictionaryGivenUp writes strings that repeat up to some page: the pages from there on
// have no dictionary, and readers of several makes find the same values in both kinds.
func TestDictionaryGivenUp(t *testing.T) {
	tab := givenUp()
	path := writeFile(t, tab)
	for _, c := range openFile(t, path).Metadata().RowGroups[0].Columns {
		var got []string
		for _, s := range c.MetaData.EncodingStats {
			got = append(got, fmt.Sprintf("%v %v %d", s.PageType, s.Encoding, s.Count))
		}
		want := []string{"DICTIONARY_PAGE PLAIN 1", "DATA_PAGE_V2 RLE_DICTIONARY 4", "DATA_PAGE_V2 PLAIN 5"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %s (-want +got):\n%s", c.MetaData.PathInSchema[0], diff)
		}
	}
	_, got := readFile(t, path, tab.Schema)
	for c := range tab.Schema.Fields {
		for i, want := range sinktest.Values(tab, c) {
			if got[i][c] != want {
				t.Fatalf("column %d, row %d = %v, want %v", c, i, got[i][c], want)
			}
		}
	}
	stored, m := store(t, tab)
	read, err := openResult(t, stored, m).Table(t.Context(), tab.Schema.Name)
	if err != nil {
		t.Fatal(err)
	}
	sameRows(t, tab, read, 50_000)
}

// TestDictionary checks which row groups of strings have a dictionary.
func TestDictionary(t *testing.T) {
	const full, dictionary, plain = RowsPerGroup, "RLE_DICTIONARY", "PLAIN"
	for _, tt := range []struct {
		rows, distinct int
		want           []string
	}{
		{1, 1, []string{plain}},
		{2, 1, []string{dictionary}},
		{4, 3, []string{dictionary}},
		{5, 4, []string{plain}},
		{full, full / 2, []string{plain}}, // none repeats in the first page
		{full, RowsPerPage / 2, []string{dictionary}},
		{full + 1, 1000, []string{dictionary, plain}},
	} {
		rows := make([]int, tt.rows)
		for i := range rows {
			rows[i] = i % tt.distinct
		}
		tab := table.New(table.Schema{Name: "t"}, []table.Column[int]{
			table.Texts("text", "", func(b []byte, i *int) []byte { return strconv.AppendInt(b, int64(*i), 10) }),
		}, table.RowsOf(rows), table.Options[int]{})
		var got []string
		for _, g := range openFile(t, writeFile(t, tab)).Metadata().RowGroups {
			for _, s := range g.Columns[0].MetaData.EncodingStats {
				if s.PageType == format.DataPageV2 {
					got = append(got, s.Encoding.String())
				}
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%d rows, %d distinct values: encodings = %q, want %q", tt.rows, tt.distinct, got, tt.want)
		}
	}
}

func TestInt32Overflow(t *testing.T) {
	rows := []int64{1, 1 << 31}
	tab := table.New(table.Schema{Name: "wide"}, []table.Column[int64]{
		table.Int32s("port", "", "", func(i *int64) int64 { return *i }),
	}, table.RowsOf(rows), table.Options[int64]{})
	dir, err := sinks.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	err = open(dir).Write(t.Context(), tab)
	const want = "write parquet table wide: column port: 2147483648 does not fit into 32 bits"
	if err == nil || err.Error() != want {
		t.Errorf("Write = %v, want %s", err, want)
	}
}
