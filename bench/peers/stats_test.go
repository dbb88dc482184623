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
	got := cost{2, 3, 50}.plus(cost{5, 7, 11})
	if want := (cost{7, 10, 50}); got != want {
		t.Errorf("two steps cost %v, want %v: times added up, the larger memory", got, want)
	}
}
