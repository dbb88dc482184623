package capture

import (
	"encoding/binary"
	"math"

	"github.com/capfold/capfold/pipeline/packet"
)

// Options of interface descriptions and statistics that mean something here.
const (
	optEnd = 0

	optResolution = 9  // if_tsresol
	optOffset     = 14 // if_tsoffset

	optInterfaceDrops = 5 // isb_ifdrop
	optSystemDrops    = 7 // isb_osdrop
)

// ngInterface returns the interface that a description block describes.
func (s *section) ngInterface(block []byte) iface {
	i := iface{link: packet.LinkType(s.uint16At(block, 8)), snapLen: s.uint32At(block, 12)}
	i.maxFrame = i.link.MaxFrame()
	resolution, offset := uint8(6), int64(0)
	s.options(block[16:len(block)-4], func(code uint16, value []byte) {
		switch {
		case code == optResolution && len(value) == 1:
			resolution = value[0]
		case code == optOffset && len(value) == 8:
			offset = int64(s.uint64At(value, 0))
		}
	})
	i.clock = newClock(resolution, offset)
	return i
}

// options calls each with the options of a block, up to the first that is not whole.
func (s *section) options(b []byte, each func(code uint16, value []byte)) {
	for len(b) >= 4 {
		code, length := s.uint16At(b, 0), int(s.uint16At(b, 2))
		if code == optEnd || length > len(b)-4 {
			return
		}
		each(code, b[4:4+length])
		b = b[min(4+(length+3)&^3, len(b)):]
	}
}

// simpleLength returns what a simple packet block has captured of a packet.
func (i *iface) simpleLength(original uint32) uint32 {
	if i.snapLen != 0 {
		return min(i.snapLen, original)
	}
	return original
}

// oldDrops returns how many packets were dropped in front of an old packet block.
func (s *section) oldDrops(block []byte) uint16 {
	if n := s.uint16At(block, 10); n != math.MaxUint16 { // which means unknown
		return n
	}
	return 0
}

// drop counts n packets that were not captured.
func (f *frames) drop(n int64) { f.dropped += min(n, math.MaxInt64-f.dropped) }

// maxDrops bounds the interfaces whose drops are counted. Each block of statistics makes
// another section, with all the counters in it.
const maxDrops = 256

// statistics counts the packets that were dropped, as a block of interface statistics
// says, since the last such block of the interface: its counters go from the beginning
// of the capture on.
func (f *frames) statistics(block []byte) {
	s := *f.section
	id := s.uint32At(block, 8)
	if id >= min(maxDrops, uint32(len(s.interfaces))) {
		return
	}
	dropped := uint64(0)
	s.options(block[20:len(block)-4], func(code uint16, value []byte) {
		if (code == optInterfaceDrops || code == optSystemDrops) && len(value) == 8 {
			dropped += min(s.uint64At(value, 0), math.MaxInt64-dropped)
		}
	})
	before := int64(0)
	if int(id) < len(s.drops) {
		before = s.drops[id]
	}
	if int64(dropped) <= before {
		return
	}
	f.drop(int64(dropped) - before)
	drops := make([]int64, max(int(id)+1, len(s.drops)))
	copy(drops, s.drops)
	drops[id] = int64(dropped)
	s.drops = drops
	f.enter(&s)
}

func (s *section) uint16At(b []byte, off int) uint16 {
	if s.bigEndian {
		return binary.BigEndian.Uint16(b[off:])
	}
	return binary.LittleEndian.Uint16(b[off:])
}

func (s *section) uint64At(b []byte, off int) uint64 {
	if s.bigEndian {
		return binary.BigEndian.Uint64(b[off:])
	}
	return binary.LittleEndian.Uint64(b[off:])
}
