package main

import (
	"math"

	"github.com/capfold/capfold/bench/internal/process"
)

// series are the runs of one peer over one capture, in the order of rounds.
type series struct {
	Packets int64          `json:"packets"` // that it was given
	Bytes   int64          `json:"bytes"`   // of the file with them
	Runs    []process.Cost `json:"runs"`
}

func (s series) median(of func(process.Cost) float64) float64 {
	values := make([]float64, len(s.Runs))
	for i, c := range s.Runs {
		values[i] = of(c)
	}
	return process.Median(values)
}

func (s series) wall() float64 {
	return s.median(func(c process.Cost) float64 { return c.Wall.Seconds() })
}

func (s series) cpu() float64 {
	return s.median(func(c process.Cost) float64 { return c.CPU.Seconds() })
}

func (s series) memory() float64 {
	return s.median(func(c process.Cost) float64 { return float64(c.Memory) })
}

// ratio is the wall time that s takes for a packet over the one of base: the median of
// the ratios of each round, since rounds differ more than their ratios. It is NaN where
// either did not run.
func (s series) ratio(base series) float64 {
	if s.Packets == 0 || base.Packets == 0 {
		return math.NaN()
	}
	ratios := make([]float64, min(len(s.Runs), len(base.Runs)))
	for i := range ratios {
		ratios[i] = s.Runs[i].Wall.Seconds() / float64(s.Packets) / (base.Runs[i].Wall.Seconds() / float64(base.Packets))
	}
	return process.Median(ratios)
}
