package flow

import (
	"math/bits"
	"unsafe"

	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/slab"
)

// atoms is a shard of a table: what it knows of each key, in a cell of 48 bytes for IPv4 and
// of 72 for IPv6, and beside it what has become too large for a cell.
type atoms[K hashed] struct {
	index[K, value]
	// carried is what was in cells that had no room for another packet and began again. A
	// key is in it once at most, however often that happens.
	carried index[K, Value]
}

// value is the Value of an atom as a cell holds it, or the part of it that came after what
// was carried. Its host, which is looked at first, is far from the key, so that what comes
// after that has both lines that a cell may lie in.
type value struct {
	first                     int64
	rest                      uint64 // span, hasCarried, TCP flags
	packets, bytes, wireBytes uint32
	host                      uint32 // number of the sender
}

const (
	// spanBits are those of the time from the first packet to the last one, in nanoseconds:
	// more than a year.
	spanBits = 55
	// hasCarried is the bit of value.rest that says that more of the atom has been carried.
	hasCarried = 1 << 8
	// underSpan is how many bits there are of flags and hasCarried, and under are those.
	underSpan = 9
	under     = 1<<underSpan - 1
)

// unpack returns what v has, without what was carried.
func (v *value) unpack() Value {
	return Value{
		Counts: Counts{int64(v.packets), int64(v.bytes), int64(v.wireBytes)},
		First:  v.first, Last: v.last(), TCPFlags: uint8(v.rest),
	}
}

func (v *value) last() int64 { return int64(uint64(v.first) + v.rest>>underSpan) }

// since returns how long after the other time t is, and 1 instead of 0 if it is before it.
func since(t, other int64) (span, before uint64) {
	return bits.Sub64(uint64(t)^1<<63, uint64(other)^1<<63, 0)
}

// makeRoom makes room for a packet in a cell that has none for it, and returns by how many
// bytes that makes what was carried longer. There may have to be made more.
//
//go:noinline
func (a *atoms[K]) makeRoom(seed *Seed, c *cell[K, value], s *packet.Summary) (carried int64) {
	v := &c.value
	if _, before := since(s.Time, v.first); before != 0 {
		if span, _ := since(v.last(), s.Time); span>>spanBits == 0 {
			v.first, v.rest = s.Time, span<<underSpan|v.rest&under
			return 0
		}
	}
	n, added := a.carried.locate(seed, c.key.tag(seed), c.key)
	sum, more := &a.carried.cell(n).value, v.unpack()
	if added {
		*sum, carried = more, carriedLen[K]()
	} else {
		sum.Merge(&more)
	}
	*v = value{first: s.Time, rest: hasCarried, host: v.host}
	return carried
}

// value returns all of what is known of the atom of a cell.
func (a *atoms[K]) value(seed *Seed, c *cell[K, value]) Value {
	v := c.value.unpack()
	if c.value.rest&hasCarried != 0 {
		n, _ := a.carried.find(c.key.tag(seed), c.key)
		v.Merge(&a.carried.cell(n).value)
	}
	return v
}

// recycle has a, which must be empty, take its memory from slabs.
func (a *atoms[K]) recycle(slabs *slab.Pool) {
	a.index.recycle(slabs)
	a.carried.recycle(slabs)
}

// free gives the memory of a back, and returns about how much it was. It is empty then.
func (a *atoms[K]) free() int64 {
	held := int64(a.n)*atomLen[K]() + int64(a.carried.n)*carriedLen[K]()
	a.index.free()
	a.carried.free()
	return held
}

// slotsLen is about how many bytes of slots there are for each cell: where there are many,
// between three eighths and three quarters are used.
const slotsLen = 7

// atomLen and carriedLen return about how many bytes are held for an atom, and for what was
// carried of one.
func atomLen[K hashed]() int64 { return int64(unsafe.Sizeof(cell[K, value]{})) + slotsLen }

func carriedLen[K hashed]() int64 { return int64(unsafe.Sizeof(cell[K, Value]{})) + slotsLen }
