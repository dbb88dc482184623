package packet

// Network layer protocol identifiers of multiprotocol encapsulations (ISO/IEC TR 9577).
const (
	nlpidSNAP = 0x80
	nlpidIPv6 = 0x8e
	nlpidIPv4 = 0xcc
	nlpidPPP  = 0xcf
)

// frameRelay decodes a Frame Relay header (Q.922 §3.2) and its multiprotocol
// encapsulation (RFC 2427 §3), or Cisco's with an EtherType.
func (d *Decoder) frameRelay(p piece) {
	d.push("fr")
	const extended = 0x01 // set in the last byte of the address
	n := 0
	for n < len(p.b) && n < 4 && p.b[n]&extended == 0 {
		n++
	}
	n++
	if len(p.b) < n+2 {
		d.end(CutLink)
		return
	}
	if n == 1 || n > 4 {
		d.end(BadLink)
		return
	}
	p = p.skip(n)
	if p.b[0] != llcUI {
		if typ := p.uint16(0); typ >= minEtherType {
			d.etherType(typ, p.skip(2))
			return
		}
		d.end(NotIP)
		return
	}
	p = p.skip(1)
	if p.b[0] == 0 { // padding
		p = p.skip(1)
	}
	d.nlpid(p, 0)
}

// nlpid decodes a packet behind its network layer protocol identifier, of one byte. A
// bridged Ethernet frame has pad bytes before it.
func (d *Decoder) nlpid(p piece, pad int) {
	if len(p.b) == 0 {
		d.end(CutLink)
		return
	}
	id := p.b[0]
	p = p.skip(1)
	switch id {
	case nlpidIPv4:
		d.ip4(p)
	case nlpidIPv6:
		d.ip6(p)
	case nlpidSNAP:
		d.snap(p, pad)
	case nlpidPPP:
		d.ppp(p)
	default:
		d.end(NotIP)
	}
}
