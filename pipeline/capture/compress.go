package capture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/capfold/capfold/pipeline/packet"
)

// compression is a way to store a capture in fewer bytes. What is read, skipped and
// named by offset in a compressed input are the bytes that it decompresses to.
type compression struct {
	name   string // of the format, in messages
	suffix string // of the name of a capture's format
	begins func(head []byte) bool
	// open returns the decoder of src. More than one goroutine may work for it while
	// there are tokens in helpers; one that does gives its token back.
	open func(src *source, helpers chan struct{}) (decoder, error)
}

// decoder decompresses. Its Read ends with io.EOF where the compressed data ends as it
// should, and with another error where it does not.
type decoder interface {
	io.ReadCloser
	// offset returns how much of the compressed data has been used, or where what failed
	// begins. It depends on the data alone.
	offset() int64
}

// compressions are those that can be read. They are told by content, never by name.
var compressions = []*compression{
	{name: "gzip", suffix: ".gz", begins: magic("\x1f\x8b\x08"), open: openGzip},
	{name: "zstd", suffix: ".zst", begins: beginsZstd, open: openZstd},
	{name: "bzip2", suffix: ".bz2", begins: beginsBzip2, open: openBzip2},
	{name: "xz", suffix: ".xz", begins: magic("\xfd7zXZ\x00"), open: openXz},
	{name: "lz4", suffix: ".lz4", begins: beginsLZ4, open: openLZ4},
}

func magic(m string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(m)) }
}

// compressionOf returns how an input that begins with head is compressed, or nil.
func compressionOf(head []byte) *compression {
	for _, c := range compressions {
		if c.begins(head) {
			return c
		}
	}
	return nil
}

// maxWindow bounds what a decoder may remember of what it has decompressed: as much as
// zstd accepts without being told otherwise. More than that is an error, so that a
// file's claims cost no memory.
const maxWindow = 128 << 20

// longWindow is what a window must be longer than for only one of the kind to be read at
// a time, so that a directory of them costs no more memory than one.
const longWindow = 16 << 20

// errTrailing means that compressed data is followed by something else.
var errTrailing = errors.New("what follows is not compressed data")

// decompressor reads what a compressed input decompresses to. Where that is impossible
// it ends, and says in damage what is wrong.
type decompressor struct {
	*compression
	src    *source
	from   decoder
	n      int64 // bytes read
	damage *packet.Anomaly
	err    error // what Read goes on to return
}

func newDecompressor(c *compression, src *source, helpers chan struct{}) *decompressor {
	d := &decompressor{compression: c, src: src}
	from, err := c.open(src, helpers)
	if err != nil {
		d.fail(err, 0)
		return d
	}
	d.from = from
	return d
}

// Read reads decompressed bytes. An error other than io.EOF is one of the source.
func (d *decompressor) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.from.Read(p)
	d.n += int64(n)
	if err != nil {
		d.fail(err, d.from.offset())
	}
	return n, d.err
}

// fail ends the input for a reason: damage, or that the source has ended or failed. The
// rest of the source is read, so that it counts, and whoever writes it can finish.
func (d *decompressor) fail(err error, at int64) {
	switch {
	case d.src.err != nil:
	case errors.Is(err, io.EOF):
	default:
		d.damage = &packet.Anomaly{Offset: d.n, Reason: packet.BadCompression}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			d.damage.Reason = packet.CutCompression
		}
		d.damage.Detail = fmt.Sprintf("%s-compressed data at offset %d of the file: %s", d.name, at, message(err))
		_, _ = io.Copy(io.Discard, d.src) // fails with src.err
	}
	d.err = io.EOF
	if d.src.err != nil {
		d.err = fmt.Errorf("%s-compressed data at offset %d of the file: %w", d.name, d.src.n, d.src.err)
	}
}

// message says what a library means in words that do not depend on it where possible.
func message(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends too early"
	}
	return err.Error()
}

// Close ends the decompressor's goroutines. It does not close the source.
func (d *decompressor) Close() error {
	if d.from == nil {
		return nil
	}
	return d.from.Close()
}

// source is what an input is stored as. It counts what is read.
type source struct {
	io.Reader
	ctx  context.Context // that reading ends with
	n    int64           // bytes read
	size int64           // bytes that there are, negative if not known
	err  error           // why reading failed, io.EOF aside
}

func (s *source) Read(p []byte) (int, error) {
	if s.err == nil && s.ctx.Err() != nil {
		s.err = context.Cause(s.ctx)
	}
	if s.err != nil {
		return 0, s.err
	}
	if s.size >= 0 {
		if p = p[:min(int64(len(p)), s.size-s.n)]; len(p) == 0 {
			return 0, io.EOF
		}
	}
	n, err := s.Reader.Read(p)
	s.n += int64(n)
	switch {
	case err == nil:
	case err != io.EOF: // what wraps it is a fault, not the end
		s.err = err
	case s.n < s.size:
		s.err = errors.New("the file has become shorter while it was read")
		err = s.err
	}
	return n, err
}

// longWindow reports whether the data begins with a window that is longer than longWindow.
func (d *decompressor) longWindow() bool {
	b, ok := d.from.(interface{ longWindow() bool })
	return ok && b.longWindow()
}

// help lets a decoder that was opened without helpers have some.
func (d *decompressor) help(helpers chan struct{}) {
	if z, ok := d.from.(*bzip2Reader); ok {
		z.helpers = helpers
	}
}
