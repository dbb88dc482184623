package main

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/capfold/capfold/pipeline/capture"
	"github.com/capfold/capfold/pipeline/spill"
	"github.com/capfold/capfold/reducers"
)

// stages records when the stages of a run began, on the clock and on the processors.
type stages struct {
	start time.Time
	marks []mark
}

// mark is the beginning of a stage.
type mark struct {
	stage     string
	wall, cpu time.Duration
}

func newStages() *stages { return &stages{start: time.Now()} }

// begin ends the current stage, if there is one, and begins another.
func (s *stages) begin(stage string) {
	s.marks = append(s.marks, mark{stage, time.Since(s.start), cpuTime()})
}

// elapsed returns the time since the first stage began.
func (s *stages) elapsed() time.Duration { return time.Since(s.start) }

// figure is a line of what was done in a run.
type figure struct{ name, value string }

// print ends the current stage and prints how long all of them took, on a number of
// processors, and some figures.
func (s *stages) print(w io.Writer, processors int, figures []figure) {
	s.begin("")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "stage\ttime\tCPU\tbusy\t\n")
	first, last := s.marks[0], s.marks[len(s.marks)-1]
	for i, m := range s.marks[:len(s.marks)-1] {
		end := s.marks[i+1]
		line(t, m.stage, end.wall-m.wall, end.cpu-m.cpu)
	}
	line(t, "all", last.wall-first.wall, last.cpu-first.cpu)
	_ = t.Flush() // what the terminal does not take is lost
	if processors > 1 {
		share := serialShare(last.wall-first.wall, last.cpu-first.cpu, processors)
		figures = append(figures, figure{"serial share", fmt.Sprintf("%.0f %% of the time, by Amdahl's law for %d processors, waiting counted as serial", 100*share, processors)})
	}
	figures = append(figures,
		figure{"peak resident memory", humanize.IBytes(uint64(peakResident()))},
		figure{"garbage collections", fmt.Sprint(collections())})
	for _, f := range figures {
		fmt.Fprintf(w, "%s: %s\n", f.name, f.value)
	}
}

func line(w io.Writer, stage string, wall, cpu time.Duration) {
	busy := 0.0
	if wall > 0 {
		busy = float64(cpu) / float64(wall)
	}
	fmt.Fprintf(w, "%s\t%.1f ms\t%.1f ms\t%.2f\t\n", stage, milliseconds(wall), milliseconds(cpu), busy)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// serialShare returns the share of a run's time in which one of the processors alone had
// something to do, were the rest of the time perfectly parallel.
func serialShare(wall, cpu time.Duration, processors int) float64 {
	if wall <= 0 {
		return 0
	}
	n := float64(processors)
	return min(1, max(0, (n-float64(cpu)/float64(wall))/(n-1)))
}

func collections() uint32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumGC
}

// figures says what a run handled.
func figures(result *reducers.Result, r *capture.Reader, memory *spill.Memory) []figure {
	bytes, packets := r.Progress()
	list := []figure{
		{"captures", fmt.Sprintf("%s, %s packets", humanize.IBytes(uint64(bytes)), humanize.Comma(packets))},
		{"flow atoms", humanize.Comma(result.Atoms)},
	}
	for _, t := range result.Tables {
		if t.Rows >= manyRows {
			list = append(list, figure{"rows of " + t.Schema.Name, humanize.Comma(int64(t.Rows))})
		}
	}
	times, spilled := memory.Spilled()
	value := "nothing"
	if times > 0 {
		value = fmt.Sprintf("%s in %s", humanize.IBytes(uint64(spilled)), count(times, "temporary file"))
	}
	return append(list, figure{"spilled", value})
}

// manyRows is how many rows a table has that is worth a line.
const manyRows = 1000
