package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/bench/internal/process"
)

// kind is what capfold is asked to do.
type kind string

const (
	foldOnly   kind = "fold only"
	everything kind = "everything written"
	tablesMade kind = "all tables made, none written"
)

// args returns capfold's arguments but for the capture.
func (k kind) args(workers int, out string) []string {
	args := []string{"analyze", "--quiet", "--stats", "--workers", strconv.Itoa(workers)}
	switch k {
	case foldOnly:
		return append(args, "--tables", "captures")
	case everything:
		return append(args, "-o", out)
	}
	return args
}

// measuredCores is how many processors this program measures the scaling to.
const measuredCores = 2

// whole is how much faster capfold is with two workers than with one, and two processes
// with one worker than one of them.
type whole struct {
	Kind   kind      `json:"kind"`
	One    []float64 `json:"one_worker_s"`
	Two    []float64 `json:"two_workers_s"`
	Both   []float64 `json:"two_processes_s"` // until the slower one has ended
	Stages []stage   `json:"stages"`          // of the fastest run with two workers
	Others float64   `json:"processors_used_by_others"`
}

// speedUps returns what the second worker brings, what a second process does, and the
// share of that which the worker has: medians of the rounds' ratios.
func (w whole) speedUps() (capfold, machine, share float64) {
	var c, m, s []float64
	for i := range w.One {
		c = append(c, w.One[i]/w.Two[i])
		m = append(m, measuredCores*w.One[i]/w.Both[i])
		s = append(s, c[i]/m[i])
	}
	return process.Median(c), process.Median(m), process.Median(s)
}

// whole measures one kind of run on a capture.
func (b *bencher) whole(ctx context.Context, k kind, path string) (whole, error) {
	w := whole{Kind: k}
	var total process.Cost
	for round := range b.rounds + 1 {
		one, _, err := b.run(ctx, k, path, 1, "1")
		if err != nil {
			return w, err
		}
		two, s, err := b.run(ctx, k, path, measuredCores, strconv.Itoa(measuredCores))
		if err != nil {
			return w, err
		}
		var both [measuredCores]process.Cost
		var g errgroup.Group
		for i := range both {
			g.Go(func() (err error) {
				both[i], _, err = b.run(ctx, k, path, 1, "1")
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return w, err
		}
		if round == 0 { // it warms up
			continue
		}
		slower := max(both[0].Wall, both[1].Wall)
		w.One, w.Two, w.Both = append(w.One, one.Wall.Seconds()), append(w.Two, two.Wall.Seconds()), append(w.Both, slower.Seconds())
		if two.Wall.Seconds() == slices.Min(w.Two) { // what disturbs a run looks like a serial part
			w.Stages = s
		}
		total = total.Plus(one).Plus(two)
		w.Others = max(0, total.Others.Seconds()/total.Wall.Seconds())
		fmt.Fprintf(b.log, "%s, %s, round %d of %d: %v, %v, %v\n", filepath.Base(path), k, round, b.rounds,
			one.Wall.Round(time.Millisecond), two.Wall.Round(time.Millisecond), slower.Round(time.Millisecond))
	}
	return w, nil
}

// run runs capfold once, on a number of processors, and returns its stages too.
func (b *bencher) run(ctx context.Context, k kind, path string, workers int, processors string) (process.Cost, []stage, error) {
	dir, err := os.MkdirTemp(b.work, "capfold-")
	if err != nil {
		return process.Cost{}, nil, err
	}
	stats := filepath.Join(dir, "stats")
	c := process.Command{
		Args:    append(append([]string{b.capfold}, k.args(workers, filepath.Join(dir, "out"))...), path),
		Stderr:  stats,
		Timeout: b.timeout,
	}
	if processors != "" {
		c.Env = []string{"GOMAXPROCS=" + processors}
	}
	cost, err := c.Run(ctx)
	if err != nil {
		return cost, nil, err
	}
	f, err := os.Open(stats)
	if err != nil {
		return cost, nil, err
	}
	defer f.Close()
	s, err := readStages(f)
	if err != nil {
		return cost, nil, err
	}
	return cost, withStart(s, cost), os.RemoveAll(dir)
}

// sliced is what many workers cost that take turns on the processors that there are.
type sliced struct {
	Workers int     `json:"workers"`
	Stages  []stage `json:"stages"` // medians
	Wall    float64 `json:"wall_s"`
	Memory  float64 `json:"memory_bytes"`
}

// sliced measures every number of workers on a capture, in turn.
func (b *bencher) sliced(ctx context.Context, path string) ([]sliced, error) {
	all := make([]sliced, len(b.workers))
	wall, memory, stages := make([][]float64, len(all)), make([][]float64, len(all)), make([][][]stage, len(all))
	for round := range b.rounds {
		for i, n := range b.workers {
			cost, s, err := b.run(ctx, tablesMade, path, n, "")
			if err != nil {
				return nil, err
			}
			wall[i], memory[i], stages[i] = append(wall[i], cost.Wall.Seconds()), append(memory[i], float64(cost.Memory)), append(stages[i], s)
		}
		fmt.Fprintf(b.log, "%s, workers that take turns, round %d of %d\n", filepath.Base(path), round+1, b.rounds)
	}
	for i, n := range b.workers {
		all[i] = sliced{n, medianStages(stages[i]), process.Median(wall[i]), process.Median(memory[i])}
	}
	return all, nil
}
