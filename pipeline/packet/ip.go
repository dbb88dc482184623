package packet

import (
	"encoding/binary"
	"math"
)

// Offsets into an IPv4 header (RFC 791 §3.1).
const (
	ip4Length   = 2
	ip4Fragment = 6
	ip4TTL      = 8
	ip4Proto    = 9
	ip4Src      = 12
	ip4Dst      = 16
	ip4Len      = 20

	ip4Plain       = 0x45   // version 4, a header of 20 bytes
	ip4OffsetMask  = 0x1fff // of the fragment field: what is not a flag
	ip4HeaderUnits = 4      // the header length counts words of 4 bytes
)

// Offsets into an IPv6 header (RFC 8200 §3).
const (
	ip6Length = 4
	ip6Next   = 6
	ip6Hops   = 7
	ip6Src    = 8
	ip6Dst    = 24
	ip6Len    = 40
)

// Extension headers that are skipped, by their protocol number (RFC 8200 §4). Those
// after which the packet is something of its own (AH, ESP, mobility, HIP, shim6) and
// "no next header" are final protocols.
const (
	extHopByHop    = 0
	extRouting     = 43
	extFragment    = 44
	extNone        = 59 // no next header: nothing follows
	extDestination = 60
	extMobility    = 135 // final

	extNext         = 0
	extLength       = 1 // in units of 8 bytes, without the first
	extUnit         = 8
	fragmentField   = 2
	fragmentOffset  = 0xfff8
	fragmentHdrSize = 8
)

// Offsets into a TCP, UDP or SCTP header (RFC 9293 §3.1, RFC 768, RFC 9260 §3.1).
const (
	l4Src    = 0
	l4Dst    = 2
	l4Ports  = 4
	tcpFlags = 13
)

// noIP makes s the summary of a packet without an IP header that counts.
func noIP(s *Summary, p Path, v Verdict) {
	*s = Summary{Time: s.Time, WireLen: s.WireLen, CapLen: s.CapLen, Path: p, Verdict: v}
}

// decodeIPv4 fills s from the IPv4 header at b[0]. There were room ≥ len(b) bytes from
// there to the end of the original frame.
func decodeIPv4(b []byte, room int, s *Summary, paths ipPaths) {
	if len(b) < ip4Len {
		cutIPv4(b, s, paths)
		return
	}
	h := (*[ip4Len]byte)(b)
	header := ip4Len
	if h[0] != ip4Plain {
		header = int(h[0]&0xf) * ip4HeaderUnits
		if h[0]>>4 != 4 || header < ip4Len {
			cutIPv4(b, s, paths)
			return
		}
	}
	total := int(binary.BigEndian.Uint16(h[ip4Length:]))
	if total < header {
		if total != 0 {
			noIP(s, paths.v4, BadIP)
			return
		}
		total = room
	}
	v := Decoded
	if total > room {
		v = LongIP
	}
	proto := h[ip4Proto]
	s.Src = Addr4(binary.BigEndian.Uint32(h[ip4Src:]))
	s.Dst = Addr4(binary.BigEndian.Uint32(h[ip4Dst:]))
	s.Bytes = uint32(total)
	s.Path = paths.v4
	s.Version = 4
	s.Proto = proto
	s.TTL = h[ip4TTL]
	if header > len(b) {
		noPorts(s, CutExtension)
		return
	}
	if binary.BigEndian.Uint16(h[ip4Fragment:])&ip4OffsetMask != 0 {
		noPorts(s, v)
		return
	}
	transport(b[header:min(max(total, header), len(b))], proto, s, v)
}

// cutIPv4 decodes what is not a whole IPv4 header: the start of one, or one that cannot
// be, as with a version that is not that of the header in front.
func cutIPv4(b []byte, s *Summary, paths ipPaths) {
	switch {
	case len(b) == 0:
		noIP(s, paths.v4, CutIP)
	case b[0]>>4 != 4 || int(b[0]&0xf)*ip4HeaderUnits < ip4Len:
		noIP(s, paths.v4, BadIP)
	default:
		noIP(s, paths.v4, CutIP)
	}
}

// decodeIPv6 fills s from the IPv6 header at b[0]. There were room ≥ len(b) bytes from
// there to the end of the original frame.
func decodeIPv6(b []byte, room int, s *Summary, paths ipPaths) {
	if len(b) < ip6Len {
		v := CutIP
		if len(b) > 0 && b[0]>>4 != 6 {
			v = BadIP
		}
		noIP(s, paths.v6, v)
		return
	}
	h := (*[ip6Len]byte)(b)
	if h[0]>>4 != 6 {
		noIP(s, paths.v6, BadIP)
		return
	}
	total, v := int(binary.BigEndian.Uint16(h[ip6Length:]))+ip6Len, Decoded
	switch {
	case total == ip6Len:
		total, v = unstatedIPv6(h[ip6Next], b[ip6Len:], room)
	case total > room:
		v = LongIP
	}
	s.Src = Addr16(h[ip6Src:])
	s.Dst = Addr16(h[ip6Dst:])
	s.Bytes = uint32(total)
	s.Path = paths.v6
	s.Version = 6
	s.TTL = h[ip6Hops]
	next, rest := h[ip6Next], b[ip6Len:min(total, len(b))]
	switch next {
	case extHopByHop, extRouting, extFragment, extDestination:
		var ok bool
		if next, rest, ok = skipExtensions(next, rest); !ok {
			v = CutExtension
		}
	}
	s.Proto = next
	if rest == nil {
		noPorts(s, v)
		return
	}
	transport(rest, next, s, v)
}

// unstatedIPv6 returns the total length of an IPv6 packet with a payload length of 0,
// of which rest follows the header: a packet without payload says so, a jumbogram
// (RFC 2675 §2) has its length in an option, and what segmentation offload leaves
// reaches to the end of the original frame. An option that claims more than that is not
// believed, since it could be billions.
func unstatedIPv6(next uint8, rest []byte, room int) (total int, v Verdict) {
	switch next {
	case extNone:
		return ip6Len, Decoded
	case extHopByHop:
		switch payload := jumboPayload(rest); {
		case payload == 0:
		case int64(payload) > int64(room-ip6Len):
			return room, LongIP
		default:
			return ip6Len + int(payload), Decoded
		}
	}
	return room, Decoded
}

// jumboPayload returns the payload length in the hop-by-hop options at b, or 0 if there
// is none. One below 65,536 is not valid.
func jumboPayload(b []byte) uint32 {
	const (
		firstOption = 2
		optionPad1  = 0
		optionJumbo = 0xc2
		jumboLen    = 4
		header      = 2
	)
	if len(b) <= extLength {
		return 0
	}
	b = b[firstOption:min((int(b[extLength])+1)*extUnit, len(b))]
	for len(b) >= header {
		if b[0] == optionPad1 {
			b = b[1:]
			continue
		}
		size := header + int(b[1])
		if len(b) < size {
			break
		}
		if b[0] == optionJumbo && b[1] == jumboLen {
			if n := binary.BigEndian.Uint32(b[header:]); n > math.MaxUint16 {
				return n
			}
			break
		}
		b = b[size:]
	}
	return 0
}

// skipExtensions returns the protocol after the extension headers that start at b with
// the header next, and the bytes of that protocol: nil where they are not the start of
// it, as in a later fragment. Where a header is cut, ok is false and the protocol is
// the last one that is known.
func skipExtensions(next uint8, b []byte) (proto uint8, rest []byte, ok bool) {
	for {
		switch next {
		case extHopByHop, extRouting, extDestination:
			if len(b) == 0 {
				return next, nil, false
			}
			next = b[extNext]
			if len(b) <= extLength {
				return next, nil, false
			}
			size := (int(b[extLength]) + 1) * extUnit
			if len(b) < size {
				return next, nil, false
			}
			b = b[size:]
		case extFragment:
			if len(b) == 0 {
				return next, nil, false
			}
			next = b[extNext]
			if len(b) < fragmentHdrSize {
				return next, nil, false
			}
			if binary.BigEndian.Uint16(b[fragmentField:])&fragmentOffset != 0 {
				return next, nil, true
			}
			b = b[fragmentHdrSize:]
		default:
			return next, b, true
		}
	}
}

// noPorts sets the fields of a packet whose transport header is not looked at.
func noPorts(s *Summary, v Verdict) {
	s.SrcPort, s.DstPort, s.TCPFlags, s.Ports = 0, 0, 0, 0
	s.Verdict = v
}

// transport fills in what the header at t says, where protocol proto has ports; t ends
// where the IP packet does. A cut header outranks the verdict v, as it says what is
// missing.
func transport(t []byte, proto uint8, s *Summary, v Verdict) {
	var flags uint8
	switch proto {
	case ProtoTCP:
		if len(t) > tcpFlags {
			flags = t[tcpFlags]
		}
	case ProtoUDP, ProtoSCTP:
	default:
		noPorts(s, v)
		return
	}
	if len(t) < l4Ports {
		noPorts(s, CutTransport)
		if len(t) >= l4Dst {
			s.SrcPort, s.Ports = binary.BigEndian.Uint16(t[l4Src:]), SrcPortKnown
		}
		return
	}
	s.SrcPort = binary.BigEndian.Uint16(t[l4Src:])
	s.DstPort = binary.BigEndian.Uint16(t[l4Dst:])
	s.TCPFlags = flags
	s.Ports = SrcPortKnown | DstPortKnown
	s.Verdict = v
}
