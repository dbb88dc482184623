package packet

// lowpanExpandHC1 expands a header that is compressed by RFC 4944 §10, in which fields
// need not begin with a byte.
func lowpanExpandHC1(p piece, total int, src, dst interfaceID) (piece, Verdict) {
	const (
		noNext   = 0
		nextUDP  = 1
		flowBits = 28 // traffic class and flow label
	)
	numbers := [...]uint8{1: ProtoUDP, 2: ProtoICMPv6, 3: ProtoTCP}
	var h [ip6Len]byte
	h[0] = 0x60
	r := bitReader{b: p.b}
	linkSrc, elideSrc, linkDst, elideDst := r.bits(1), r.bits(1), r.bits(1), r.bits(1)
	noFlow, next, more := r.bits(1), r.bits(2), r.bits(1)
	var udp uint32
	if more != 0 {
		if next != nextUDP {
			return piece{}, lowpanReserved(&r)
		}
		udp = r.bits(8)
	}
	h[ip6Hops] = byte(r.bits(8))
	r.halves(h[ip6Src:ip6Dst], linkSrc, elideSrc, src)
	r.halves(h[ip6Dst:], linkDst, elideDst, dst)
	if noFlow == 0 {
		r.bits(flowBits)
	}
	h[ip6Next] = numbers[next]
	if next == noNext {
		h[ip6Next] = byte(r.bits(8))
	}
	var header []byte
	if more != 0 {
		header = r.udpHC2(udp)
	}
	if r.cut {
		return piece{}, CutIP
	}
	rest := r.rest()
	room := p.room - (len(p.b) - len(rest)) + len(header)
	return lowpanPacket(&h, append(header, rest...), room, total), Decoded
}

// halves takes an address of which the prefix is that of the link or inline, and the
// interface identifier is elided or inline.
func (r *bitReader) halves(a []byte, link, elide uint32, id interfaceID) {
	if link != 0 {
		a[0], a[1] = 0xfe, 0x80
	} else {
		r.bytes(a[:8])
	}
	if elide != 0 {
		copy(a[8:], id[:])
	} else {
		r.bytes(a[8:])
	}
}

// udpHC2 takes a UDP header that is compressed as the bits of encoding say (RFC 4944
// §10.3.2) and returns it whole.
func (r *bitReader) udpHC2(encoding uint32) []byte {
	const (
		shortSrc  = 0x80
		shortDst  = 0x40
		noLength  = 0x20
		base4     = 0xf0b0
		shortBits = 4
	)
	port := func(short bool) uint32 {
		if short {
			return base4 + r.bits(shortBits)
		}
		return r.bits(16)
	}
	src, dst := port(encoding&shortSrc != 0), port(encoding&shortDst != 0)
	if encoding&noLength == 0 {
		r.bits(16)
	}
	r.bits(16) // checksum
	return lowpanUDP(src, dst)
}
