package capture

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"

	"github.com/capfold/capfold/pipeline/packet"
)

// block is a run of whole records of a stream. Its memory goes back to the streams'
// goroutines through the reader's free channel.
type block struct {
	data   []byte
	frames frames
	part   packet.Capture // what the goroutine has accounted for
}

// circuit is what the blocks of a stream go to the workers through.
type circuit struct {
	in      *input
	full    chan block
	err     error // why the stream has ended early; set before full is closed
	workers int   // that are reading it; guarded by the reader's mutex
}

// startStream starts the goroutine that decompresses and frames a stream, ahead of the
// workers that fold. It closes the full channel, when the stream or the context of the
// worker that has begun it ends. A goroutine that is blocked in the stream's Read when
// ctx ends goes away with the process.
//
// Note: framing looks at 16 bytes of each record and takes a few percent of the time of
// decompressing, so both are done by one goroutine, straight into the blocks: handing
// bytes from one to another would copy them all.
func (r *Reader) startStream(ctx context.Context, in *input) *circuit {
	in.started = true
	c := &circuit{in: in, full: make(chan block, cap(r.free)), workers: 1}
	go func() {
		defer close(c.full)
		if c.err = in.start(ctx, r.helpers); c.err != nil {
			return
		}
		if in.unpack != nil && in.unpack.longWindow() {
			select {
			case r.long <- struct{}{}:
				defer func() {
					runtime.GC() // or the next window comes beside this one
					<-r.long
				}()
			case <-ctx.Done():
			}
		}
		c.err = r.frameStream(ctx, c)
		c.err = errors.Join(c.err, in.finish())
	}()
	return c
}

// frameStream fills blocks until the stream ends.
func (r *Reader) frameStream(ctx context.Context, c *circuit) error {
	s := &stream{in: c.in, split: r.options.SplitSize}
	for !s.ended {
		var b block
		select {
		case b = <-r.free:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := s.next(&b); err != nil {
			return err
		}
		c.full <- b // has room for every buffer in circulation
	}
	return nil
}

// readStream folds blocks of a stream until there are no more.
func (w *worker) readStream(ctx context.Context, c *circuit) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case b, ok := <-c.full:
			if !ok {
				w.finishStream(c)
				return c.err
			}
			if err := w.foldRecords(c.in, &b.part, b.data, &b.frames); err != nil {
				return err
			}
			w.count(b.part.StoredBytes, 0)
			w.free <- block{data: b.data[:0], frames: b.frames} // has room for every buffer in circulation
		}
	}
}

// finishStream forgets a stream that has ended, unless another worker did.
func (r *Reader) finishStream(c *circuit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.running, c); i >= 0 {
		r.running = slices.Delete(r.running, i, i+1)
	}
}

// stream is the state of the goroutine that frames one.
type stream struct {
	in    *input
	split int

	data    []byte // of the block at hand, from offset on
	offset  int64
	stored  int64  // bytes of the source that blocks have accounted for
	carry   []byte // what is left of the block before: the beginning of a record
	section *section
	lost    *packet.Anomaly // the damaged region that the carry is in, if it is
	begun   bool
	eof     bool
	ended   bool
}

// next fills b with the next records.
func (s *stream) next(b *block) error {
	s.data = append(b.data, s.carry...) //nolint:gocritic // the block's memory becomes the stream's for now
	end, err := s.frame(b)
	if err != nil {
		return errAt(s.in, s.offset+int64(len(s.data)), err)
	}
	b.part.FileBytes = int64(end)
	b.part.RecordBytes += int64(end) - b.part.SkippedBytes
	b.data = s.data[:end]
	s.carry = append(s.carry[:0], s.data[end:]...)
	s.offset += int64(end)
	s.ended = s.eof && len(s.carry) == 0
	b.part.StoredBytes = s.in.src.n - s.stored
	s.stored += b.part.StoredBytes
	if u := s.in.unpack; s.ended && u != nil && u.damage != nil {
		b.part.AddRegion(*u.damage)
	}
	return nil
}

// frame reads a split's length and frames it; it returns where it stopped.
func (s *stream) frame(b *block) (at int, err error) {
	begin := s.in.framing.begin()
	if err := s.read(max(s.split, len(s.data), int(begin.offset))); err != nil {
		return 0, err
	}
	if !s.begun {
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
		b.frames.eof = s.eof
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
			if len(s.data) >= need || !b.frames.eof {
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
			b.part.AddRegion(*damage)
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
		endRegion(s.lost, s.eof && at == len(s.data))
		b.part.AddRegion(*s.lost)
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
	got, err := readFull(s.in.stream, s.data[have:])
	s.data = s.data[:have+got]
	if err == io.EOF { //nolint:errorlint // see readFull
		s.eof, err = true, nil
	}
	return err
}

// readFull fills p. Its error is io.EOF where the stream ends, and nothing else is: an
// error of a source is one even if it says that something has ended.
func readFull(r io.Reader, p []byte) (n int, err error) {
	for idle := 0; n < len(p) && err == nil; {
		var got int
		got, err = r.Read(p[n:])
		n += got
		if idle++; got > 0 {
			idle = 0
		} else if idle == maxIdle && err == nil {
			err = io.ErrNoProgress
		}
	}
	if n == len(p) {
		err = nil
	}
	return n, err
}

// maxIdle is how many times in a row a reader may return nothing.
const maxIdle = 100
