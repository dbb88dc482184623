package capture

import (
	"context"
	"errors"
	"slices"
)

// Workers begin by reading ahead: a run that is begun with a guess is folded before anybody
// knows whether the guess is right, for who waited would do nothing for as long as the
// predecessor takes for a whole run. When the predecessor's end is known, the records between
// it and the guess are read. If that does not lead to the guess, all workers stop reading
// ahead. Who has an open guess then forgets all that it has folded since it began, and its
// runs are to be read again; another one hands back what is left of its run. If there is no
// guess for a run, that is handed back, and the others end theirs.
//
// Only when all have done that they go on, carefully: what is left is handed out split by
// split, in order, and nothing is folded before its state is sure. So no packet of a file,
// however it is made, is folded more than twice, and all workers take part in all that is left.
//
// Nobody waits for ever. Who reads ahead waits for nothing but runs in front of all that it
// has taken itself, and nobody is to read on behind a run that was handed back before all have
// met: the first run of all that were begun and are not done is always being read. Who is
// careful waits for splits in front of its only one.

var (
	// errStopped says that nobody may guess any more, and who has done so forgets.
	errStopped = errors.New("a guess was wrong")
	// errLeft says that there was no guess, and that the run has been handed back.
	errLeft = errors.New("no guess")
)

// hasStopped reports whether nobody may guess any more.
func (r *Reader) hasStopped() bool {
	select {
	case <-r.stopped:
		return true
	default:
		return false
	}
}

// readAhead reads runs until there are no more, or nobody may guess any more. It returns
// when that is so for all workers, and no guess is open.
func (w *worker) readAhead(ctx context.Context) error {
	w.mu.Lock()
	w.ahead++
	w.mu.Unlock()
	if w.forget == nil {
		w.stop()
	}
	err := w.readRuns(ctx)
	w.runs = nil // no reason to forget them is left
	w.mu.Lock()
	if w.ahead--; w.ahead == 0 {
		w.meet()
	}
	w.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case <-w.met:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// readRuns reads runs until there are no more, or nobody may guess any more.
func (w *worker) readRuns(ctx context.Context) error {
	for !w.hasStopped() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		ru, err := w.takeRun()
		if err != nil {
			return err
		}
		if ru != nil {
			w.runs = append(w.runs, ru)
			err = w.readRun(ctx, ru)
		}
		if err == nil {
			err = w.settle(ctx, ru == nil)
		}
		stopped := errors.Is(err, errStopped)
		switch {
		case err == nil && ru == nil:
			return nil
		case err == nil:
		case errors.Is(err, errLeft):
			w.runs = w.runs[:len(w.runs)-1]
		case stopped && len(w.guesses) == 0:
			w.handBack(ru)
		case stopped:
		case len(w.guesses) > 0 && ctx.Err() == nil:
			// A wrong guess may be to blame for any error. Nobody waits to learn that: what
			// others have to tell may depend on what went wrong. If nothing is, it goes wrong
			// again.
			w.stop()
		default:
			return err
		}
	}
	if len(w.guesses) > 0 {
		w.forgetAll()
	}
	return nil
}

// count adds what was read to the reader's progress.
func (w *worker) count(bytes int64, packets int) {
	w.readBytes += bytes
	w.readPackets += int64(packets)
	w.bytes.Add(bytes)
	w.packets.Add(int64(packets))
}

// beginAhead frames the first split of a run with a guess, which is to be settled. Where
// there is none for a single split, as for what the end of a file may be, it waits for the
// predecessor instead. When that has ended, it reports that it has framed nothing.
func (w *worker) beginAhead(ctx context.Context, ru *run, sp split) (f framed, begun bool, err error) {
	if err := w.awaitInterfaces(ctx, ru.in); err != nil {
		return f, false, err
	}
	guess, err := w.guess(ru, sp)
	if err != nil {
		return f, false, err
	}
	switch {
	case ru.known:
		return f, false, nil
	case guess.offset >= 0:
		ru.guess = guess
		w.guesses = append(w.guesses, ru)
		f, err = w.frame(ctx, ru.in, sp, guess, true)
		return f, true, err
	case sp.end < ru.end:
		return f, false, w.leave(ru)
	}
	if err := w.settle(ctx, true); err != nil {
		return f, false, err
	}
	return f, false, ru.await(ctx, w.stopped)
}

// leave hands back a run that there is no guess for, as in a long damaged region, and has
// nobody begin another one. Where no run behind it in its file has been begun, all others can
// be read to their ends and settled, and nothing is lost.
func (r *Reader) leave(ru *run) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	isNext := func(o *run) bool { return o.in == ru.in && o.start == ru.end }
	if ru.end < ru.in.size && !slices.ContainsFunc(r.todo, isNext) {
		r.stop()
		return errStopped
	}
	r.over = true
	r.addTodo(ru)
	return errLeft
}

// awaitInterfaces waits until the first split of the input has been framed where framing
// knows of no interface before: no guess could be right.
func (w *worker) awaitInterfaces(ctx context.Context, in *input) error {
	if len(in.framing.begin().section.interfaces) > 0 {
		return nil
	}
	select {
	case <-in.file.entered:
		return nil
	case <-w.stopped:
		return errStopped
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// settle checks the guesses that the worker has begun runs with, as far as can be told
// already or, if it is to wait, all. It returns errStopped if one was wrong, or if it has
// waited in vain.
func (w *worker) settle(ctx context.Context, wait bool) error {
	for len(w.guesses) > 0 {
		ru := w.guesses[0]
		if !ru.arrived() {
			if !wait {
				break
			}
			if err := ru.await(ctx, w.stopped); err != nil {
				return err
			}
		}
		right, err := w.readUpTo(ctx, ru)
		if err != nil {
			return err
		}
		if !right {
			w.stop()
			return errStopped
		}
		w.guesses = w.guesses[1:]
		ru.guess = state{}
		ru.send()
	}
	return nil
}

// isInDoubt reports whether the predecessor has ended, but not where the guess is. Records
// in between may yet lead there, but mostly it is wrong, and damage that has been come upon is
// none: it is not worth a long search, which all who wait for the run would wait for.
func (ru *run) isInDoubt() bool { return ru.arrived() && !ru.first.is(ru.guess) }

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

// forgetAll voids what the worker has folded, and hands its runs back.
func (w *worker) forgetAll() {
	w.forget()
	w.count(-w.readBytes, -int(w.readPackets))
	clear(w.parts)
	for _, ru := range w.runs {
		ru.guess, ru.framed = state{}, false
	}
	w.handBack(w.runs...)
	w.guesses = nil
}

// handBack has runs read carefully.
func (r *Reader) handBack(runs ...*run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addTodo(runs...)
}

// addTodo adds runs to what is left. The caller has locked the reader.
func (r *Reader) addTodo(runs ...*run) {
	r.todo = append(r.todo, runs...)
	slices.SortFunc(r.todo, (*run).compare)
}
