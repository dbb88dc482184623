package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/capfold/capfold/bench/internal/process"
)

// result is what was measured with one capture: seconds, round by round.
type result struct {
	Path     string    `json:"path"`
	Bytes    int64     `json:"bytes"`
	Cat      []float64 `json:"cat_cold_s"`
	Cold     []float64 `json:"capfold_cold_s"`
	Capinfos []float64 `json:"capinfos_cold_s,omitempty"` // empty where it is not installed
	Warm     []float64 `json:"capfold_warm_s"`
}

// overlap is the median over the rounds of what capfold takes over the longer of reading
// and folding: 1 where one hides the other completely, 2 where equal ones come one after
// the other.
func (r *result) overlap() float64 {
	var values []float64
	for i := range r.Cold {
		values = append(values, r.Cold[i]/max(r.Cat[i], r.Warm[i]))
	}
	return process.Median(values)
}

// turn returns who is the i-th to run in a round of n: everyone in turn is the first, but
// for the last, who stays that. What one leaves behind, such as the order in which the
// kernel has free memory, the next one feels.
func turn(i, round, n int) int {
	if i == n-1 {
		return i
	}
	return (i + round) % (n - 1)
}

// fastest is the overlap of the fastest runs. Where now and then a run of anybody takes
// twice the time, as in virtual machines, it says more than the median.
func (r *result) fastest() float64 {
	return slices.Min(r.Cold) / max(slices.Min(r.Cat), slices.Min(r.Warm))
}

const head = "| capture | cat, cold s | capinfos -c, cold s | capfold, cold s | capfold, in the page cache s | overlap: cold / longer of cat and cached |\n" +
	"|---|---|---|---|---|---|\n"

// row is a row of the table that head begins.
func (r *result) row() string {
	seconds := func(values []float64) string {
		if len(values) == 0 {
			return "—"
		}
		return fmt.Sprintf("%.2f (%.2f)", process.Median(values), slices.Min(values))
	}
	return fmt.Sprintf("| %s, %.1f GB | %s | %s | %s | %s | %.2f (%.2f) |\n", filepath.Base(r.Path), float64(r.Bytes)/1e9,
		seconds(r.Cat), seconds(r.Capinfos), seconds(r.Cold), seconds(r.Warm), r.overlap(), r.fastest())
}
