package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"

	"github.com/capfold/capfold/bench/internal/process"
	"github.com/capfold/capfold/pipeline/capture"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
)

// simulated is the work of a number of workers, done one after the other: processor time,
// and the atoms that their tables hold.
type simulated struct {
	Workers int     `json:"workers"`
	Atoms   int64   `json:"atoms"` // merged
	Held    int64   `json:"atoms_held"`
	Fold    float64 `json:"fold_s"`    // of packets that are decoded already, all workers together
	Close   float64 `json:"close_s"`   // closing the tables' series, one after the other
	Senders float64 `json:"senders_s"` // finding the top host among the senders of all tables, and its series
	Shards  float64 `json:"shards_s"`  // merging, sorting, going over conversations and flows
}

// simulateMode as the first argument makes this program print the simulations of one
// capture as JSON: CAPTURE ROUNDS WORKERS...
//
// Note: whole processes with more workers than processors cannot show this. Their workers
// push each other's tables out of the caches, which workers with a processor of their own
// do not, and one that waits for its turn keeps those waiting that need its last state.
const simulateMode = "simulate"

// simulate runs simulateMode.
func (b *bencher) simulate(ctx context.Context, path string) ([]simulated, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(b.log, "%s, simulation\n", filepath.Base(path))
	args := []string{simulateMode, path, strconv.Itoa(b.rounds)}
	for _, n := range b.cores {
		args = append(args, strconv.Itoa(n))
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("simulation: %w", err)
	}
	var all []simulated
	err = json.Unmarshal(out, &all)
	return all, err
}

func simulateMain(ctx context.Context, args []string, stdout, _ io.Writer) error {
	if len(args) < 3 {
		return errors.New(simulateMode + " needs a capture, a number of rounds and numbers of workers")
	}
	var counts []int
	for _, text := range args[1:] {
		n, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		counts = append(counts, n)
	}
	splits, err := decode(ctx, args[0])
	if err != nil {
		return err
	}
	rounds, counts := counts[0], counts[1:]
	runs := make([][]simulated, len(counts))
	for range rounds {
		for i, n := range counts {
			runs[i] = append(runs[i], simulate(splits, n))
		}
	}
	var all []simulated
	for _, r := range runs {
		all = append(all, medianSimulated(r))
	}
	return json.NewEncoder(stdout).Encode(all)
}

// decode returns the packets of a capture, those of each split that capfold would hand to
// a worker together.
func decode(ctx context.Context, path string) (splits [][]packet.Summary, err error) {
	r, err := capture.Open(ctx, []string{path}, nil, capture.Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	err = r.Read(ctx, func(b packet.Batch) error {
		done, _ := r.Progress() // splits are counted when they are folded
		for int(done/capture.DefaultSplitSize) >= len(splits) {
			splits = append(splits, nil)
		}
		last := &splits[len(splits)-1]
		*last = append(*last, b...)
		return nil
	}, nil)
	return splits, err
}

// count returns the packets of a capture and the splits that it is read in.
func count(ctx context.Context, path string) (packets, splits int64, err error) {
	r, err := capture.Open(ctx, []string{path}, nil, capture.Options{})
	if err != nil {
		return 0, 0, err
	}
	defer r.Close()
	if err := r.Read(ctx, func(packet.Batch) error { return nil }, nil); err != nil {
		return 0, 0, err
	}
	bytes, packets := r.Progress()
	return packets, (bytes + capture.DefaultSplitSize - 1) / capture.DefaultSplitSize, nil
}

// simulate does the work of a number of workers that share the splits as capfold's do.
func simulate(splits [][]packet.Summary, workers int) simulated {
	runtime.GC() // what another simulation has left
	s := simulated{Workers: workers}
	seed := flow.NewSeed()
	tables := make([]*flow.Table, workers)
	runs := deal(splits, workers)
	s.Fold = timed(func() {
		for w := range tables {
			tables[w] = flow.NewTable(seed, 0)
			for _, i := range runs[w] {
				for batch := range slices.Chunk(splits[i], 256) {
					tables[w].Add(batch)
				}
			}
		}
	})
	for _, t := range tables {
		s.Held += t.Atoms()
	}
	var m *flow.Merged
	s.Close = timed(func() { m = flow.Merge(tables) })
	s.Senders = timed(func() {
		var top packet.Host
		most := int64(-1)
		for h, c := range m.Senders(1, func(c *flow.Counts) int64 { return c.Bytes }) {
			if c.Bytes > most {
				top, most = h, c.Bytes
			}
		}
		for range m.Points([]packet.Host{top}) {
		}
		m.DropSeries()
	})
	s.Shards = timed(func() {
		var buf flow.Buffer
		for shard := range flow.NumShards {
			for range m.Shard(shard, &buf) {
			}
		}
	})
	s.Atoms = m.Atoms()
	return s
}

// deal returns the splits that each of a number of workers takes, run by run: the next one
// goes to whoever has had the fewest packets so far, and so would be done first.
func deal(splits [][]packet.Summary, workers int) [][]int {
	taken, packets := make([][]int, workers), make([]int, workers)
	for next := 0; next < len(splits); {
		w := slices.Index(packets, slices.Min(packets))
		left := int64(len(splits)-next) * capture.DefaultSplitSize
		for range capture.RunLength(left, workers, capture.DefaultSplitSize) / capture.DefaultSplitSize {
			taken[w] = append(taken[w], next)
			packets[w] += len(splits[next])
			next++
		}
	}
	return taken
}

// timed returns the seconds of processor time that work takes.
func timed(work func()) float64 {
	before := process.CPU()
	work()
	return (process.CPU() - before).Seconds()
}

// medianSimulated returns the medians of runs with the same number of workers.
func medianSimulated(runs []simulated) simulated {
	m := runs[0]
	of := func(field func(*simulated) *float64) {
		var values []float64
		for i := range runs {
			values = append(values, *field(&runs[i]))
		}
		*field(&m) = process.Median(values)
	}
	of(func(s *simulated) *float64 { return &s.Fold })
	of(func(s *simulated) *float64 { return &s.Close })
	of(func(s *simulated) *float64 { return &s.Senders })
	of(func(s *simulated) *float64 { return &s.Shards })
	return m
}
