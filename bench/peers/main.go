//go:build unix

// Command peers measures capfold beside other programs, as whole processes on the same
// captures: it runs everyone in turn, several rounds, and prints a Markdown table of
// medians and of the ratios to the first peer, with versions and commands.
//
//	go run ./bench/peers [-rounds 5] [-dir DIR] [-capfold BIN] [CAPTURE...]
//
// Without captures it makes the profiles mixed and headers of capfold synth in DIR, where
// they are kept for the next time.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/capfold/capfold/bench/synth"
)

// peer is a program and what it is asked to do with a capture.
type peer struct {
	name    string
	version []string // command that prints it, on its first line
	command func(capture, out string) []string
}

func peers(capfold string) []peer {
	return []peer{
		{
			"capinfos -c",
			[]string{"capinfos", "--version"},
			func(c, _ string) []string { return []string{"capinfos", "-c", c} },
		},
		{
			"capfold, fold only",
			[]string{capfold, "version"},
			func(c, _ string) []string {
				return []string{capfold, "analyze", "--quiet", "--tables", "captures", c}
			},
		},
		{
			"capfold, everything written",
			[]string{capfold, "version"},
			func(c, out string) []string { return []string{capfold, "analyze", "--quiet", "-o", out, c} },
		},
	}
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run() error {
	rounds := flag.Int("rounds", 5, "how often everyone runs")
	dir := flag.String("dir", filepath.Join(os.TempDir(), "capfold-bench"), "where captures are made and results written")
	capfold := flag.String("capfold", "", "the program to measure (default: built from this checkout)")
	flag.Parse()
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	if *capfold == "" {
		*capfold = filepath.Join(*dir, "capfold")
		build := exec.Command("go", "build", "-o", *capfold, "./cmd/capfold")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build: %w\n%s", err, out)
		}
	}
	captures := flag.Args()
	if len(captures) == 0 {
		for _, profile := range []string{"mixed", "headers"} {
			c, err := makeCapture(*dir, profile)
			if err != nil {
				return err
			}
			captures = append(captures, c)
		}
	}
	all := peers(*capfold)
	fmt.Printf("%s/%s, %d processors, %s; %d rounds in turn, medians, files in the page cache\n\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), *rounds)
	for _, p := range all {
		out, err := exec.Command(p.version[0], p.version[1:]...).Output()
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		line, _, _ := strings.Cut(string(out), "\n")
		fmt.Printf("- %s: `%s` (%s)\n", p.name, strings.Join(p.command("CAPTURE", "OUT"), " "), line)
	}
	for _, c := range captures {
		if err := compare(all, c, filepath.Join(*dir, "out"), *rounds); err != nil {
			return err
		}
	}
	return nil
}

// makeCapture writes a synth profile unless it is there already.
func makeCapture(dir, profile string) (path string, err error) {
	path = filepath.Join(dir, profile+".pcap")
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return path, err
	}
	f, err := os.CreateTemp(dir, profile)
	if err != nil {
		return "", err
	}
	_, err = synth.Write(f, profile, synth.Options{})
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return path, os.Rename(f.Name(), path)
}

// sample is what one run of a process cost.
type sample struct {
	wall, cpu time.Duration
	memory    int64 // largest resident size, bytes
}

// measure runs a command once.
func measure(args []string) (sample, error) {
	cmd := exec.Command(args[0], args[1:]...)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &stderr
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	s := sample{wall: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.memory = usage.Maxrss
		if runtime.GOOS != "darwin" { // which counts bytes; the others count kilobytes
			s.memory *= 1 << 10
		}
	}
	return s, nil
}

// compare prints the table of one capture.
func compare(all []peer, capture, out string, rounds int) error {
	info, err := os.Stat(capture)
	if err != nil {
		return err
	}
	samples := make([][]sample, len(all))
	for round := range rounds + 1 {
		for i, p := range all {
			s, err := measure(p.command(capture, out))
			if err != nil {
				return err
			}
			if round > 0 { // the first warms up
				samples[i] = append(samples[i], s)
			}
		}
	}
	fmt.Printf("\n`%s`, %.2f GB:\n\n", filepath.Base(capture), float64(info.Size())/1e9)
	fmt.Println("| program | wall s | CPU s | peak memory MB | GB/s | wall, ratio to the first (min–max) |")
	fmt.Println("|---|---|---|---|---|---|")
	for i, p := range all {
		wall := median(samples[i], func(s sample) float64 { return s.wall.Seconds() })
		ratios := make([]float64, rounds)
		for r := range ratios {
			ratios[r] = samples[i][r].wall.Seconds() / samples[0][r].wall.Seconds()
		}
		slices.Sort(ratios)
		fmt.Printf("| %s | %.3f | %.3f | %.0f | %.2f | %.2f (%.2f–%.2f) |\n", p.name, wall,
			median(samples[i], func(s sample) float64 { return s.cpu.Seconds() }),
			median(samples[i], func(s sample) float64 { return float64(s.memory) / 1e6 }),
			float64(info.Size())/1e9/wall, ratios[rounds/2], ratios[0], ratios[rounds-1])
	}
	return nil
}

func median(samples []sample, of func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
