package jsonl

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
	"github.com/capfold/capfold/sinks/sinktest"
)

func ports(name string, rows ...int64) *table.Table {
	return table.New(table.Schema{Name: name}, []table.Column[int64]{
		table.Int32s("port", "", "", func(p *int64) int64 { return *p }),
		table.Texts("service", "", func(b []byte, _ *int64) []byte { return append(b, "http"...) }).
			NullIf(func(p *int64) bool { return *p != 80 }),
		table.Doubles("share", "1", "", func(p *int64) float64 { return float64(*p) / 100 }),
	}, table.RowsOf(rows), table.Options[int64]{})
}

const wantSummary = `{
  "generator": "capfold",
  "version": "1.2.3",
  "schema_version": 1,
  "totals": {
    "packets": 9007199254740993,
    "first_time": "2011-08-10T09:46:53.047277Z",
    "filter": "src <host> & \"x\"",
    "last_time": null
  },
  "tables": {
    "ports": [
      {"port":80,"service":"http","share":0.8},
      {"port":443,"service":null,"share":4.43}
    ],
    "empty": []
  }
}
`

func TestSummary(t *testing.T) {
	s := Summary{
		Version: "1.2.3",
		Totals: []Total{
			{"packets", int64(1<<53 + 1)},
			{"first_time", time.Date(2011, 8, 10, 11, 46, 53, 47277999, time.FixedZone("CEST", 7200))},
			{"filter", `src <host> & "x"`},
			{"last_time", nil},
		},
		Tables: []*table.Table{ports("ports", 80, 443), ports("empty")},
	}
	var rendered bytes.Buffer
	if err := RenderSummary(&rendered, s); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantSummary, rendered.String()); diff != "" {
		t.Errorf("RenderSummary (-want +got):\n%s", diff)
	}
	dir, err := sinks.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteSummary(dir, s); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join(dir.Path(), "summary.json"))
	if err != nil || !bytes.Equal(written, rendered.Bytes()) {
		t.Errorf("WriteSummary wrote %s, %v, want what RenderSummary does", written, err)
	}
	if files := dir.Files(); len(files) != 1 || files[0].Path != "summary.json" || files[0].Bytes != int64(len(written)) {
		t.Errorf("registered %+v, want summary.json", files)
	}
}

func TestSummaryIsJSON(t *testing.T) {
	for name, s := range map[string]Summary{
		"zero":       {},
		"everything": {Tables: []*table.Table{sinktest.Everything("a\"b", 3000), ports("p", 1)}},
	} {
		var b bytes.Buffer
		if err := RenderSummary(&b, s); err != nil || !json.Valid(b.Bytes()) {
			t.Errorf("%s: RenderSummary = %v, valid %t", name, err, json.Valid(b.Bytes()))
		}
	}
}

// TestSummaryHasEveryRow renders tables about as long as what is written at a time.
func TestSummaryHasEveryRow(t *testing.T) {
	for _, n := range []int{0, 1, summaryRows - 1, summaryRows, summaryRows + 1, 2 * summaryRows, 2*summaryRows + 1} {
		want := make([]int64, n)
		for i := range want {
			want[i] = int64(i)
		}
		var b bytes.Buffer
		if err := RenderSummary(&b, Summary{Tables: []*table.Table{ports("ports", want...)}}); err != nil {
			t.Fatal(err)
		}
		var summary struct {
			Tables struct{ Ports []struct{ Port int64 } }
		}
		if err := json.Unmarshal(b.Bytes(), &summary); err != nil {
			t.Fatalf("%d rows: %v", n, err)
		}
		got := make([]int64, 0, n)
		for _, row := range summary.Tables.Ports {
			got = append(got, row.Port)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ports of %d rows (-want +got):\n%s", n, diff)
		}
	}
}

func TestSummaryErrors(t *testing.T) {
	if err := RenderSummary(&bytes.Buffer{}, Summary{Totals: []Total{{"mean", math.NaN()}}}); err == nil {
		t.Error("RenderSummary of NaN = nil, want an error")
	}
	full := errors.New("full")
	if err := RenderSummary(failing{full}, Summary{}); !errors.Is(err, full) {
		t.Errorf("RenderSummary to a failing writer = %v, want %v", err, full)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
