package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/capfold/capfold/pipeline/packet"
)

// split is a byte range of a file that is read at a time. The records that begin in it are
// its own, wherever they end.
type split struct{ start, end int64 }

// slack is read beyond a split's end, since the last record mostly ends there. A longer
// record's rest is read when it turns out to be needed.
const slack = 4 << 10

// searchStep is how much of a split is searched for a guess before it is asked again
// whether one is needed.
const searchStep = 16 << 10

// guess fills the buffer and returns a state that the predecessor of the run, whose first
// split is sp, may well end in, or one with a negative offset: if there is none, or the true
// one has arrived. The section is guessed to be the one that was the latest, which is seldom
// wrong but at the beginning of a file that describes its interfaces there.
func (w *worker) guess(ru *run, sp split) (state, error) {
	in := ru.in
	if err := w.fill(in, sp.start, min(sp.end+slack, in.size)); err != nil {
		return state{}, err
	}
	s := in.framing.begin()
	if latest := in.file.section.Load(); latest != nil {
		s.section = latest
	}
	if sp.start < s.offset {
		return state{offset: -1}, nil
	}
	limit := int(sp.end - sp.start)
	for from := 0; from < limit && !ru.arrived(); from += searchStep {
		if at := guess(in.framing, w.buf[from:], min(searchStep, limit-from), s.section); at >= 0 {
			return state{sp.start + int64(from+at), s.section}, nil
		}
	}
	return state{offset: -1}, nil
}

// guess returns where in data[:limit] a record probably begins, or -1.
func guess(f framing, data []byte, limit int, s *section) int {
	for at := range limit {
		if ok, _ := f.chain(data, at, s, false); ok {
			return at
		}
	}
	return -1
}

// framed is what framing a split found, beside the worker's frames.
type framed struct {
	length int64 // bytes of records
	damage packet.Damage
	after  state
	whole  bool // framing has reached the end of the split
}

// frame frames the split from a state, which may be behind its end or, with a negative
// offset, none. It extends the worker's buffer as far as the last record needs. It goes
// on behind damage only if it is sure of the state.
func (w *worker) frame(ctx context.Context, in *input, sp split, before state, sure bool) (f framed, err error) {
	if before.offset < 0 {
		return f, nil
	}
	w.frames.reset(before.section)
	f.after = before
	for f.after.offset < sp.end {
		w.frames.eof = sp.start+int64(len(w.buf)) == in.size
		end, need, damage := in.framing.frame(&w.frames, w.buf, int(f.after.offset-sp.start), int(sp.end-sp.start))
		offset := sp.start + int64(end)
		f.length += offset - f.after.offset
		f.after = state{offset, w.frames.section}
		if need > 0 {
			until := sp.start + int64(need)
			if until <= in.size || !w.frames.eof {
				if err := w.fill(in, sp.start, min(until, in.size)); err != nil {
					return framed{}, err
				}
				continue
			}
			damage = cutRecord(in.size-offset, until-offset)
		}
		if damage == nil {
			continue
		}
		if !sure {
			return f, nil
		}
		damage.Offset = offset
		if damage.Length == 0 {
			next, err := w.resync(ctx, in, offset+1, f.after.section)
			if err != nil {
				return framed{}, err
			}
			damage.Length = next - offset
			endRegion(damage, next == in.size)
		}
		f.after.offset += damage.Length
		f.damage.SkippedBytes += damage.Length
		f.damage.AddRegion(*damage)
	}
	f.whole = true
	return f, nil
}

func cutRecord(have, want int64) *packet.Anomaly {
	return &packet.Anomaly{
		Reason: packet.CutRecord,
		Detail: fmt.Sprintf("a record of at least %d bytes, where the capture has %d left", want, have),
	}
}

// endRegion completes an anomaly when it is known whether the input ends with it: where
// records go on, the one that it begins with was not cut.
func endRegion(a *packet.Anomaly, last bool) {
	if a.Reason == packet.CutRecord && !last {
		a.Reason = packet.BadLength
	}
}

// scanLen is how much of a file a search for records reads at a time.
const scanLen = 1 << 20

// resync returns the first offset, not below from, at which a chain of plausible records
// begins, or the input's size. It depends on the file alone, not on how it is split.
func (w *worker) resync(ctx context.Context, in *input, from int64, s *section) (int64, error) {
	base := from
	buf := w.scan[:0]
	read := func(until int64) error {
		switch { // the search may take as long as all else
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case len(w.guesses) > 0 && w.hasStopped():
			return errStopped
		}
		have := len(buf)
		n := int(min(until, in.size) - base)
		buf = slices.Grow(buf, n-have)[:n]
		return in.readAt(buf[have:], base+int64(have))
	}
	defer func() { w.scan = buf }()
	for at := 0; base+int64(at) < in.size; {
		if at >= scanLen { // drop what was searched
			buf = append(buf[:0], buf[min(at, len(buf)):]...)
			base, at = base+int64(at), 0
			if slices.ContainsFunc(w.guesses, (*run).isInDoubt) {
				w.stop()
				return 0, errStopped
			}
		}
		if at >= len(buf) {
			if err := read(base + int64(at) + scanLen); err != nil {
				return 0, err
			}
		}
		ok, need := in.framing.chain(buf, at, s, base+int64(len(buf)) == in.size)
		switch {
		case ok:
			return base + int64(at), nil
		case need > len(buf):
			if err := read(max(base+int64(need), base+int64(len(buf))+scanLen)); err != nil {
				return 0, err
			}
		default:
			at++
		}
	}
	return in.size, nil
}

// fill makes the worker's buffer hold the bytes from start to end of the file. Bytes
// that it holds from an earlier call with the same start in a split are kept.
func (w *worker) fill(in *input, start, end int64) error {
	have := 0
	if w.filled == (filled{in, start}) {
		have = len(w.buf)
	}
	n := max(int(end-start), have)
	w.buf = slices.Grow(w.buf[:have], n-have)[:n]
	w.filled = filled{}
	if err := in.readAt(w.buf[have:], start+int64(have)); err != nil {
		return err
	}
	w.filled = filled{in, start}
	return nil
}

// filled names what a worker's buffer holds.
type filled struct {
	in    *input
	start int64
}

// readAt fills p from an offset of the file.
func (in *input) readAt(p []byte, offset int64) error {
	got, err := in.file.ReadAt(p, offset)
	if got == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = errors.New("the file has become shorter while it was read")
	}
	return errAt(in, offset+int64(got), err)
}
