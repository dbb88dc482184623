package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/capfold/capfold/pipeline/capture"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/spill"
	"github.com/capfold/capfold/reducers"
	"github.com/capfold/capfold/reducers/geo"
	"github.com/capfold/capfold/sinks"
	"github.com/capfold/capfold/sinks/report"
)

// analyzeFlags are the flags of analyze.
type analyzeFlags struct {
	reducers.Options
	out        string
	interval   time.Duration
	tunnels    packet.Tunnels
	tables     []string
	formats    []string
	jsonTables []string
	geo        []string
	noGeo      bool
	plots      []string
	sha256     bool
	workers    int
	splitSize  int
	memory     memorySize
	tmp        string
	stats      bool
	strict     bool
	json       bool
	quiet      bool
	progress   string
	color      string
	logFormat  string
	profiles   profiles
}

func newAnalyze(a *app) *cobra.Command {
	f := &analyzeFlags{}
	cmd := &cobra.Command{
		Use:   "analyze [flags] CAPTURE...",
		Short: "Fold captures into tables",
		Long: "Fold captures into tables: print the ports, the top addresses, the zones, transport-level facts\n" +
			"and the TTLs, and with -o write all tables as Parquet and JSON Lines into a directory, with a report\n" +
			"for people, report.html: one page that needs no network.\n\n" +
			"A CAPTURE is a file, a directory, whose captures at any depth are taken, a pattern with *, ? or\n" +
			"[, or - for the standard input. Captures may be compressed by gzip, zstd, bzip2, xz or lz4,\n" +
			"whatever they are called. Results do not depend on the order of captures or on the number of\n" +
			"workers.\n\n" + exitCodes,
		Example: "  capfold analyze office.pcap\n" +
			"  capfold analyze -o out monday.pcap tuesday.pcap\n" +
			"  tcpdump -w - -c 10000 | capfold analyze - --json | jq .tables.ports",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("analyze needs a capture: a file, a directory, or - for the standard input")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(cmd); err != nil {
				return err
			}
			stop, err := f.profiles.start()
			if err != nil {
				return err
			}
			return errors.Join(a.analyze(cmd.Context(), f, args), stop())
		},
	}
	cmd.Flags().SortFlags = false
	group(cmd.Flags(), "What to look at", func(fl *pflag.FlagSet) {
		fl.IntVarP(&f.Top, "top", "n", reducers.DefaultTop, "how many addresses to rank and look at closely")
		fl.Var(&f.Ports, "ports", "ports to report: system (0-1023), registered (0-49151) or all")
		fl.Var(&f.RankBy, "rank-by", "what ranks: bytes (IP total length), wire_bytes or packets")
		fl.Var(&f.tunnels, "tunnels", "which IP header of a packet counts: the outer or the inner one")
		fl.DurationVar(&f.interval, "interval", 0, "length of the intervals of time series (default: one that suits the capture)")
		fl.StringArrayVar(&f.geo, "geo", nil, "geo database to look addresses up in, an .mmdb `file` of countries or cities, instead of the embedded one of countries; of several, the first that knows an address counts, the others add cities")
		fl.BoolVar(&f.noGeo, "no-geo", false, "look no address up: all are unknown but those that IANA reserves for special purposes")
	})
	group(cmd.Flags(), "What to write", func(fl *pflag.FlagSet) {
		fl.StringVarP(&f.out, "out", "o", "", "`directory` to write; an earlier result in it is replaced")
		fl.StringSliceVar(&f.tables, "tables", []string{"all"}, "`tables` to make")
		fl.StringSliceVar(&f.formats, "format", formatNames(), "`formats` to write: parquet and json, the tables; report, a page for people")
		fl.StringSliceVar(&f.jsonTables, "json-tables", []string{"top"}, "`tables` to write whole as JSON: names, all or none; top: of tables that grow with the traffic the top rows only")
		fl.StringSliceVar(&f.plots, "plots", nil, "`formats` to draw the six main pictures in, for papers and slides: png, svg; needs -o (default: none)")
		fl.BoolVar(&f.sha256, "sha256", false, "record the SHA-256 of every capture")
	})
	group(cmd.Flags(), "What to print", func(fl *pflag.FlagSet) {
		fl.BoolVar(&f.json, "json", false, "print the summary as JSON")
		fl.BoolVarP(&f.quiet, "quiet", "q", false, "print no progress and no tables")
		fl.StringVar(&f.progress, "progress", "auto", "progress bar: auto (on a terminal), always or never")
		fl.StringVar(&f.color, "color", "auto", "colours: auto (on a terminal that has them, unless NO_COLOR is set), always or never")
		fl.StringVar(&f.logFormat, "log-format", "text", "form of warnings: text or json")
		fl.BoolVar(&f.stats, "stats", false, "print how long each stage took, and what it handled")
	})
	group(cmd.Flags(), "How to work", func(fl *pflag.FlagSet) {
		fl.BoolVar(&f.strict, "strict", false, "exit with 3 if a capture is damaged; results are written all the same")
		fl.IntVar(&f.workers, "workers", 0, "goroutines that fold (default: one for each processor)")
		fl.IntVar(&f.splitSize, "split-size", capture.DefaultSplitSize, "bytes of a file that a worker takes at a time")
		fl.Var(&f.memory, "memory", "memory for flows, series and rows, such as 512MiB; at least 64MiB; what does not fit goes to temporary files (default: half of what there is, or GOMEMLIMIT)")
		fl.StringVar(&f.tmp, "tmp", "", "`folder` of temporary files (default: the system's)")
		f.profiles.flags(fl)
	})
	return cmd
}

// check completes the flags and finds what is wrong with them.
func (f *analyzeFlags) check(cmd *cobra.Command) error {
	oneOf := func(flag, value string, allowed ...string) error {
		if !slices.Contains(allowed, value) {
			return usagef("--%s: %q is none of %s", flag, value, strings.Join(allowed, ", "))
		}
		return nil
	}
	if f.workers == 0 && !cmd.Flags().Changed("workers") {
		f.workers = runtime.GOMAXPROCS(0)
	}
	if f.memory == 0 {
		f.memory = defaultMemory()
	}
	var errs []error
	for _, n := range []struct {
		flag               string
		value, least, most int
	}{
		{"top", f.Top, 1, maxTop},
		{"workers", f.workers, 1, maxWorkers},
		{"split-size", f.splitSize, minSplitSize, maxSplitSize},
	} {
		if n.value < n.least || n.value > n.most {
			errs = append(errs, usagef("--%s: %d is not between %d and %d", n.flag, n.value, n.least, n.most))
		}
	}
	if f.interval < 0 || f.interval%time.Microsecond != 0 {
		errs = append(errs, usagef("--interval: %v is not a whole number of microseconds, 1µs or more", f.interval))
	}
	if cmd.Flags().Changed("out") && f.out == "" {
		errs = append(errs, usagef("--out: the name of the directory is empty"))
	}
	if f.noGeo && len(f.geo) > 0 {
		errs = append(errs, usagef("--no-geo: look no address up, but --geo names a database to do so"))
	}
	for _, l := range []struct {
		flag  string
		names []string
	}{{"tables", f.tables}, {"format", f.formats}, {"json-tables", f.jsonTables}} {
		if len(l.names) == 0 {
			errs = append(errs, usagef("--%s: nothing is named", l.flag))
		}
	}
	errs = append(errs,
		oneOf("progress", f.progress, "auto", "always", "never"),
		oneOf("color", f.color, "auto", "always", "never"),
		oneOf("log-format", f.logFormat, "text", "json"))
	for _, name := range f.formats {
		errs = append(errs, oneOf("format", name, formatNames()...))
	}
	if cmd.Flags().Changed("plots") {
		errs = append(errs, checkPlots(f.plots))
		if f.out == "" {
			errs = append(errs, usagef("--plots: pictures are files of a result, name its directory with -o"))
		}
	}
	for _, name := range f.tables {
		errs = append(errs, oneOf("tables", name, append(tableNames(), "all")...))
	}
	for _, name := range f.jsonTables {
		errs = append(errs, oneOf("json-tables", name, append(tableNames(), "top", "all", "none")...))
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return f.checkTmp()
}

// checkTmp finds out before hours of work that there can be no temporary files.
func (f *analyzeFlags) checkTmp() error {
	if f.tmp == "" {
		return nil
	}
	info, err := os.Stat(f.tmp)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", f.tmp)
	}
	if err != nil {
		return fmt.Errorf("--tmp: %w", err)
	}
	return nil
}

// openAtlas opens the geo databases. Whether they are any good is found out before hours
// of work.
func (f *analyzeFlags) openAtlas() (*geo.Atlas, error) {
	switch {
	case f.noGeo:
		return &geo.Atlas{}, nil
	case len(f.geo) > 0:
		return geo.Open(f.geo...)
	}
	return geo.Default(), nil
}

const (
	// maxTop bounds the hosts that are looked at closely, whose series and breakdowns
	// are held in memory.
	maxTop = 10_000
	// maxWorkers bounds what the workers' buffers and tables take; it is far more than
	// a machine has use for.
	maxWorkers = 1024
	// minSplitSize keeps splits so long that handing them out is not all there is to do.
	minSplitSize = 512
	// maxSplitSize bounds a worker's buffer; positions in it have 32 bits.
	maxSplitSize = 1 << 30
)

// analyses returns those whose tables were asked for.
func (f *analyzeFlags) analyses() []reducers.Analysis {
	all := reducers.Registry()
	if slices.Contains(f.tables, "all") {
		return all
	}
	return slices.DeleteFunc(all, func(a reducers.Analysis) bool {
		return !slices.Contains(f.tables, a.Schema().Name)
	})
}

func (a *app) analyze(ctx context.Context, f *analyzeFlags, paths []string) error {
	timing := newStages()
	timing.begin("open")
	memory := spill.New(f.memory.held(), f.workers, f.tmp)
	a.onExit(func() { _ = memory.Close() })
	log := newLogger(a.stderr, f.logFormat)
	atlas, err := f.openAtlas()
	if err != nil {
		return err
	}
	defer atlas.Close()
	r, err := capture.Open(ctx, paths, a.stdin, capture.Options{
		SplitSize: f.splitSize, Workers: f.workers, Buffers: f.workers + 2, SHA256: f.sha256, Tunnels: f.tunnels,
	})
	if err != nil {
		return err
	}
	defer r.Close()
	arranged := arrangeHeap(f.memory, expectedBytes(r))
	defer func() { <-arranged }()
	warnSkipped(log, r.Skipped())
	var dir *sinks.Directory
	if f.out != "" { // found out before hours of work
		if dir, err = sinks.Create(f.out); err != nil {
			return err
		}
		a.onExit(func() { _ = dir.Abort() })
	}

	bar := startProgress(a.stderr, f, r)
	defer bar.stop()
	run := reducers.Run{
		Options: f.Options, Interval: int64(f.interval), Workers: f.workers, Analyses: f.analyses(),
		Geo: atlas, Memory: memory,
		Stage: timing.begin,
	}
	result, err := run.Analyze(ctx, r, func() ([]packet.Capture, error) {
		bar.next("merging flows …")
		return r.Captures(ctx)
	})
	if err != nil {
		return err
	}
	folded := timing.elapsed()
	timing.begin("summarize")

	summary, err := summarize(f, result)
	if err != nil {
		return err
	}
	text := a.results(f, result, summary) // writing frees rows
	if dir != nil {
		bar.next("writing tables …")
		timing.begin("write")
		if err := writeResults(ctx, dir, f, atlas, result, summary, memory.Slabs(), log); err != nil {
			return err
		}
	}
	if err := memory.Err(); err != nil {
		return err
	}
	bar.stop()
	timing.begin("print")
	damaged := warn(log, result.Captures)
	// Printed before the result is put in place: exit code 1 means nothing was written. A
	// reader that has seen enough, as head does, is no failure.
	if err := a.print(f, text, summary); err != nil && !errors.Is(err, syscall.EPIPE) {
		return err
	}
	if dir != nil {
		timing.begin("commit")
		if err := a.commit(ctx, dir.Commit); err != nil {
			return err
		}
	}
	if !f.quiet {
		printThroughput(a.stderr, result, r, folded, timing.elapsed(), f.out)
	}
	if f.stats {
		timing.print(a.stderr, min(f.workers, runtime.GOMAXPROCS(0)), figures(result, r, memory))
	}
	if dir != nil && !f.quiet && isTerminal(a.stderr) && slices.Contains(f.formats, reportFormat) {
		printReport(a.stderr, filepath.Join(f.out, report.Path))
	}
	if damaged > 0 && f.strict {
		return fmt.Errorf("%w: %s, see the warnings above", errDamaged, count(damaged, "damaged region"))
	}
	return nil
}

// usualRatio is about how many bytes of a capture a compressed one has for each.
const usualRatio = 4

// expectedBytes returns about how long the captures are, many where that cannot be told.
func expectedBytes(r *capture.Reader) int64 {
	total := r.Total()
	if total < 0 {
		return manyBytes
	}
	return total + (usualRatio-1)*r.Compressed()
}

// warnSkipped logs which files in directories are no captures: in text only the first.
func warnSkipped(log *logger, skipped []capture.Skipped) {
	if len(skipped) == 0 {
		return
	}
	if log.slog != nil {
		for _, s := range skipped {
			log.warn(fmt.Sprintf("%s: skipped: %s", s.Path, s.Reason), "path", s.Path, "skipped", s.Reason)
		}
		return
	}
	const shown = 3
	for _, s := range skipped[:min(shown, len(skipped))] {
		log.warn(fmt.Sprintf("%s: skipped: %s", s.Path, s.Reason))
	}
	if more := len(skipped) - shown; more > 0 {
		log.warn(fmt.Sprintf("%d more files in directories skipped, which are no captures", more))
	}
}

// warn logs what is wrong with the captures and returns the number of damaged regions:
// in text the first of every capture.
func warn(log *logger, captures []packet.Capture) (damaged int64) {
	const shown = 10
	for i := range captures {
		c := &captures[i]
		name, list := capture.Name(c.Path), c.Listed()
		if log.slog == nil && len(list) > shown {
			list = list[:shown]
		}
		for _, an := range list {
			log.warn(fmt.Sprintf("%s: offset %d: %s; skipped %s", name, an.Offset, an.Detail, count(an.Length, "byte")),
				"path", c.Path, "offset", an.Offset, "length", an.Length, "reason", string(an.Reason), "detail", an.Detail)
		}
		if more := c.DamagedRegions - int64(len(list)); log.slog == nil && more > 0 {
			log.warn(fmt.Sprintf("%s: %s more; skipped %s in all", name, count(more, "damaged region"), count(c.SkippedBytes, "byte")))
		}
		damaged += c.DamagedRegions
		if n := c.Verdicts[packet.UnknownLink]; n > 0 {
			log.warn(fmt.Sprintf("%s: %s not decoded: link type %s is not supported", name, count(n, "packet"), c.LinkNames(" or ")),
				"path", c.Path, "packets", n, "verdict", packet.UnknownLink.String())
		}
	}
	return damaged
}

// results returns the results as text, nothing if none is to be printed.
func (a *app) results(f *analyzeFlags, result *reducers.Result, s summaryOf) string {
	if f.json || f.quiet {
		return ""
	}
	return newDisplay(a.stdout, f.color).results(f, result, s)
}

// print prints the results on the standard output: text, or the summary as JSON.
func (a *app) print(f *analyzeFlags, text string, s summaryOf) error {
	if f.json {
		return s.render(a.stdout)
	}
	_, err := io.WriteString(a.stdout, text)
	return err
}
