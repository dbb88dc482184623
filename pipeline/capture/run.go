package capture

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/capfold/capfold/pipeline/packet"
)

// run is a byte range of a file that one worker reads, split by split. It is linked to its
// neighbours by channels that each carry one state.
type run struct {
	in         *input
	start, end int64
	held       bool       // it is not handed out yet, and has acquired its file
	before     chan state // the predecessor's end state; the predecessor sends
	after      chan state // this run's end state

	first  state // what came through before
	known  bool  // whether it came
	guess  state // what the worker began with because first was not known, until that is checked
	last   state // where the run ends
	framed bool  // whether that is known
	sent   bool  // whether it went through after
}

// newRun returns the run of all splits of a file.
func newRun(in *input) *run {
	return &run{in: in, end: in.size, first: in.framing.begin(), known: true, after: make(chan state, 1)}
}

// head takes the first bytes off the run, which is longer, and returns them as one.
func (ru *run) head(length int64) *run {
	h := &run{
		in: ru.in, start: ru.start, end: ru.start + length,
		before: ru.before, first: ru.first, known: ru.known, after: make(chan state, 1),
	}
	ru.start, ru.before, ru.first, ru.known = h.end, h.after, state{}, false
	return h
}

// compare orders runs as they are handed out at first.
func (ru *run) compare(o *run) int {
	return cmp.Or(strings.Compare(ru.in.path, o.in.path), cmp.Compare(ru.start, o.start))
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

// await waits for the state in which the predecessor ends, or returns errStopped.
func (ru *run) await(ctx context.Context, stopped <-chan struct{}) error {
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
	case <-stopped:
		return errStopped
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

// readRun reads, frames and folds a run that was acquired for it. With errStopped, it has
// become what is left of it, or is to be forgotten.
func (w *worker) readRun(ctx context.Context, ru *run) (err error) {
	in := ru.in
	defer func() {
		if closed := in.file.release(); err == nil {
			err = closed
		}
	}()
	sp := ru.split(ru.start, w.options.SplitSize)
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
		if err := w.settle(ctx, false); err != nil {
			return err
		}
		if w.hasStopped() {
			if len(w.guesses) == 0 {
				ru.start, ru.first, ru.known = sp.end, f.after, true
			}
			return errStopped
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

// begin frames the first split of a run.
func (w *worker) begin(ctx context.Context, ru *run, sp split) (framed, error) {
	if !ru.arrived() {
		early := w.beginAhead
		if w.careful {
			early = w.beginCarefully
		}
		if f, done, err := early(ctx, ru, sp); done || err != nil {
			return f, err
		}
	}
	if err := w.fill(ru.in, sp.start, min(sp.end+slack, ru.in.size)); err != nil {
		return framed{}, err
	}
	return w.frame(ctx, ru.in, sp, ru.first, true)
}

// beginCarefully frames the first split of a run with a guess, while the predecessor may
// still be at work, and waits for that. If it comes upon damage, it waits before, so that no
// region is searched for records more than once. It reports whether the guess was right.
func (w *worker) beginCarefully(ctx context.Context, ru *run, sp split) (f framed, right bool, err error) {
	guess, err := w.guess(ru, sp)
	if err != nil {
		return f, false, err
	}
	if f, err = w.frame(ctx, ru.in, sp, guess, false); err != nil {
		return f, false, err
	}
	if err := ru.await(ctx, nil); err != nil {
		return f, false, err
	}
	return f, f.whole && ru.first.is(guess), nil
}

// foldSplit folds what framing a split has found.
func (w *worker) foldSplit(in *input, f framed) error {
	part := packet.Capture{RecordBytes: f.length, Damage: f.damage}
	return w.foldRecords(in, &part, w.buf, &w.frames)
}
