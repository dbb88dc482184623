package synth

import "encoding/binary"

// payloadSize is small enough to stay in a level-two cache and large enough
// that neighbouring packets differ.
const payloadSize = 64 << 10

// payload is one constant block of incompressible bytes. A packet carries the
// window [off, off+n) of it, off even. sums[i] is the sum of the first i 16-bit
// words, so the Internet checksum (RFC 1071) of any window is one subtraction.
type payload struct {
	bytes [payloadSize]byte
	sums  [payloadSize/2 + 1]uint32 // at most 2^15 words of 16 bits: no overflow
}

func newPayload() *payload {
	p := new(payload)
	r := newRNG(0, 0)
	for i := 0; i < payloadSize; i += 8 {
		binary.LittleEndian.PutUint64(p.bytes[i:], r.u64())
	}
	for i := range payloadSize / 2 {
		p.sums[i+1] = p.sums[i] + uint32(binary.BigEndian.Uint16(p.bytes[2*i:]))
	}
	return p
}

// sum returns the unfolded sum of the window's 16-bit words; off is even, and an
// odd last byte counts as the high half of a word.
func (p *payload) sum(off, n int) uint32 {
	s := p.sums[(off+n)/2] - p.sums[off/2]
	if n%2 == 1 {
		s += uint32(p.bytes[off+n-1]) << 8
	}
	return s
}

// wordSum returns the unfolded sum of b's 16-bit words; len(b) is even.
func wordSum(b []byte) uint32 {
	var s uint32
	for ; len(b) >= 2; b = b[2:] {
		s += uint32(binary.BigEndian.Uint16(b))
	}
	return s
}

// checksum folds a sum into the Internet checksum.
func checksum(s uint32) uint16 {
	s = s>>16 + s&0xffff
	s = s>>16 + s&0xffff
	return ^uint16(s)
}
