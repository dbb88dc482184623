//go:build unix

// Command compressed measures capfold on compressed captures beside the programs that
// decompress them, as whole processes: for every way to compress it runs the decompressor
// alone, capfold on the file and capfold on standard input in turn, several rounds, and
// prints a Markdown table of medians. It also checks that the tables are those of the
// capture that is not compressed.
//
//	go run ./bench/compressed [-rounds 5] [-dir DIR] [-capfold BIN] [-only REGEXP] [CAPTURE...]
//
// Without captures it makes some of the profiles mixed and headers of capfold synth in
// DIR, where they and what is compressed of them are kept for the next time.
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
	"regexp"
	"runtime"

	"github.com/capfold/capfold/bench/internal/process"
	"github.com/capfold/capfold/bench/synth"
)

// packing is a way to compress.
type packing struct {
	name   string   // which is also what the file's name ends in
	pack   []string // reads standard input and writes standard output
	unpack []string // as well
	twice  bool     // the capture is compressed in two halves
}

var packings = []packing{
	{name: "gz", pack: []string{"gzip", "-c"}, unpack: []string{"gzip", "-dc"}},
	{name: "members.gz", pack: []string{"gzip", "-c"}, unpack: []string{"gzip", "-dc"}, twice: true},
	{name: "zst", pack: []string{"zstd", "-q", "-c"}, unpack: []string{"zstd", "-dc"}},
	{name: "T2.zst", pack: []string{"zstd", "-q", "-c", "-T2"}, unpack: []string{"zstd", "-dc"}},
	{name: "19.zst", pack: []string{"zstd", "-q", "-c", "-19", "-T0"}, unpack: []string{"zstd", "-dc"}},
	{name: "long.zst", pack: []string{"zstd", "-q", "-c", "--long=27"}, unpack: []string{"zstd", "-dc"}},
	{name: "bz2", pack: []string{"bzip2", "-c"}, unpack: []string{"bzip2", "-dc"}},
	{name: "xz", pack: []string{"xz", "-c", "-T1", "-1"}, unpack: []string{"xz", "-dc"}},
	{name: "blocks.xz", pack: []string{"xz", "-c", "-T2", "-1"}, unpack: []string{"xz", "-dc"}},
	{name: "lz4", pack: []string{"lz4", "-q", "-c"}, unpack: []string{"lz4", "-dc"}},
	{name: "9.lz4", pack: []string{"lz4", "-q", "-c", "-9"}, unpack: []string{"lz4", "-dc"}},
	{name: "linked.lz4", pack: []string{"lz4", "-q", "-c", "-BD"}, unpack: []string{"lz4", "-dc"}},
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "compressed:", err)
		os.Exit(1)
	}
}

func run() error {
	rounds := flag.Int("rounds", 5, "how often everyone runs")
	dir := flag.String("dir", filepath.Join(os.TempDir(), "capfold-bench"), "where captures are made and results written")
	capfold := flag.String("capfold", "", "the program to measure (default: built from this checkout)")
	only := flag.String("only", "", "regular expression of the names of the ways to compress (default: all)")
	flag.Parse()
	chosen, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	if *capfold, err = process.Capfold(context.Background(), *capfold, *dir); err != nil {
		return err
	}
	captures := flag.Args()
	if len(captures) == 0 {
		for _, c := range []struct {
			profile string
			packets int
		}{{"mixed", 600_000}, {"headers", 2_000_000}} {
			path := filepath.Join(*dir, fmt.Sprintf("%s-%d.pcap", c.profile, c.packets))
			if err := makeFile(path, func(f *os.File) error {
				_, err := synth.Write(f, c.profile, synth.Options{Packets: c.packets})
				return err
			}); err != nil {
				return err
			}
			captures = append(captures, path)
		}
	}
	fmt.Printf("%s/%s, %d processors, %s; %d rounds in turn, medians, files in the page cache\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), *rounds)
	for _, path := range captures {
		if err := compare(*capfold, path, *dir, chosen, *rounds); err != nil {
			return err
		}
	}
	return nil
}

// makeFile writes a file unless it is there already.
func makeFile(path string, write func(*os.File) error) error {
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "new")
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}

// compress writes capture to path, compressed.
func (p packing) compress(capture, path string) error {
	return makeFile(path, func(out *os.File) error {
		in, err := os.Open(capture)
		if err != nil {
			return err
		}
		defer in.Close()
		info, err := in.Stat()
		if err != nil {
			return err
		}
		parts := []int64{info.Size()}
		if p.twice {
			parts = []int64{info.Size() / 2, info.Size() - info.Size()/2}
		}
		for _, n := range parts {
			cmd := exec.Command(p.pack[0], p.pack[1:]...)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = io.LimitReader(in, n), out, os.Stderr
			if err := cmd.Run(); err != nil {
				return err
			}
		}
		return nil
	})
}

// compare prints the table of one capture.
func compare(capfold, capture, dir string, chosen *regexp.Regexp, rounds int) error {
	want, plain, err := tables(capfold, capture, "", dir)
	if err != nil {
		return err
	}
	fmt.Printf("\n`%s`, %.2f GB, not compressed: capfold takes %.2f s, %.2f s of CPU\n\n",
		filepath.Base(capture), float64(plain.length)/1e9, plain.wall.Seconds(), plain.cpu.Seconds())
	fmt.Println("| | ratio | decompressor alone s (CPU) | capfold, file | capfold, stdin | throughput, file (min–max) | throughput, stdin |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, p := range packings {
		if !chosen.MatchString(p.name) {
			continue
		}
		if _, err := exec.LookPath(p.pack[0]); err != nil {
			fmt.Printf("| %s | %s is not installed | | | | | |\n", p.name, p.pack[0])
			continue
		}
		path := filepath.Join(dir, filepath.Base(capture)+"."+p.name)
		if err := p.compress(capture, path); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, stdin := range []string{"", path} {
			got, _, err := tables(capfold, path, stdin, dir)
			if err == nil {
				err = same(got, want)
			}
			if err != nil {
				return fmt.Errorf("%s (standard input: %t): %w", path, stdin != "", err)
			}
		}
		if err := race(capfold, p, path, plain.length, rounds); err != nil {
			return err
		}
	}
	return nil
}

// race lets the decompressor and capfold run in turn and prints a row.
func race(capfold string, p packing, path string, length int64, rounds int) error {
	fold := []string{capfold, "analyze", "--quiet", "--tables", "captures"}
	runs := []struct {
		args  []string
		stdin string
	}{{p.unpack, path}, {append(fold, path), ""}, {append(fold, "-"), path}}
	samples := make([][]sample, len(runs))
	for round := range rounds + 1 {
		for i, r := range runs {
			s, err := measure(r.args, r.stdin)
			if err != nil {
				return err
			}
			if round > 0 { // the first warms up
				samples[i] = append(samples[i], s)
			}
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	fmt.Printf("| %s | %.1f |", p.name, float64(length)/float64(info.Size()))
	for _, s := range samples {
		fmt.Printf(" %.2f (%.2f) |", median(s, sample.seconds), median(s, sample.cpuSeconds))
	}
	for _, s := range samples[1:] {
		mid, low, high := ratios(samples[0], s)
		fmt.Printf(" %.2f (%.2f–%.2f) |", mid, low, high)
	}
	fmt.Println()
	return nil
}
