package capture

import (
	"context"
	"fmt"
	"runtime"

	"github.com/capfold/capfold/pipeline/packet"
)

// run is a byte range of a file that one worker reads, split by split. It is linked to its
// neighbours by channels that each carry one state.
type run struct {
	number     int // runs are numbered as they are handed out, so those of a file in order
	in         *input
	start, end int64
	before     chan state // the predecessor's end state; the predecessor sends
	after      chan state // this run's end state

	first  state // what came through before
	known  bool  // whether it came
	guess  state // what the worker began with because first was not known, until that is checked
	last   state // where the run ends
	framed bool  // whether that is known
	sent   bool  // whether it went through after
}

// RunLength returns the length of the next run where so many bytes are left to be handed
// out. The packets of a flow are mostly near to each other: the longer runs are, the fewer
// flows are in the tables of several workers. But in the end all workers are to be done at
// the same time.
func RunLength(left int64, workers, splitSize int) int64 {
	return max(1, left/(runShare*int64(workers)*int64(splitSize))) * int64(splitSize)
}

// runShare is the part of a worker's share of what is left that makes a run, as a divisor.
const runShare = 2

// split returns the split of the run that begins at start.
func (ru *run) split(start int64, size int) split {
	return split{start, min(start+int64(size), ru.end)}
}

// awaitTurns is how often a worker lets others run before it sleeps until its predecessor
// is done. Where splits are handed out one by one, a predecessor is seldom more than a few
// dozen microseconds behind, and waking up takes longer.
const awaitTurns = 200

// arrived reports whether the state in which the predecessor ends is known by now.
func (ru *run) arrived() bool {
	if !ru.known {
		select {
		case ru.first = <-ru.before:
			ru.known = true
		default:
		}
	}
	return ru.known
}

// await waits for the state in which the predecessor ends.
func (ru *run) await(ctx context.Context) error {
	for range awaitTurns {
		if ru.arrived() {
			return nil
		}
		runtime.Gosched()
	}
	select {
	case ru.first = <-ru.before:
		ru.known = true
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// guessed reports whether the run was begun with a guess that has not been checked yet.
func (ru *run) guessed() bool { return ru.guess.section != nil }

// send hands on the state in which the run ends, once it is known and sure.
func (ru *run) send() {
	if ru.framed && !ru.guessed() && !ru.sent {
		ru.sent = true
		ru.after <- ru.last // has room for the one state that is ever sent
	}
}

// readRun reads, frames and folds a run.
func (w *worker) readRun(ctx context.Context, ru *run) error {
	in := ru.in
	sp := ru.split(ru.start, w.options.SplitSize)
	w.runs = append(w.runs, ru)
	f, err := w.begin(ctx, ru, sp)
	if err != nil {
		return err
	}
	for {
		if sp.end == in.size && f.after.offset != in.size {
			return fmt.Errorf("%s: framing ended at %d of %d bytes (a bug in capfold)", in.path, f.after.offset, in.size)
		}
		in.file.enter(f.after.section)
		if sp.end == ru.end {
			ru.last, ru.framed = f.after, true
			ru.send()
		}
		if err := w.foldSplit(in, f); err != nil {
			return err
		}
		w.count(sp.end-sp.start, 0)
		if sp.end == ru.end {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		sp = ru.split(sp.end, w.options.SplitSize)
		if f.after.offset < sp.end {
			if err := w.fill(in, sp.start, min(sp.end+slack, in.size)); err != nil {
				return err
			}
		}
		if f, err = w.frame(ctx, in, sp, f.after, true); err != nil {
			return err
		}
	}
}

// begin frames the first split of a run. Where the predecessor has not ended yet, it begins
// with a guess, if it may and there is one.
func (w *worker) begin(ctx context.Context, ru *run, sp split) (framed, error) {
	in := ru.in
	if err := w.fill(in, sp.start, min(sp.end+slack, in.size)); err != nil {
		return framed{}, err
	}
	if ru.arrived() {
		return w.frame(ctx, in, sp, ru.first, true)
	}
	may := w.mayGuess()
	if may {
		if err := in.awaitInterfaces(ctx); err != nil {
			return framed{}, err
		}
	}
	guess := w.guess(in, sp)
	switch {
	case may && guess.offset >= 0:
		ru.guess = guess
		w.guesses = append(w.guesses, ru)
		return w.frame(ctx, in, sp, guess, true)
	case may:
		w.careful.Store(true)
	}
	// The guess is framed while the predecessor may still be at work. If that comes upon
	// damage, it waits, so that no region is searched for records more than once.
	f, err := w.frame(ctx, in, sp, guess, false)
	if err != nil {
		return f, err
	}
	if len(w.guesses) > 0 {
		if err := w.settle(ctx, ru.number); err != nil {
			return f, err
		}
		f.whole = false // what was framed is lost
	}
	if err := ru.await(ctx); err != nil || f.whole && ru.first.is(guess) {
		return f, err
	}
	if err := w.fill(in, sp.start, min(sp.end+slack, in.size)); err != nil {
		return f, err
	}
	return w.frame(ctx, in, sp, ru.first, true)
}

// awaitInterfaces waits until the first split of the input has been framed where framing
// knows of no interface before: no guess could be right.
func (in *input) awaitInterfaces(ctx context.Context) error {
	if len(in.framing.begin().section.interfaces) > 0 {
		return nil
	}
	select {
	case <-in.file.entered:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// foldSplit folds what framing a split has found.
func (w *worker) foldSplit(in *input, f framed) error {
	part := packet.Capture{RecordBytes: f.length, Damage: f.damage}
	return w.foldRecords(in, &part, w.buf, &w.frames)
}
