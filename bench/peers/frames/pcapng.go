package frames

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
)

// Blocks of pcapng, see draft-ietf-opsawg-pcapng.
const (
	sectionHeader  = 0x0a0d0d0a
	interfaceBlock = 1
	obsoletePacket = 2
	simplePacket   = 3
	enhancedPacket = 6
)

// maxBlock is more than any block with a frame needs.
const maxBlock = 16 << 20

// pcapngReader reads pcapng.
type pcapngReader struct {
	in         *bufio.Reader
	endian     binary.ByteOrder
	interfaces []pcapngInterface // of this section
	body       []byte
}

type pcapngInterface struct {
	link    uint16
	snaplen uint32
	perSec  uint64 // units of its timestamps in a second
}

var errBlock = errors.New("damaged block")

func (r *pcapngReader) Next() (Frame, error) {
	for {
		kind, body, err := r.block()
		if err != nil {
			return Frame{}, err
		}
		switch kind {
		case sectionHeader:
			r.interfaces = nil
		case interfaceBlock:
			if len(body) < 8 {
				return Frame{}, errBlock
			}
			r.interfaces = append(r.interfaces, pcapngInterface{
				r.endian.Uint16(body), r.endian.Uint32(body[4:]), r.resolution(body[8:]),
			})
		case simplePacket:
			if len(body) < 4 || len(r.interfaces) == 0 {
				return Frame{}, errBlock
			}
			length, on := r.endian.Uint32(body), r.interfaces[0]
			captured := min(length, uint32(len(body)-4))
			if on.snaplen > 0 {
				captured = min(captured, on.snaplen)
			}
			return Frame{0, body[4 : 4+captured], int(length), on.link}, nil
		case enhancedPacket, obsoletePacket:
			if len(body) < 20 {
				return Frame{}, errBlock
			}
			index := r.endian.Uint32(body)
			if kind == obsoletePacket {
				index = uint32(r.endian.Uint16(body))
			}
			captured, length := r.endian.Uint32(body[12:]), r.endian.Uint32(body[16:])
			if int64(index) >= int64(len(r.interfaces)) || int64(captured) > int64(len(body)-20) {
				return Frame{}, errBlock
			}
			on := r.interfaces[index]
			units := uint64(r.endian.Uint32(body[4:]))<<32 | uint64(r.endian.Uint32(body[8:]))
			return Frame{on.nanoseconds(units), body[20 : 20+captured], int(max(length, captured)), on.link}, nil
		}
	}
}

// block reads one block: its type and what is between the two lengths.
func (r *pcapngReader) block() (kind uint32, body []byte, err error) {
	head, err := r.in.Peek(12)
	if err != nil {
		if len(head) == 0 {
			return 0, nil, err
		}
		return 0, nil, noEOF(err)
	}
	if binary.LittleEndian.Uint32(head) == sectionHeader { // the same in both orders
		switch binary.LittleEndian.Uint32(head[8:]) {
		case 0x1a2b3c4d:
			r.endian = binary.LittleEndian
		case 0x4d3c2b1a:
			r.endian = binary.BigEndian
		default:
			return 0, nil, errBlock
		}
	}
	kind, length := r.endian.Uint32(head), r.endian.Uint32(head[4:])
	if length < 12 || length%4 != 0 || length > maxBlock {
		return 0, nil, fmt.Errorf("a block of %d bytes", length)
	}
	if cap(r.body) < int(length) {
		r.body = make([]byte, length)
	}
	body = r.body[:length]
	if _, err := io.ReadFull(r.in, body); err != nil {
		return 0, nil, noEOF(err)
	}
	return kind, body[8 : length-4], nil
}

// resolution looks for if_tsresol among the options of an interface.
func (r *pcapngReader) resolution(options []byte) uint64 {
	for len(options) >= 5 {
		code, length := r.endian.Uint16(options), int(r.endian.Uint16(options[2:]))
		if code == 9 && length == 1 {
			switch v := options[4]; {
			case v&0x80 != 0 && v&0x7f < 64:
				return 1 << (v & 0x7f)
			case v <= 19:
				return uint64(math.Pow10(int(v)))
			}
		}
		step := 4 + (length+3)&^3
		if code == 0 || step > len(options) {
			break
		}
		options = options[step:]
	}
	return 1_000_000
}

// nanoseconds converts a timestamp without overflow on the way.
func (i pcapngInterface) nanoseconds(units uint64) int64 {
	n := new(big.Int).SetUint64(units)
	n.Mul(n, big.NewInt(1_000_000_000)).Quo(n, new(big.Int).SetUint64(i.perSec))
	return n.Int64()
}
