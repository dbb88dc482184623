// Package frames reads and writes captures record by record, plainly, for the programs that
// capfold is measured with. It is kept apart from capfold's own reading, which is measured.
package frames

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// MaxLen is the largest frame that libpcap's programs take.
const MaxLen = 262_144

// Ethernet is the link type of Ethernet.
const Ethernet = 1

// Frame is one record of a capture.
type Frame struct {
	At     int64 // nanoseconds since the epoch
	Data   []byte
	Length int // on the wire
	Link   uint16
}

// Reader reads one frame after the other until io.EOF. The data of a frame is valid until
// the next one is read.
type Reader interface {
	Next() (Frame, error)
}

// ErrStop ends Each without an error.
var ErrStop = errors.New("stop")

// errNoCapture says that a file begins with nothing that is known here.
var errNoCapture = errors.New("neither pcap nor pcapng")

// Each calls do with every frame of a pcap or pcapng file, plain or gzipped. The data
// is do's to keep.
func Each(path string, do func(Frame) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	b := bufio.NewReader(f)
	var in io.Reader = b
	if magic, _ := b.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if in, err = gzip.NewReader(b); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	r, err := NewReader(in)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		f.Data = slices.Clone(f.Data)
		if err := do(f); errors.Is(err, ErrStop) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// NewReader reads pcap or pcapng.
func NewReader(in io.Reader) (Reader, error) {
	b := bufio.NewReaderSize(in, 1<<20)
	magic, err := b.Peek(4)
	if err != nil {
		return nil, errNoCapture
	}
	switch binary.LittleEndian.Uint32(magic) {
	case 0xa1b2c3d4:
		return newPcapReader(b, binary.LittleEndian, 1000)
	case 0xa1b23c4d:
		return newPcapReader(b, binary.LittleEndian, 1)
	case 0xd4c3b2a1:
		return newPcapReader(b, binary.BigEndian, 1000)
	case 0x4d3cb2a1:
		return newPcapReader(b, binary.BigEndian, 1)
	case sectionHeader:
		return &pcapngReader{in: b}, nil
	}
	return nil, errNoCapture
}

// pcapReader reads the classic format, see draft-ietf-opsawg-pcap.
type pcapReader struct {
	in     *bufio.Reader
	endian binary.ByteOrder
	unit   int64 // nanoseconds in what follows the seconds
	link   uint16
	head   [16]byte
	data   []byte
}

func newPcapReader(in *bufio.Reader, endian binary.ByteOrder, unit int64) (Reader, error) {
	var head [24]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err
	}
	link := uint16(endian.Uint32(head[20:])) // above it are bits about checksums
	return &pcapReader{in: in, endian: endian, unit: unit, link: link, data: make([]byte, MaxLen)}, nil
}

func (r *pcapReader) Next() (Frame, error) {
	if _, err := io.ReadFull(r.in, r.head[:]); err != nil {
		return Frame{}, err
	}
	captured, length := r.endian.Uint32(r.head[8:]), r.endian.Uint32(r.head[12:])
	if captured > MaxLen {
		return Frame{}, fmt.Errorf("a frame of %d bytes", captured)
	}
	data := r.data[:captured]
	if _, err := io.ReadFull(r.in, data); err != nil {
		return Frame{}, noEOF(err)
	}
	at := int64(r.endian.Uint32(r.head[0:]))*1e9 + int64(r.endian.Uint32(r.head[4:]))*r.unit
	return Frame{at, data, int(max(length, captured)), r.link}, nil
}

// noEOF makes an end in the middle of something an error.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
