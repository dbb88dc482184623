package reducers

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/capfold/capfold/pipeline/table"
)

// rowsOf reads a table through vectors: int64, float64, string or [16]byte, nil where a
// value is absent.
func rowsOf(t *table.Table) [][]any {
	if !t.InMemory() {
		rows := [][]any{}
		for part, err := range t.Parts(max(1, t.Rows)) {
			if err != nil {
				panic(err)
			}
			rows = append(rows, rowsOf(part)...)
		}
		return rows
	}
	rows := make([][]any, t.Rows)
	for i := range rows {
		rows[i] = make([]any, len(t.Schema.Fields))
	}
	var v table.Vector
	for c, f := range t.Schema.Fields {
		t.Read(c, 0, t.Rows, &v)
		for i := range rows {
			rows[i][c] = value(f.Type, &v, i)
		}
	}
	return rows
}

func value(typ table.Type, v *table.Vector, i int) any {
	switch {
	case v.Null(i):
		return nil
	case typ == table.String:
		return string(v.Text(i))
	case typ == table.Binary16:
		return [16]byte(v.Text(i))
	case typ == table.Double:
		return v.Floats[i]
	}
	return v.Ints[i]
}

// dump writes all of a table, a row a line.
func dump(t *table.Table) string { return lines(rowsOf(t)) }

func lines(rows [][]any) string {
	var b strings.Builder
	for _, r := range rows {
		for i, v := range r {
			if i > 0 {
				b.WriteByte('\t')
			}
			if text, ok := v.(string); ok {
				fmt.Fprintf(&b, "%q", text)
			} else {
				fmt.Fprint(&b, v)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// tableFaults says where a table does not hold what its schema and its methods promise.
func tableFaults(t *table.Table) error {
	var v, part table.Vector
	for c, f := range t.Schema.Fields {
		t.Read(c, 0, t.Rows, &v)
		lengths := map[table.Type]int{table.Double: len(v.Floats), table.String: len(v.Ends), table.Binary16: len(v.Ends)}
		n, ok := lengths[f.Type]
		if !ok {
			n = len(v.Ints)
		}
		if n != t.Rows {
			return fmt.Errorf("column %s has %d values in %d rows", f.Name, n, t.Rows)
		}
		if want := map[bool]int{true: t.Rows}[f.Nullable]; len(v.Nulls) != want {
			return fmt.Errorf("column %s, nullable %t, has %d nulls in %d rows", f.Name, f.Nullable, len(v.Nulls), t.Rows)
		}
		for i := range t.Rows {
			switch x := value(f.Type, &v, i).(type) {
			case int64:
				if f.Type == table.Int32 && x != int64(int32(x)) {
					return fmt.Errorf("column %s, row %d: %d has more than 32 bits", f.Name, i, x)
				}
			case float64:
				if math.IsNaN(x) || math.IsInf(x, 0) {
					return fmt.Errorf("column %s, row %d: %v", f.Name, i, x)
				}
			case string:
				if !bytes.Equal(bytes.ToValidUTF8([]byte(x), nil), []byte(x)) {
					return fmt.Errorf("column %s, row %d: %q is not UTF-8", f.Name, i, x)
				}
			}
			t.Read(c, i, i+1, &part)
			if got, want := value(f.Type, &part, 0), value(f.Type, &v, i); got != want {
				return fmt.Errorf("column %s: Read(%d, %d) = %v, want %v", f.Name, i, i+1, got, want)
			}
		}
	}
	if err := keyFaults(t); err != nil {
		return err
	}
	return topFaults(t)
}

// keyFaults returns an error unless the columns in front of the first measure tell rows apart.
func keyFaults(t *table.Table) error {
	keys := 0
	for keys < len(t.Schema.Fields) && !isMeasure(t.Schema.Fields[keys]) {
		keys++
	}
	seen := map[string]bool{}
	for _, r := range rowsOf(t) {
		key := lines([][]any{r[:keys]})
		if seen[key] {
			return fmt.Errorf("two rows have the key %s", key)
		}
		seen[key] = true
	}
	return nil
}

func isMeasure(f table.Field) bool {
	return f.Unit == "packets" || f.Unit == "addresses" || f.Type == table.Double
}

// topFaults returns an error unless the tops of the table, from none to all of its rows,
// each have the next smaller one in them, in the same order.
func topFaults(t *table.Table) error {
	all := t.Top(-1)
	want := strings.Split(dump(t), "\n")
	got := strings.Split(dump(all), "\n")
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return fmt.Errorf("Top(-1) has rows %q, want those of the table, %q", got, want)
	}
	larger := dump(all)
	for n := t.Rows; n >= 0; n-- {
		top := t.Top(n)
		if diff := slices.Compare(names(top), names(t)); diff != 0 {
			return fmt.Errorf("Top(%d) has columns %q, want %q", n, names(top), names(t))
		}
		text := dump(top)
		if !isSubsequence(text, larger) {
			return fmt.Errorf("Top(%d) =\n%swhich are not all in Top(%d) =\n%s", n, text, n+1, larger)
		}
		if n == 0 && top.Rows > 0 || n == 1 && t.Rows > 0 && top.Rows == 0 {
			return fmt.Errorf("Top(%d) has %d rows", n, top.Rows)
		}
		if again := dump(top.Top(n)); again != text {
			return fmt.Errorf("Top(%d).Top(%d) =\n%swant\n%s", n, n, again, text)
		}
		larger = text
	}
	return nil
}

func names(t *table.Table) (names []string) {
	for _, f := range t.Schema.Fields {
		names = append(names, f.Name)
	}
	return names
}

// isSubsequence reports whether the lines of a are among those of b in the same order.
func isSubsequence(a, b string) bool {
	rest := slices.Collect(strings.Lines(b))
	for line := range strings.Lines(a) {
		i := slices.Index(rest, line)
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
	}
	return true
}

var (
	snakeCase = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	// units are those that columns may have: few, since whoever reads tables has to know
	// each of them.
	units = []string{"", "1", "B", "packets", "flows", "addresses", "degrees"}
)

// TestSchemas checks what the data dictionary is made of.
func TestSchemas(t *testing.T) {
	tables := map[string]bool{}
	for i, a := range Registry() {
		set := 0
		for _, is := range []bool{a.Captures != nil, a.Packets != nil, a.Conversations != nil, a.Hosts != nil, a.Points != nil} {
			if is {
				set++
			}
		}
		if set != 1 {
			t.Fatalf("analysis %d of Registry() has %d functions set, want exactly one", i, set)
		}
		s := a.Schema()
		if !snakeCase.MatchString(s.Name) || tables[s.Name] {
			t.Errorf("table %q: the name is not in snake_case, or not the only one", s.Name)
		}
		tables[s.Name] = true
		if s.Row == "" || s.Order == "" || !strings.HasSuffix(s.Doc, ".") {
			t.Errorf("table %s: row %q, order %q, doc %q: want all, and the doc in whole sentences", s.Name, s.Row, s.Order, s.Doc)
		}
		columns := map[string]bool{}
		for c, f := range s.Fields {
			if !snakeCase.MatchString(f.Name) || columns[f.Name] {
				t.Errorf("%s.%s: the name is not in snake_case, or not the only one", s.Name, f.Name)
			}
			columns[f.Name] = true
			if f.Doc == "" || strings.HasSuffix(f.Doc, ".") || strings.Contains(f.Doc, "\n") {
				t.Errorf("%s.%s: doc %q is not a phrase", s.Name, f.Name, f.Doc)
			}
			if !slices.Contains(units, f.Unit) {
				t.Errorf("%s.%s: unit %q is none of %q", s.Name, f.Name, f.Unit, units)
			}
			if c == 0 && isMeasure(f) {
				t.Errorf("%s.%s: the first column is a measure, want the key", s.Name, f.Name)
			}
			if text := f.Type == table.String || f.Type == table.Binary16 || f.Type == table.Timestamp; text && f.Unit != "" {
				t.Errorf("%s.%s: a %v has the unit %q", s.Name, f.Name, f.Type, f.Unit)
			}
		}
		if len(s.Fields) == 0 {
			t.Errorf("table %s has no columns", s.Name)
		}
	}
}

func TestOptionValues(t *testing.T) {
	for _, tt := range []struct {
		name  string
		value interface {
			String() string
			Set(string) error
			Type() string
		}
		names []string
	}{
		{"rank-by", new(RankBy), []string{"bytes", "wire_bytes", "packets"}},
		{"ports", new(Ports), []string{"system", "registered", "all"}},
	} {
		if got := tt.value.String(); got != tt.names[0] {
			t.Errorf("%s: the zero value is %q, want %q", tt.name, got, tt.names[0])
		}
		for _, name := range tt.names {
			if err := tt.value.Set(name); err != nil || tt.value.String() != name {
				t.Errorf("%s: Set(%q) = %v, then %q", tt.name, name, err, tt.value)
			}
		}
		last := tt.value.String()
		for _, name := range []string{"", "Bytes", "all ", "17"} {
			if err := tt.value.Set(name); err == nil || tt.value.String() != last {
				t.Errorf("%s: Set(%q) = %v, then %q, want an error and no change", tt.name, name, err, tt.value)
			}
		}
		if tt.value.Type() == "" {
			t.Errorf("%s: Type() is empty", tt.name)
		}
	}
}
