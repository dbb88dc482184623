package plots

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAmounts(t *testing.T) {
	for _, test := range []struct {
		n            float64
		bytes, count string
	}{
		{0, "0 B", "0"},
		{1, "1 B", "1"},
		{999, "999 B", "999"},
		{1000, "1.00 kB", "1,000"},
		{1234, "1.23 kB", "1,234"},
		{9995, "10.0 kB", "9,995"},
		{99_949, "99.9 kB", "99,949"},
		{999_499, "999 kB", "999,499"},
		{999_500, "1.00 MB", "999,500"},
		{1e6, "1.00 MB", "1 M"},
		{1.25e9, "1.25 GB", "1.25 G"},
		{math.MaxInt64, "9.22 EB", "9.22 E"},
		{1e22, "10000 EB", "10000 E"},
	} {
		if got := bytesText(test.n); got != test.bytes {
			t.Errorf("bytesText(%v) = %q, want %q", test.n, got, test.bytes)
		}
		if got := countText(test.n); got != test.count {
			t.Errorf("countText(%v) = %q, want %q", test.n, got, test.count)
		}
	}
	for n, want := range map[float64]string{0: "0", 5: "5 B", 1000: "1 kB", 2.5e6: "2.5 MB"} {
		if got := bytesTick(n); got != want {
			t.Errorf("bytesTick(%v) = %q, want %q", n, got, want)
		}
	}
}

func TestShare(t *testing.T) {
	for _, test := range []struct {
		part, whole float64
		want        string
	}{
		{0, 0, "–"},
		{0, 5, "0 %"},
		{1, 1e6, "<0.1 %"},
		{1, 1000, "0.1 %"},
		{94, 1000, "9.4 %"},
		{1, 2, "50 %"},
		{994, 1000, "99 %"},
		{996, 1000, ">99 %"},
		{5, 5, "100 %"},
	} {
		if got := share(test.part, test.whole); got != test.want {
			t.Errorf("share(%v, %v) = %q, want %q", test.part, test.whole, got, test.want)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, test := range []struct {
		most            float64
		below, covering []float64
	}{
		{0, []float64{0, 1}, []float64{0, 1}},
		{1, []float64{0, 1}, []float64{0, 1}},
		{3, []float64{0, 1, 2, 3}, []float64{0, 1, 2, 3}},
		{11, []float64{0, 5, 10}, []float64{0, 5, 10, 15}},
		{351, []float64{0, 100, 200, 300}, []float64{0, 100, 200, 300, 400}},
	} {
		if diff := cmp.Diff(test.below, linearTicks(test.most, 5)); diff != "" {
			t.Errorf("linearTicks(%v, 5) (-want +got):\n%s", test.most, diff)
		}
		if diff := cmp.Diff(test.covering, coveringTicks(test.most, 5)); diff != "" {
			t.Errorf("coveringTicks(%v, 5) (-want +got):\n%s", test.most, diff)
		}
	}
}

func TestLogScale(t *testing.T) {
	for _, test := range []struct {
		least, most float64
		want        logScale
	}{
		{math.Inf(1), 0, logScale{0, 1}}, // no amount at all
		{1, 1, logScale{0, 1}},
		{1000, 1000, logScale{2, 4}},
		{1000, 2_000_000, logScale{3, 7}},
		{1500, 900_000_000, logScale{3, 10}},
	} {
		got := newLogScale(min(test.least, test.most), test.most)
		if got != test.want {
			t.Errorf("newLogScale(%v, %v) = %v, want %v", test.least, test.most, got, test.want)
		}
	}
	s := logScale{2, 6}
	if got := s.at(10_000); math.Abs(got-0.5) > 1e-12 {
		t.Errorf("%v.at(10000) = %v, want 0.5", s, got)
	}
	if diff := cmp.Diff([]float64{100, 10_000, 1_000_000}, s.ticks(3)); diff != "" {
		t.Errorf("ticks(3) (-want +got):\n%s", diff)
	}
}
