package capture

import (
	"errors"
	"io"
	"math/bits"
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
	// maxMerges is how many times in a row a block may hold what looks like the
	// beginning of the next.
	maxMerges = 3
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
type bzip2Reader struct {
	src     io.Reader
	helpers chan struct{}
	done    chan struct{}

	buf    []byte // compressed bytes, from the first that is needed on
	base   int64  // offset of buf
	bit    int    // in buf: where the next part begins
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
				z.failed = z.base + int64(z.bit/8)
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
	z.failed = part.offset
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
	case got.err != nil && !part.begun && len(got.data) == 0 && z.merge():
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
			go part.decompress(part.out, z.done)
		default:
			select {
			case z.helpers <- struct{}{}:
			default:
				return
			}
			part.out = make(chan bzip2Output, 1)
			go func() {
				part.decompress(part.out, z.done)
				<-z.helpers
			}()
		}
	}
}

// merge joins the first two blocks, if what looks like the beginning of the second may
// be inside of the first.
func (z *bzip2Reader) merge() bool {
	if len(z.queue) == 1 && z.err == nil {
		z.scan()
	}
	if len(z.queue) == 1 || z.queue[1].trailer || z.queue[0].merges == maxMerges {
		return false
	}
	a, b := z.queue[0], z.queue[1]
	// Whoever decompresses b ends at Close, if not before.
	joined := &bzip2Part{offset: a.offset, crc: a.crc, level: a.level, cut: b.cut, merges: a.merges + 1}
	joined.data.append(a.data.bytes, 0, a.data.n)
	joined.data.append(b.data.bytes, 0, b.data.n)
	z.queue = append([]*bzip2Part{joined}, z.queue[2:]...)
	return true
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
	part := &bzip2Part{
		offset: z.base + int64(z.bit/8), crc: uint32(bitsAt(z.buf, z.bit+magicBits) >> (magicBits - crcBits)), level: z.level,
	}
	switch bitsAt(z.buf, z.bit) {
	case bzip2Trailer:
		part.trailer = true
		z.bit = (z.bit + magicBits + crcBits + 7) &^ 7
		z.level = 0
	case bzip2Block:
		end := z.bit + magicBits
		for {
			at, found := findBzip2(z.buf, end)
			if end = at; found {
				break
			}
			if len(z.buf)-z.bit/8 > maxBzip2Block {
				z.err = errors.New("a block does not end")
				return
			}
			if !z.fill() {
				if !errors.Is(z.err, io.EOF) {
					return
				}
				part.cut, end = true, 8*len(z.buf)
				z.err = io.ErrUnexpectedEOF
				break
			}
		}
		part.data.append(z.buf, z.bit, end-z.bit)
		z.bit = end
	default:
		z.err = errors.New("neither a block nor the end of the stream")
		return
	}
	z.queue = append(z.queue, part)
}

// header reads the header of a stream, or what comes behind the last.
func (z *bzip2Reader) header() {
	z.drop()
	if z.any && !z.have(8, io.EOF) {
		return
	}
	if z.any && z.buf[z.bit/8] == 0 {
		z.bit += 8
		return
	}
	if !z.have(32, io.ErrUnexpectedEOF) {
		return
	}
	head := z.buf[z.bit/8:]
	if !beginsBzip2Stream(head) {
		z.err = errTrailing
		return
	}
	z.level, z.any = head[3], true
	z.bit += 32
}

// have reports whether there are n more bits, and sets z.err if not: to cut, if the file
// ends before them.
func (z *bzip2Reader) have(n int, cut error) bool {
	for z.bit+n > 8*len(z.buf) {
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
	if n := z.bit / 8; n >= maxBzip2Block || n == len(z.buf) {
		z.buf = z.buf[:copy(z.buf, z.buf[n:])]
		z.base += int64(n)
		z.bit -= 8 * n
	}
}

// fill reads more, or sets z.err.
func (z *bzip2Reader) fill() bool {
	have := len(z.buf)
	z.buf = append(z.buf, make([]byte, readAhead)...)
	n, err := io.ReadFull(z.src, z.buf[have:])
	z.buf = z.buf[:have+n]
	if n == 0 {
		z.err = err
	}
	return n > 0
}
