package packet

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Tunnels says which of a packet's IP headers counts. It implements pflag.Value.
type Tunnels uint8

const (
	// Outer counts the outermost IP header, whatever it carries.
	Outer Tunnels = iota
	// Inner counts the innermost IP header that can be decoded. A tunnel that carries
	// no IP, a later fragment and an encrypted packet count as they are seen from
	// outside. So does a packet whose tunnel is damaged, with the verdict [CutTunnel] or
	// [BadTunnel]. IP headers that ICMP errors quote are not in a tunnel.
	Inner
)

var tunnelNames = []string{Outer: "outer", Inner: "inner"}

func (t Tunnels) String() string { return tunnelNames[t] }

// Set implements pflag.Value.
func (t *Tunnels) Set(name string) error {
	i := slices.Index(tunnelNames, name)
	if i < 0 {
		return fmt.Errorf("%q is none of %q", name, tunnelNames)
	}
	*t = Tunnels(i)
	return nil
}

// Type implements pflag.Value.
func (Tunnels) Type() string { return "header" }

// IANA protocol numbers of tunnels.
const (
	protoIPv4     = 4
	protoIPv6     = 41
	protoGRE      = 47
	protoAH       = 51
	protoEtherIP  = 97
	protoPIM      = 103
	protoL2TP     = 115
	protoMPLS     = 137
	protoEthernet = 143
)

// maxTunnels bounds the IP headers of a packet that are looked at after the first: the
// one that is reached then counts.
const maxTunnels = 8

// decodeInner is Decode for Inner. Packets of protocols that carry no others, which are
// most, cost little more than for Outer.
func (d *Decoder) decodeInner(link LinkType, frame []byte, s *Summary) {
	room := max(int(s.WireLen), len(frame))
	d.Tunnels = Outer
	d.Decode(link, frame, s)
	d.Tunnels = Inner
	if !s.mayTunnel() {
		return
	}
	// Once more, since the fast path notes neither where it found the header nor the way.
	d.decodeAny(link, frame, room, s)
	d.fragment = false
	for range maxTunnels {
		if !d.descend(s) {
			break
		}
	}
	d.at, d.s = piece{}, nil
}

// mayTunnel reports whether the protocol or a port of an IP packet is that of a tunnel.
func (s *Summary) mayTunnel() bool {
	if s.Version == 0 {
		return false
	}
	switch s.Proto {
	case ProtoUDP:
		return s.tunnelPort() != 0
	case protoIPv4, protoIPv6, protoGRE, protoAH, protoEtherIP, protoPIM, protoL2TP, protoMPLS, protoEthernet:
		return true
	}
	return false
}

// descend makes s, the summary of the IP packet at d.at, that of the IP packet inside
// it, and reports whether there is one.
func (d *Decoder) descend(s *Summary) bool {
	p, ok := d.payload(s)
	if !ok || !d.authenticated(s, &p) || p.room == 0 || !s.mayTunnel() {
		return false
	}
	in := &d.in
	*in = Summary{Time: s.Time, WireLen: s.WireLen, CapLen: s.CapLen}
	d.s = in
	d.carried(s, p)
	switch in.Verdict {
	case CutLink, CutIP:
		s.Verdict = CutTunnel
		return false
	case BadLink, BadIP:
		s.Verdict = BadTunnel
		return false
	case LongIP:
		if d.fragment { // the rest of the packet is in later fragments
			in.Verdict = Decoded
		}
	}
	if in.Version == 0 {
		return false
	}
	*s = *in
	return true
}

// payload returns what the IP packet at d.at, of which s is the summary, carries. It is
// not ok where that cannot be the start of anything: in a later fragment, and after
// options or extension headers that are cut.
func (d *Decoder) payload(s *Summary) (p piece, ok bool) {
	if s.Verdict == CutExtension {
		return piece{}, false
	}
	p = d.at.trim(int(s.Bytes))
	if s.Version == 4 {
		d.push("ipv4")
		const moreFragments = 0x2000
		field := p.uint16(ip4Fragment)
		d.fragment = d.fragment || field&moreFragments != 0
		return p.skip(int(p.b[0]&0xf) * ip4HeaderUnits), field&ip4OffsetMask == 0
	}
	d.push("ipv6")
	next := p.b[ip6Next]
	p = p.skip(ip6Len)
	for { // the same headers as skipExtensions, which has found them whole
		size := 0
		switch next {
		case extHopByHop, extRouting, extDestination:
			size = (int(p.b[extLength]) + 1) * extUnit
		case extFragment:
			const moreFragments = 0x01
			field := p.uint16(fragmentField)
			d.fragment = d.fragment || field&moreFragments != 0
			if field&fragmentOffset != 0 {
				return piece{}, false
			}
			size = fragmentHdrSize
		default:
			return p, true
		}
		next, p = p.b[extNext], p.skip(size)
	}
}

// authenticated takes authentication headers (RFC 4302 §2) off p, which like extension
// headers leave visible what they are put before. The protocol and the ports of s are
// then those after them. It reports false if that is the end of the way.
func (d *Decoder) authenticated(s *Summary, p *piece) bool {
	const (
		units   = 4 // of the length field, which leaves two of them out
		minSize = 12
	)
	for s.Proto == protoAH {
		d.push("ah")
		s.Path = d.path()
		if len(p.b) <= extLength {
			s.Verdict = CutExtension
			return false
		}
		next, size := p.b[extNext], (int(p.b[extLength])+2)*units
		switch {
		case size < minSize:
			s.Verdict = BadTunnel
			return false
		case len(p.b) < size:
			s.Verdict = CutExtension
			return false
		}
		*p = p.skip(size)
		if s.Version == 6 {
			proto, rest, ok := skipExtensions(next, p.b)
			s.Proto = proto
			if !ok {
				s.Verdict = CutExtension
			}
			if rest == nil {
				return false
			}
			*p = p.skip(len(p.b) - len(rest))
		} else {
			s.Proto = next
		}
		transport(p.b, s.Proto, s, s.Verdict)
	}
	return true
}

// carried decodes what the IP packet s carries at p.
func (d *Decoder) carried(s *Summary, p piece) {
	switch s.Proto {
	case protoIPv4:
		d.ip4(p)
	case protoIPv6:
		d.ip6(p)
	case protoGRE:
		d.gre(p)
	case protoEtherIP:
		d.etherIP(p)
	case protoPIM:
		d.pim(p)
	case protoL2TP:
		d.push("l2tp")
		d.session(p)
	case protoMPLS:
		d.gopacket(layerMPLS, p)
	case protoEthernet: // RFC 8986 §4.9
		d.ether(p)
	case ProtoUDP:
		d.udp(s.tunnelPort(), p)
	}
}

// etherIP decodes an EtherIP header (RFC 3378 §3) and the frame after it.
func (d *Decoder) etherIP(p piece) {
	d.push("etherip")
	const (
		header  = 2
		version = 0x30
	)
	switch {
	case len(p.b) < header:
		d.end(CutLink)
	case p.b[0]&0xf0 != version:
		d.end(BadLink)
	default:
		d.ether(p.skip(header))
	}
}

// pim decodes a PIM Register message (RFC 7761 §4.9.3), which carries a multicast packet
// to the rendezvous point, or nothing but the header of one.
func (d *Decoder) pim(p piece) {
	d.push("pim")
	const (
		register  = 0x21 // version 2, type 1
		flags     = 4
		flagEmpty = 0x40000000
		header    = 8
	)
	switch {
	case len(p.b) > 0 && p.b[0] != register:
		d.end(NotIP)
	case len(p.b) < header:
		d.end(CutLink)
	case binary.BigEndian.Uint32(p.b[flags:])&flagEmpty != 0:
		d.end(NotIP)
	default:
		d.ip(p.skip(header))
	}
}
