package reducers

import (
	"cmp"
	"math/bits"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
)

// sizeBins are where bins of original frame length begin: those of RMON statistics
// (RFC 2819), up to the largest untagged Ethernet frame without the frame check sequence
// that captures lack, one for tagged frames, and powers of two and the usual jumbo frame
// above.
var sizeBins = [...]uint32{0, 64, 128, 256, 512, 1024, 1515, 1519, 2048, 4096, 9217, 65536}

// sizeBin returns the index in sizeBins of a length's bin.
func sizeBin(length uint32) int {
	bin := min(bits.Len32(length>>6), 5) // right below the first bin that is no power of two
	for bin+1 < len(sizeBins) && length >= sizeBins[bin+1] {
		bin++
	}
	return bin
}

func packetSizes(*Env) pipeline.Reducer[packet.Batch] {
	type row = Row[int, flow.Counts]
	return &Rollup[packet.Batch, int, flow.Counts]{
		Doc: table.Schema{
			Name: "packet_sizes", Row: "bin of frame lengths", Order: "length",
			Doc: "Histogram of the original lengths of frames. Empty bins have no row.",
		},
		Fold: func(batch packet.Batch, at func(int) *flow.Counts) {
			var bins [len(sizeBins)]flow.Counts
			for i := range batch {
				addPacket(&bins[sizeBin(batch[i].WireLen)], &batch[i])
			}
			for i := range bins {
				if bins[i].Packets > 0 {
					at(i).Add(bins[i])
				}
			}
		},
		Merge:   func(into, from *flow.Counts) { into.Add(*from) },
		Compare: func(a, b *row) int { return cmp.Compare(a.Key, b.Key) },
		Columns: columns([]table.Column[row]{
			table.Int64s("size_min", "B", "smallest original frame length of the bin", func(r *row) int64 { return int64(sizeBins[r.Key]) }),
			table.Int64s("size_max", "B", "largest original frame length of the bin; null for the last bin", func(r *row) int64 {
				return int64(sizeBins[min(r.Key+1, len(sizeBins)-1)]) - 1
			}).NullIf(func(r *row) bool { return r.Key+1 == len(sizeBins) }),
		}, countsColumns("", "", func(r *row) *flow.Counts { return &r.Value })),
	}
}

func addPacket(c *flow.Counts, p *packet.Summary) {
	c.Packets++
	c.Bytes += int64(p.Bytes)
	c.WireBytes += int64(p.WireLen)
}
