package packet

// UDP ports of tunnels (IANA).
const (
	portL2TP     = 1701
	portGTP      = 2152
	portTeredo   = 3544
	portGRE      = 4754
	portVXLAN    = 4789
	portVXLANGPE = 4790
	portCAPWAP   = 5247
	portGeneve   = 6081
	portMPLS     = 6635
)

// tunnelPort returns the UDP port of s that is a tunnel's, or 0 if neither is. Answers
// come from that port in some tunnels, hence the look at both.
func (s *Summary) tunnelPort() uint16 {
	for _, port := range [...]uint16{s.DstPort, s.SrcPort} {
		switch port {
		case portL2TP, portGTP, portTeredo, portGRE, portVXLAN, portVXLANGPE, portCAPWAP, portGeneve, portMPLS:
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
	switch {
	case p.room == 0:
		d.end(NotIP)
	case port == portL2TP:
		d.l2tp(p)
	case port == portGTP:
		d.gtp(p)
	case port == portTeredo:
		d.teredo(p)
	case port == portGRE: // RFC 8086
		d.gre(p)
	case port == portVXLAN:
		d.vxlan(p)
	case port == portVXLANGPE:
		d.vxlanGPE(p)
	case port == portCAPWAP:
		d.capwap(p)
	case port == portGeneve:
		d.geneve(p)
	case port == portMPLS: // RFC 7510
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
	switch {
	case flags&vxlanTyped == 0:
		d.ether(p)
	case next == 1:
		d.ip4(p)
	case next == 2:
		d.ip6(p)
	case next == 3:
		d.ether(p)
	case next == 4:
		d.nsh(p)
	case next == 5:
		d.gopacket(layerMPLS, p)
	default:
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

// gtp decodes a GTP-U header (3GPP TS 29.281 §5), with its extension headers, and the
// user's packet, which only its version names.
func (d *Decoder) gtp(p piece) {
	d.push("gtp")
	const (
		flagExtension = 0x04
		flagsOptional = 0x07 // any of these makes the header longer
		versionType   = 0xf0
		version1      = 0x30 // and GTP, not GTP'
		message       = 1
		messagePDU    = 255
		lengthField   = 2
		header        = 8
		optional      = 4
		nextExtension = 11
		extUnits      = 4
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	flags := p.b[0]
	if flags&versionType != version1 || p.b[message] != messagePDU {
		d.end(NotIP)
		return
	}
	p = p.trim(header + int(p.uint16(lengthField)))
	size := header
	if flags&flagsOptional != 0 {
		size += optional
		if len(p.b) < size {
			d.end(CutLink)
			return
		}
		next := p.b[nextExtension]
		for flags&flagExtension != 0 && next != 0 {
			if len(p.b) <= size {
				d.end(CutLink)
				return
			}
			n := int(p.b[size]) * extUnits
			if n == 0 {
				d.end(BadLink)
				return
			}
			if size += n; len(p.b) < size {
				d.end(CutLink)
				return
			}
			next = p.b[size-1]
		}
	}
	p = p.skip(size)
	if len(p.b) > 0 && p.b[0]>>4 != 4 && p.b[0]>>4 != 6 || p.room == 0 {
		d.end(NotIP)
		return
	}
	d.ip(p)
}

// teredo decodes a Teredo packet (RFC 4380 §5.1.1): IPv6 behind indications of
// authentication and of origin.
func (d *Decoder) teredo(p piece) {
	d.push("teredo")
	const (
		authentication = 1
		authHeader     = 4
		authClient     = 2
		authValue      = 3
		authNonce      = 9 // with the confirmation byte
		origin         = 0
		originLen      = 8
	)
	if len(p.b) >= authHeader && p.uint16(0) == authentication {
		size := authHeader + int(p.b[authClient]) + int(p.b[authValue]) + authNonce
		if len(p.b) < size {
			d.end(CutLink)
			return
		}
		p = p.skip(size)
	}
	if len(p.b) >= originLen && p.uint16(0) == origin {
		p = p.skip(originLen)
	}
	switch {
	case len(p.b) == 0:
		d.end(CutLink)
	case p.b[0]>>4 != 6:
		d.end(NotIP)
	default:
		d.ip6(p)
	}
}
