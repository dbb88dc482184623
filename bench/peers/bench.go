package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/capfold/capfold/bench/internal/process"
)

// bench is the whole program: it finds the peers, makes the captures, measures, prints.
func (o options) bench(ctx context.Context, stdout, stderr io.Writer) (err error) {
	o.library.Log = stderr
	if o.library.Dir, err = filepath.Abs(o.library.Dir); err != nil {
		return err
	}
	if err := os.MkdirAll(o.library.Dir, 0o755); err != nil {
		return err
	}
	capfold, loop, err := o.build(ctx)
	if err != nil {
		return err
	}
	env, err := newEnvironment(capfold, loop, o.python, o.timeout)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp(o.library.Dir, "run-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	if err := writeScripts(work); err != nil {
		return err
	}
	r := &report{Machine: process.ThisMachine(), Rounds: o.rounds}
	peers := o.find(ctx, env, r)
	r.writeHead(stdout)
	b := bencher{env, &oracle{env, map[question]answer{}}, peers, o, work, stderr}
	for _, name := range o.captures {
		path, err := o.library.open(name)
		if errors.Is(err, errAbsent) {
			note := fmt.Sprintf("%s: %v", name, err)
			r.Notes = append(r.Notes, note)
			fmt.Fprintf(stdout, "\n%s\n", note)
			continue
		} else if err != nil {
			return err
		}
		c, err := b.measure(ctx, label(name), path)
		if err != nil {
			return err
		}
		c.finish(o.targets)
		c.write(stdout, o.targets)
		r.Captures = append(r.Captures, c)
	}
	if o.targets {
		if r.Starts, err = b.starts(ctx); err != nil {
			return err
		}
		r.writeStarts(stdout)
		r.writeTargets(stdout)
	}
	return process.Save(o.json, r)
}

// find returns the peers that are there and records all.
func (o options) find(ctx context.Context, env *environment, r *report) []peer {
	var there []peer
	for _, p := range everyone() {
		if !o.wants(p) {
			continue
		}
		if p.name == boundedName && !env.hasFlag(ctx, "--memory") {
			r.Notes = append(r.Notes, boundedName+": left out, this capfold has no --memory")
			continue
		}
		if o.limit > 0 && !p.isCapfold() {
			if p.limit == 0 || p.limit > o.limit {
				p.limit = o.limit
			}
		}
		about := peerReport{Name: p.name, Commands: p.commands(), Limit: p.limit, Note: p.note, Same: p.same, Install: p.install}
		if about.Missing = env.missing(ctx, p); about.Missing == "" {
			about.Version, about.Install = env.versionOf(ctx, p), ""
			p.release = release.FindString(about.Version)
			there = append(there, p)
		}
		r.Peers = append(r.Peers, about)
	}
	return there
}

// bencher runs peers over captures.
type bencher struct {
	env    *environment
	oracle *oracle
	peers  []peer
	options
	work string
	log  io.Writer
}

// measure runs every peer over one capture, in turn, in rounds. The first round warms up,
// and its answers are compared.
func (b *bencher) measure(ctx context.Context, name, path string) (*captureReport, error) {
	ours, err := b.oracle.ask(ctx, question{capture: path, by: ipBytes})
	if err != nil {
		return nil, err
	}
	cuts, err := os.MkdirTemp(b.work, "cuts-")
	if err != nil {
		return nil, err
	}
	parts := prefixes{path, ours.Packets, cuts, map[int64]prefix{}}
	whole, err := parts.of(0)
	if err != nil {
		return nil, err
	}
	c := &captureReport{Name: name, Path: path, Packets: whole.packets, Bytes: whole.bytes}
	var peers []peer
	var given []prefix
	for _, p := range b.peers {
		if len(p.captures) > 0 && !slices.Contains(p.captures, name) {
			continue
		}
		part, err := parts.of(p.limit)
		if err != nil {
			return nil, err
		}
		peers, given = append(peers, p), append(given, part)
		c.Results = append(c.Results, result{Peer: p.name, Version: p.release, Same: p.same, series: series{Packets: part.packets, Bytes: part.bytes}})
	}
	outputs := map[string]map[string]string{} // of capfold: the digests of its files
	for round := range b.rounds + 1 {
		for i, p := range peers {
			if c.Results[i].Failure != "" {
				continue
			}
			start := time.Now()
			if err := b.round(ctx, p, given[i], round == 0, c, &c.Results[i], outputs); err != nil {
				return nil, err
			}
			fmt.Fprintf(b.log, "%s, round %d of %d: %s, %v\n", name, round, b.rounds, p.name, time.Since(start).Round(time.Millisecond))
		}
	}
	if bounded, ok := outputs[boundedName]; ok && outputs[writeName] != nil {
		same := equal(bounded, outputs[writeName])
		c.Identical = &same
	}
	return c, os.RemoveAll(cuts)
}

// round runs one peer once. What goes wrong with it is a result too.
func (b *bencher) round(
	ctx context.Context, p peer, part prefix, first bool, c *captureReport, r *result, outputs map[string]map[string]string,
) (err error) {
	work, err := os.MkdirTemp(b.work, "peer-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	spent, stdout, err := b.env.run(ctx, p, job{part.path, work, b.work}, first)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		r.Failure = err.Error()
		return nil
	case !first:
		r.Runs = append(r.Runs, spent)
		return nil
	}
	if p.answer != nil {
		theirs, err := p.answer(stdout)
		if err != nil {
			r.Answer = "not understood: " + err.Error()
			return nil
		}
		r.Answer, err = b.oracle.check(ctx, p, part.path, theirs)
		return err
	}
	if out := filepath.Join(work, outDir); p.name == writeName || p.name == boundedName {
		m, err := readManifest(out)
		if err != nil {
			return err
		}
		c.Flows = m.Tables["flows"].Rows
		if len(p.captures) > 0 || slices.ContainsFunc(b.peers, func(p peer) bool { return slices.Contains(p.captures, c.Name) }) {
			outputs[p.name], err = digests(out)
		}
		return err
	}
	return nil
}
