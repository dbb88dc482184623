// Package xz decompresses the .xz format, version 1.2.0, with LZMA2 as the only filter:
// what compresses executables or samples is not for captures.
package xz

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
)

const (
	magic        = "\xfd7zXZ\x00"
	streamHeader = 12
)

var (
	// ErrFilter means a filter that Reader does not know.
	ErrFilter = errors.New("filters other than LZMA2 are not supported")
	// ErrTrailing means that streams are followed by something else.
	ErrTrailing = errors.New("what follows is not compressed data")

	errChecksum = errors.New("the checksum of a block does not match")
	errHeader   = errors.New("corrupt header of the stream")
	errBlock    = errors.New("corrupt header of a block")
	errSizes    = errors.New("a block is not as long as its header says")
	errPadding  = errors.New("corrupt padding")
	errIndex    = errors.New("corrupt index")
	errFooter   = errors.New("corrupt footer of the stream")
)

// Reader decompresses streams that follow each other. Its errors are io.EOF at the end,
// io.ErrUnexpectedEOF if the data ends early, and what the source fails with.
type Reader struct {
	counter
	maxDictionary int
	lzma2         lzma2
	err           error

	any    bool // streams have been read
	within bool // a stream
	flags  [2]byte
	blocks index // of the present stream

	block    bool // one is being read
	header   header
	data     int64 // offset of its data
	unpacked int64 // bytes of it that have been read
	sum      checksum
}

// NewReader returns a reader of src whose dictionaries have a bounded length.
func NewReader(src *bufio.Reader, maxDictionary int) *Reader {
	z := &Reader{counter: counter{src: src}, maxDictionary: maxDictionary}
	z.lzma2.src = &z.counter
	return z
}

// First returns the length of the dictionary of the first block of what src begins with,
// 0 if that cannot be told, and whether the block has filters that Reader does not know.
// It reads nothing.
func First(src *bufio.Reader) (dictionary uint32, filtered bool) {
	const at = streamHeader
	head, err := src.Peek(at + 1)
	if err != nil {
		return 0, false
	}
	head, err = src.Peek(at + (int(head[at])+1)*4)
	if err != nil || head[at] == 0 {
		return 0, false
	}
	h, err := parseHeader(head[at:])
	if err != nil {
		return 0, errors.Is(err, ErrFilter)
	}
	return h.dictionary, false
}

func (z *Reader) Read(p []byte) (int, error) {
	w := &z.lzma2.window
	for w.read == w.end && z.err == nil {
		z.err = z.next()
	}
	if w.read == w.end {
		return 0, z.err
	}
	n := copy(p, w.buf[w.read:w.end])
	w.read += n
	return n, nil
}

// next decompresses something or goes over to the next part of the file.
func (z *Reader) next() error {
	switch {
	case z.block:
		return z.chunk()
	case z.within:
		return z.begin()
	}
	return z.stream()
}

// chunk reads a chunk of a block, or its end.
func (z *Reader) chunk() error {
	err := z.lzma2.next()
	if errors.Is(err, io.EOF) {
		return z.end()
	}
	if err != nil {
		return err
	}
	w := &z.lzma2.window
	z.unpacked += int64(w.end - w.read)
	if h := &z.header; h.unpacked >= 0 && z.unpacked > h.unpacked || h.packed >= 0 && z.n-z.data > h.packed {
		w.read = w.end
		return errSizes
	}
	if z.sum != nil {
		z.sum.add(w.buf[w.read:w.end])
	}
	return nil
}

// end reads what follows a block's data.
func (z *Reader) end() error {
	z.block = false
	packed := z.n - z.data
	if h := &z.header; h.unpacked >= 0 && z.unpacked != h.unpacked || h.packed >= 0 && packed != h.packed {
		return errSizes
	}
	if err := z.pad(); err != nil {
		return err
	}
	c := check(z.flags[1])
	want := make([]byte, c.size())
	if err := z.full(want); err != nil {
		return err
	}
	if z.sum != nil && !bytes.Equal(want, z.sum.stored()) {
		return errChecksum
	}
	z.blocks.add(z.header.length+packed+int64(len(want)), z.unpacked)
	return nil
}

// pad reads the zeros in front of an offset that is a multiple of four.
func (z *Reader) pad() error {
	for z.n%4 != 0 {
		if b, err := z.ReadByte(); err != nil {
			return early(err)
		} else if b != 0 {
			return errPadding
		}
	}
	return nil
}

// begin reads a block's header, or the index and the footer.
func (z *Reader) begin() error {
	first, err := z.ReadByte()
	if err != nil {
		return early(err)
	}
	if first == 0 {
		return z.footer()
	}
	raw := make([]byte, (int(first)+1)*4)
	raw[0] = first
	if err := z.full(raw[1:]); err != nil {
		return err
	}
	if z.header, err = parseHeader(raw); err != nil {
		return err
	}
	if uint64(z.header.dictionary) > uint64(z.maxDictionary) {
		return fmt.Errorf("a dictionary of %d bytes is too large", z.header.dictionary)
	}
	z.lzma2.open(int(z.header.dictionary))
	z.block, z.data, z.unpacked = true, z.n, 0
	z.sum = check(z.flags[1]).begin()
	return nil
}

// stream reads the header of the next stream, or what is behind the last.
func (z *Reader) stream() error {
	head := make([]byte, streamHeader)
	for {
		if z.any { // padding, in fours
			if _, err := z.src.Peek(1); errors.Is(err, io.EOF) {
				return io.EOF
			}
		}
		if err := z.full(head[:4]); err != nil {
			return err
		}
		if !z.any || !bytes.Equal(head[:4], make([]byte, 4)) {
			break
		}
	}
	if z.any && string(head[:4]) != magic[:4] {
		return ErrTrailing
	}
	if err := z.full(head[4:]); err != nil {
		return err
	}
	copy(z.flags[:], head[6:])
	if string(head[:6]) != magic || z.flags[0] != 0 || check(z.flags[1]) > lastCheck ||
		binary.LittleEndian.Uint32(head[8:]) != crc32.ChecksumIEEE(z.flags[:]) {
		return errHeader
	}
	z.any, z.within, z.blocks = true, true, index{}
	return nil
}

// footer reads the index, but for its first byte, and the stream's footer.
func (z *Reader) footer() error {
	sum := crc32.NewIEEE()
	_, _ = sum.Write([]byte{0})
	begin := z.n - 1
	in := &summing{&z.counter, sum}
	n, err := binary.ReadUvarint(in)
	if err != nil {
		return indexError(err)
	}
	var listed index
	for range n {
		length, err := binary.ReadUvarint(in)
		if err != nil {
			return indexError(err)
		}
		unpacked, err := binary.ReadUvarint(in)
		if err != nil {
			return indexError(err)
		}
		if listed.add(int64(length), int64(unpacked)); listed.n > z.blocks.n {
			return errIndex
		}
	}
	for (z.n-begin)%4 != 0 {
		if b, err := in.ReadByte(); err != nil {
			return early(err)
		} else if b != 0 {
			return errIndex
		}
	}
	var tail [4 + streamHeader]byte
	if err := z.full(tail[:]); err != nil {
		return err
	}
	if listed != z.blocks || binary.LittleEndian.Uint32(tail[:]) != sum.Sum32() {
		return errIndex
	}
	foot := tail[4:]
	length := (int64(binary.LittleEndian.Uint32(foot[4:])) + 1) * 4
	if binary.LittleEndian.Uint32(foot) != crc32.ChecksumIEEE(foot[4:10]) || length != z.n-streamHeader-begin ||
		!bytes.Equal(foot[8:10], z.flags[:]) || string(foot[10:]) != "YZ" {
		return errFooter
	}
	z.within = false
	return nil
}

func indexError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// index stands for a list of blocks.
type index struct {
	n   int64
	sum uint32
}

func (x *index) add(length, unpacked int64) {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], uint64(length))
	binary.LittleEndian.PutUint64(b[8:], uint64(unpacked))
	x.sum = crc32.Update(x.sum, crc32.IEEETable, b[:])
	x.n++
}

// counter counts what is read.
type counter struct {
	src *bufio.Reader
	n   int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counter) ReadByte() (byte, error) {
	b, err := c.src.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

// full fills p.
func (c *counter) full(p []byte) error {
	_, err := io.ReadFull(c, p)
	return early(err)
}

// early makes an end one that comes too early.
func early(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// summing sums up what is read.
type summing struct {
	*counter
	sum hash.Hash32
}

func (s *summing) ReadByte() (byte, error) {
	b, err := s.counter.ReadByte()
	if err == nil {
		_, _ = s.sum.Write([]byte{b})
	}
	return b, err
}
