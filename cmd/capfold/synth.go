package main

import (
	"errors"
	"fmt"
	"io"
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
			var stats synth.Stats
			err := a.writeFile(cmd.Context(), out, func(w io.Writer) (err error) {
				stats, err = synth.Write(&cancelledWriter{cmd, w}, args[0], o)
				return err
			})
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
