// Command scaling measures how capfold's speed grows with the number of workers, and works
// out how it would on machines with more processors than this one:
//
//	go run ./bench/scaling [-rounds 5] [-parts PART,...] [-captures NAME,...] [-json FILE]
//
// The parts are
//
//   - whole: capfold with one worker and with two, and beside it, in the same rounds, what
//     the machine gives: two processes with one worker each, at the same time, against one;
//   - workers: capfold with many workers that take turns on the processors that there are;
//   - simulation: the work of many workers, one after the other, in one process: what each
//     packet and each atom costs, and how many atoms the workers' tables hold together;
//   - model: what follows from whole and simulation for more processors.
//
// A capture is a profile of capfold synth, one with .pcapng behind it, or a file. What is
// made is kept in a directory for the next time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/capfold/capfold/bench/internal/captures"
	"github.com/capfold/capfold/bench/internal/process"
)

func main() { process.Start("scaling: ", dispatch) }

var dispatch = process.Dispatch(run, map[string]process.Program{simulateMode: simulateMain})

// run is the benchmark.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	return o.bench(ctx, stdout, stderr)
}

// options are what the command line says.
type options struct {
	rounds   int
	parts    []string
	captures []string
	workers  []int // of workers
	cores    []int // of simulation and model
	json     string
	capfold  string
	timeout  time.Duration
	library  captures.Library
}

var allParts = []string{"whole", "workers", "simulation", "model"}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	var parts, captures, workers, cores string
	f := flag.NewFlagSet("scaling", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&o.rounds, "rounds", 5, "how often everything runs, after once to warm up")
	f.StringVar(&parts, "parts", strings.Join(allParts, ","), "what to do")
	f.StringVar(&captures, "captures", "mixed,headers,mixed.pcapng", "profiles of capfold synth, also with .pcapng behind them, or files")
	f.StringVar(&workers, "workers", "1,2,4,8,16,32,64", "numbers of workers that take turns")
	f.StringVar(&cores, "cores", "1,2,4,8,16,32,64,128", "numbers of processors to work out, 1 and 2 among them")
	f.StringVar(&o.json, "json", "", "also write everything to this file as JSON")
	f.StringVar(&o.library.Dir, "dir", filepath.Join(os.TempDir(), "capfold-bench"), "where captures are made and kept")
	f.IntVar(&o.library.Packets, "packets", 0, "packets of captures that are made, for a trial (default: the profile's)")
	f.StringVar(&o.capfold, "capfold", "", "the program to measure (default: built from this checkout)")
	f.DurationVar(&o.timeout, "timeout", 20*time.Minute, "how long one process may take")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	var err error
	if o.workers, err = numbers(workers); err != nil {
		return o, fmt.Errorf("-workers: %w", err)
	}
	if o.cores, err = numbers(cores); err != nil {
		return o, fmt.Errorf("-cores: %w", err)
	}
	o.parts, o.captures = process.List(parts), append(process.List(captures), f.Args()...)
	for _, part := range o.parts {
		if !slices.Contains(allParts, part) {
			return o, fmt.Errorf("-parts: %q is none of %s", part, strings.Join(allParts, ", "))
		}
	}
	switch {
	case o.rounds < 1:
		return o, errors.New("-rounds: at least one round")
	case o.does("model") && (!o.does("whole") || !o.does("simulation")):
		return o, errors.New("-parts: the model needs whole and simulation")
	case o.does("model") && (!slices.Contains(o.cores, 1) || !slices.Contains(o.cores, measuredCores)):
		return o, fmt.Errorf("-cores: the model needs 1 and %d", measuredCores)
	}
	return o, nil
}

func (o options) does(part string) bool { return slices.Contains(o.parts, part) }

// numbers returns the numbers, from 1 on, that text lists.
func numbers(text string) ([]int, error) {
	var all []int
	for _, s := range process.List(text) {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no number from 1 on", s)
		}
		all = append(all, n)
	}
	return all, nil
}

// bench is the whole program: it makes the captures, measures, prints.
func (o options) bench(ctx context.Context, stdout, stderr io.Writer) (err error) {
	o.library.Log = stderr
	if o.library.Dir, err = filepath.Abs(o.library.Dir); err != nil {
		return err
	}
	if err := os.MkdirAll(o.library.Dir, 0o755); err != nil {
		return err
	}
	if o.capfold, err = process.Capfold(ctx, o.capfold, o.library.Dir); err != nil {
		return err
	}
	work, err := os.MkdirTemp(o.library.Dir, "run-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	r := &report{Machine: process.ThisMachine(), Rounds: o.rounds}
	r.writeHead(stdout)
	b := bencher{o, work, stderr}
	for _, name := range o.captures {
		path, err := o.library.Open(name)
		if err != nil {
			return err
		}
		c, err := b.measure(ctx, path)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		c.write(stdout)
		r.Captures = append(r.Captures, c)
	}
	return process.Save(o.json, r)
}

// bencher measures captures.
type bencher struct {
	options
	work string // directory of what capfold writes
	log  io.Writer
}

// measure does the parts that were asked for with a capture.
func (b *bencher) measure(ctx context.Context, path string) (*captureReport, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	c := &captureReport{Name: filepath.Base(path), Path: path, Bytes: info.Size()}
	if c.Packets, c.Splits, err = count(ctx, path); err != nil {
		return nil, err
	}
	if b.does("whole") {
		for _, k := range []kind{foldOnly, everything} {
			w, err := b.whole(ctx, k, path)
			if err != nil {
				return nil, err
			}
			c.Whole = append(c.Whole, w)
		}
	}
	if b.does("workers") {
		if c.Sliced, err = b.sliced(ctx, path); err != nil {
			return nil, err
		}
	}
	if b.does("simulation") {
		if c.Simulated, err = b.simulate(ctx, path); err != nil {
			return nil, err
		}
	}
	if b.does("model") {
		for _, w := range c.Whole {
			c.Models = append(c.Models, c.model(w, b.cores))
		}
	}
	return c, nil
}
