package main

import (
	"math"
	"testing"
)

func TestOverlap(t *testing.T) {
	for _, c := range []struct {
		name string
		of   result
		want float64
	}{
		{"reading hides folding", result{Cat: []float64{2}, Cold: []float64{2}, Warm: []float64{1}}, 1},
		{"folding hides reading", result{Cat: []float64{1}, Cold: []float64{3}, Warm: []float64{3}}, 1},
		{"one after the other", result{Cat: []float64{1}, Cold: []float64{2}, Warm: []float64{1}}, 2},
		{"by round", result{Cat: []float64{1, 2, 4}, Cold: []float64{1.5, 3, 6}, Warm: []float64{1, 1, 1}}, 1.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.of.overlap(); math.Abs(got-c.want) > 1e-9 {
				t.Errorf("overlap of %+v = %v, want %v", c.of, got, c.want)
			}
		})
	}
}

func TestTurn(t *testing.T) {
	for round, want := range [][]int{{0, 1, 2, 3}, {1, 2, 0, 3}, {2, 0, 1, 3}, {0, 1, 2, 3}} {
		for i := range want {
			if got := turn(i, round, 4); got != want[i] {
				t.Errorf("turn %d of round %d: %d, want %d", i, round, got, want[i])
			}
		}
	}
}

func TestRow(t *testing.T) {
	r := result{Path: "/captures/a.pcap", Bytes: 3e9, Cat: []float64{2, 1}, Cold: []float64{2.4, 1.2}, Warm: []float64{0.5, 0.25}}
	const want = "| a.pcap, 3.0 GB | 1.50 (1.00) | — | 1.80 (1.20) | 0.38 (0.25) | 1.20 (1.20) |\n"
	if got := r.row(); got != want {
		t.Errorf("row of a capture that capinfos has not read:\n%s\nwant:\n%s", got, want)
	}
}
