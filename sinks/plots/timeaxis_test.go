package plots

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTimeTicks(t *testing.T) {
	begin := time.Date(2024, 2, 28, 23, 58, 30, 0, time.UTC)
	for _, test := range []struct {
		span time.Duration
		want []string
	}{
		{0, []string{"23:58:30.000000"}},
		{30 * time.Microsecond, []string{"23:58:30.000000", "23:58:30.000010", "23:58:30.000020", "23:58:30.000030"}},
		{700 * time.Millisecond, []string{"23:58:30.000", "23:58:30.200", "23:58:30.400", "23:58:30.600"}},
		{15 * time.Second, []string{"23:58:30", "23:58:35", "23:58:40", "23:58:45"}},
		{2 * time.Minute, []string{"23:58:30", "23:59:00", "23:59:30", "00:00:00", "00:00:30"}},
		{3 * time.Minute, []string{"23:59", "29 Feb", "00:01"}},
		{30 * time.Hour, []string{"29 Feb", "06:00", "12:00", "18:00", "1 Mar"}},
		{4 * day, []string{"29 Feb", "1 Mar", "2 Mar", "3 Mar"}},
		{100 * day, []string{"Mar 2024", "Apr 2024", "May 2024", "Jun 2024"}},
		{900 * day, []string{"Jul 2024", "Jan 2025", "Jul 2025", "Jan 2026", "Jul 2026"}},
		{80 * 365 * day, []string{"2040", "2060", "2080", "2100"}},
	} {
		var got []string
		for _, tick := range timeTicks(begin.UnixMicro(), begin.Add(test.span).UnixMicro(), 5) {
			got = append(got, tick.text)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("ticks of %v (-want +got):\n%s", test.span, diff)
		}
	}
}

// TestTimeTicksFew checks that no span has many ticks, however long it is and wherever it
// begins.
func TestTimeTicksFew(t *testing.T) {
	const most = 8
	for first := int64(-1 << 62); first < 1<<61; first += 1<<59 + 12345 {
		for span := int64(1); span < 1<<61; span *= 3 {
			last := first + span
			ticks := timeTicks(first, last, most)
			if len(ticks) > most+1 {
				t.Fatalf("%d ticks from %d to %d, want at most %d", len(ticks), first, last, most+1)
			}
			for i, tick := range ticks {
				if tick.micros < first || tick.micros > last || i > 0 && tick.micros <= ticks[i-1].micros {
					t.Fatalf("tick %d from %d to %d is at %d", i, first, last, tick.micros)
				}
			}
		}
	}
}

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Microsecond: "1 µs", 500 * time.Millisecond: "500 ms", 20 * time.Second: "20 s", 90 * time.Second: "90 s", 2 * time.Hour: "2 h",
		48 * time.Hour: "2 d", 1500 * time.Microsecond: "1,500 µs", math.MaxInt64: "2562047h47m16.854775807s",
	} {
		if got := durationText(d); got != want {
			t.Errorf("durationText(%d) = %q, want %q", d, got, want)
		}
	}
}
