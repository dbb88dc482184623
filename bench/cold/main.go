// Command cold measures capfold on files that are not in the page cache, beside programs
// that only read them, as whole processes in turn:
//
//	go run ./bench/cold [-rounds 5] [-json FILE] CAPTURE...
//
// Before every run but the last of a round, the file is dropped from the page cache. What
// the disk itself remembers, or the host of a virtual machine, stays. It prints how well
// reading and folding overlap: the time that capfold takes, over the longer of what cat
// takes to read the file and what capfold takes where there is nothing to read.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/capfold/capfold/bench/internal/process"
)

func main() { process.Start("cold: ", process.Dispatch(run, nil)) }

// run is the benchmark.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o := options{log: stderr}
	var captures string
	f := flag.NewFlagSet("cold", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&o.rounds, "rounds", 5, "how often everything runs, after once to warm up")
	f.StringVar(&o.dir, "dir", filepath.Join(os.TempDir(), "capfold-bench"), "where captures are looked for and capfold is built")
	f.StringVar(&captures, "captures", "", "files, separated by commas (default: mixed.pcap and headers.pcap in -dir, which bench/scaling makes)")
	f.StringVar(&o.json, "json", "", "also write everything to this file as JSON")
	f.StringVar(&o.capfold, "capfold", "", "the program to measure (default: built from this checkout)")
	f.DurationVar(&o.timeout, "timeout", 20*time.Minute, "how long one process may take")
	if err := f.Parse(args); err != nil {
		return err
	}
	o.captures = append(process.List(captures), f.Args()...)
	if len(o.captures) == 0 {
		o.captures = []string{filepath.Join(o.dir, "mixed.pcap"), filepath.Join(o.dir, "headers.pcap")}
	}
	if o.rounds < 1 {
		return errors.New("-rounds: at least one round")
	}
	return o.bench(ctx, stdout)
}

// options are what the command line says.
type options struct {
	rounds   int
	captures []string
	dir      string
	json     string
	capfold  string
	timeout  time.Duration
	log      io.Writer
}

// report is everything that a run of this program found.
type report struct {
	Machine  process.Machine `json:"machine"`
	Rounds   int             `json:"rounds"`
	Captures []*result       `json:"captures"`
}

func (o options) bench(ctx context.Context, stdout io.Writer) (err error) {
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return err
	}
	if o.capfold, err = process.Capfold(ctx, o.capfold, o.dir); err != nil {
		return err
	}
	r := report{Machine: process.ThisMachine(), Rounds: o.rounds}
	fmt.Fprintf(stdout, "%s\n\n%d rounds in turn after one to warm up; medians, and in brackets those of the fastest runs\n\n%s", r.Machine, o.rounds, head)
	for _, path := range o.captures {
		c, err := o.measure(ctx, path)
		if err != nil {
			return err
		}
		fmt.Fprint(stdout, c.row())
		r.Captures = append(r.Captures, c)
	}
	return process.Save(o.json, r)
}

// measure runs everybody over one capture, in turn.
func (o options) measure(ctx context.Context, path string) (*result, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	fold := []string{o.capfold, "analyze", "--quiet", "--tables", "captures", path}
	r := &result{Path: path, Bytes: info.Size()}
	runs := []struct {
		args []string
		warm bool
		into *[]float64
	}{
		{[]string{"cat", path}, false, &r.Cat},
		{fold, false, &r.Cold},
		{[]string{"capinfos", "-c", path}, false, &r.Capinfos},
		{fold, true, &r.Warm},
	}
	for round := range o.rounds + 1 {
		for i := range runs {
			run := runs[turn(i, round, len(runs))]
			program, err := exec.LookPath(run.args[0])
			if err != nil && run.into == &r.Capinfos {
				continue
			} else if err != nil {
				return nil, err
			}
			if !run.warm {
				if err := drop(f); err != nil {
					return nil, fmt.Errorf("drop %s from the page cache: %w", path, err)
				}
			}
			cost, err := process.Command{Args: append([]string{program}, run.args[1:]...), Timeout: o.timeout}.Run(ctx)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				*run.into = append(*run.into, cost.Wall.Seconds())
			}
		}
		fmt.Fprintf(o.log, "%s, round %d of %d\n", filepath.Base(path), round, o.rounds)
	}
	return r, nil
}
