package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/capfold/capfold/pipeline/packet"
)

// ngTwin reads pcapng captures block after block, as the format says.
type ngTwin struct {
	order      binary.ByteOrder
	interfaces []ngTwinInterface
	account    packet.Capture
	packets    []packet.Summary
	decoder    *packet.Decoder
}

type ngTwinInterface struct {
	link       packet.LinkType
	snap       uint32
	resolution byte
	offset     int64
	dropped    *big.Int
}

// plausible reports whether eight plausible blocks follow among sixteen, or fewer that
// end with b.
func (t *ngTwin) plausible(b []byte) bool {
	order, interfaces := t.order, len(t.interfaces)
	found := 0
	for n := 0; n < 16 && found < 8; n++ {
		if len(b) == 0 {
			return found > 0
		}
		o, kind, length, known, reason, _ := ngTwinBlock(order, b)
		if reason != "" || n == 0 && !known || length > 1<<20 || length > len(b) || (int(o.Uint32(b[length-4:]))+3)/4*4 != length {
			return false
		}
		if isPacketKind(kind) {
			id, captured, original := ngTwinPacket(o, kind, b)
			if id >= uint32(interfaces) || captured > original || original == 0 || original > 1<<20 {
				return false
			}
		}
		switch kind {
		case 0x0a0d0d0a:
			order, interfaces = o, 0
		case 1:
			interfaces++
		}
		if known {
			found++
		}
		b = b[length:]
	}
	return found == 8
}

// fault says why the block of a packet or of something else cannot be in the section.
func (t *ngTwin) fault(kind uint32, length int, b []byte) (described bool, reason packet.Reason, detail string) {
	detail = fmt.Sprintf("a block of type %#x with a length of %d", kind, t.order.Uint32(b[4:]))
	if !isPacketKind(kind) {
		if kind == 0x0a0d0d0a {
			detail = fmt.Sprintf("a block of type %#x with a length of %d", kind, ngTwinOrder(b).Uint32(b[4:]))
		}
		if length > 16<<20 {
			return false, packet.BadLength, detail
		}
		return false, "", ""
	}
	id, captured, original := ngTwinPacket(t.order, kind, b)
	if kind == 3 {
		detail += fmt.Sprintf(" and an original length of %d", original)
	} else {
		detail += fmt.Sprintf(" and a captured length of %d", captured)
	}
	if id >= uint32(len(t.interfaces)) {
		if length > 16<<20 {
			return false, packet.BadLength, detail
		}
		return false, "", ""
	}
	i, rest := t.interfaces[id], length-32
	if kind == 3 {
		captured, rest = original, length-16
		if i.snap != 0 {
			captured = min(captured, i.snap)
		}
	}
	if captured > i.link.MaxFrame() || int(captured) > rest || rest-int(captured) > 128<<10 {
		return true, packet.BadLength, detail
	}
	return true, "", ""
}

// twinPcapng is the twin for pcapng captures.
func twinPcapng(path string, data []byte) (result, error) {
	if len(data) < 28 {
		return result{}, errors.New("no header")
	}
	t := &ngTwin{order: ngTwinOrder(data), decoder: packet.NewDecoder()}
	if t.order == nil || t.order.Uint16(data[12:]) != 1 || t.order.Uint16(data[14:])&^2 != 0 {
		return result{}, errors.New("no header that is supported")
	}
	t.account = packet.Capture{Path: path, Format: "pcapng", FileBytes: int64(len(data))}
	for at := 0; at < len(data); {
		b := data[at:]
		next := at + 1
		order, kind, length, known, reason, detail := ngTwinBlock(t.order, b)
		described := false
		if reason == "" {
			described, reason, detail = t.fault(kind, length, b)
		}
		if reason == "" && length > len(b) {
			reason, detail = packet.CutRecord, fmt.Sprintf("a record of at least %d bytes, where the capture has %d left", length, len(b))
		}
		if reason == "" && (int(order.Uint32(b[length-4:]))+3)/4*4 != length {
			reason, detail = packet.LengthsDiffer, fmt.Sprintf("a block of type %#x and length %d that does not end with its length", kind, order.Uint32(b[4:]))
		}
		if reason == "" && isPacketKind(kind) && !described {
			id, _, _ := ngTwinPacket(t.order, kind, b)
			reason, detail = packet.UnknownInterface, fmt.Sprintf("a packet of interface %d, where %d are described", id, len(t.interfaces))
			if len(t.interfaces) > 0 {
				next = at + length
			}
		}
		if reason == "" {
			t.block(order, kind, known, b[:length])
			at += length
			continue
		}
		if next == at+1 {
			for next < len(data) && !t.plausible(data[next:]) {
				next++
			}
		}
		twinLost(&t.account, at, next, reason, detail)
		at = next
	}
	return result{packets: t.packets}.finish(t.account), nil
}

// block reads a block that is whole and can be.
func (t *ngTwin) block(order binary.ByteOrder, kind uint32, known bool, b []byte) {
	switch kind {
	case 0x0a0d0d0a:
		t.order, t.interfaces = order, nil
	case 1:
		i := ngTwinInterface{link: packet.LinkType(order.Uint16(b[8:])), snap: order.Uint32(b[12:]), resolution: 6, dropped: new(big.Int)}
		t.options(b[16:len(b)-4], func(code uint16, value []byte) {
			if code == 9 && len(value) == 1 {
				i.resolution = value[0]
			}
			if code == 14 && len(value) == 8 {
				i.offset = int64(order.Uint64(value))
			}
		})
		t.interfaces = append(t.interfaces, i)
		if !slices.Contains(t.account.Links, i.link) {
			t.account.Links = append(t.account.Links, i.link)
			slices.Sort(t.account.Links)
		}
	case 2, 3, 6:
		t.packet(kind, b)
	case 5:
		if id := order.Uint32(b[8:]); id < 256 && int(id) < len(t.interfaces) {
			sum := new(big.Int)
			t.options(b[20:len(b)-4], func(code uint16, value []byte) {
				if (code == 5 || code == 7) && len(value) == 8 {
					sum.Add(sum, new(big.Int).SetUint64(order.Uint64(value)))
				}
			})
			if limit := big.NewInt(1<<63 - 1); sum.Cmp(limit) > 0 {
				sum = limit
			}
			if before := t.interfaces[id].dropped; sum.Cmp(before) > 0 {
				t.dropped(new(big.Int).Sub(sum, before).Int64())
				t.interfaces[id].dropped = sum
			}
		}
	}
	if !known || kind == 0xbad || kind == 0x40000bad {
		t.account.UnknownBlocks++
	}
}

func (t *ngTwin) dropped(n int64) {
	if t.account.Dropped += n; t.account.Dropped < 0 {
		t.account.Dropped = 1<<63 - 1
	}
}

func (t *ngTwin) options(b []byte, each func(uint16, []byte)) {
	for at := 0; at+4 <= len(b); {
		code, length := t.order.Uint16(b[at:]), int(t.order.Uint16(b[at+2:]))
		if code == 0 || at+4+length > len(b) {
			return
		}
		each(code, b[at+4:at+4+length])
		at += 4 + (length+3)/4*4
	}
}

func (t *ngTwin) packet(kind uint32, b []byte) {
	id, captured, original := ngTwinPacket(t.order, kind, b)
	i := t.interfaces[id]
	s := packet.Summary{CapLen: captured, WireLen: original}
	body := b[12:]
	if kind == 3 {
		s.CapLen = original
		if i.snap != 0 {
			s.CapLen = min(original, i.snap)
		}
	} else {
		body = b[28:]
		s.Time = i.time(uint64(t.order.Uint32(b[12:]))<<32 + uint64(t.order.Uint32(b[16:])))
	}
	if kind == 2 && t.order.Uint16(b[10:]) != 0xffff {
		t.dropped(int64(t.order.Uint16(b[10:])))
	}
	t.decoder.Decode(i.link, body[:s.CapLen], &s)
	t.packets = append(t.packets, s)
}

// time computes a time stamp with numbers of any length.
func (i ngTwinInterface) time(ticks uint64) int64 {
	base := big.NewInt(10)
	if i.resolution >= 128 {
		base = big.NewInt(2)
	}
	perSecond := base.Exp(base, big.NewInt(int64(i.resolution%128)), nil)
	n := new(big.Int).SetUint64(ticks)
	n.Mul(n, big.NewInt(1e9))
	n.Div(n, perSecond)
	n.Add(n, new(big.Int).Mul(big.NewInt(i.offset), big.NewInt(1e9)))
	switch {
	case n.IsInt64():
		return n.Int64()
	case n.Sign() < 0:
		return -1 << 63
	}
	return 1<<63 - 1
}
