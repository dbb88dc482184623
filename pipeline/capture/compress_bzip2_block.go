package capture

import (
	"bytes"
	"compress/bzip2"
)

// bzip2Part is a block or a trailer.
type bzip2Part struct {
	begin   int64 // bit of the file
	crc     uint32
	trailer bool

	// Of blocks:
	level    byte
	end      int64 // bit of the file
	cut      bool  // the file ends before the block does
	out      chan bzip2Output
	gone     chan struct{} // closed if it turns out to be none
	begun    bool          // some of it has been read
	extended int           // how often it has turned out not to end where it seemed to
	err      error         // why it could not be decompressed at first
}

type bzip2Output struct {
	data []byte
	err  error // behind data
}

// decompress sends what the block, which data is a stream of, decompresses to, and at
// last an error, io.EOF if all is well.
func (b *bzip2Part) decompress(data []byte, out chan<- bzip2Output, done <-chan struct{}) {
	r := bzip2.NewReader(bytes.NewReader(data))
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
		case <-b.gone:
			return
		case <-done:
			return
		}
		if got.err != nil {
			return
		}
	}
}
