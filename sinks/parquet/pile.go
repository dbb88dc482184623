package parquet

import (
	"sync"

	"github.com/capfold/capfold/pipeline/slab"
)

// pile is where the pages of a row group are: in slabs, so that what is encoded takes no
// more memory than it is long, which is memory that rows that have been written have left.
// Pages lie in the order in which they were finished, which no file tells.
type pile struct {
	slabs *slab.Pool
	mu    sync.Mutex
	used  []*slab.Slab
	room  int // bytes at the end of the last of used
}

// take appends room for n bytes to pieces. It is the caller's until the pile is released.
// It may be called concurrently.
func (p *pile) take(pieces [][]byte, n int) [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n > 0 {
		if p.room == 0 {
			p.used, p.room = append(p.used, p.slabs.Get()), slab.Len
		}
		from := slab.Len - p.room
		to := from + min(n, p.room)
		pieces = append(pieces, slab.Of[byte](p.used[len(p.used)-1])[from:to:to])
		n, p.room = n-(to-from), slab.Len-to
	}
	return pieces
}

// release gives all slabs back.
func (p *pile) release() {
	p.slabs.Put(p.used...)
	p.used, p.room = p.used[:0], 0
}

// fill copies parts, one after the other, to pieces, which have room for all of them.
func fill(pieces [][]byte, parts ...[]byte) {
	at := 0 // in the first of pieces
	for _, part := range parts {
		for len(part) > 0 {
			n := copy(pieces[0][at:], part)
			if part, at = part[n:], at+n; at == len(pieces[0]) {
				pieces, at = pieces[1:], 0
			}
		}
	}
}
