package main

import (
	"math"
	"testing"
	"time"

	"github.com/capfold/capfold/bench/internal/process"
)

func runs(packets int64, seconds ...float64) series {
	s := series{Packets: packets}
	for _, v := range seconds {
		s.Runs = append(s.Runs, process.Cost{Wall: time.Duration(v * float64(time.Second))})
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

func TestOthers(t *testing.T) {
	s := series{Runs: []process.Cost{{Wall: 1e9, Others: 2e8}, {Wall: 3e9, Others: -1e8}, {Wall: 1e9, Others: 9e8}}}
	if got := s.others(); math.Abs(got-0.2) > 1e-9 {
		t.Errorf("others = %v processors, want 0.2: 1 s of 5 s", got)
	}
}
