package capture

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
)

// bzip2Part is a block or a trailer.
type bzip2Part struct {
	offset  int64
	crc     uint32
	trailer bool

	// Of blocks:
	level  byte
	data   bitString
	cut    bool // the file ends before the block does
	out    chan bzip2Output
	begun  bool // some of it has been read
	merges int
}

type bzip2Output struct {
	data []byte
	err  error // behind data
}

// decompress sends what the block decompresses to, and at last an error, io.EOF if all
// is well.
func (b *bzip2Part) decompress(out chan<- bzip2Output, done <-chan struct{}) {
	s := bitString{bytes: []byte{'B', 'Z', 'h', b.level}, n: 32}
	s.bytes = append(make([]byte, 0, len(b.data.bytes)+16), s.bytes...)
	s.append(b.data.bytes, 0, b.data.n)
	if !b.cut {
		var trailer [10]byte
		binary.BigEndian.PutUint64(trailer[:], bzip2Trailer<<16)
		binary.BigEndian.PutUint32(trailer[6:], b.crc)
		s.append(trailer[:], 0, magicBits+crcBits)
	}
	r := bzip2.NewReader(bytes.NewReader(s.bytes))
	for {
		got := bzip2Output{data: make([]byte, bzip2Chunk)}
		n := 0
		for n < bzip2Chunk && got.err == nil {
			var m int
			m, got.err = r.Read(got.data[n:])
			n += m
		}
		got.data = got.data[:n]
		select {
		case out <- got:
		case <-done:
			return
		}
		if got.err != nil {
			return
		}
	}
}
