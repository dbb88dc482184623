package capture

import (
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"slices"
)

// A bzip2 stream is a header, blocks, each of which begins with a number of 48 bits, and
// a trailer, which begins with another and holds a checksum of the blocks' checksums.
// None of these but the header begins at a byte. Blocks do not depend on each other: to
// decompress one it is put between a header and a trailer of its own.
const (
	bzip2Block   = 0x314159265359
	bzip2Trailer = 0x177245385090
	magicBits    = 48
	crcBits      = 32

	// maxBzip2Block is more than the 900,000 symbols of at most 20 bits of a block take,
	// with its tables.
	maxBzip2Block = 5 << 19
	// bzip2Chunk holds the 900,000 bytes that a block mostly decompresses to.
	bzip2Chunk = 1 << 20
	// maxExtended is how many numbers a block may hold by chance.
	maxExtended = 3
)

func beginsBzip2(head []byte) bool {
	if !beginsBzip2Stream(head) || len(head) < 10 {
		return false
	}
	m := bitsAt(head, 32)
	return m == bzip2Block || m == bzip2Trailer
}

func beginsBzip2Stream(head []byte) bool {
	return len(head) >= 4 && string(head[:3]) == "BZh" && head[3] >= '1' && head[3] <= '9'
}

// bzip2Reader finds blocks in the goroutine that calls Read, and hands them out in
// order. Others decompress them: one for the block that is read, and for those behind it
// as many as it gets tokens. They stop at Close.
//
// The numbers are found wherever they are, so one may be in a block by chance. Then that
// block cannot be decompressed, and is tried again up to the next number.
type bzip2Reader struct {
	src     io.Reader
	helpers chan struct{}
	done    chan struct{}

	buf    []byte // compressed bytes, from the first that is needed on
	base   int64  // offset of buf
	bit    int64  // where the next part begins
	level  byte   // of the present stream, 0 between streams
	any    bool   // streams have been found
	queue  []*bzip2Part
	err    error // what comes behind the queue
	out    []byte
	crc    uint32 // of the blocks of the present stream that have been read
	failed int64  // where what failed begins
}

func openBzip2(src *source, helpers chan struct{}) (decoder, error) {
	return &bzip2Reader{src: src, helpers: helpers, done: make(chan struct{})}, nil
}

func (z *bzip2Reader) offset() int64 { return z.failed }

func (z *bzip2Reader) Close() error {
	close(z.done)
	return nil
}

func (z *bzip2Reader) Read(p []byte) (int, error) {
	for len(z.out) == 0 {
		if len(z.queue) == 0 {
			if z.scan(); len(z.queue) == 0 {
				z.failed = z.bit / 8
				return 0, z.err
			}
		}
		if err := z.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, z.out)
	z.out = z.out[n:]
	return n, nil
}

// next reads from the first part of the queue.
func (z *bzip2Reader) next() error {
	part := z.queue[0]
	z.failed = part.begin / 8
	if part.trailer {
		if z.crc != part.crc {
			z.err = errors.New("the checksum of the stream does not match")
			return z.err
		}
		z.crc = 0
		z.queue = z.queue[1:]
		return nil
	}
	z.start()
	got := <-part.out // its goroutine sends until there is an error
	z.out = got.data
	switch {
	case errors.Is(got.err, io.EOF):
		z.crc = bits.RotateLeft32(z.crc, 1) ^ part.crc
		z.queue = z.queue[1:]
	case got.err != nil && !part.begun && len(got.data) == 0:
		if part.err == nil {
			part.err = got.err
		}
		if !z.extend(part) {
			return part.err
		}
	case got.err != nil:
		if len(got.data) == 0 {
			return got.err
		}
		// The error comes when the data has been read.
		part.out = make(chan bzip2Output, 1)
		part.out <- bzip2Output{err: got.err}
	}
	part.begun = part.begun || len(got.data) > 0
	return nil
}

// start sets goroutines to work: one on the first block, and on others if it may.
func (z *bzip2Reader) start() {
	for i := 0; ; i++ {
		if i == len(z.queue) {
			if z.err != nil || i > cap(z.helpers) {
				return
			}
			if z.scan(); i == len(z.queue) {
				return
			}
		}
		part := z.queue[i]
		switch {
		case part.trailer || part.out != nil:
		case i == 0:
			part.out = make(chan bzip2Output)
			go part.decompress(z.data(part), part.out, z.done)
		default:
			select {
			case z.helpers <- struct{}{}:
			default:
				return
			}
			part.out = make(chan bzip2Output, 1)
			data := z.data(part)
			go func() {
				part.decompress(data, part.out, z.done)
				<-z.helpers
			}()
		}
	}
}

// data returns a stream of the block alone.
func (z *bzip2Reader) data(part *bzip2Part) []byte {
	n := int(part.end - part.begin)
	s := bitString{bytes: append(make([]byte, 0, n/8+16), 'B', 'Z', 'h', part.level), n: 32}
	s.append(z.buf, z.at(part.begin), n)
	if !part.cut {
		var trailer [10]byte
		binary.BigEndian.PutUint64(trailer[:], bzip2Trailer<<16)
		binary.BigEndian.PutUint32(trailer[6:], part.crc)
		s.append(trailer[:], 0, magicBits+crcBits)
	}
	return s.bytes
}

// extend takes what follows the first part for a part of it, up to the next number, and
// scans again from there. It gives up if that has happened often.
func (z *bzip2Reader) extend(part *bzip2Part) bool {
	if part.extended == maxExtended || part.cut {
		return false
	}
	for _, p := range z.queue[1:] {
		if p.gone != nil {
			close(p.gone)
		}
	}
	z.queue, z.level, z.err = z.queue[:1], part.level, nil
	part.extended++
	part.out = nil
	return z.end(part, part.end+1)
}

// scan adds the next part to the queue, or sets z.err.
func (z *bzip2Reader) scan() {
	z.drop()
	for z.err == nil && z.level == 0 {
		z.header()
	}
	if z.err != nil || !z.have(magicBits+crcBits, io.ErrUnexpectedEOF) {
		return
	}
	at := z.at(z.bit)
	part := &bzip2Part{begin: z.bit, crc: uint32(bitsAt(z.buf, at+magicBits) >> (magicBits - crcBits)), level: z.level}
	switch bitsAt(z.buf, at) {
	case bzip2Trailer:
		part.trailer = true
		z.bit = (z.bit + magicBits + crcBits + 7) &^ 7
		z.level = 0
	case bzip2Block:
		part.gone = make(chan struct{})
		if !z.end(part, z.bit+magicBits) {
			return
		}
	default:
		z.err = errors.New("neither a block nor the end of the stream")
		return
	}
	z.queue = append(z.queue, part)
}

// end finds where a block ends, at the first number from a bit on or with the file, and
// goes on there. If there is no end it sets z.err.
func (z *bzip2Reader) end(part *bzip2Part, from int64) bool {
	at := z.at(from)
	for {
		var found bool
		if at, found = findBzip2(z.buf, at); found {
			part.end = 8*z.base + int64(at)
			z.bit = part.end
			return true
		}
		if 8*len(z.buf)-z.at(part.begin) > 8*maxBzip2Block {
			z.err = errors.New("a block does not end")
			return false
		}
		if !z.fill() {
			break
		}
	}
	if !errors.Is(z.err, io.EOF) {
		return false
	}
	part.cut, part.end = true, 8*(z.base+int64(len(z.buf)))
	z.bit = part.end
	z.err = io.ErrUnexpectedEOF
	return true
}

// header reads the header of a stream, or what comes behind the last.
func (z *bzip2Reader) header() {
	z.drop()
	if z.any && !z.have(8, io.EOF) {
		return
	}
	if z.any && z.buf[z.at(z.bit)/8] == 0 {
		z.bit += 8
		return
	}
	if !z.have(32, io.ErrUnexpectedEOF) {
		return
	}
	head := z.buf[z.at(z.bit)/8:]
	if !beginsBzip2Stream(head) {
		z.err = errTrailing
		return
	}
	z.level, z.any = head[3], true
	z.bit += 32
}

// at returns where a bit of the file is in buf.
func (z *bzip2Reader) at(bit int64) int { return int(bit - 8*z.base) }

// have reports whether there are n more bits, and sets z.err if not: to cut, if the file
// ends before them.
func (z *bzip2Reader) have(n int, cut error) bool {
	for z.at(z.bit)+n > 8*len(z.buf) {
		if !z.fill() {
			if errors.Is(z.err, io.EOF) {
				z.err = cut
			}
			return false
		}
	}
	return true
}

// drop lets go what is not needed any more, now and then.
func (z *bzip2Reader) drop() {
	needed := z.bit
	if len(z.queue) > 0 {
		needed = z.queue[0].begin
	}
	if n := z.at(needed) / 8; n >= maxBzip2Block || n == len(z.buf) {
		z.buf = z.buf[:copy(z.buf, z.buf[n:])]
		z.base += int64(n)
	}
}

// fill reads more, or sets z.err.
func (z *bzip2Reader) fill() bool {
	have := len(z.buf)
	z.buf = slices.Grow(z.buf, readAhead)[:have+readAhead]
	n, err := readFull(z.src, z.buf[have:])
	z.buf = z.buf[:have+n]
	if n == 0 {
		z.err = err
	}
	return n > 0
}
