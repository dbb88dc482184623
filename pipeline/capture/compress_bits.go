package capture

import "encoding/binary"

// bitString is a string of bits, the first of a byte being its most significant.
type bitString struct {
	bytes []byte
	n     int // bits in bytes; the rest of the last byte is zero
}

// append adds n bits of b, from a bit on.
func (s *bitString) append(b []byte, from, n int) {
	for n > 0 {
		if s.n%8 == 0 {
			s.bytes = append(s.bytes, 0)
		}
		if s.n%8 == 0 && n >= 64 && from/8+9 <= len(b) { // many at a time
			s.bytes = s.bytes[:len(s.bytes)-1]
			for ; n >= 64 && from/8+9 <= len(b); n -= 64 {
				v := binary.BigEndian.Uint64(b[from/8:])<<(from%8) | uint64(b[from/8+8])>>(8-from%8)
				s.bytes = binary.BigEndian.AppendUint64(s.bytes, v)
				from += 64
				s.n += 64
			}
			continue
		}
		s.bytes[s.n/8] |= b[from/8] << (from % 8) >> (s.n % 8)
		step := min(8-from%8, 8-s.n%8, n)
		s.n += step
		s.bytes[(s.n-1)/8] &= 0xff << ((8 - s.n%8) % 8)
		from += step
		n -= step
	}
}

// bitsAt returns the 48 bits at a bit of b, with zeros behind its end.
func bitsAt(b []byte, bit int) uint64 {
	var window [8]byte
	if at := bit / 8; at < len(b) {
		copy(window[:], b[at:])
	}
	return binary.BigEndian.Uint64(window[:]) << (bit % 8) >> (64 - magicBits)
}

// bzip2Shifts say of the second and of the third byte that a magic number lies in at
// which shifts it may: bit s for a block that begins at bit s of the first byte, and bit
// 8+s for a trailer.
var bzip2Shifts = func() (t [2][256]uint16) {
	for i, m := range []uint64{bzip2Block, bzip2Trailer} {
		for shift := range 8 {
			// The number's bits from 8-shift on are those of the second byte.
			t[0][byte(m>>(32+shift))] |= 1 << (8*i + shift)
			t[1][byte(m>>(24+shift))] |= 1 << (8*i + shift)
		}
	}
	return t
}()

// findBzip2 returns the bit, not below from, at which a magic number is in b, and
// whether there is one; if not, it returns where to go on when b has grown.
func findBzip2(b []byte, from int) (int, bool) {
	for at := from / 8; at+2 < len(b); at++ {
		if bzip2Shifts[0][b[at+1]]&bzip2Shifts[1][b[at+2]] == 0 {
			continue
		}
		for bit := max(8*at, from); bit < 8*at+8; bit++ {
			if bit+magicBits > 8*len(b) {
				return bit, false
			}
			if m := bitsAt(b, bit); m == bzip2Block || m == bzip2Trailer {
				return bit, true
			}
		}
	}
	return max(from, 8*max(len(b)-7, 0)), false
}
