package packet

// UDP ports of tunnels (IANA).
const (
	portL2TP     = 1701
	portGTP      = 2152
	portGTP0     = 3386
	portTeredo   = 3544
	portGRE      = 4754
	portVXLAN    = 4789
	portVXLANGPE = 4790
	portAYIYA    = 5072
	portCAPWAP   = 5247
	portGeneve   = 6081
	portMPLS     = 6635
)

// tunnelPort returns the UDP port of s that is a tunnel's, or 0 if neither is. Answers
// come from that port in some tunnels, hence the look at both.
func (s *Summary) tunnelPort() uint16 {
	for _, port := range [...]uint16{s.DstPort, s.SrcPort} {
		switch port {
		case portL2TP, portGTP, portGTP0, portTeredo, portGRE, portVXLAN, portVXLANGPE, portAYIYA, portCAPWAP, portGeneve, portMPLS:
			return port
		}
	}
	return 0
}

// udp decodes a UDP header and the tunnel of the given port behind it.
func (d *Decoder) udp(port uint16, p piece) {
	d.push("udp")
	const (
		lengthField = 4
		header      = 8
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	if n := int(p.uint16(lengthField)); n >= header {
		p = p.trim(n)
	}
	p = p.skip(header)
	if p.room == 0 {
		d.end(NotIP)
		return
	}
	switch port {
	case portL2TP:
		d.l2tp(p)
	case portGTP:
		d.gtp(p)
	case portGTP0:
		d.gtp0(p)
	case portTeredo:
		d.teredo(p)
	case portGRE: // RFC 8086
		d.gre(p)
	case portVXLAN:
		d.vxlan(p)
	case portVXLANGPE:
		d.vxlanGPE(p)
	case portAYIYA:
		d.ayiya(p)
	case portCAPWAP:
		d.capwap(p)
	case portGeneve:
		d.geneve(p)
	case portMPLS: // RFC 7510
		d.gopacket(layerMPLS, p)
	}
}

// VXLAN headers (RFC 7348 §5), and those of the Generic Protocol Extension
// (draft-ietf-nvo3-vxlan-gpe §3), which name what follows.
const (
	vxlanFlags    = 0
	vxlanNext     = 3
	vxlanLen      = 8
	vxlanInstance = 0x08 // flag: there is a network identifier, always
	vxlanTyped    = 0x04 // flag: the next protocol is given
)

func (d *Decoder) vxlan(p piece) {
	d.push("vxlan")
	switch {
	case len(p.b) < vxlanLen:
		d.end(CutLink)
	case p.b[vxlanFlags]&vxlanInstance == 0:
		d.end(NotIP)
	default:
		d.ether(p.skip(vxlanLen))
	}
}

func (d *Decoder) vxlanGPE(p piece) {
	d.push("vxlan-gpe")
	if len(p.b) < vxlanLen {
		d.end(CutLink)
		return
	}
	flags, next := p.b[vxlanFlags], p.b[vxlanNext]
	p = p.skip(vxlanLen)
	switch next { // which some writers name without the flag
	case 1:
		d.ip4(p)
	case 2:
		d.ip6(p)
	case 3:
		d.ether(p)
	case 4:
		d.nsh(p)
	case 5:
		d.gopacket(layerMPLS, p)
	default:
		if flags&vxlanTyped == 0 {
			d.ether(p)
			return
		}
		d.end(NotIP)
	}
}

// geneve decodes a Geneve header (RFC 8926 §3.4), with its options, and what it carries.
func (d *Decoder) geneve(p piece) {
	d.push("geneve")
	const (
		versionMask = 0xc0
		lengthMask  = 0x3f // of the options, in words of 4 bytes
		typeField   = 2
		header      = 8
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	if p.b[0]&versionMask != 0 {
		d.end(NotIP)
		return
	}
	typ, size := p.uint16(typeField), header+int(p.b[0]&lengthMask)*4
	switch {
	case len(p.b) < size:
		d.end(CutLink)
	case typ < minEtherType:
		d.end(NotIP)
	default:
		d.etherType(typ, p.skip(size))
	}
}
