package main

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
			if got := median(c.values); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
				t.Errorf("median(%v) = %v, want %v", c.values, got, c.want)
			}
		})
	}
}

func runs(packets int64, seconds ...float64) series {
	s := series{Packets: packets}
	for _, v := range seconds {
		s.Runs = append(s.Runs, cost{Wall: time.Duration(v * float64(time.Second))})
	}
	return s
}

func TestRatio(t *testing.T) {
	base := runs(1000, 1, 2, 4)
	for _, c := range []struct {
		name string
		of   series
		want float64
	}{
		{"itself", base, 1},
		{"of each round, not of medians", runs(1000, 3, 2, 4), 1},
		{"of a prefix, by packet", runs(10, 1, 2, 4), 100},
		{"not run", series{}, math.NaN()},
		{"failed in the second round", runs(1000, 2), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.of.ratio(base); math.Abs(got-c.want) > 1e-9 || math.IsNaN(got) != math.IsNaN(c.want) {
				t.Errorf("ratio = %v, want %v", got, c.want)
			}
		})
	}
}

func TestCostPlus(t *testing.T) {
	got := cost{2, 3, 50, 1}.plus(cost{5, 7, 11, 4})
	if want := (cost{7, 10, 50, 5}); got != want {
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

func TestOthers(t *testing.T) {
	s := series{Runs: []cost{{Wall: 1e9, Others: 2e8}, {Wall: 3e9, Others: -1e8}, {Wall: 1e9, Others: 9e8}}}
	if got := s.others(); math.Abs(got-0.2) > 1e-9 {
		t.Errorf("others = %v processors, want 0.2: 1 s of 5 s", got)
	}
}
