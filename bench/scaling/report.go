package main

import (
	"fmt"
	"io"

	"github.com/dustin/go-humanize"

	"github.com/capfold/capfold/bench/internal/process"
)

// report is everything that a run of this program found.
type report struct {
	Machine  process.Machine  `json:"machine"`
	Rounds   int              `json:"rounds"`
	Captures []*captureReport `json:"captures"`
}

// captureReport is what was found with one capture.
type captureReport struct {
	Name      string      `json:"name"`
	Path      string      `json:"path"`
	Packets   int64       `json:"packets"`
	Bytes     int64       `json:"bytes"`
	Splits    int64       `json:"splits"`
	Whole     []whole     `json:"whole,omitempty"`
	Sliced    []sliced    `json:"workers,omitempty"`
	Simulated []simulated `json:"simulation,omitempty"`
	Models    []model     `json:"models,omitempty"`
}

// writeHead prints where and what is measured.
func (r *report) writeHead(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n%d rounds in turn; medians, of ratios those of each round's; files in the page cache. "+
		"Others is how many processors other processes used meanwhile: figures mean little where that is more than 0.1.\n", r.Machine, r.Rounds)
}

// write prints the tables of one capture.
func (c *captureReport) write(w io.Writer) {
	fmt.Fprintf(w, "\n### %s: %s packets, %.1f GB, %s splits\n", c.Name, humanize.Comma(c.Packets), float64(c.Bytes)/1e9, humanize.Comma(c.Splits))
	c.writeWhole(w)
	c.writeSliced(w)
	c.writeSimulated(w)
	for _, m := range c.Models {
		m.write(w)
	}
}

func (c *captureReport) writeWhole(w io.Writer) {
	if len(c.Whole) == 0 {
		return
	}
	fmt.Fprint(w, "\n| | 1 worker s | 2 workers s | two processes at once s | capfold × | machine × | share | others |\n|---|---|---|---|---|---|---|---|\n")
	for _, k := range c.Whole {
		capfold, machine, share := k.speedUps()
		fmt.Fprintf(w, "| %s | %.3f | %.3f | %.3f | %.2f | %.2f | %.0f %% | %.2f |\n", k.Kind,
			process.Median(k.One), process.Median(k.Two), process.Median(k.Both), capfold, machine, 100*share, k.Others)
	}
}

func (c *captureReport) writeSliced(w io.Writer) {
	if len(c.Sliced) == 0 {
		return
	}
	fmt.Fprint(w, "\n| workers that take turns | fold, CPU ns per packet | merge and reduce, CPU ms | sort, CPU ms | wall s | peak MB |\n|---|---|---|---|---|---|\n")
	for _, s := range c.Sliced {
		fmt.Fprintf(w, "| %d | %.0f | %.0f | %.0f | %.2f | %.0f |\n", s.Workers,
			1e9*find(s.Stages, "fold").CPU/float64(c.Packets),
			1e3*(find(s.Stages, "merge").CPU+find(s.Stages, "reduce").CPU), 1e3*find(s.Stages, "sort").CPU, s.Wall, s.Memory/1e6)
	}
}

func (c *captureReport) writeSimulated(w io.Writer) {
	if len(c.Simulated) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s atoms\n\n| workers, one after the other | atoms in their tables | for each atom | fold, ns per packet | serial: series closed, senders found, ms | merging shards, ns per atom | ns per atom held |\n|---|---|---|---|---|---|---|\n",
		humanize.Comma(c.Simulated[0].Atoms))
	for _, s := range c.Simulated {
		fmt.Fprintf(w, "| %d | %s | %.2f | %.1f | %.1f + %.1f | %.0f | %.0f |\n", s.Workers, humanize.Comma(s.Held), float64(s.Held)/float64(s.Atoms),
			1e9*s.Fold/float64(c.Packets), 1e3*s.Close, 1e3*s.Senders, 1e9*s.Shards/float64(s.Atoms), 1e9*s.Shards/float64(s.Held))
	}
}

func (m *model) write(w io.Writer) {
	fmt.Fprintf(w, "\n%s, as measured on %d processors: serial and parallel parts in ms of CPU", m.Kind, measuredCores)
	for _, s := range m.Stages {
		fmt.Fprintf(w, "; %s %.1f + %.1f", s.Stage, 1e3*s.Serial, 1e3*s.Parallel)
	}
	fmt.Fprint(w, "\n\n| processors | predicted s | × one | of which serial s | × one, without what is serial | memory traffic of the fold GB/s |\n|---|---|---|---|---|---|\n")
	for _, p := range m.Predictions {
		fmt.Fprintf(w, "| %d | %.3f | %.1f | %.3f | %.1f | %.0f |\n", p.Cores, p.Wall, p.SpeedUp, p.Serial, p.Bound, p.Traffic/1e9)
	}
}
