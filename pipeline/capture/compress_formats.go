package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	libxz "github.com/mikelolasagasti/xz"
	"github.com/pierrec/lz4/v4"

	"github.com/capfold/capfold/pipeline/capture/internal/xz"
)

// readAhead is how much of a compressed input is read at a time.
const readAhead = 128 << 10

// buffered returns a buffer for reading ahead, which is small for a small file.
func (s *source) buffered() *bufio.Reader {
	size := int64(readAhead)
	if s.size >= 0 {
		size = min(size, s.size)
	}
	return bufio.NewReaderSize(s, int(size))
}

// buffered is a decoder that reads a source through a buffer.
type buffered struct {
	io.Reader
	src   *source
	buf   *bufio.Reader
	long  bool // it begins with a long window
	close func()
}

func (b *buffered) longWindow() bool { return b.long }

func (b *buffered) offset() int64 { return b.src.n - int64(b.buf.Buffered()) }

func (b *buffered) Close() error {
	if b.close != nil {
		b.close()
	}
	return nil
}

// members decompresses members of one format that follow each other, as in files that
// were concatenated. Zeros behind them are padding, as of tapes.
type members struct {
	io.Reader // of the present member
	src       *bufio.Reader
	begins    func(head []byte) bool
	reset     func() error // begins a member
	within    bool         // a member
	any       bool         // members have been read
}

func (m *members) Read(p []byte) (int, error) {
	for {
		if !m.within {
			if err := m.next(); err != nil {
				return 0, err
			}
			m.within, m.any = true, true
		}
		n, err := m.Reader.Read(p)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		m.within = false
		if n > 0 {
			return n, nil
		}
	}
}

// next begins the next member. It returns io.EOF if there is none.
func (m *members) next() error {
	head, err := m.src.Peek(4)
	switch {
	case m.begins(head):
		if err := m.reset(); errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		} else if err != nil {
			return err
		}
		return nil
	case len(head) == 0:
		return err
	case m.any && head[0] == 0:
		for {
			b, err := m.src.ReadByte()
			if err != nil {
				return err
			}
			if b != 0 {
				return errTrailing
			}
		}
	}
	return errTrailing
}

func openGzip(src *source, _ chan struct{}) (decoder, error) {
	buf := src.buffered()
	z := new(gzip.Reader)
	m := &members{Reader: z, src: buf, begins: magic("\x1f\x8b"), reset: func() error {
		err := z.Reset(buf)
		z.Multistream(false)
		return err
	}}
	return &buffered{Reader: m, src: src, buf: buf}, nil
}

// Numbers that frames begin with, little-endian: RFC 8878 and the LZ4 frame format.
// Frames to be skipped are common to both.
const (
	zstdMagic      = 0xfd2fb528
	lz4Magic       = 0x184d2204
	lz4LegacyMagic = 0x184c2102
	skippableMagic = 0x184d2a50 // and 15 more
)

// frameMagic returns the number at the beginning of head's first frame that is not to be
// skipped, or of the last that can be seen; 0 if head is too short.
func frameMagic(head []byte) uint32 {
	for {
		if len(head) < 4 {
			return 0
		}
		m := binary.LittleEndian.Uint32(head)
		if m&^15 != skippableMagic || len(head) < 8 {
			return m
		}
		length := int64(binary.LittleEndian.Uint32(head[4:]))
		if int64(len(head))-8 < length+4 {
			return m
		}
		head = head[8+length:]
	}
}

// beginsZstd takes what begins with a long frame to be skipped for zstd's, since its
// tools write such frames and those of LZ4 do not.
func beginsZstd(head []byte) bool {
	m := frameMagic(head)
	return m == zstdMagic || m&^15 == skippableMagic
}

func beginsLZ4(head []byte) bool {
	m := frameMagic(head)
	return m == lz4Magic || m == lz4LegacyMagic
}

func openZstd(src *source, _ chan struct{}) (decoder, error) {
	buf := src.buffered()
	// One goroutine, this one, is as fast as several on two cores, by the decoder part of
	// BenchmarkCompressed, and what it has read when it fails depends on the data alone.
	z, err := zstd.NewReader(buf, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	var first zstd.Header
	head, _ := buf.Peek(zstd.HeaderMaxSize)
	long := first.Decode(head) == nil && first.WindowSize > longWindow
	return &buffered{Reader: z, src: src, buf: buf, long: long, close: z.Close}, nil
}

func openLZ4(src *source, _ chan struct{}) (decoder, error) {
	buf := src.buffered()
	z := lz4.NewReader(buf)
	begins := func(head []byte) bool {
		m := frameMagic(head)
		return m == lz4Magic || m == lz4LegacyMagic || m&^15 == skippableMagic
	}
	m := &members{Reader: z, src: buf, begins: begins, reset: func() error { z.Reset(buf); return nil }}
	return &buffered{Reader: m, src: src, buf: buf}, nil
}

// openXz leaves filters that are not for captures to a library, which is slower.
func openXz(src *source, _ chan struct{}) (decoder, error) {
	buf := src.buffered()
	dictionary, filtered := xz.First(buf)
	long := dictionary > longWindow
	if !filtered {
		return &buffered{Reader: xz.NewReader(buf, maxWindow), src: src, buf: buf, long: long}, nil
	}
	z, err := libxz.NewReader(fullReader{buf}, maxWindow)
	if err != nil {
		return nil, xzError(err)
	}
	return &buffered{Reader: xzReader{z}, src: src, buf: buf, long: long}, nil
}

// xzReader translates errors.
type xzReader struct{ *libxz.Reader }

func (r xzReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	return n, xzError(err)
}

func xzError(err error) error {
	if errors.Is(err, libxz.ErrBuf) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// fullReader reads as much as it is asked for, so that what a library has read does not
// depend on how the data arrived.
type fullReader struct{ io.Reader }

func (r fullReader) Read(p []byte) (int, error) {
	n, err := io.ReadFull(r.Reader, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}
