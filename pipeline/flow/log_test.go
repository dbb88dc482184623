package flow

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestLogKeepsEntries adds entries whose sums are small, and as large as there is room for in
// what is packed, and larger, and less wire bytes than bytes.
func TestLogKeepsEntries(t *testing.T) {
	edge := func(bits uint) *rapid.Generator[uint32] {
		return rapid.OneOf(
			rapid.Uint32Range(0, 9),
			rapid.Uint32Range(1<<bits-2, 1<<bits+2),
			rapid.SampledFrom([]uint32{math.MaxUint32 - 1, math.MaxUint32}),
		)
	}
	rapid.Check(t, func(t *rapid.T) {
		var l log
		var want []entry
		for range rapid.IntRange(1, 500).Draw(t, "entries") {
			e := entry{
				host:     edge(28).Draw(t, "host"),
				interval: rapid.OneOf(rapid.Uint32Range(0, 3), rapid.Uint32Range(maxFixed, maxFixed+batchLen)).Draw(t, "interval"),
				packets:  max(edge(entryPacketsBits).Draw(t, "packets"), 1),
				bytes:    edge(entryBytesBits).Draw(t, "bytes"),
			}
			if e.wireBytes = e.bytes + edge(entryOverheadBits).Draw(t, "overhead"); rapid.Bool().Draw(t, "any") {
				e.wireBytes = edge(entryBytesBits).Draw(t, "wire bytes")
			}
			l.add(e)
			want = append(want, e)
		}
		moved := rapid.Uint32Range(0, maxFixed).Draw(t, "moved")
		for i := range want {
			if got := l.entry(uint32(i)); got != want[i] {
				t.Fatalf("entry %d is %+v, want %+v", i, got, want[i])
			}
			l.at(uint32(i)).setInterval(moved)
			want[i].interval = moved
		}
		l.trim()
		for i := range want {
			if got := l.entry(uint32(i)); got != want[i] {
				t.Fatalf("moved to another interval, entry %d is %+v, want %+v", i, got, want[i])
			}
		}
	})
}

// TestJoinDropsSums joins entries with sums that have room, and have none.
func TestJoinDropsSums(t *testing.T) {
	t.Parallel()
	const most = 1<<entryBytesBits - 1
	var l log
	for _, e := range []entry{
		{host: 1, interval: 7, packets: 1, bytes: most, wireBytes: most},
		{host: 0, interval: 7, packets: 1, bytes: most + 1, wireBytes: most + 1},
		{host: 1, interval: 7, packets: 1, bytes: 1, wireBytes: 1},
		{host: 2, interval: 7, packets: 1, bytes: 1, wireBytes: 2},
		{host: 1, interval: 7, packets: 1, bytes: 1, wireBytes: 1},
		{host: 0, interval: 7, packets: 1, bytes: math.MaxUint32, wireBytes: 1},
		{host: 2, interval: 7, packets: 1, bytes: 3, wireBytes: 3},
		{host: 2, interval: 8, packets: 1, bytes: 3, wireBytes: 3},
	} {
		l.add(e)
	}
	l.join(3)
	var got []entry
	for i := range l.n {
		got = append(got, l.entry(i))
	}
	want := []entry{
		{host: 1, interval: 7, packets: 3, bytes: most + 2, wireBytes: most + 2},
		{host: 0, interval: 7, packets: 1, bytes: most + 1, wireBytes: most + 1},
		{host: 2, interval: 7, packets: 2, bytes: 4, wireBytes: 5},
		{host: 0, interval: 7, packets: 1, bytes: math.MaxUint32, wireBytes: 1},
		{host: 2, interval: 8, packets: 1, bytes: 3, wireBytes: 3},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(entry{})); diff != "" {
		t.Errorf("joined entries (-want +got):\n%s", diff)
	}
	if l.wide.n != 3 {
		t.Errorf("%d sums are kept beside entries, want 3", l.wide.n)
	}
}
