package process

import (
	"math"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []float64
		want   float64
	}{
		{"none", nil, math.NaN()},
		{"one", []float64{3}, 3},
		{"odd", []float64{9, 1, 5}, 5},
		{"even", []float64{4, 1, 2, 100}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Median(c.values); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
				t.Errorf("Median(%v) = %v, want %v", c.values, got, c.want)
			}
		})
	}
}

func TestCostPlus(t *testing.T) {
	got := Cost{2, 3, 50, 1}.Plus(Cost{5, 7, 11, 4})
	if want := (Cost{7, 10, 50, 5}); got != want {
		t.Errorf("two steps cost %v, want %v: times added up, the larger memory", got, want)
	}
}

func TestParseBusy(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       time.Duration
	}{
		{"all but idle and waiting", "cpu  1 2 4 1000 2000 8 16 32 0 0", 630 * time.Millisecond},
		{"of one processor", "cpu0 1 2 4 1000 2000 8 16 32 0 0", 0},
		{"old", "cpu 1 2 3 4", 0},
		{"nothing", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := parseBusy(c.line); got != c.want {
				t.Errorf("parseBusy(%q) = %v, want %v", c.line, got, c.want)
			}
		})
	}
}
