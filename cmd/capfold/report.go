package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/cli/browser"
	"github.com/spf13/cobra"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
	"github.com/capfold/capfold/sinks/parquet"
	"github.com/capfold/capfold/sinks/plots"
	"github.com/capfold/capfold/sinks/report"
)

// reportFlags are the flags of report.
type reportFlags struct {
	out   string
	plots []string
	open  bool
	quiet bool
}

func newReport(a *app) *cobra.Command {
	f := &reportFlags{}
	cmd := &cobra.Command{
		Use:   "report DIR",
		Short: "Write the report of a result again",
		Long: "Write the report of a result again, out of the tables in DIR, which analyze -o has written as\n" +
			"Parquet, and of its manifest. No capture is read. The report is the same bytes, unless this is\n" +
			"another version of capfold. It takes the place of " + report.Path + " in DIR, and with --plots the\n" +
			"pictures that of earlier ones; other files stay as they are. Until all is complete, readers of\n" +
			"DIR find the edition before.\n\n" + exitCodes,
		Example: "  capfold report --open out\n" +
			"  capfold report -o monday.html out",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("report needs one directory that analyze -o has written")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case cmd.Flags().Changed("out") && f.out == "":
				return usagef("--out: the name of the file is empty")
			case cmd.Flags().Changed("plots") && f.out != "":
				return usagef("--plots: pictures are files of a result, -o writes nothing but the report")
			case f.open && f.out == "-":
				return usagef("--open: there is no file to open with -o -")
			}
			if cmd.Flags().Changed("plots") {
				if err := checkPlots(f.plots); err != nil {
					return err
				}
			}
			return a.report(cmd.Context(), f, args[0])
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVarP(&f.out, "out", "o", "", "`file` to write instead, - for the standard output; DIR stays as it is")
	fl.StringSliceVar(&f.plots, "plots", nil, "`formats` to draw the six main pictures in too, for papers and slides: png, svg (default: none)")
	fl.BoolVar(&f.open, "open", false, "open the report in the browser")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print nothing but errors and warnings")
	return cmd
}

func (a *app) report(ctx context.Context, f *reportFlags, dir string) error {
	m, err := sinks.ReadManifest(dir)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, report.Path)
	if f.out != "" {
		if path = f.out; within(dir, path) {
			return fmt.Errorf("%s: is in the result %s, where only capfold's own files may be: leave -o away to write its %s", path, dir, report.Path)
		}
	}
	r, err := parquet.Open(dir, m)
	if err != nil {
		return err
	}
	defer r.Close()
	tables := make(map[string]*table.Table, len(m.Tables))
	for _, name := range slices.Sorted(maps.Keys(m.Tables)) {
		if tables[name], err = r.Table(ctx, name); err != nil {
			return err
		}
	}
	in := report.Input{Version: m.Version, Options: m.Options, Inputs: m.Inputs, Totals: m.Totals, Tables: tables}
	write := func(w io.Writer) error {
		return errors.Join(renderReport(ctx, w, in), r.Err(), r.Close())
	}
	if f.out == "" {
		draw := func(d *sinks.Directory) error {
			return writePlots(ctx, d, plotsInput(m, tables), f.plots, newLogger(a.stderr, "text"))
		}
		err = a.reviseResult(ctx, dir, m, append(plots.Paths(f.plots), report.Path), draw, write)
	} else {
		err = a.writeFile(ctx, path, write)
	}
	if path == "-" && errors.Is(err, syscall.EPIPE) {
		return nil // a reader that has seen enough is no failure
	}
	if err != nil {
		return err
	}
	if !f.quiet && path != "-" {
		printReport(a.stderr, path)
	}
	if f.open {
		if err := a.openBrowser(path); err != nil {
			newLogger(a.stderr, "text").warn(fmt.Sprintf("%s was not opened: %v", path, err))
		}
	}
	return nil
}

// reviseResult replaces files in dir, the report and those that draw makes, and what the
// manifest says of them.
func (a *app) reviseResult(ctx context.Context, dir string, m *sinks.Manifest, replaced []string, draw func(*sinks.Directory) error, write func(io.Writer) error) error {
	d, err := sinks.Revise(dir, m, replaced...)
	if err != nil {
		return err
	}
	a.onExit(func() { _ = d.Abort() })
	if err := draw(d); err != nil {
		return err
	}
	if err := createReport(d, write); err != nil {
		return err
	}
	if err := m.Update(d); err != nil {
		return err
	}
	if err := sinks.WriteManifest(d, m); err != nil {
		return err
	}
	return a.commit(ctx, d.Commit)
}

// createReport makes the report in an output directory.
func createReport(d *sinks.Directory, write func(io.Writer) error) error {
	f, err := d.Create(report.Path)
	if err != nil {
		return err
	}
	defer f.Discard()
	w := bufio.NewWriter(f)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// renderReport writes a report of in as it will be read from a manifest, also if that is
// not written yet.
func renderReport(ctx context.Context, w io.Writer, in report.Input) error {
	m := &sinks.Manifest{Options: in.Options, Inputs: in.Inputs, Totals: in.Totals}
	stored, err := m.Stored()
	if err != nil {
		return err
	}
	in.Options, in.Inputs, in.Totals = stored.Options, stored.Inputs, stored.Totals
	return report.Write(ctx, w, in)
}

// printReport says where a report is.
func printReport(w io.Writer, path string) { fmt.Fprintln(w, "report:", printable(path)) }

// within reports whether a file at path would be in dir.
func within(dir, path string) bool {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return false
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		parent = filepath.Dir(target)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return false
	}
	if parent, err = filepath.Abs(parent); err != nil {
		return false
	}
	return parent == dir || strings.HasPrefix(parent, dir+string(os.PathSeparator))
}

// openBrowser opens a file in the user's browser.
func (a *app) openBrowser(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // a drive
		path = "/" + path
	}
	// The standard output is for results.
	browser.Stdout, browser.Stderr = a.stderr, a.stderr
	return browser.OpenURL((&url.URL{Scheme: "file", Path: path}).String())
}
