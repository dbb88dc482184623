package reducers

import (
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
)

// Rows of long tables are kept packed if they are as nearly all are: what is counted and how
// long it took fit into few bits. Most are brief, and take a word less. Of those that are not
// packed there are few for the packets they have.

// packedCounts are [flow.Counts] in a word: bytes, by how much wire bytes are more, packets.
type packedCounts uint64

const (
	packetsBits  = 14
	overheadBits = 22
	bytesBits    = 64 - overheadBits - packetsBits
)

// packCounts returns counts packed, and whether they could be.
func packCounts(c *flow.Counts) (packedCounts, bool) {
	packets, bytes, overhead := uint64(c.Packets), uint64(c.Bytes), uint64(c.WireBytes-c.Bytes)
	return packedCounts(bytes<<(overheadBits+packetsBits) | overhead<<packetsBits | packets),
		packets>>packetsBits|overhead>>overheadBits|bytes>>bytesBits == 0
}

func (p packedCounts) unpack() flow.Counts {
	bytes := int64(p >> (overheadBits + packetsBits))
	return flow.Counts{
		Packets:   int64(p & (1<<packetsBits - 1)),
		Bytes:     bytes,
		WireBytes: bytes + int64(p>>packetsBits&(1<<overheadBits-1)),
	}
}

// key returns [RankBy.key].
func (p packedCounts) key(rank RankBy) uint64 {
	c := p.unpack()
	return rank.key(&c)
}

// briefCounts are [flow.Counts] in the upper bits of a word, as packedCounts has them, and
// something else in the lower ones.
type briefCounts uint64

const (
	briefPacketsBits  = 10
	briefOverheadBits = 14
	briefBytesBits    = 21
	besideBits        = 64 - briefBytesBits - briefOverheadBits - briefPacketsBits
)

// packBriefCounts returns counts packed, and whether they could be. Beside them is nothing.
func packBriefCounts(c *flow.Counts) (briefCounts, bool) {
	packets, bytes, overhead := uint64(c.Packets), uint64(c.Bytes), uint64(c.WireBytes-c.Bytes)
	return briefCounts((bytes<<(briefOverheadBits+briefPacketsBits) | overhead<<briefPacketsBits | packets) << besideBits),
		packets>>briefPacketsBits|overhead>>briefOverheadBits|bytes>>briefBytesBits == 0
}

func (p briefCounts) unpack() flow.Counts {
	bytes := int64(p >> (64 - briefBytesBits))
	return flow.Counts{
		Packets:   int64(p >> besideBits & (1<<briefPacketsBits - 1)),
		Bytes:     bytes,
		WireBytes: bytes + int64(p>>(besideBits+briefPacketsBits)&(1<<briefOverheadBits-1)),
	}
}

// beside returns what is beside counts.
func (p briefCounts) beside() uint64 { return uint64(p & (1<<besideBits - 1)) }

// key returns [RankBy.key].
func (p briefCounts) key(rank RankBy) uint64 {
	c := p.unpack()
	return rank.key(&c)
}

const (
	// microsBits are those of microseconds since the epoch, up to the year 2112.
	microsBits = 52
	// briefBits are those of how long something brief took, in microseconds: 36 minutes.
	briefBits = besideBits + 64 - microsBits
)

// packBriefTimes returns in a word, and in what is to be beside counts, when something began
// and ended, and whether it could: most captures have microseconds.
func packBriefTimes(first, last int64) (times, beside uint64, ok bool) {
	begin, end := uint64(first)/1000, uint64(last)/1000
	duration := end - begin
	return begin<<(64-microsBits) | duration&(1<<(64-microsBits)-1), duration >> (64 - microsBits),
		(begin*1000^uint64(first))|(end*1000^uint64(last))|begin>>microsBits|duration>>briefBits == 0
}

func unpackBriefTimes(times, beside uint64) (first, last int64) {
	begin, duration := times>>(64-microsBits), beside<<(64-microsBits)|times&(1<<(64-microsBits)-1)
	return int64(begin * 1000), int64((begin + duration) * 1000)
}

// durationBits are those of how long something took, in nanoseconds: more than two years.
const durationBits = 56

// packTimes returns in two words when something began and how long it took, with a byte of
// something else, and whether it could.
func packTimes(first, last int64, other uint8) (begin, rest uint64, ok bool) {
	duration := uint64(last) - uint64(first)
	return uint64(first), duration<<8 | uint64(other), duration>>durationBits == 0
}

func unpackTimes(begin, rest uint64) (first, last int64, other uint8) {
	return int64(begin), int64(begin + rest>>8), uint8(rest)
}

// pair4 packs two addresses of IPv4, and addrs4 unpacks them.
func pair4(a, b packet.Addr) uint64 { return uint64(a.As4())<<32 | uint64(b.As4()) }

func addrs4(pair uint64) (a, b packet.Addr) {
	return packet.Addr4(uint32(pair >> 32)), packet.Addr4(uint32(pair))
}

// pair6 packs two addresses of IPv6, and addrs6 unpacks them.
func pair6(a, b packet.Addr) [4]uint64 { return [4]uint64{a.Hi, a.Lo, b.Hi, b.Lo} }

func addrs6(pair *[4]uint64) (a, b packet.Addr) {
	return packet.Addr{Hi: pair[0], Lo: pair[1]}, packet.Addr{Hi: pair[2], Lo: pair[3]}
}

// pairKeys is how many keys there are for pairs of addresses.
const pairKeys = 5

// pairKey returns key k of two addresses of an IP version, and of what follows them, which
// has less than 63 bits. All keys together are one string of bits: whether it is IPv6, the
// addresses, what follows.
func pairKey(k int, version uint8, a, b packet.Addr, rest uint64) uint64 {
	if version == 4 {
		return pairKey4(k, pair4(a, b), rest)
	}
	pair := pair6(a, b)
	return pairKey6(k, &pair, rest)
}

func pairKey4(k int, pair, rest uint64) uint64 {
	switch k {
	case 0:
		return pair >> 1
	case 1:
		return pair<<63 | rest
	default:
		return 0
	}
}

func pairKey6(k int, pair *[4]uint64, rest uint64) uint64 {
	switch k {
	case 0:
		return 1<<63 | pair[0]>>1
	case pairKeys - 1:
		return pair[3]<<63 | rest
	default:
		return pair[k-1]<<63 | pair[k]>>1
	}
}

// keysOf returns n keys of a function that has their number.
func keysOf[R any](n int, key func(k int, r R) uint64) []func(R) uint64 {
	keys := make([]func(R) uint64, n)
	for k := range keys {
		keys[k] = func(r R) uint64 { return key(k, r) }
	}
	return keys
}

// firstKey returns keys with another function for the first of them, which is asked for every
// row: one that need not look at the number of its key.
func firstKey[R any](keys []func(R) uint64, first func(R) uint64) []func(R) uint64 {
	keys[0] = first
	return keys
}
