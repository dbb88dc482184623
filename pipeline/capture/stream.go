package capture

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/capfold/capfold/pipeline/packet"
)

// block is a run of whole records of a stream. Its memory goes back to the stream's
// goroutine through its circuit's free channel.
type block struct {
	data   []byte
	frames frames
	part   packet.Capture // what the goroutine has accounted for
	err    error          // why the stream ends here
}

// circuit is what the blocks of a stream go round in: full ones to the workers, and
// free ones back to the stream's goroutine.
type circuit struct{ full, free chan block }

// startStream starts the goroutine that frames a stream. It closes the full channel. The
// buffers in circulation bound what is in memory; a goroutine that is blocked in the
// stream's Read when ctx ends goes away with the process.
func (r *Reader) startStream(ctx context.Context, in *input) circuit {
	blocks := circuit{full: make(chan block), free: make(chan block, r.options.Buffers)}
	for range r.options.Buffers {
		blocks.free <- block{}
	}
	go func() {
		defer close(blocks.full)
		s := &stream{in: in, carry: in.head, split: r.options.SplitSize}
		for !s.ended {
			var b block
			select {
			case b = <-blocks.free:
			case <-ctx.Done():
				return
			}
			s.next(&b)
			select {
			case blocks.full <- b:
			case <-ctx.Done():
				return
			}
		}
	}()
	return blocks
}

// readStream folds blocks of a stream until there are no more, and then lets the reader
// go on to the next input.
func (w *worker) readStream(ctx context.Context, in *input, blocks circuit) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case b, ok := <-blocks.full:
			if !ok {
				w.finishStream(in)
				return nil
			}
			if b.err != nil {
				return b.err
			}
			if err := w.foldRecords(in, &b.part, b.data, &b.frames); err != nil {
				return err
			}
			w.bytes.Add(b.part.FileBytes)
			blocks.free <- block{data: b.data[:0], frames: b.frames} // has room for every buffer in circulation
		}
	}
}

// finishStream moves the plan past in, unless another worker did.
func (r *Reader) finishStream(in *input) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.plan) > 0 && r.plan[0] == in {
		r.plan, r.blocks = r.plan[1:], circuit{}
	}
}

// stream is the state of the goroutine that frames one.
type stream struct {
	in    *input
	split int

	data    []byte // of the block at hand, from offset on
	offset  int64
	carry   []byte // what is left of the block before: the beginning of a record
	section *section
	lost    *packet.Anomaly // the damaged region that the carry is in, if it is
	begun   bool
	eof     bool
	ended   bool
}

// next fills b with the next records.
func (s *stream) next(b *block) {
	s.data = append(b.data, s.carry...)
	end, err := s.frame(b)
	if err != nil {
		b.err, s.ended = errAt(s.in, s.offset+int64(len(s.data)), err), true
		return
	}
	b.part.FileBytes = int64(end)
	b.part.RecordBytes += int64(end) - b.part.SkippedBytes
	b.data = s.data[:end]
	s.carry = append(s.carry[:0:0], s.data[end:]...)
	s.offset += int64(end)
	s.ended = s.eof && len(s.carry) == 0
}

// frame reads a split's length and frames it; it returns where it stopped.
func (s *stream) frame(b *block) (at int, err error) {
	if err := s.read(max(s.split, len(s.data))); err != nil {
		return 0, err
	}
	if !s.begun {
		begin := s.in.framing.begin()
		s.begun, s.section, at = true, begin.section, int(begin.offset)
		b.part.RecordBytes = -begin.offset // which the input's account has already
	}
	b.frames.reset(s.section)
	for {
		if s.lost != nil {
			if at, err = s.resync(b, at); err != nil || s.lost != nil {
				return at, err
			}
		}
		end, need, damage := s.in.framing.frame(&b.frames, s.data, at, len(s.data))
		at, s.section = end, b.frames.section
		if need > 0 {
			if len(b.frames.starts) > 0 && !s.eof {
				return at, nil
			}
			// Not even one record is whole, or the stream has ended in it.
			if err := s.read(need); err != nil {
				return at, err
			}
			if len(s.data) >= need {
				continue
			}
			damage = cutRecord(int64(len(s.data)-at), int64(need-at))
		}
		if damage == nil {
			return at, nil
		}
		damage.Offset = s.offset + int64(at)
		if damage.Length > 0 {
			at += int(damage.Length)
			b.part.SkippedBytes += damage.Length
			b.part.Anomalies = append(b.part.Anomalies, *damage)
			continue
		}
		s.lost = damage
		at++
		b.part.SkippedBytes++
	}
}

// resync goes on from at until a chain of plausible records begins, or so far that what
// was searched is better let go. It clears s.lost if the search is over.
func (s *stream) resync(b *block, at int) (int, error) {
	from := at
	for at-from < max(s.split, scanLen) && at < len(s.data) {
		ok, need := s.in.framing.chain(s.data, at, s.section, s.eof)
		if need > len(s.data) && !s.eof {
			if err := s.read(max(need, len(s.data)+s.split)); err != nil {
				return at, err
			}
			continue
		}
		if ok {
			break
		}
		if at++; at == len(s.data) {
			if err := s.read(len(s.data) + s.split); err != nil {
				return at, err
			}
		}
	}
	b.part.SkippedBytes += int64(at - from)
	if over := at-from < max(s.split, scanLen) || s.eof && at == len(s.data); over {
		s.lost.Length = s.offset + int64(at) - s.lost.Offset
		b.part.Anomalies = append(b.part.Anomalies, *s.lost)
		s.lost = nil
	}
	return at, nil
}

// read appends to s.data until it has n bytes or the stream ends.
func (s *stream) read(n int) error {
	have := len(s.data)
	if s.eof || have >= n {
		return nil
	}
	s.data = slices.Grow(s.data, n-have)[:n]
	got, err := io.ReadFull(s.in.stream, s.data[have:])
	s.data = s.data[:have+got]
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		s.eof, err = true, nil
	}
	return err
}
