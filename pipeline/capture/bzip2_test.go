package capture

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
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
	var used []byte
	for v := range 256 {
		if bytes.IndexByte(runs, byte(v)) >= 0 {
			used = append(used, byte(v))
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
	bzip2Coded(slices.Index(rotations, 0), used, symbols, number)
}

// bzip2Coded writes the symbols of a block, whose last is the number of used bytes and 1,
// behind the place of the data's first byte and the bytes that are used.
func bzip2Coded(origin int, used []byte, symbols []int, number func(uint64, int)) {
	number(uint64(origin), 24)
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

// bzip2Chosen returns a stream of blocks with chosen symbols from 2 to 254, which take a
// byte each, and what it decompresses to. Each block ends with some more symbols.
func bzip2Chosen(t *testing.T, blocks ...string) (packed, content []byte) {
	t.Helper()
	used := make([]byte, 254) // and two symbols for runs, and the end: codes of 8 bits
	for i := range used {
		used[i] = byte(i)
	}
	build := func(crcs []uint32) []byte {
		s := &bitString{}
		number := func(v uint64, n int) {
			var b [8]byte
			binary.BigEndian.PutUint64(b[:], v<<(64-n))
			s.append(b[:], 0, n)
		}
		number(0x425a6839, 32)
		sum := uint32(0)
		for i, block := range blocks {
			sum = bits.RotateLeft32(sum, 1) ^ crcs[i]
			number(bzip2Block, 48)
			number(uint64(crcs[i]), 32)
			number(0, 1)
			var symbols []int
			for _, v := range []byte(block) {
				symbols = append(symbols, int(v))
			}
			bzip2Coded(0, used, append(symbols, 9, 99, 199, 255), number)
		}
		number(bzip2Trailer, 48)
		number(uint64(sum), 32)
		return s.bytes
	}
	crcs := make([]uint32, len(blocks))
	for i := range blocks {
		before := len(content)
		content, _ = io.ReadAll(bzip2.NewReader(bytes.NewReader(build(crcs)))) // the first wrong checksum ends it
		crcs[i] = bzip2CRC(content[before:])
	}
	packed = build(crcs)
	content, err := io.ReadAll(bzip2.NewReader(bytes.NewReader(packed)))
	if err != nil {
		t.Fatal(err)
	}
	return packed, content
}

// TestBzip2NumbersByChance reads blocks that hold what looks like the beginning of
// another or like the stream's end.
func TestBzip2NumbersByChance(t *testing.T) {
	t.Parallel()
	const block, trailer = "\x31\x41\x59\x26\x53\x59", "\x17\x72\x45\x38\x50\x90"
	filler := strings.Repeat("some symbols ", 9)
	for _, c := range []struct {
		name   string
		blocks []string
	}{
		{"none", []string{filler, filler}},
		{"block", []string{filler + block + filler}},
		{"trailer", []string{filler + trailer + filler}},
		{"at the end", []string{filler + trailer, filler + block}},
		{"each in the first of two", []string{block + filler + trailer + filler, filler}},
		{"each in the second of two", []string{filler, trailer + block + filler}},
		{"three", []string{filler, trailer + filler + block + filler + trailer, filler, filler + trailer}},
		{"next to each other", []string{trailer + trailer + block + filler}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			packed, want := bzip2Chosen(t, c.blocks...)
			packed, want = append(packed, packed...), append(want, want...)
			for helpers := range 3 {
				src := &source{Reader: iotest.HalfReader(bytes.NewReader(packed)), ctx: t.Context(), size: -1}
				d := newDecompressor(compressionOf(packed), src, make(chan struct{}, helpers))
				got, err := io.ReadAll(d)
				if err != nil || d.damage != nil || !bytes.Equal(got, want) {
					t.Errorf("Read(with %d helpers) = %d bytes, %v, %+v, want %d bytes", helpers, len(got), err, d.damage, len(want))
				}
				_ = d.Close()
			}
		})
	}
}
