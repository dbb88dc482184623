package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/capfold/capfold/bench/synth"
)

func newSynth(a *app) *cobra.Command {
	var (
		out   string
		quiet bool
		o     synth.Options
	)
	long := &strings.Builder{}
	fmt.Fprintf(long, "Write a made-up capture, for demonstrations and benchmarks. The same profile, options\n"+
		"and seed give the same bytes.\n\nProfiles:\n")
	var names []string
	for _, p := range synth.Profiles() {
		names = append(names, p.Name)
		fmt.Fprintf(long, "  %-12s %s\n", p.Name, strings.Join(wrap(p.Doc, 70), "\n"+strings.Repeat(" ", 15)))
	}
	cmd := &cobra.Command{
		Use:       "synth PROFILE -o FILE",
		Short:     "Write a made-up capture",
		Long:      long.String(),
		Example:   "  capfold synth campus-2011 -o campus.pcap\n  capfold synth mixed --packets 100000 -o - | capfold analyze -",
		ValidArgs: names,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("synth needs one profile: %s", strings.Join(names, ", "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(names, args[0]) {
				return usagef("unknown profile %q; there are %s", args[0], strings.Join(names, ", "))
			}
			if out == "" {
				return usagef("synth needs -o FILE, or -o - for the standard output")
			}
			start := time.Now()
			write := func(w io.Writer) (synth.Stats, error) {
				return synth.Write(&cancelledWriter{cmd, w}, args[0], o)
			}
			stats, err := a.writeFile(cmd.Context(), out, write)
			if errors.Is(err, synth.ErrUsage) {
				return usagef("%s", strings.TrimPrefix(err.Error(), synth.ErrUsage.Error()+": "))
			}
			if err == nil && !quiet {
				fmt.Fprintf(a.stderr, "%s: %s packets, %s, in %v\n", out, humanize.Comma(stats.Packets),
					humanize.Bytes(uint64(stats.Bytes)), time.Since(start).Round(time.Millisecond))
			}
			return err
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVarP(&out, "out", "o", "", "file to write, - for the standard output")
	f.IntVar(&o.Packets, "packets", 0, "number of packets (default: the profile's)")
	f.IntVar(&o.Flows, "flows", 0, "number of flows, both directions counted as one (default: the profile's)")
	f.IntVar(&o.Hosts, "hosts", 0, "number of addresses (default: the profile's)")
	f.Uint64Var(&o.Seed, "seed", 0, "which of the profile's captures to make")
	f.IntVar(&o.SnapLen, "snaplen", 0, "bytes kept of each frame (default: the profile's)")
	f.BoolVarP(&quiet, "quiet", "q", false, "print nothing but errors")
	return cmd
}

// cancelledWriter fails when the command is cancelled.
type cancelledWriter struct {
	cmd *cobra.Command
	io.Writer
}

func (w *cancelledWriter) Write(p []byte) (int, error) {
	if err := w.cmd.Context().Err(); err != nil {
		return 0, err
	}
	return w.Writer.Write(p)
}

// writeFile makes the file at path with what write writes, whole or not at all; "-" is
// the standard output.
func (a *app) writeFile(ctx context.Context, path string, write func(io.Writer) (synth.Stats, error)) (stats synth.Stats, err error) {
	if path == "-" {
		return write(a.stdout)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return stats, fmt.Errorf("%s: is a directory", path)
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return stats, err
		}
		stats, err = write(f)
		return stats, errors.Join(err, f.Close())
	}
	// A link stays one; the file that it leads to is replaced and keeps its permissions.
	mode := os.FileMode(0o666) // limited by the umask
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	old, err := os.Stat(path)
	if err == nil {
		mode = old.Mode().Perm()
	}
	temporary := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.capfold-%x", filepath.Base(path), rand.Uint64()))
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return stats, err
	}
	a.onExit(func() { _ = os.Remove(temporary) })
	if stats, err = write(f); err == nil && old != nil {
		err = f.Chmod(mode) // what the umask has taken away
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return stats, err
	}
	return stats, a.commit(ctx, func() error { return os.Rename(temporary, path) })
}

// wrap breaks text into lines of at most width characters.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
