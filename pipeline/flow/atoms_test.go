package flow

import (
	"math"
	"testing"

	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/spill"
)

// carriedOf returns how many atoms of a table have had something carried.
func carriedOf(t *Table) (n uint32) {
	for shard := range NumShards {
		n += t.v4[shard].carried.n + t.v6[shard].carried.n
	}
	return n
}

// TestCellsMakeRoom adds packets that there is just room for in a cell, and such that there is
// none for, to one atom, and says whether something had to be carried.
func TestCellsMakeRoom(t *testing.T) {
	t.Parallel()
	const half, most, span = uint32(1 << 31), uint32(math.MaxUint32), int64(1) << spanBits
	type p struct {
		bytes, wireLen uint32
		time           int64
	}
	for _, tt := range []struct {
		name    string
		packets []p
		carried bool
	}{
		{"one large packet", []p{{most, most, 5}}, false},
		{"as many bytes as there is room for", []p{{half, half, 5}, {half - 1, half - 1, 5}}, false},
		{"a byte more", []p{{half, half, 5}, {half, half - 1, 5}}, true},
		{"a byte more of frames", []p{{half, half, 5}, {half - 1, half, 5}}, true},
		{"again and again", []p{{most, most, 5}, {most, most, 6}, {0, 0, 7}, {1, 0, 8}, {most, 1, 3}}, true},
		{"as long as there is room for", []p{{1, 1, 5}, {1, 1, 5 + span - 1}}, false},
		{"a nanosecond longer", []p{{1, 1, 5}, {1, 1, 5 + span}}, true},
		{"back in time", []p{{1, 1, 5}, {1, 1, 7}, {1, 1, 3}, {1, 1, -9}}, false},
		{"back in time as long as there is room for", []p{{1, 1, 5}, {1, 1, 6 - span}}, false},
		{"back in time a nanosecond longer", []p{{1, 1, 5}, {1, 1, 5 - span}}, true},
		{"back in time from the last packet", []p{{1, 1, 5}, {1, 1, 5 + span/2}, {1, 1, 4 - span/2}}, true},
		{"back in time and a byte more", []p{{most, most, 5}, {1, 1, 3}}, true},
		{"from end to end of time", []p{{1, 1, math.MaxInt64}, {1, 1, math.MinInt64}}, true},
		{"and back", []p{{1, 1, math.MinInt64}, {1, 1, math.MaxInt64}, {1, 1, math.MinInt64}}, true},
		{"around the end of time", []p{{1, 1, math.MaxInt64 - 1}, {1, 1, math.MaxInt64}, {1, 1, math.MaxInt64 - 3}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, like := range []packet.Summary{tcp4(1, 2, 3, 4, 64), tcp6(packet.Addr{Lo: 1}, packet.Addr{Lo: 2}, 3, 4)} {
				var packets []packet.Summary
				for i, p := range tt.packets {
					s := like
					s.Bytes, s.WireLen, s.Time, s.TCPFlags = p.bytes, p.wireLen, p.time, 1<<i
					packets = append(packets, s)
				}
				table := NewTable(NewSeed(), 0)
				table.Add(packets)
				if got, want := carriedOf(table), map[bool]uint32{true: 1}[tt.carried]; got != want {
					t.Errorf("version %d: something was carried of %d atoms, want %d", like.Version, got, want)
				}
				checkAtoms(t, Merge([]*Table{table}), packets)
			}
		})
	}
}

// TestCellsCountPackets has a cell that counts as many packets as there is room for.
func TestCellsCountPackets(t *testing.T) {
	t.Parallel()
	table := NewTable(NewSeed(), 0)
	s := tcp4(1, 2, 3, 4, 64)
	s.Bytes, s.WireLen = 0, 0
	table.Add([]packet.Summary{s})
	for shard := range NumShards {
		if x := &table.v4[shard]; x.n > 0 {
			x.cell(0).value.packets = math.MaxUint32 - 1
		}
	}
	for i, want := range []uint32{0, 1, 1} {
		if table.Add([]packet.Summary{s}); carriedOf(table) != want {
			t.Errorf("%d packets: something was carried of %d atoms, want %d", math.MaxUint32+int64(i), carriedOf(table), want)
		}
	}
	m, buf, n := Merge([]*Table{table}), &Buffer{}, int64(0)
	for shard := range NumShards {
		for b := range m.Shard(shard, buf) {
			for a := range b.Atoms() {
				n += a.Packets
			}
		}
	}
	if want := int64(math.MaxUint32) + 2; n != want {
		t.Errorf("%d packets, want %d", n, want)
	}
}

// TestJumpingClocksCostNoMemory has every packet of some atoms far from the one before: what
// is carried must not grow by the packet, and all of it must be accounted for.
func TestJumpingClocksCostNoMemory(t *testing.T) {
	t.Parallel()
	memory := spill.New(1<<30, 2, t.TempDir())
	defer memory.Close()
	var packets []packet.Summary
	for i := range 3000 {
		for port := range uint16(10) {
			s := tcp4(1, 2, port, 4, 64)
			s.Time = int64(i%2) << 60
			packets = append(packets, s)
		}
	}
	table := NewTable(NewSeed(), 0)
	table.Limit(memory, 1)
	table.Add(packets[:10])
	before := table.held
	table.Add(packets)
	if got := carriedOf(table); got != 10 {
		t.Errorf("something was carried of %d atoms, want 10", got)
	}
	if got, want := table.held-before, 10*carriedLen[key4]()+int64(table.series.log.n)*entryLen; got != want {
		t.Errorf("what was carried makes the table longer by %d bytes, want %d", got, want)
	}
	if err := table.spill(); err != nil {
		t.Fatal(err)
	}
	if carriedOf(table) != 0 || table.held != 0 {
		t.Errorf("after spilling, something is carried of %d atoms, and %d bytes are held, want none", carriedOf(table), table.held)
	}
	checkAtoms(t, Merge([]*Table{table}), append(packets, packets[:10]...))
}
