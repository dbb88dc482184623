package flow

import (
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/spill"
)

// TestSpilledTablesAreTheMap is TestTablesAreTheMap with tables that spill again and again.
func TestSpilledTablesAreTheMap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		packets := drawPackets(t, 400)
		tables := rapid.IntRange(1, 5).Draw(t, "tables")
		batches := rapid.SliceOfN(rapid.IntRange(20, 600), 1, 9).Draw(t, "batches")
		fixed := rapid.SampledFrom([]int64{0, 0, 1e9, 7e9, 3600e9, 1 << 62}).Draw(t, "interval")
		memory := spill.New(rapid.SampledFrom([]int64{0, 2_000, 20_000, 1 << 30}).Draw(t, "memory"), rapid.IntRange(1, 9).Draw(t, "workers"), dir)
		defer func() {
			if err := memory.Close(); err != nil {
				t.Error(err)
			}
		}()
		m := dealWithin(memory, NewSeed(), fixed, packets, tables, batches)
		checkSeries(t, m, packets, fixed)
		checkAtoms(t, m, packets)
	})
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

// TestSpilledShardsComeInPieces has more atoms in a shard than a piece has, one
// conversation among them that is longer than that.
func TestSpilledShardsComeInPieces(t *testing.T) {
	t.Parallel()
	memory := spill.New(1<<20, 2, t.TempDir())
	defer memory.Close()
	var packets []packet.Summary
	for i := range 3 << 14 {
		s := tcp4(0x0a000001, 0x0a000002, uint16(i), uint16(i>>16), 64)
		s.Time = int64(i) * second
		packets = append(packets, s, tcp4(0x0b000000+uint32(i), 0x0a000002, 1, 2, 64))
	}
	m := dealWithin(memory, NewSeed(), 0, packets, 2, []int{10_000})
	if times, bytes := memory.Spilled(); times < 4 || bytes == 0 {
		t.Errorf("spilled %d times, %d bytes, want it to happen often", times, bytes)
	}
	checkSeries(t, m, packets, 0)
	checkAtoms(t, m, packets)
}

// TestSpillFails has no folder for temporary files, and files that are gone.
func TestSpillFails(t *testing.T) {
	t.Parallel()
	packets := []packet.Summary{tcp4(1, 2, 3, 4, 64), tcp4(2, 1, 4, 3, 64)}
	table := NewTable(NewSeed(), 0)
	table.Limit(spill.New(1, 2, t.TempDir()+"/none"), 1)
	table.Add(packets)
	if err := table.Err(); err == nil || !strings.Contains(err.Error(), "temporary file: ") {
		t.Errorf("Err() = %v, want one about the temporary file", err)
	}

	memory := spill.New(1, 2, t.TempDir())
	m := dealWithin(memory, NewSeed(), 0, packets, 2, []int{1})
	if err := memory.Close(); err != nil {
		t.Error(err)
	}
	var buf Buffer
	for shard := range NumShards {
		for b := range m.Shard(shard, &buf) {
			t.Errorf("Shard(%d) yields %d flows of a file that is gone", shard, len(b.Flows))
		}
	}
	if err := m.Err(); err == nil || !strings.Contains(err.Error(), "offset 0: file already closed") {
		t.Errorf("Err() = %v, want one about the temporary file", err)
	}
}

// TestDiscard has a table that is no longer wanted give everything back: memory and files.
func TestDiscard(t *testing.T) {
	t.Parallel()
	memory := spill.New(0, 2, t.TempDir())
	defer memory.Close()
	table := NewTable(NewSeed(), 0)
	table.Limit(memory, 1)
	table.Add([]packet.Summary{tcp4(1, 2, 3, 4, 64), tcp4(2, 1, 4, 3, 64)})
	points := table.points
	var atoms []spill.Run[Atom]
	for _, runs := range table.atoms {
		atoms = append(atoms, runs...)
	}
	if len(atoms) == 0 || len(points) == 0 {
		t.Fatalf("%d runs of atoms, %d of points, want some", len(atoms), len(points))
	}
	table.share = 1 << 30 // what is added now stays
	table.Add([]packet.Summary{tcp4(1, 2, 3, 4, 64)})
	if !memory.Over() {
		t.Error("Over(a table with an atom) = false")
	}
	table.Discard()
	if memory.Over() {
		t.Error("Over(discarded) = true")
	}
	for i := range atoms {
		if _, err := atoms[i].Reader().Next(); err == nil {
			t.Error("discarded atoms can be read")
		}
	}
	for i := range points {
		if _, err := points[i].Reader().Next(); err == nil {
			t.Error("discarded points can be read")
		}
	}
}
