package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/capfold/capfold/pipeline/packet"
)

// split is a byte range of a file. The records that begin in it are its own, wherever
// they end. A split is linked to its neighbours by channels that each carry one state.
type split struct {
	start, end int64
	before     chan state // the predecessor's end state; the predecessor sends
	after      chan state // this split's end state
}

// slack is read beyond a split's end, since the last record mostly ends there. A longer
// record's rest is read when it turns out to be needed.
const slack = 4 << 10

// readSplit reads, frames and folds one split.
func (w *worker) readSplit(ctx context.Context, in *input, sp split) error {
	if err := w.fill(in, sp.start, min(sp.end+slack, in.size)); err != nil {
		return err
	}
	// The guess is framed while the predecessor may still be at work.
	guessed, f := false, framed{}
	limit := int(sp.end - sp.start)
	if sp.start >= in.framing.header() {
		if at := in.framing.guess(w.buf); at >= 0 && at < limit {
			var err error
			guessed = true
			if f, err = w.frame(in, sp, at); err != nil {
				return err
			}
		}
	}
	var before state
	select {
	case before = <-sp.before:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	switch {
	case before.ended || before.offset >= sp.end:
		f = framed{after: before}
	case !guessed || before.offset != f.from:
		var err error
		if f, err = w.frame(in, sp, int(before.offset-sp.start)); err != nil {
			return err
		}
	}
	if sp.end == in.size && !f.after.ended && f.after.offset != in.size {
		return fmt.Errorf("%s: framing ended at %d of %d bytes (a bug in capfold)", in.path, f.after.offset, in.size)
	}
	sp.after <- f.after // has room for the one state that is ever sent
	part := packet.Capture{RecordBytes: f.length, SkippedBytes: f.skipped}
	if f.anomaly != nil {
		part.Anomalies = []packet.Anomaly{*f.anomaly}
	}
	err := w.foldRecords(in, &part, w.buf, f.starts)
	w.bytes.Add(sp.end - sp.start)
	return err
}

// framed is what framing a split found.
type framed struct {
	from    int64    // offset of the first record, or where it would begin
	starts  []uint32 // where records begin in the worker's buffer
	length  int64    // bytes of the records
	skipped int64    // bytes of a damaged rest
	anomaly *packet.Anomaly
	after   state
}

// frame frames the split from position at of the worker's buffer, which it extends as
// far as the last record needs.
func (w *worker) frame(in *input, sp split, at int) (f framed, err error) {
	f.from = sp.start + int64(at)
	limit := int(sp.end - sp.start)
	w.starts = w.starts[:0]
	for end := at; ; {
		var need int
		w.starts, end, need, f.anomaly = in.framing.frame(w.buf, end, limit, w.starts)
		offset := sp.start + int64(end)
		f.starts, f.length, f.after = w.starts, offset-f.from, state{offset: offset}
		if need > 0 {
			if until := sp.start + int64(need); until <= in.size {
				if err := w.fill(in, sp.start, until); err != nil {
					return framed{}, err
				}
				continue
			}
			f.anomaly = cutRecord(in.size-offset, int64(need-end))
		}
		if f.anomaly != nil {
			f.anomaly.Offset, f.anomaly.Length = offset, in.size-offset
			f.skipped, f.after.ended = f.anomaly.Length, true
		}
		return f, nil
	}
}

func cutRecord(have, want int64) *packet.Anomaly {
	return &packet.Anomaly{
		Reason: packet.CutRecord,
		Length: have,
		Detail: fmt.Sprintf("the capture ends after %d bytes of a record of at least %d", have, want),
	}
}

// fill makes the worker's buffer hold the bytes from start to end of the file. Bytes
// that it holds from an earlier call with the same start in a split are kept.
func (w *worker) fill(in *input, start, end int64) error {
	have := 0
	if w.filled == (filled{in, start}) {
		have = len(w.buf)
	}
	n := int(end - start)
	w.buf = slices.Grow(w.buf[:have], n-have)[:n]
	w.filled = filled{in, start}
	got, err := in.file.ReadAt(w.buf[have:], start+int64(have))
	if got < n-have {
		if err == nil || errors.Is(err, io.EOF) {
			err = errors.New("the file has become shorter while it was read")
		}
		return errAt(in, start+int64(have+got), err)
	}
	return nil
}

// filled names what a worker's buffer holds.
type filled struct {
	in    *input
	start int64
}
