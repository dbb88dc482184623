//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// sample is what one run of a process cost.
type sample struct {
	wall, cpu time.Duration
	length    int64 // of the file, if there is one
}

func (s sample) seconds() float64    { return s.wall.Seconds() }
func (s sample) cpuSeconds() float64 { return s.cpu.Seconds() }

// measure runs a command once, with a file as its standard input if one is named.
func measure(args []string, stdin string) (sample, error) {
	cmd := exec.Command(args[0], args[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // itself, or everything is copied
	if err != nil {
		return sample{}, err
	}
	defer null.Close()
	cmd.Stdout = null
	if stdin != "" {
		f, err := os.Open(stdin)
		if err != nil {
			return sample{}, err
		}
		defer f.Close()
		cmd.Stdin = f
	}
	start := time.Now()
	err = cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return sample{wall: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, nil
}

func median(samples []sample, of func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// ratios returns how much faster than the first the second is, round by round: the
// median, the least and the most.
func ratios(first, second []sample) (mid, low, high float64) {
	values := make([]float64, len(first))
	for i := range values {
		values[i] = first[i].seconds() / second[i].seconds()
	}
	slices.Sort(values)
	return values[len(values)/2], values[0], values[len(values)-1]
}
