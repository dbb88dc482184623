package packet

import "encoding/binary"

// bitReader takes fields of any width off captured bytes, first bit first. Past their
// end it is cut and all fields are zero.
type bitReader struct {
	b   []byte
	at  int // bits
	cut bool
}

// bits takes an unsigned number of n ≤ 32 bits.
func (r *bitReader) bits(n int) (v uint32) {
	if r.cut = r.cut || r.at+n > len(r.b)*8; r.cut {
		return 0
	}
	for range n {
		v = v<<1 | uint32(r.b[r.at/8]>>(7-r.at%8)&1)
		r.at++
	}
	return v
}

// bytes fills dst.
func (r *bitReader) bytes(dst []byte) {
	for i := range dst {
		dst[i] = byte(r.bits(8))
	}
}

// skip takes n bytes and looks at none.
func (r *bitReader) skip(n int) {
	if r.cut = r.cut || r.at+n*8 > len(r.b)*8; !r.cut {
		r.at += n * 8
	}
}

// little16 takes a number of two bytes in little-endian order.
func (r *bitReader) little16() uint16 {
	var b [2]byte
	r.bytes(b[:])
	return binary.LittleEndian.Uint16(b[:])
}

// rest returns the whole bytes that are left.
func (r *bitReader) rest() []byte {
	if r.cut {
		return nil
	}
	return r.b[(r.at+7)/8:]
}
