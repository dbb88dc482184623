package capture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"slices"
)

// bzip2Of compresses data for tests, in blocks of a number of bytes. It is short, not
// good: all symbols of a block have codes of nearly the same length.
func bzip2Of(data []byte, block int) []byte {
	s := &bitString{}
	number := func(v uint64, n int) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], v<<(64-n))
		s.append(b[:], 0, n)
	}
	number(0x425a6831, 32) // BZh1, up to 100,000 bytes a block
	stream := uint32(0)
	for part := range slices.Chunk(data, block) {
		crc := bzip2CRC(part)
		stream = bits.RotateLeft32(stream, 1) ^ crc
		number(bzip2Block, 48)
		number(uint64(crc), 32)
		number(0, 1) // not randomised
		bzip2BlockOf(part, number)
	}
	number(bzip2Trailer, 48)
	number(uint64(stream), 32)
	return s.bytes
}

// bzip2CRC is CRC-32 with the bits of every byte, and of the sum, in the other order.
func bzip2CRC(b []byte) uint32 {
	r := make([]byte, len(b))
	for i, v := range b {
		r[i] = bits.Reverse8(v)
	}
	return bits.Reverse32(crc32.ChecksumIEEE(r))
}

func bzip2BlockOf(part []byte, number func(uint64, int)) {
	// Four equal bytes are followed by the number of further ones.
	var runs []byte
	for i := 0; i < len(part); {
		n := 1
		for n < 255 && i+n < len(part) && part[i+n] == part[i] {
			n++
		}
		runs = append(runs, bytes.Repeat(part[i:i+1], min(n, 4))...)
		if n >= 4 {
			runs = append(runs, byte(n-4))
		}
		i += n
	}
	// The last column of all rotations, sorted.
	twice := append(slices.Clone(runs), runs...)
	rotations := make([]int, len(runs))
	for i := range rotations {
		rotations[i] = i
	}
	slices.SortFunc(rotations, func(a, b int) int {
		return bytes.Compare(twice[a:a+len(runs)], twice[b:b+len(runs)])
	})
	number(uint64(slices.Index(rotations, 0)), 24)

	var used []byte
	for v := range 256 {
		if bytes.IndexByte(runs, byte(v)) >= 0 {
			used = append(used, byte(v))
		}
	}
	for group := -1; group < 16; group++ { // which groups of 16 are used, and then those
		n := uint64(0)
		for i := range 16 {
			from, to := 16*i, 16*i+16
			if group >= 0 {
				from, to = 16*group+i, 16*group+i+1
			}
			n <<= 1
			if slices.ContainsFunc(used, func(v byte) bool { return int(v) >= from && int(v) < to }) {
				n |= 1
			}
		}
		if group < 0 || n != 0 {
			number(n, 16)
		}
	}
	// Places in a list that each byte moves to the front of; zeros as their number in
	// base two with the digits 1 and 2.
	list := slices.Clone(used)
	var symbols []int
	zeros := 0
	flush := func() {
		for ; zeros > 0; zeros = (zeros - 1) / 2 {
			symbols = append(symbols, (zeros-1)%2)
		}
	}
	for _, r := range rotations {
		at := bytes.IndexByte(list, twice[r+len(runs)-1])
		if at == 0 {
			zeros++
			continue
		}
		flush()
		symbols = append(symbols, at+1)
		copy(list[1:at+1], slices.Clone(list[:at]))
		list[0] = twice[r+len(runs)-1]
	}
	flush()
	symbols = append(symbols, len(used)+1)

	// Two tables, of which all groups of 50 symbols use the first; a complete code.
	n := len(used) + 2
	long := bits.Len(uint(n - 1))
	short := 1<<long - n // symbols with one bit less
	groups := (len(symbols) + 49) / 50
	number(2, 3)
	number(uint64(groups), 15)
	for range groups {
		number(0, 1)
	}
	for range 2 {
		length := long
		if short > 0 {
			length--
		}
		number(uint64(length), 5)
		for i := range n {
			if i == short && short > 0 {
				number(0b10, 2) // one more
			}
			number(0, 1)
		}
	}
	for _, v := range symbols {
		if v < short {
			number(uint64(v), long-1)
		} else {
			number(uint64(v+short), long)
		}
	}
}
