// Command damage measures what capfold makes of captures in which one byte in a million
// is wrong. It makes them from the profiles mixed and headers of capfold synth, as pcap
// and as pcapng, and knows which packets it left alone. It checks that results are the
// same bytes for any number of workers and any split size, and prints a Markdown table of
// the share of these packets that were counted, and of how far anomalies lie from what
// was damaged.
//
//	go run ./bench/damage [-bytes 1000000000] [-every 1000000] [-dir DIR] [-capfold BIN]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/capfold/capfold/bench/internal/process"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "damage:", err)
		os.Exit(1)
	}
}

func run() error {
	size := flag.Int64("bytes", 1e9, "length of a capture")
	every := flag.Int64("every", 1e6, "how many bytes there are to a damaged one")
	seed := flag.Uint64("seed", 1, "which wrong values damaged bytes have")
	dir := flag.String("dir", "", "where captures and results are written (default: a new directory, removed at the end)")
	capfold := flag.String("capfold", "", "the program to check (default: built from this checkout)")
	flag.Parse()
	if *dir == "" {
		temporary, err := os.MkdirTemp("", "capfold-damage-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temporary) //nolint:errcheck // nothing depends on it
		*dir = temporary
	}
	program, err := process.Capfold(context.Background(), *capfold, *dir)
	if err != nil {
		return err
	}
	fmt.Println("| capture | packets | damaged | others | of these not counted | counted | damaged regions | farthest from damage |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	var faults []error
	for _, o := range kinds(options{bytes: *size, every: *every, seed: *seed}) {
		r, err := check(o, *dir, program)
		if err != nil {
			return fmt.Errorf("%v: %w", o, err)
		}
		fmt.Printf("| %v | %d | %d | %d | %d | %.5f %% | %d | %d B |\n", o, r.packets, r.packets-r.whole, r.whole, r.whole-r.counted,
			100*r.share(), r.regions, r.farthest)
		if err := r.fault(); err != nil {
			faults = append(faults, fmt.Errorf("%v: %w", o, err))
		}
	}
	return errors.Join(faults...)
}

// kinds returns o for every profile and format.
func kinds(o options) (all []options) {
	for _, o.profile = range []string{"mixed", "headers"} {
		for _, o.pcapng = range []bool{false, true} {
			all = append(all, o)
		}
	}
	return all
}
