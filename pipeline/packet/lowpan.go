package packet

import "encoding/binary"

// Dispatch bytes of 6LoWPAN (RFC 4944 §5.1, RFC 6282 §2), each with the bits of it that
// count.
const (
	lowpanIPv6      = 0x41
	lowpanHC1       = 0x42
	lowpanBroadcast = 0x50
	lowpanIPHC      = 0x60
	lowpanIPHCMask  = 0xe0
	lowpanMesh      = 0x80
	lowpanMeshMask  = 0xc0
	lowpanFirst     = 0xc0
	lowpanLater     = 0xe0
	lowpanFragMask  = 0xf8
)

// interfaceID is the lower half of an IPv6 address.
type interfaceID [8]byte

// flipLocal inverts the bit that tells universal from local identifiers.
func (id *interfaceID) flipLocal() { id[0] ^= 0x02 }

// shortID returns the interface identifier of a link-layer address of two bytes.
func shortID(high, low byte) interfaceID { return interfaceID{3: 0xff, 4: 0xfe, 6: high, 7: low} }

// lowpan decodes a 6LoWPAN frame between the interfaces src and dst: mesh and broadcast
// headers, the header of a fragment, and an IPv6 packet whose header may be compressed.
// A later fragment has none.
func (d *Decoder) lowpan(p piece, src, dst interfaceID) {
	const (
		broadcastLen = 2
		firstLen     = 4
		sizeMask     = 0x07ff
	)
	if len(p.b) == 0 {
		d.lowpanCut(p, NotIP, CutLink)
		return
	}
	if p.b[0]&lowpanMeshMask == lowpanMesh {
		d.push("6lowpan")
		var ok bool
		if p, src, dst, ok = lowpanMeshed(p); !ok {
			d.end(CutLink)
			return
		}
	} else if lowpanKnown(p.b[0]) {
		d.push("6lowpan")
	}
	if len(p.b) > 0 && p.b[0] == lowpanBroadcast {
		if len(p.b) < broadcastLen {
			d.end(CutLink)
			return
		}
		p = p.skip(broadcastLen)
	}
	total := 0 // of a packet in fragments
	if len(p.b) > 0 && p.b[0]&lowpanFragMask == lowpanFirst {
		if len(p.b) < firstLen {
			d.end(CutLink)
			return
		}
		total = int(p.uint16(0) & sizeMask)
		if p = p.skip(firstLen); total < ip6Len {
			d.end(BadIP)
			return
		}
	}
	if len(p.b) == 0 {
		d.lowpanCut(p, NotIP, CutLink)
		return
	}
	switch dispatch := p.b[0]; {
	case dispatch == lowpanIPv6:
		p = p.skip(1)
		d.ip6(piece{p.b, max(p.room, total)})
	case dispatch == lowpanHC1:
		d.expanded(lowpanExpandHC1(p.skip(1), total, src, dst))
	case dispatch&lowpanIPHCMask == lowpanIPHC:
		d.expanded(lowpanExpand(p, total, src, dst, maxTunnels))
	default:
		d.end(NotIP)
	}
}

// lowpanCut ends a packet where no byte is left: in the original frame, or of what was
// captured.
func (d *Decoder) lowpanCut(p piece, whole, cut Verdict) {
	if p.room == 0 {
		d.end(whole)
		return
	}
	d.end(cut)
}

// lowpanKnown reports whether a byte is a dispatch of 6LoWPAN that has a meaning here.
func lowpanKnown(b byte) bool {
	switch b & lowpanFragMask {
	case lowpanFirst, lowpanLater:
		return true
	}
	return b == lowpanIPv6 || b == lowpanHC1 || b == lowpanBroadcast || b&lowpanIPHCMask == lowpanIPHC
}

// lowpanMeshed takes a mesh header (RFC 4944 §5.2) off p and returns the identifiers of
// the interfaces at the ends of the path.
func lowpanMeshed(p piece) (rest piece, src, dst interfaceID, ok bool) {
	const (
		shortSrc = 0x20
		shortDst = 0x10
		hopsMask = 0x0f
		moreHops = 0x0f // the number is in a byte of its own
	)
	flags := p.b[0]
	r := bitReader{b: p.b[1:]}
	if flags&hopsMask == moreHops {
		r.skip(1)
	}
	address := func(short bool) (id interfaceID) {
		if short {
			return shortID(byte(r.bits(8)), byte(r.bits(8)))
		}
		r.bytes(id[:])
		id.flipLocal()
		return id
	}
	src = address(flags&shortSrc != 0)
	dst = address(flags&shortDst != 0)
	return p.skip(len(p.b) - len(r.rest())), src, dst, !r.cut
}

// expanded finishes a packet whose IPv6 header was compressed, and is now at p unless
// the verdict says that it cannot be had.
func (d *Decoder) expanded(p piece, v Verdict) {
	if v != Decoded {
		d.end(v)
		return
	}
	d.ip6(p)
}

// lowpanPacket puts an IPv6 packet together from its header and the payload behind it,
// of which there were room bytes, or total with the header if the packet is in fragments.
func lowpanPacket(h *[ip6Len]byte, payload []byte, room, total int) piece {
	if total > 0 {
		room = max(total-ip6Len, len(payload))
	}
	binary.BigEndian.PutUint16(h[ip6Length:], uint16(min(room, 0xffff)))
	return piece{append(h[:], payload...), room + ip6Len}
}

// lowpanUDP returns a UDP header without a length.
func lowpanUDP(src, dst uint32) []byte {
	h := make([]byte, 8)
	binary.BigEndian.PutUint16(h[l4Src:], uint16(src))
	binary.BigEndian.PutUint16(h[l4Dst:], uint16(dst))
	return h
}
