// Package plots draws the six main pictures of a result as files, for papers and slides:
//
//	tables ─► picture (what is shown) ─► scene (shapes and text, in points) ─► SVG or PNG
//
// The input is finished tables and nothing else, so that the same files come from a run
// and from a stored result. A picture is a function from tables to a [scene]; a scene is
// drawn by any format. The same tables give the same bytes.
package plots

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

// Folder is where in an output directory [Write] puts its files.
const Folder = "plots"

// Input is what pictures are drawn from.
type Input struct {
	// Tables are finished tables by name; those that no picture needs are ignored.
	Tables map[string]*table.Table
	// RankBy is what the tables were ranked by: "bytes", "wire_bytes" or "packets". Pictures
	// show bytes whatever it is, and say so where it is something else. Empty means bytes.
	RankBy string
	// Interval is the length in nanoseconds of the intervals of time series. If it is 0,
	// the longest that agrees with the tables is taken.
	Interval int64
}

// Omission is a picture that could not be drawn.
type Omission struct {
	Picture string
	Err     error // a [MissingError]
}

// MissingError says that a picture needs a table, or a column of one, that the input does
// not have.
type MissingError struct{ Table, Column string }

func (e *MissingError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("table %s is missing", e.Table)
	}
	return fmt.Sprintf("table %s has no column %s of the type that is needed", e.Table, e.Column)
}

// picture is one of the pictures. Its name is that of its files.
type picture struct {
	name string
	draw func(*scene, *Input) error
}

func pictures() []picture {
	return []picture{
		{"ports", drawPorts},
		{"top-hosts", drawTopHosts},
		{"hosts-over-time", drawHostsOverTime},
		{"ttl", drawTTL},
		{"addresses", drawAddresses},
		{"zones", drawZones},
	}
}

// Names returns the names of the pictures.
func Names() []string {
	var names []string
	for _, p := range pictures() {
		names = append(names, p.name)
	}
	return names
}

// Paths returns the paths of the files that [Write] makes in an output directory, whether it
// leaves some out or not.
func Paths(formats []string) []string {
	var paths []string
	for _, name := range Names() {
		for _, format := range formats {
			paths = append(paths, path(name, format))
		}
	}
	return paths
}

func path(name, format string) string { return Folder + "/" + name + "." + format }

// encoders draw scenes, by format.
var encoders = map[string]func(io.Writer, *scene) error{"svg": writeSVG, "png": writePNG}

// Formats returns the names of the formats that pictures can have.
func Formats() []string { return []string{"png", "svg"} }

// Draw writes one picture to w. An error that wraps a [MissingError] says that the tables
// do not have what the picture shows.
func Draw(w io.Writer, name, format string, in Input) error {
	encode, ok := encoders[format]
	if !ok {
		return fmt.Errorf("draw %s: format %q is none of %s", name, format, strings.Join(Formats(), ", "))
	}
	i := slices.IndexFunc(pictures(), func(p picture) bool { return p.name == name })
	if i < 0 {
		return fmt.Errorf("picture %q is none of %s", name, strings.Join(Names(), ", "))
	}
	s := newScene()
	if err := pictures()[i].draw(s, &in); err != nil {
		return fmt.Errorf("draw %s: %w", name, err)
	}
	return encode(w, s)
}

// Write writes all pictures in each of formats to files plots/NAME.FORMAT of dir, several
// at a time. It returns the pictures that it left out because a table is missing, in the
// order of [Names].
func Write(ctx context.Context, dir *sinks.Directory, in Input, formats []string) ([]Omission, error) {
	formats = slices.Compact(slices.Sorted(slices.Values(formats)))
	for _, f := range formats {
		if encoders[f] == nil {
			return nil, fmt.Errorf("plots: format %q is none of %s", f, strings.Join(Formats(), ", "))
		}
	}
	if len(formats) == 0 {
		return nil, nil
	}
	var omitted []Omission
	g, gctx := errgroup.WithContext(ctx)
	// A table whose rows are in files is read by one at a time; encoding takes the time.
	for _, p := range pictures() {
		if context.Cause(gctx) != nil {
			break
		}
		s := newScene()
		if err := p.draw(s, &in); err != nil {
			if missing := (*MissingError)(nil); errors.As(err, &missing) {
				omitted = append(omitted, Omission{p.name, missing})
				continue
			}
			_ = g.Wait()
			return nil, fmt.Errorf("draw %s: %w", p.name, err)
		}
		for _, format := range formats {
			g.Go(func() error { return writeFile(gctx, dir, s, path(p.name, format), encoders[format]) })
		}
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return omitted, context.Cause(ctx)
}

func writeFile(ctx context.Context, dir *sinks.Directory, s *scene, name string, encode func(io.Writer, *scene) error) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	f, err := dir.Create(name)
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := encode(f, s); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return f.Close()
}
