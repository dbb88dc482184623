package parquet

import "sync"

// blockLen is the length of a block: long enough to be handed to the kernel by itself, and
// short enough that the last one of a row group, which is not full, is little.
const blockLen = 32 << 10

type block [blockLen]byte

// blocks are those that nobody uses. All methods may be called concurrently.
type blocks struct {
	mu   sync.Mutex
	free []*block
}

func (b *blocks) get() *block {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := len(b.free) - 1
	if last < 0 {
		return new(block)
	}
	got := b.free[last]
	b.free = b.free[:last]
	return got
}

// pile is where the pages of a row group are: in blocks, so that what is encoded takes no
// more memory than it is long, and so that the next row group takes what this one leaves.
// Pages lie in the order in which they were finished, which no file tells.
type pile struct {
	blocks *blocks
	mu     sync.Mutex
	used   []*block
	room   int // bytes at the end of the last of used
}

// take appends room for n bytes to pieces. It is the caller's until the pile is released.
// It may be called concurrently.
func (p *pile) take(pieces [][]byte, n int) [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n > 0 {
		if p.room == 0 {
			p.used, p.room = append(p.used, p.blocks.get()), blockLen
		}
		from := blockLen - p.room
		to := from + min(n, p.room)
		pieces = append(pieces, p.used[len(p.used)-1][from:to:to])
		n, p.room = n-(to-from), blockLen-to
	}
	return pieces
}

// release gives all blocks back.
func (p *pile) release() {
	p.blocks.mu.Lock()
	defer p.blocks.mu.Unlock()
	p.blocks.free = append(p.blocks.free, p.used...)
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
