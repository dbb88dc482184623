package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/capfold/capfold/bench/synth"
)

// startRuns is how often short runs are repeated: they are noisy and cost nothing.
const startRuns = 21

// starts measures what does not depend on the length of a capture.
func (b *bencher) starts(ctx context.Context) ([]startReport, error) {
	tiny := filepath.Join(b.work, "1kB.pcap")
	if err := b.library.Synthesize(tiny, "headers", synth.Options{Packets: 10}); err != nil {
		return nil, err
	}
	var all []startReport
	for _, s := range []struct {
		what  string
		limit figure
		p     peer
	}{
		{"start-up", 10, peer{name: "capfold version", steps: func(job) [][]string {
			return [][]string{{"capfold", "version"}}
		}}},
		{"1 kB capture", 20, peer{name: "capfold analyze -o", steps: func(j job) [][]string {
			return [][]string{{"capfold", "analyze", "--quiet", "-o", filepath.Join(j.work, outDir), j.capture}}
		}}},
	} {
		var runs series
		for i := range startRuns + 1 {
			work, err := os.MkdirTemp(b.work, "peer-")
			if err != nil {
				return nil, err
			}
			spent, _, err := b.env.run(ctx, s.p, job{capture: tiny, work: work}, false)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				runs.Runs = append(runs.Runs, spent)
			}
			if err := os.RemoveAll(work); err != nil {
				return nil, err
			}
		}
		t := target{Row: s.p.name, What: s.what, Limit: s.limit, Unit: "ms", Got: figure(runs.wall() * 1000)}.from(runs)
		all = append(all, startReport{s.p.commands()[0], t.judge()})
	}
	return all, nil
}
