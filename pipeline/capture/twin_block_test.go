package capture

import (
	"encoding/binary"
	"fmt"

	"github.com/capfold/capfold/pipeline/packet"
)

// ngTwinOrder returns the byte order of a section header, or nil.
func ngTwinOrder(b []byte) binary.ByteOrder {
	switch string(b[8:12]) {
	case "\x1a\x2b\x3c\x4d":
		return binary.BigEndian
	case "\x4d\x3c\x2b\x1a":
		return binary.LittleEndian
	}
	return nil
}

// ngTwinKind is what is known of a block type: its shortest length, and how many bytes
// must be there for its lengths to be judged.
var ngTwinKinds = map[uint32][2]int{
	0x0a0d0d0a: {28, 16}, 1: {20, 12}, 2: {32, 28}, 3: {16, 12}, 4: {12, 12}, 5: {24, 12}, 6: {32, 28}, 7: {12, 12},
	8: {12, 12}, 9: {12, 12}, 10: {12, 12}, 0xbad: {12, 12}, 0x40000bad: {12, 12},
}

// ngTwinBlock reads the block at the beginning of b. The error says why there can be
// none, whatever the section is.
func ngTwinBlock(order binary.ByteOrder, b []byte) (_ binary.ByteOrder, kind uint32, length int, known bool, reason packet.Reason, detail string) {
	cut := func(n int) (binary.ByteOrder, uint32, int, bool, packet.Reason, string) {
		return order, kind, 0, known, packet.CutRecord, fmt.Sprintf("a record of at least %d bytes, where the capture has %d left", n, len(b))
	}
	if len(b) < 12 {
		return cut(12)
	}
	kind = order.Uint32(b)
	if kind == 0x0a0d0d0a {
		o := ngTwinOrder(b)
		if o == nil {
			return order, kind, 0, true, packet.BadSection, fmt.Sprintf("a section header with the byte order mark %#08x", binary.BigEndian.Uint32(b[8:]))
		}
		order = o
	}
	lengths, known := ngTwinKinds[kind]
	if !known {
		lengths = [2]int{12, 12}
	}
	length = (int(order.Uint32(b[4:])) + 3) / 4 * 4
	bad := fmt.Sprintf("a block of type %#x with a length of %d", kind, order.Uint32(b[4:]))
	packetBlock := kind == 2 || kind == 6
	if length < lengths[0] {
		if packetBlock {
			bad += " and a captured length of 0"
		} else if kind == 3 {
			bad += " and an original length of 0"
		}
		return order, kind, length, known, packet.BadLength, bad
	}
	if len(b) < lengths[1] {
		return cut(lengths[1])
	}
	if kind == 0x0a0d0d0a {
		if v := fmt.Sprintf("%d.%d", order.Uint16(b[12:]), order.Uint16(b[14:])); v != "1.0" && v != "1.2" {
			return order, kind, length, known, packet.BadSection, "a section header of version " + v + ", which is not supported"
		}
	}
	if packetBlock && (int(order.Uint32(b[20:]))+3)/4*4+32 > length {
		return order, kind, length, known, packet.BadLength, bad + fmt.Sprintf(" and a captured length of %d", order.Uint32(b[20:]))
	}
	return order, kind, length, known, "", ""
}

// ngTwinPacket returns the interface and the lengths of a packet block; of a simple one,
// what it captured is not known.
func ngTwinPacket(order binary.ByteOrder, kind uint32, b []byte) (id, captured, original uint32) {
	switch kind {
	case 2:
		return uint32(order.Uint16(b[8:])), order.Uint32(b[20:]), order.Uint32(b[24:])
	case 6:
		return order.Uint32(b[8:]), order.Uint32(b[20:]), order.Uint32(b[24:])
	}
	return 0, 0, order.Uint32(b[8:])
}

func isPacketKind(kind uint32) bool { return kind == 2 || kind == 3 || kind == 6 }
