package synth

// flowSizes returns the number of packets of each flow, heavy-tailed, at least
// one each and packets together. flows is in [1, packets].
func flowSizes(r *rng, packets, flows int) []uint32 {
	// The largest flow, before scaling, is a small part of the capture:
	// otherwise the seed alone would decide the shares of the protocols.
	largest := min(1<<14, max(1, packets/200))
	sizes := make([]uint32, flows)
	var extra uint64
	for i := range sizes {
		sizes[i] = uint32(r.pareto(1, largest)) - 1
		extra += uint64(sizes[i])
	}
	left := uint64(packets - flows)
	var given uint64
	for i, s := range sizes {
		var share uint64
		if extra > 0 {
			share = uint64(s) * left / extra
		}
		sizes[i] = uint32(1 + share)
		given += share
	}
	// What rounding left over goes to flows that are more than one packet, so
	// that the share of single-packet flows stays as drawn.
	for given < left {
		before := given
		for i := 0; i < flows && given < left; i++ {
			if sizes[i] > 1 {
				sizes[i]++
				given++
			}
		}
		if given == before {
			sizes[0]++
			given++
		}
	}
	return sizes
}
