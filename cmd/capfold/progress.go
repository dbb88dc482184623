package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"

	"github.com/capfold/capfold/pipeline/capture"
	"github.com/capfold/capfold/reducers"
)

// progress shows how far a run is: a bar while captures are read, and then one line on
// what is being done.
type progress struct {
	display
	w     io.Writer
	shown bool
	done  chan struct{}
	wait  sync.WaitGroup
	once  sync.Once
}

// redraw is how often the bar is drawn.
const redraw = 100 * time.Millisecond

// startProgress draws a bar on w until it is stopped, if w is a terminal or the user
// insists.
func startProgress(w io.Writer, f *analyzeFlags, r *capture.Reader) *progress {
	p := &progress{display: newDisplay(w, f.color), w: w, done: make(chan struct{})}
	p.shown = !f.quiet && (f.progress == "always" || f.progress == "auto" && isTerminal(w))
	if !p.shown {
		return p
	}
	bar := progressbar.NewOptions64(max(r.Total(), -1),
		progressbar.OptionSetWriter(w),
		progressbar.OptionShowBytes(true),
		progressbar.OptionShowTotalBytes(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetWidth(30),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(redraw/2),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: p.pick("█", "#"), SaucerPadding: p.pick("░", "."), BarStart: "", BarEnd: ""}),
	)
	start := time.Now()
	p.wait.Go(func() {
		tick := time.NewTicker(redraw)
		defer tick.Stop()
		for {
			select {
			case <-p.done:
				_ = bar.Finish() // what a terminal does not take is lost
				_ = bar.Clear()
				return
			case <-tick.C:
				bytes, packets := r.Progress()
				rate := float64(packets) / time.Since(start).Seconds()
				bar.Describe(humanize.SIWithDigits(rate, 1, "packets/s"))
				_ = bar.Set64(bytes)
			}
		}
	})
	return p
}

// next removes the bar and says what comes next instead.
func (p *progress) next(what string) {
	p.once.Do(func() {
		close(p.done)
		p.wait.Wait()
	})
	if p.shown {
		fmt.Fprintf(p.w, "%s%s", clearLine, strings.ReplaceAll(what, "…", p.dots()))
	}
}

// stop removes everything that was shown. It may be called more than once.
func (p *progress) stop() {
	p.next("")
	p.shown = false
}

// clearLine moves to the beginning of the line and erases it (ECMA-48).
const clearLine = "\r\x1b[K"

// printThroughput prints one line on how fast the run was and where its results are.
func printThroughput(w io.Writer, result *reducers.Result, r *capture.Reader, folded, total time.Duration, out string) {
	_, packets := r.Progress()
	bytes := int64(0) // without compression
	for i := range result.Captures {
		bytes += result.Captures[i].FileBytes
	}
	per := func(n int64, unit string) string {
		return humanize.SIWithDigits(float64(n)/folded.Seconds(), 1, unit)
	}
	where := ""
	if out != "" {
		where = fmt.Sprintf("; %s in %s", count(int64(len(result.Tables)), "table"), printable(out))
	}
	line := fmt.Sprintf("%s, %s folded in %v (%s, %s), %v in all%s",
		count(packets, "packet"), humanize.Bytes(uint64(bytes)), folded.Round(time.Millisecond),
		per(bytes, "B/s"), per(packets, "packets/s"), total.Round(time.Millisecond), where)
	fmt.Fprintln(w, newDisplay(w, "never").line(line))
}
