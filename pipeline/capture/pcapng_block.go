package capture

import (
	"encoding/binary"
	"fmt"

	"github.com/capfold/capfold/pipeline/packet"
)

// Block types, as registered in draft-ietf-opsawg-pcapng.
const (
	ngSection       = 0x0a0d0d0a // reads the same in both byte orders
	ngInterface     = 1
	ngOldPacket     = 2
	ngSimple        = 3
	ngStatistics    = 5
	ngEnhanced      = 6
	ngLastKnown     = 10 // up to here all types are registered: names, journal, keys …
	ngCustom        = 0x00000bad
	ngCustomPrivate = 0x40000bad
)

// Lengths of blocks, with the 12 bytes that every block has.
const (
	ngMin           = 12
	ngSectionMin    = 28
	ngInterfaceMin  = 20
	ngEnhancedMin   = 32
	ngSimpleMin     = 16
	ngStatisticsMin = 24

	// Where the frame begins in an enhanced or old packet block, and in a simple one.
	ngEnhancedBody = 28
	ngSimpleBody   = 12
)

const (
	// maxBlock bounds a block that holds no packet. No such block of real use is as long.
	maxBlock = 16 << 20
	// maxOptions bounds what comes behind a packet in its block.
	maxOptions = 128 << 10
	// maxInterfaces bounds the interfaces of a section; what is beyond is not described.
	maxInterfaces = 1 << 16
)

// byteOrderMark stands in a section header.
const byteOrderMark = 0x1a2b3c4d

// ngIsKnown reports whether a block type is one of those that captures are made of. A
// chain does not believe in others, since all data that repeats a number would be a
// chain of blocks of that type and that length.
func ngIsKnown(kind uint32) bool {
	return kind-1 < ngLastKnown || kind == ngSection || kind == ngCustom || kind == ngCustomPrivate
}

// ngBlock is what a block says of itself.
type ngBlock struct {
	kind      uint32
	stated    uint32 // its length as it says
	length    int    // its length with the padding that some programs do not count
	bigEndian bool
	mark      uint32 // of a section header that cannot be: its byte order mark …
	major     uint16 // … or its version
	minor     uint16

	// Of a packet. What a simple packet block has captured is not known here, and 0.
	iface, captured, original uint32
}

// ngHeader reads the beginning of the block at data[at:]. It returns how long data must
// be to read it, or why the block cannot be. Both depend on the bytes at hand alone.
func ngHeader(bigEndian bool, data []byte, at int) (b ngBlock, need int, fault packet.Reason) {
	if len(data)-at < ngMin {
		return b, at + ngMin, ""
	}
	h := data[at:]
	b.bigEndian = bigEndian
	b.kind = uint32At(bigEndian, h, 0)
	if b.kind == ngSection {
		ok := false
		if b.bigEndian, ok = ngByteOrder(h); !ok {
			b.mark = binary.BigEndian.Uint32(h[8:])
			return b, 0, packet.BadSection
		}
	}
	b.stated = uint32At(b.bigEndian, h, 4)
	b.length = (int(b.stated) + 3) &^ 3
	shortest, fixed := ngMin, ngMin
	switch b.kind {
	case ngEnhanced, ngOldPacket:
		shortest, fixed = ngEnhancedMin, ngEnhancedBody
	case ngSimple:
		shortest = ngSimpleMin
	case ngSection:
		shortest, fixed = ngSectionMin, 16
	case ngInterface:
		shortest = ngInterfaceMin
	case ngStatistics:
		shortest = ngStatisticsMin
	}
	if b.length < shortest {
		return b, 0, packet.BadLength
	}
	if len(h) < fixed {
		return b, at + fixed, ""
	}
	s := section{bigEndian: b.bigEndian}
	switch b.kind {
	case ngSection:
		ok := false
		if b.major, b.minor, ok = s.ngVersion(h); !ok {
			return b, 0, packet.BadSection
		}
	case ngEnhanced, ngOldPacket:
		b.iface, b.captured, b.original = s.uint32At(h, 8), s.uint32At(h, 20), s.uint32At(h, 24)
		if b.kind == ngOldPacket {
			b.iface = uint32(s.uint16At(h, 8))
		}
		if (int(b.captured)+3)&^3 > b.length-ngEnhancedMin {
			return b, 0, packet.BadLength
		}
	case ngSimple:
		b.original = s.uint32At(h, 8)
	}
	return b, 0, ""
}

// bound returns why a block of the section cannot be as long as it says. For a packet,
// described says whether its interface is.
func (b *ngBlock) bound(s *section, described bool) packet.Reason {
	if !described {
		if b.length > maxBlock {
			return packet.BadLength
		}
		return ""
	}
	i := &s.interfaces[b.iface]
	captured, rest := b.captured, b.length-ngEnhancedMin
	if b.kind == ngSimple {
		captured, rest = i.simpleLength(b.original), b.length-ngSimpleMin
	}
	if captured > i.maxFrame || int(captured) > rest || rest-int(captured) > maxOptions {
		return packet.BadLength
	}
	return ""
}

// endsWell reports whether the block, which is b, ends with its length.
func (b *ngBlock) endsWell(block []byte) bool {
	return (int(uint32At(b.bigEndian, block, len(block)-4))+3)&^3 == b.length
}

// anomaly describes a block that cannot be.
func (b *ngBlock) anomaly(why packet.Reason, s *section) *packet.Anomaly {
	a := &packet.Anomaly{Reason: why}
	switch why {
	case packet.BadSection:
		if b.mark != 0 || b.stated == 0 {
			a.Detail = fmt.Sprintf("a section header with the byte order mark %#08x", b.mark)
		} else {
			a.Detail = fmt.Sprintf("a section header of version %d.%d, which is not supported", b.major, b.minor)
		}
	case packet.UnknownInterface:
		a.Detail = fmt.Sprintf("a packet of interface %d, where %d are described", b.iface, len(s.interfaces))
	case packet.LengthsDiffer:
		a.Detail = fmt.Sprintf("a block of type %#x and length %d that does not end with its length", b.kind, b.stated)
	default:
		a.Detail = fmt.Sprintf("a block of type %#x with a length of %d", b.kind, b.stated)
		switch b.kind {
		case ngEnhanced, ngOldPacket:
			a.Detail += fmt.Sprintf(" and a captured length of %d", b.captured)
		case ngSimple:
			a.Detail += fmt.Sprintf(" and an original length of %d", b.original)
		}
	}
	return a
}

// ngByteOrder returns the byte order of the section that a header begins.
func ngByteOrder(h []byte) (bigEndian, ok bool) {
	return binary.BigEndian.Uint32(h[8:]) == byteOrderMark,
		binary.BigEndian.Uint32(h[8:]) == byteOrderMark || binary.LittleEndian.Uint32(h[8:]) == byteOrderMark
}

// ngVersion returns the version in a section header and whether it is one that the
// format's description lets a reader read.
func (s *section) ngVersion(h []byte) (major, minor uint16, ok bool) {
	major, minor = s.uint16At(h, 12), s.uint16At(h, 14)
	return major, minor, major == 1 && (minor == 0 || minor == 2)
}

func uint32At(bigEndian bool, b []byte, off int) uint32 {
	if bigEndian {
		return binary.BigEndian.Uint32(b[off:])
	}
	return binary.LittleEndian.Uint32(b[off:])
}
