// Command peers measures capfold beside other programs, as whole processes on the same
// captures: it runs everyone in turn, several rounds, compares the answers of those that
// give any, and prints Markdown tables of medians with versions, commands and targets.
//
//	go run ./bench/peers [-rounds 5] [-captures NAME,...] [-peers NAME,...] [-json FILE]
//
// A capture is a profile of capfold synth, a file, or "real": the Ethernet packets of all
// captures below a folder, merged and repeated. What is made is kept in a directory for
// the next time. Peers that are not installed are listed with what would install them.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/capfold/capfold/bench/internal/process"
)

func main() { process.Start("", dispatch) }

var dispatch = process.Dispatch(run, map[string]process.Program{bareMode: readBare})

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
	captures []string
	peers    []string
	limit    int64
	json     string
	targets  bool
	capfold  string
	python   string
	timeout  time.Duration
	library  library
}

// corpus is where real captures are looked for by default.
const corpus = "../shared/corpus"

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	var captures, peers string
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&o.rounds, "rounds", 5, "how often everyone runs, after once to warm up")
	f.StringVar(&captures, "captures", "mixed,headers,scan,campus-2011,real", "profiles of capfold synth, real, or files")
	f.StringVar(&peers, "peers", "", "only peers whose names hold one of these, capfold always (default: all)")
	f.StringVar(&o.json, "json", "", "also write everything to this file as JSON")
	f.StringVar(&o.library.Dir, "dir", filepath.Join(os.TempDir(), "capfold-bench"), "where captures are made and kept")
	f.StringVar(&o.library.corpus, "corpus", cmp.Or(os.Getenv("CAPFOLD_CORPUS"), corpus), "folder of real captures; also CAPFOLD_CORPUS")
	f.IntVar(&o.library.Packets, "packets", 0, "packets of captures that are made, for a trial (default: the profile's)")
	f.Int64Var(&o.limit, "limit", 0, "packets that a peer is given at most, for a trial; capfold is given all")
	f.BoolVar(&o.targets, "targets", true, "print the targets beside the figures")
	f.StringVar(&o.capfold, "capfold", "", "the program to measure (default: built from this checkout)")
	f.StringVar(&o.python, "python", os.Getenv("PYTHON"), "the interpreter that has scapy and dpkt; also PYTHON (default: the first on PATH that can import them, or the system's)")
	f.DurationVar(&o.timeout, "timeout", 20*time.Minute, "how long one process may take")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.captures = append(process.List(captures), f.Args()...)
	o.peers = process.List(peers)
	if o.rounds < 1 {
		return o, errors.New("peers: at least one round")
	}
	return o, nil
}

// wants tells whether a peer is asked for. capfold runs always, since all else is
// compared with it.
func (o options) wants(p peer) bool {
	return len(o.peers) == 0 || p.isCapfold() ||
		slices.ContainsFunc(o.peers, func(s string) bool { return strings.Contains(p.name, s) })
}

// build returns the paths of the programs that are built from this checkout.
func (o options) build(ctx context.Context) (capfold, loop string, err error) {
	loop = filepath.Join(o.library.Dir, "gopacket-loop")
	if err := process.Build(ctx, loop, "bench/peers/gopacket"); err != nil {
		return "", "", err
	}
	capfold, err = process.Capfold(ctx, o.capfold, o.library.Dir)
	return capfold, loop, err
}
