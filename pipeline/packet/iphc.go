package packet

// lowpanExpand expands a header that is compressed by RFC 6282. There are no contexts
// but that of the link, so the prefix of an address that needs one is zero. Of packets
// in packets, levels are expanded.
func lowpanExpand(p piece, total int, src, dst interfaceID, levels int) (piece, Verdict) {
	const (
		pattern   = 3
		inline    = 0 // mode of an address: all of it
		hopInline = 0
	)
	var h [ip6Len]byte
	h[0] = 0x60
	r := bitReader{b: p.b}
	r.bits(pattern)
	flow, compressed, hops := r.bits(2), r.bits(1), r.bits(2)
	contexts, srcContext, srcMode := r.bits(1), r.bits(1), r.bits(2)
	multicast, dstContext, dstMode := r.bits(1), r.bits(1), r.bits(2)
	r.skip(int(contexts))
	r.skip([...]int{4, 3, 1, 0}[flow]) // traffic class and flow label
	if compressed == 0 {
		h[ip6Next] = byte(r.bits(8))
	}
	h[ip6Hops] = [...]byte{0, 1, 64, 255}[hops]
	if hops == hopInline {
		h[ip6Hops] = byte(r.bits(8))
	}
	from, to := h[ip6Src:ip6Dst], h[ip6Dst:]
	if srcContext == 0 || srcMode != inline { // else unspecified
		r.address(from, srcContext != 0, srcMode, src)
	}
	switch {
	case dstContext != 0 && dstMode != inline && multicast != 0,
		dstContext != 0 && dstMode == inline && multicast == 0:
		return piece{}, lowpanReserved(&r)
	case multicast != 0:
		r.multicast(to, dstContext != 0, dstMode)
	default:
		r.address(to, dstContext != 0, dstMode, dst)
	}
	if r.cut {
		return piece{}, CutIP
	}
	rest := piece{r.rest(), p.room - (len(p.b) - len(r.rest()))}
	if compressed == 0 {
		return lowpanPacket(&h, rest.b, rest.room, total), Decoded
	}
	src, dst = interfaceID(from[8:]), interfaceID(to[8:])
	c, v := lowpanHeaders(rest, src, dst, levels)
	if v != Decoded {
		return piece{}, v
	}
	if h[ip6Next] = c.first; c.first == extNone {
		total = 0
	}
	return lowpanPacket(&h, c.b, c.room, total), Decoded
}

// lowpanReserved is the verdict on a header with a value that means nothing.
func lowpanReserved(r *bitReader) Verdict {
	if r.cut {
		return CutIP
	}
	return BadIP
}

// address takes a unicast address of the given mode (RFC 6282 §3.1.1).
func (r *bitReader) address(a []byte, context bool, mode uint32, elided interfaceID) {
	const (
		whole = iota
		bytes8
		bytes2
	)
	if mode == whole {
		r.bytes(a)
		return
	}
	if !context {
		a[0], a[1] = 0xfe, 0x80
	}
	switch mode {
	case bytes8:
		r.bytes(a[8:])
	case bytes2:
		id := shortID(byte(r.bits(8)), byte(r.bits(8)))
		copy(a[8:], id[:])
	default:
		copy(a[8:], elided[:])
	}
}

// multicast takes a multicast address of the given mode (RFC 6282 §3.1.1), of which
// one depends on a context.
func (r *bitReader) multicast(a []byte, context bool, mode uint32) {
	const (
		whole = iota
		bytes6
		bytes4
	)
	if !context && mode == whole {
		r.bytes(a)
		return
	}
	a[0] = 0xff
	switch {
	case context:
		r.bytes(a[1:3])
		r.bytes(a[12:])
	case mode == bytes6:
		r.bytes(a[1:2])
		r.bytes(a[11:])
	case mode == bytes4:
		r.bytes(a[1:2])
		r.bytes(a[13:])
	default:
		a[1] = 0x02
		r.bytes(a[15:])
	}
}

// Headers behind an IPv6 header that are compressed too (RFC 6282 §4), by their first
// byte.
const (
	nhcExtension     = 0xe0
	nhcExtensionMask = 0xf0
	nhcIPv6          = 0xee
	nhcIPv6Mask      = 0xfe
	nhcUDP           = 0xf0
	nhcUDPMask       = 0xf8
	nhcMore          = 0x01 // the header after an extension is compressed
)

// nhcNumbers are the protocol numbers of extensions, by the three bits that name them.
var nhcNumbers = [...]uint8{extHopByHop, extRouting, extFragment, extDestination, extMobility, extNone, extNone, protoIPv6}

// headerChain is a row of expanded headers and what follows them.
type headerChain struct {
	first uint8 // the number of the first header
	last  int   // where the number of the next one goes in what is there, or 0: first
	piece
}

// add appends a header, or the payload, that b has the captured bytes of.
func (c *headerChain) add(number uint8, b []byte, room int) {
	if len(c.b) == 0 {
		c.first = number
	} else {
		c.b[c.last] = number
	}
	c.last = len(c.b)
	c.b, c.room = append(c.b, b...), c.room+room
}

// lowpanHeaders expands the headers at p between the interfaces src and dst. A header of
// an unknown kind is the end: nothing is known to follow.
func lowpanHeaders(p piece, src, dst interfaceID, levels int) (c headerChain, _ Verdict) {
	for more := true; more; {
		if len(p.b) == 0 && p.room > 0 {
			if len(c.b) == 0 {
				return c, CutIP
			}
			c.b = c.b[:len(c.b)-1] // an extension that names no next header is as good as cut
			return c, Decoded
		}
		head := byte(0)
		if len(p.b) > 0 {
			head = p.b[0]
		}
		switch {
		case head&nhcIPv6Mask == nhcIPv6 && levels > 0:
			in, v := lowpanExpand(p.skip(1), 0, src, dst, levels-1)
			c.add(protoIPv6, in.b, in.room)
			return c, v
		case head&nhcExtensionMask == nhcExtension && head&nhcIPv6Mask != nhcIPv6:
			p, more = c.extension(p)
		case head&nhcUDPMask == nhcUDP:
			c.udp(p)
			return c, Decoded
		default:
			c.add(extNone, nil, 0)
			return c, Decoded
		}
	}
	return c, Decoded
}

// extension adds the extension header at p, padded as it has to be, and all that follows
// it unless that is compressed, too: then there is more.
func (c *headerChain) extension(p piece) (rest piece, more bool) {
	const fields = 2 // next header, length
	head := p.b[0]
	number := nhcNumbers[head>>1&7]
	r := bitReader{b: p.b[1:]}
	more = head&nhcMore != 0
	next := uint8(extNone)
	if !more {
		next = uint8(r.bits(8))
	}
	size := int(r.bits(8))
	if r.cut {
		c.add(number, nil, extUnit)
		return p, false
	}
	p = p.skip(len(p.b) - len(r.rest()))
	padded := (fields + size + extUnit - 1) &^ (extUnit - 1)
	h := append([]byte{next, byte(padded/extUnit - 1)}, p.b[:min(size, len(p.b))]...)
	if len(p.b) < size {
		c.add(number, h, padded)
		return p, false
	}
	c.add(number, append(h, make([]byte, padded-len(h))...), padded)
	if p = p.skip(size); !more && next != extNone {
		c.add(next, p.b, p.room)
	}
	return p, more
}

// udp adds the compressed UDP header at p (RFC 6282 §4.3.3), whole again, and all that
// follows it. Its length field stays empty.
func (c *headerChain) udp(p piece) {
	const (
		noChecksum = 0x04
		header     = 8
		base8      = 0xf000
		base4      = 0xf0b0
	)
	ports := p.b[0] & 3 // which of them are short
	size := 1 + [...]int{4, 3, 3, 1}[ports]
	if p.b[0]&noChecksum == 0 {
		size += 2
	}
	room := header + max(0, p.room-size)
	if len(p.b) < size {
		c.add(ProtoUDP, nil, room)
		return
	}
	r := bitReader{b: p.b[1:]}
	var src, dst uint32
	switch ports {
	case 0:
		src, dst = r.bits(16), r.bits(16)
	case 1:
		src, dst = r.bits(16), base8+r.bits(8)
	case 2:
		src, dst = base8+r.bits(8), r.bits(16)
	default:
		src, dst = base4+r.bits(4), base4+r.bits(4)
	}
	c.add(ProtoUDP, append(lowpanUDP(src, dst), p.b[size:]...), room)
}
