package parquet

import (
	"encoding/json"
	"fmt"
	"math"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks/sinktest"
)

// Both programs print the type of each column, then one JSON array for each row in the
// notation of [canonical]; DuckDB also the answer to a query that skips by statistics.
const (
	readWithDuckDB = `
import duckdb, json, sys
db = duckdb.connect()
db.execute("SET TimeZone = 'UTC'")
types = db.execute("DESCRIBE SELECT * FROM read_parquet(?)", [sys.argv[1]]).fetchall()
print(json.dumps([t[1] for t in types]))
columns = ", ".join(("epoch_us(%s)" if t[1].startswith("TIMESTAMP") else "%s") % ('"' + t[0].replace('"', '""') + '"') for t in types)
for row in db.execute("SELECT " + columns + " FROM read_parquet(?)", [sys.argv[1]]).fetchall():
    print(json.dumps([x.hex() if isinstance(x, (bytes, float)) else x for x in row]))
`
	readWithArrow = `
import pyarrow.parquet, json, sys
import pyarrow
t = pyarrow.parquet.read_table(sys.argv[1])
print(json.dumps([str(f.type) for f in t.schema]))
columns = [c.cast(pyarrow.int64()) if pyarrow.types.is_timestamp(c.type) else c for c in t.columns]
for row in zip(*[c.to_pylist() for c in columns]):
    print(json.dumps([x.hex() if isinstance(x, (bytes, float)) else x for x in row]))
`
)

// TestForeignReaders reads files with implementations that are not ours.
func TestForeignReaders(t *testing.T) {
	if sinktest.RaceDetector {
		t.Skip("compares what other programs read: the race detector sees nothing of that")
	}
	for _, reader := range []struct {
		module, program string
		types           map[table.Type]string
	}{
		{"duckdb", readWithDuckDB, map[table.Type]string{
			table.Int32: "INTEGER", table.Int64: "BIGINT", table.Double: "DOUBLE",
			table.Timestamp: "TIMESTAMP WITH TIME ZONE", table.String: "VARCHAR", table.Binary16: "BLOB",
		}},
		{"pyarrow", readWithArrow, map[table.Type]string{
			table.Int32: "int32", table.Int64: "int64", table.Double: "double",
			table.Timestamp: "timestamp[us, tz=UTC]", table.String: "string", table.Binary16: "fixed_size_binary[16]",
		}},
	} {
		t.Run(reader.module, func(t *testing.T) {
			python := pythonWith(t, reader.module)
			for _, tab := range []*table.Table{
				sinktest.Everything("everything", 3000), sinktest.Everything("empty", 0), sinktest.Flows(RowsPerGroup + 10), givenUp(),
			} {
				var stderr strings.Builder
				cmd := exec.CommandContext(t.Context(), python, "-c", reader.program, writeFile(t, tab))
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("%s: %v\n%s", tab.Schema.Name, err, stderr.String())
				}
				header, rows, _ := strings.Cut(string(out), "\n")
				checkTypes(t, tab, header, reader.types)
				checkRows(t, tab, rows)
			}
		})
	}
}

// pythonWith returns a Python that can import module, or skips the test.
func pythonWith(t *testing.T, module string) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip(err)
	}
	if err := exec.CommandContext(t.Context(), python, "-c", "import "+module).Run(); err != nil {
		t.Skipf("python3 cannot import %s: pip install %s", module, module)
	}
	return python
}

func checkTypes(t *testing.T, tab *table.Table, header string, names map[table.Type]string) {
	t.Helper()
	var got, want []string
	if err := json.Unmarshal([]byte(header), &got); err != nil {
		t.Fatal(err)
	}
	for _, f := range tab.Schema.Fields {
		want = append(want, names[f.Type])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: types of columns (-want +got):\n%s", tab.Schema.Name, diff)
	}
}

func checkRows(t *testing.T, tab *table.Table, lines string) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(lines))
	decoder.UseNumber()
	columns := make([][]any, len(tab.Schema.Fields))
	for c := range columns {
		columns[c] = sinktest.Values(tab, c)
	}
	n := 0
	for ; decoder.More(); n++ {
		var row []any
		if err := decoder.Decode(&row); err != nil {
			t.Fatal(err)
		}
		if n >= tab.Rows {
			t.Fatalf("%s: more than %d rows", tab.Schema.Name, tab.Rows)
		}
		for c, f := range tab.Schema.Fields {
			if got, want := row[c], canonical(columns[c][n]); got != want {
				t.Fatalf("%s: row %d, column %s = %#v, want %#v", tab.Schema.Name, n, f.Name, got, want)
			}
		}
	}
	if n != tab.Rows {
		t.Errorf("%s: %d rows, want %d", tab.Schema.Name, n, tab.Rows)
	}
}

// canonical returns a value as the programs print it: binaries in hexadecimal, doubles
// as Python's float.hex.
func canonical(x any) any {
	switch x := x.(type) {
	case int64:
		return json.Number(fmt.Sprint(x))
	case [16]byte:
		return fmt.Sprintf("%x", x)
	case float64:
		return pythonHex(x)
	default:
		return x
	}
}

// pythonHex returns x as float.hex does: 13 digits, no padding of the exponent.
func pythonHex(x float64) string {
	sign := ""
	if math.Signbit(x) {
		sign, x = "-", -x
	}
	switch bits := math.Float64bits(x); {
	case x == 0:
		return sign + "0x0.0p+0"
	case bits>>52 == 0:
		return fmt.Sprintf("%s0x0.%013xp-1022", sign, bits)
	default:
		return fmt.Sprintf("%s0x1.%013xp%+d", sign, bits&(1<<52-1), int(bits>>52)-1023)
	}
}
