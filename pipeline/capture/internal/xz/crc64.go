package xz

import (
	"encoding/binary"
	"hash/crc64"
	"sync"
)

// crc64Tables are of CRC-64 by ECMA-182, which xz has for its default check.
type crc64Tables struct {
	bytes [8][256]uint64 // of a byte that 0 to 7 others follow
	lane  [8][256]uint64 // of a byte of the register that laneLen zeros follow
}

// laneLen is the length of what is summed up at a time, side by side with as much again.
const laneLen = 1 << 10

var crc64Of = sync.OnceValue(func() *crc64Tables {
	t := &crc64Tables{bytes: [8][256]uint64{*crc64.MakeTable(crc64.ECMA)}}
	for i := range 256 {
		for n := range 7 {
			v := t.bytes[n][i]
			t.bytes[n+1][i] = t.bytes[0][byte(v)] ^ v>>8
		}
	}
	for n := range 8 {
		for i := range 256 {
			if low := i & -i; low == i { // a single bit, or none
				v := uint64(i) << (8 * n)
				for range laneLen / 8 {
					v = t.word(v)
				}
				t.lane[n][i] = v
			} else {
				t.lane[n][i] = t.lane[n][low] ^ t.lane[n][i^low]
			}
		}
	}
	return t
})

// word returns the register v eight zeros later.
func (t *crc64Tables) word(v uint64) uint64 {
	return t.bytes[7][byte(v)] ^ t.bytes[6][byte(v>>8)] ^ t.bytes[5][byte(v>>16)] ^ t.bytes[4][byte(v>>24)] ^
		t.bytes[3][byte(v>>32)] ^ t.bytes[2][byte(v>>40)] ^ t.bytes[1][byte(v>>48)] ^ t.bytes[0][v>>56]
}

// update is crc64.Update, twice as fast: the processor works at two words at a time.
func (t *crc64Tables) update(crc uint64, p []byte) uint64 {
	a := ^crc
	for len(p) >= 2*laneLen {
		b := uint64(0)
		for i := 0; i < laneLen; i += 8 {
			a = t.word(a ^ binary.LittleEndian.Uint64(p[i:i+8]))
			b = t.word(b ^ binary.LittleEndian.Uint64(p[laneLen+i:laneLen+i+8]))
		}
		next := b
		for n := range t.lane {
			next ^= t.lane[n][byte(a>>(8*n))]
		}
		a = next
		p = p[2*laneLen:]
	}
	for ; len(p) >= 8; p = p[8:] {
		a = t.word(a ^ binary.LittleEndian.Uint64(p))
	}
	for _, b := range p {
		a = t.bytes[0][byte(a)^b] ^ a>>8
	}
	return ^a
}
