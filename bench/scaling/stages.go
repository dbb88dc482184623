package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/capfold/capfold/bench/internal/process"
)

// stage is a part of a run, as capfold analyze --stats has it.
type stage struct {
	Name string  `json:"name"`
	Wall float64 `json:"wall_s"`
	CPU  float64 `json:"cpu_s"`
}

// startStage is what of a process comes before its first stage and after its last.
const startStage = "start and end"

var errNoStats = errors.New("capfold printed no stages")

// readStages reads what --stats prints: a line for each stage and one for all of them,
// with its time and its processor time.
func readStages(r io.Reader) ([]stage, error) {
	var all []stage
	for lines := bufio.NewScanner(r); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) != 6 || f[2] != "ms" || f[4] != "ms" {
			continue
		}
		wall, err := strconv.ParseFloat(f[1], 64)
		if err != nil {
			return nil, fmt.Errorf("stage %s: %w", f[0], err)
		}
		cpu, err := strconv.ParseFloat(f[3], 64)
		if err != nil {
			return nil, fmt.Errorf("stage %s: %w", f[0], err)
		}
		all = append(all, stage{f[0], wall / 1000, cpu / 1000})
		if f[0] == "all" {
			return all, nil
		}
	}
	return nil, errNoStats
}

// withStart puts what the process took beside its stages in the place of their sum.
func withStart(stages []stage, c process.Cost) []stage {
	last := len(stages) - 1
	return append(stages[:last:last], stage{
		startStage, max(0, c.Wall.Seconds()-stages[last].Wall), max(0, c.CPU.Seconds()-stages[last].CPU),
	})
}

// medianStages returns the medians of each stage over runs with the same stages.
func medianStages(runs [][]stage) []stage {
	medians := slices.Clone(runs[0])
	for i := range medians {
		var wall, cpu []float64
		for _, run := range runs {
			wall, cpu = append(wall, run[i].Wall), append(cpu, run[i].CPU)
		}
		medians[i].Wall, medians[i].CPU = process.Median(wall), process.Median(cpu)
	}
	return medians
}

// find returns the stage of a name, the zero stage if there is none.
func find(stages []stage, name string) stage {
	for _, s := range stages {
		if s.Name == name {
			return s
		}
	}
	return stage{Name: name}
}

// divide returns the stage's processor time divided by Amdahl's law: what one processor
// did while the others had nothing to do, and what they did together.
func (s stage) divide(processors int) (serial, parallel float64) {
	n := float64(processors)
	serial = min(max(0, (n*s.Wall-s.CPU)/(n-1)), s.CPU)
	return serial, s.CPU - serial
}
