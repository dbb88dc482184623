package capture

import (
	"context"
	"errors"
	"math"
	"slices"
)

// A run that is begun with a guess is folded before anybody knows whether the guess is
// right: who waited would do nothing for as long as the predecessor takes for a whole run.
// When the predecessor's end is known, the records between it and the guess are read. If
// that does not lead to the guess, the worker forgets all that it has folded since it began,
// its runs are folded again, and nobody guesses any more: from then on, what has not been
// handed out is so split by split, and nothing is folded before its state is sure. So no
// packet of a file, however it is made, is folded more than twice. But the runs that are
// folded again may have to wait for each other, so that a hostile file is folded about as
// one worker would do it.

// mayGuess reports whether the worker may fold what it may have to forget.
func (w *worker) mayGuess() bool { return w.forget != nil && !w.careful.Load() }

// count adds what was read to the reader's progress.
func (w *worker) count(bytes int64, packets int) {
	w.readBytes += bytes
	w.readPackets += int64(packets)
	w.bytes.Add(bytes)
	w.packets.Add(int64(packets))
}

// settle checks the guesses that the worker has begun runs with, as far as can be told
// already, and waits for those in front of the run with a number. It returns errForgot if one
// was wrong.
//
// Whoever waits for the end of a run must have settled its own in front of it: the first
// run of all that waits has nobody to wait for then.
func (w *worker) settle(ctx context.Context, number int) error {
	for len(w.guesses) > 0 {
		ru := w.guesses[0]
		if !ru.arrived() {
			if ru.number >= number {
				break
			}
			if err := ru.await(ctx); err != nil {
				return err
			}
		}
		right, err := w.readUpTo(ctx, ru)
		if err != nil {
			return err
		}
		if !right {
			w.forgetAll()
			return errForgot
		}
		w.guesses = w.guesses[1:]
		ru.guess = state{}
		ru.send()
	}
	return nil
}

// errForgot says that all that the worker has folded has been forgotten, and that its runs
// are to be read again.
var errForgot = errors.New("a guess was wrong")

// everything is the number of no run, but one behind all.
const everything = math.MaxInt

// readUpTo reads the records of a run in front of the guess that it was begun with, and
// reports whether the guess is where they end.
func (w *worker) readUpTo(ctx context.Context, ru *run) (right bool, err error) {
	if ru.first.is(ru.guess) {
		return true, nil
	}
	if ru.first.offset >= ru.guess.offset {
		return false, nil
	}
	if err := ru.in.file.acquire(); err != nil {
		return false, err
	}
	defer ru.in.file.release() //nolint:errcheck // it was read only
	sp := split{ru.start, ru.guess.offset}
	if err := w.fill(ru.in, sp.start, min(sp.end+slack, ru.in.size)); err != nil {
		return false, err
	}
	f, err := w.frame(ctx, ru.in, sp, ru.first, true)
	if err != nil || !f.after.is(ru.guess) {
		return false, err
	}
	return true, w.foldSplit(ru.in, f)
}

// forgetAll has the worker's runs folded again, with states that are sure.
func (w *worker) forgetAll() {
	w.careful.Store(true)
	w.forget()
	w.count(-w.readBytes, -int(w.readPackets))
	clear(w.parts)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, ru := range w.runs {
		ru.guess, ru.framed = state{}, false
		if ru.known {
			ru.known = false
			ru.before <- ru.first // has room, since it came from there
		}
	}
	w.again = append(w.again, w.runs...)
	slices.SortFunc(w.again, func(a, b *run) int { return a.number - b.number })
	w.runs, w.guesses = nil, nil
}
