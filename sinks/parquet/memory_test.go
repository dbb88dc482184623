package parquet

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
	"github.com/capfold/capfold/sinks/sinktest"
)

// scans returns a table of n rows that look like those of a scan: few sources, as many
// destinations as rows, and columns of every other kind.
func scans(n int) *table.Table {
	scatter := func(i int32) uint32 { return uint32(i) * 2654435761 }
	text := func(b []byte, a uint32) []byte { return fmt.Appendf(b, "10.%d.%d.%d", a>>16&255, a>>8&255, a&255) }
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return table.New(table.Schema{Name: "scans"}, []table.Column[int32]{
		table.Texts("src", "", func(b []byte, i *int32) []byte { return text(b, uint32(*i)>>16) }),
		table.Texts("dst", "", func(b []byte, i *int32) []byte { return text(b, scatter(*i)) }),
		table.Binary16s("dst_bin", "", func(i *int32) (b [16]byte) {
			binary.BigEndian.PutUint32(b[12:], scatter(*i))
			return b
		}),
		table.Int32s("port", "", "", func(i *int32) int64 { return int64(scatter(*i) >> 16) }).NullIf(func(i *int32) bool { return *i%7 == 0 }),
		table.Int64s("bytes", "B", "", func(i *int32) int64 { return int64(scatter(*i) >> 20) }),
		table.Times("first_time", "", func(i *int32) int64 { return int64(*i) * 1e6 }),
	}, table.RowsOf(rows), table.Options[int32]{})
}

// TestMemory writes one table and a much longer one: what a row group takes is used again
// for the next, and only its entries in the footer are kept.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes ten million rows")
	}
	if sinktest.RaceDetector {
		t.Skip("counts what is allocated, which pools that forget add to: the race detector makes them do so")
	}
	// Pools lose what they hold in a collection, and hide it where another processor asks.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const short, long, perGroup = 16, 77, 100 << 10
	allocated := func(groups int) uint64 {
		tab := scans(groups * RowsPerGroup)
		dir, err := sinks.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := open(dir).Write(t.Context(), tab); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if err := dir.Abort(); err != nil {
			t.Error(err)
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	few, many := allocated(short), allocated(long)
	t.Logf("%d row groups: %d MiB allocated, %d row groups: %d MiB", short, few>>20, long, many>>20)
	if many > few+(long-short)*perGroup {
		t.Errorf("%d row groups allocate %d bytes, %d allocate %d: more than %d for each group", short, few, long, many, perGroup)
	}
}
