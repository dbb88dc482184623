package xz

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// header is a block's.
type header struct {
	length           int64
	packed, unpacked int64 // lengths of the data, negative if not given
	dictionary       uint32
}

const lzma2Filter = 0x21

// parseHeader parses a block's header, from its length on.
func parseHeader(raw []byte) (header, error) {
	h := header{length: int64(len(raw)), packed: -1, unpacked: -1}
	body, sum := raw[:len(raw)-4], raw[len(raw)-4:]
	if binary.LittleEndian.Uint32(sum) != crc32.ChecksumIEEE(body) {
		return h, errBlock
	}
	flags := body[1]
	rest := body[2:]
	number := func() int64 {
		v, n := binary.Uvarint(rest)
		if n <= 0 || v > 1<<63-1 {
			rest = nil
			return -1
		}
		rest = rest[n:]
		return int64(v)
	}
	if flags&0x40 != 0 {
		if h.packed = number(); h.packed <= 0 {
			return h, errBlock
		}
	}
	if flags&0x80 != 0 {
		if h.unpacked = number(); h.unpacked < 0 {
			return h, errBlock
		}
	}
	if flags&0x3f != 0 || number() != lzma2Filter {
		return h, ErrFilter
	}
	if number() != 1 || len(rest) == 0 || rest[0] > 40 {
		return h, errBlock
	}
	// Mantissas are 2 and 3, in turn.
	bits := rest[0]
	h.dictionary = uint32(2|bits&1) << (bits/2 + 11)
	if bits == 40 {
		h.dictionary = 1<<32 - 1
	}
	if rest = rest[1:]; !bytes.Equal(rest, make([]byte, len(rest))) {
		return h, errBlock
	}
	return h, nil
}
