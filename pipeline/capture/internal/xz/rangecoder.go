package xz

// prob is how probable it is that a bit is 0, in 2048ths, by the bits so far.
type prob = uint16

const (
	probBits  = 11
	probStart = 1 << probBits / 2
	probShift = 5 // how slowly probabilities follow the bits
	rangeTop  = 1 << 24

	// maxChunk is the length of the longest compressed chunk.
	maxChunk = 1 << 16
	// inputLen has room for what a symbol, which takes some twenty bytes at most, reads
	// behind a chunk. It is a power of two, so that offsets are masked, not checked.
	inputLen = 2 * maxChunk
)

// input holds a compressed chunk, with anything behind it.
type input [inputLen]byte

// rangeDecoder reads bits by their probabilities. It is passed by value, which keeps it
// in registers.
type rangeDecoder struct {
	in        *input
	at        uint32 // in in
	rng, code uint32
}

// beginLen is what a range-coded chunk begins with.
const beginLen = 5

func begin(in *input) rangeDecoder {
	code := uint32(in[1])<<24 | uint32(in[2])<<16 | uint32(in[3])<<8 | uint32(in[4])
	return rangeDecoder{in: in, at: beginLen, rng: 1<<32 - 1, code: code}
}

// normalize makes the range long enough for another bit.
func (r rangeDecoder) normalize() rangeDecoder {
	if r.rng < rangeTop {
		r.rng <<= 8
		r.code = r.code<<8 | uint32(r.in[r.at%inputLen])
		r.at++
	}
	return r
}

// bit reads a bit, mostly the one that is more probable. The range must be normalized.
func (r rangeDecoder) bit(p *prob) (rangeDecoder, bool) {
	v := uint32(*p)
	bound := r.rng >> probBits * v
	if r.code < bound {
		r.rng = bound
		*p = prob(v + (1<<probBits-v)>>probShift)
		return r, false
	}
	r.rng -= bound
	r.code -= bound
	*p = prob(v - v>>probShift)
	return r, true
}

// choose reads a bit that is hard to predict, without a jump. It returns all ones for a
// bit that is 0, and 0 for one that is 1. The range must be normalized, and learn follow.
func (r rangeDecoder) choose(p *prob) (rangeDecoder, uint32) {
	bound := r.rng >> probBits * uint32(*p)
	zero := uint32((int64(r.code) - int64(bound)) >> 63)
	r.rng -= bound
	r.code -= bound &^ zero
	r.rng += (bound - r.rng) & zero
	return r, zero
}

// learn makes p expect what choose returned, and appends the bit to symbol.
func learn(p *prob, zero, symbol uint32) uint32 {
	*p -= prob((int32(*p) + int32(zero)&(1<<probShift-1-1<<probBits)) >> probShift)
	return symbol<<1 + 1 + zero
}
