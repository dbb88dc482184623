package packet

import "encoding/binary"

// PPP protocol numbers that can lead to an IP header (IANA). EtherTypes are seen, too.
const (
	pppIPv4      = 0x0021
	pppIPv6      = 0x0057
	pppBridging  = 0x0031
	pppMultilink = 0x003d
	pppMPLS      = 0x0281
	pppMPLSMulti = 0x0283
)

// ppp decodes PPP (RFC 1661), in HDLC-like framing (RFC 1662) or without, and the Cisco
// HDLC that takes its place on some links. Some links use a control byte of their own.
func (d *Decoder) ppp(p piece) {
	const (
		address = 0xff
		framing = 2
	)
	if len(p.b) > 0 && (p.b[0] == hdlcUnicast || p.b[0] == hdlcMulticast) {
		d.push("ppp")
		d.hdlc(p)
		return
	}
	if len(p.b) >= framing && p.b[0] == address {
		p = p.skip(framing)
	}
	d.pppFrame(p)
}

// pppFrame decodes PPP from its protocol number on, which may be compressed to one byte: the
// last byte of a number is odd, and no other is (RFC 1661 §2). Framing may be there again.
func (d *Decoder) pppFrame(p piece) {
	const (
		framing = 0xff03
		odd     = 1
	)
	d.push("ppp")
	if len(p.b) < 2 {
		d.end(CutLink)
		return
	}
	if p.uint16(0) == etherTypeIPv4 { // not a valid PPP number, but found
		d.ip4(p.skip(2))
		return
	}
	if p.uint16(0) == framing {
		p = p.skip(2)
	}
	switch {
	case len(p.b) > 0 && p.b[0]&odd != 0:
		d.pppType(uint16(p.b[0]), p.skip(1))
	case len(p.b) > 1 && p.b[1]&odd != 0:
		d.pppType(p.uint16(0), p.skip(2))
	default:
		d.end(BadLink)
	}
}

// pppd decodes PPP as Linux's daemon saw it: the direction takes the place of the address.
func (d *Decoder) pppd(p piece) {
	const control = 0x03
	if len(p.b) > 1 && p.b[1] == control {
		p = p.skip(1)
	}
	d.skip("pppd", 1, p, d.pppFrame)
}

// pppType decodes the payload of a PPP frame.
func (d *Decoder) pppType(typ uint16, p piece) {
	const (
		bridgedType  = 1
		bridgedEther = 1
		bridgedLen   = 2

		multilinkBegin = 0x80
		multilinkLen   = 4
	)
	switch typ {
	case pppIPv4, etherTypeIPv4:
		d.ip4(p)
	case pppIPv6, etherTypeIPv6:
		d.ip6(p)
	case pppMPLS, pppMPLSMulti:
		d.gopacket(layerMPLS, p)
	case pppBridging: // RFC 3518 §4.3
		if len(p.b) > bridgedType && p.b[bridgedType] != bridgedEther {
			d.end(NotIP)
			return
		}
		d.inner("bridge", bridgedLen, p)
	case pppMultilink: // RFC 1990 §3
		d.push("mp")
		switch {
		case len(p.b) < multilinkLen:
			d.end(CutLink)
		case p.b[0]&multilinkBegin == 0:
			d.end(NotIP)
		default:
			d.ppp(p.skip(multilinkLen))
		}
	default:
		d.end(NotIP)
	}
}

// labelled decodes what is below the last MPLS label, which does not name it, except for
// two that are reserved: by its first four bits IP, a channel header (RFC 5586 §2.1), or a
// pseudowire of Ethernet frames, with a control word (RFC 4448 §4.6) or without.
func (d *Decoder) labelled(label uint32, p piece) {
	const (
		labelChannel = 13 // RFC 5586 §4
		labelAlert   = 14 // RFC 3429
		word         = 4
	)
	if len(p.b) == 0 {
		d.end(CutLink)
		return
	}
	switch nibble := p.b[0] >> 4; {
	case label == labelAlert:
		d.end(NotIP)
	case nibble == 1 || label == labelChannel:
		d.push("pwach")
		if len(p.b) < word {
			d.end(CutLink)
			return
		}
		d.pppType(p.uint16(2), p.skip(word))
	case nibble == 4 || nibble == 6:
		d.ip(p)
	case nibble == 0 && !looksLikeEther(p.b):
		d.inner("pw", word, p)
	default:
		d.ether(p)
	}
}

// looksLikeEther guesses whether b starts with an Ethernet header and not with a control
// word before one, by where a well-known EtherType is.
func looksLikeEther(b []byte) bool {
	const word = 4
	return knownTypeAt(b, etherType) && !knownTypeAt(b, word+etherType)
}

func knownTypeAt(b []byte, i int) bool {
	if len(b) < i+2 {
		return false
	}
	switch typ := binary.BigEndian.Uint16(b[i:]); typ {
	case etherTypeIPv4, etherTypeIPv6, etherTypeARP:
		return true
	default:
		return isVLAN(typ)
	}
}
