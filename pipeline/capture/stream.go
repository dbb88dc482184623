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
	starts []uint32
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
		s := &stream{in: in, offset: 0, carry: in.head, split: r.options.SplitSize}
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
			if err := w.foldRecords(in, &b.part, b.data, b.starts); err != nil {
				return err
			}
			w.bytes.Add(b.part.FileBytes)
			blocks.free <- block{data: b.data[:0], starts: b.starts[:0]} // has room for every buffer in circulation
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
	in     *input
	split  int
	offset int64  // of carry in the stream
	carry  []byte // bytes read but not handed on: the beginning of a record
	eof    bool
	begun  bool
	ended  bool
}

// next fills b with the next records.
func (s *stream) next(b *block) {
	data := append(b.data, s.carry...)
	var err error
	if data, err = s.read(data, max(s.split, len(data))); err != nil {
		b.err, s.ended = errAt(s.in, s.offset+int64(len(data)), err), true
		return
	}
	from := 0
	if !s.begun {
		s.begun, from = true, int(s.in.framing.header())
	}
	first := from
	var anomaly *packet.Anomaly
	for {
		var need int
		b.starts, from, need, anomaly = s.in.framing.frame(data, from, len(data), b.starts)
		if need == 0 || len(b.starts) > 0 && !s.eof {
			break
		}
		// Not even one record is whole, or the stream has ended in it.
		if data, err = s.read(data, need); err != nil {
			b.err, s.ended = errAt(s.in, s.offset+int64(len(data)), err), true
			return
		}
		if len(data) < need {
			anomaly = cutRecord(int64(len(data)-from), int64(need-from))
			break
		}
	}
	b.data = data[:from]
	b.part.RecordBytes = int64(from - first)
	b.part.FileBytes = int64(from)
	if anomaly != nil {
		b.part.SkippedBytes, err = s.skip(int64(len(data) - from))
		if err != nil {
			b.err = errAt(s.in, s.offset+int64(from)+b.part.SkippedBytes, err)
		}
		anomaly.Offset, anomaly.Length = s.offset+int64(from), b.part.SkippedBytes
		b.part.Anomalies = []packet.Anomaly{*anomaly}
		b.part.FileBytes += b.part.SkippedBytes
		s.ended = true
		return
	}
	s.carry = append(s.carry[:0:0], data[from:]...)
	s.offset += int64(from)
	s.ended = s.eof && len(s.carry) == 0
}

// read appends to data until it has n bytes or the stream ends.
func (s *stream) read(data []byte, n int) ([]byte, error) {
	if s.eof || len(data) >= n {
		return data, nil
	}
	have := len(data)
	data = slices.Grow(data, n-have)[:n]
	got, err := io.ReadFull(s.in.stream, data[have:])
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		s.eof, err = true, nil
	}
	return data[:have+got], err
}

// skip reads the rest of the stream and returns how long it is, n bytes included.
func (s *stream) skip(n int64) (int64, error) {
	rest, err := io.Copy(io.Discard, s.in.stream)
	return n + rest, err
}
