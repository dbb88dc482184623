package parquet

import (
	"bytes"
	"testing"

	"github.com/capfold/capfold/pipeline/slab"
)

// TestPile fills a pile with pages of several lengths, twice, and reads them back.
func TestPile(t *testing.T) {
	const blockLen = slab.Len
	p := pile{slabs: &slab.Pool{}}
	for round := range byte(2) {
		var pages [][][]byte
		var want [][]byte
		taken := 0
		for i, n := range []int{0, 1, 100, blockLen - 101, blockLen, 3*blockLen + 7, 5, blockLen - 12} {
			page := bytes.Repeat([]byte{byte(i) + 10*round}, n)
			pieces := p.take(nil, n)
			fill(pieces, page[:n/3], nil, page[n/3:])
			pages, want, taken = append(pages, pieces), append(want, page), taken+n
		}
		for i := range pages {
			if got := bytes.Join(pages[i], nil); !bytes.Equal(got, want[i]) {
				t.Errorf("round %d, page %d of %d bytes is not what was put there", round, i, len(want[i]))
			}
		}
		if used := len(p.used); used != taken/blockLen {
			t.Errorf("round %d: %d bytes take %d blocks", round, taken, used)
		}
		if p.release(); len(p.used) != 0 || p.slabs.Idle() != int64(taken) {
			t.Errorf("round %d: %d blocks are used and %d bytes idle behind release", round, len(p.used), p.slabs.Idle())
		}
	}
}
