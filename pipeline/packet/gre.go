package packet

// Protocol types of GRE that are not EtherTypes, or not used as such.
const (
	greERSPAN    = 0x88be // of types I and II
	greERSPAN3   = 0x22eb
	greWCCP      = 0x883e
	greAruba     = 0x8200 // and up, one for each IEEE 802.11 tunnel
	greArubaMask = 0xff00
)

// gre decodes a GRE header (RFC 2784, RFC 2890), with the routing of RFC 1701 and the
// acknowledgment of PPTP (RFC 2637), and what it carries.
func (d *Decoder) gre(p piece) {
	d.push("gre")
	const (
		typeField = 2
		header    = 4
		word      = 4

		flagChecksum = 0x8000
		flagRouting  = 0x4000
		flagKey      = 0x2000
		flagSequence = 0x1000
		flagAck      = 0x0080
		versionMask  = 0x0007
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	flags, typ := p.uint16(0), p.uint16(typeField)
	size := header
	for _, flag := range [...]uint16{flagChecksum | flagRouting, flagKey, flagSequence} {
		if flags&flag != 0 {
			size += word
		}
	}
	version := flags & versionMask
	if version == 1 && flags&flagAck != 0 {
		size += word
	}
	switch {
	case version > 1:
		d.end(BadLink)
		return
	case len(p.b) < size:
		d.end(CutLink)
		return
	}
	p = p.skip(size)
	if flags&flagRouting != 0 && version == 0 {
		var ok bool
		if p, ok = sourceRoute(p); !ok {
			d.end(CutLink)
			return
		}
	}
	switch {
	case typ == greERSPAN && flags&flagSequence != 0:
		d.erspan2(p)
	case typ == greERSPAN:
		d.push("erspan")
		d.ether(p)
	case typ == greERSPAN3:
		d.erspan3(p)
	case typ == greWCCP:
		d.wccp(p)
	case typ&greArubaMask == greAruba:
		d.dot11(p)
	case typ < minEtherType || p.room == 0: // a keepalive, OSI, an acknowledgment alone
		d.end(NotIP)
	default:
		d.etherType(typ, p)
	}
}

// sourceRoute takes the source routes of RFC 1701 off p: each has a family, an offset
// and a length, and the last is empty. It reports false where they are cut.
func sourceRoute(p piece) (piece, bool) {
	const (
		length = 3
		header = 4
	)
	for len(p.b) >= header {
		family, n := p.uint16(0), int(p.b[length])
		if len(p.b) < header+n {
			break
		}
		p = p.skip(header + n)
		if family == 0 && n == 0 {
			return p, true
		}
	}
	return p, false
}

// erspan2 decodes an ERSPAN header of type II (draft-foschiano-erspan §4.2) and the
// mirrored frame. Type I has no header.
func (d *Decoder) erspan2(p piece) {
	const header = 8
	d.inner("erspan", header, p)
}

// erspan3 decodes an ERSPAN header of type III (draft-foschiano-erspan §4.3) and the
// mirrored frame or IP packet.
func (d *Decoder) erspan3(p piece) {
	d.push("erspan")
	const (
		header      = 12
		frameField  = 10
		frameShift  = 2 // in the byte
		frameMask   = 0x1f
		frameEther  = 0
		frameIP     = 2
		flagsField  = 11
		flagMore    = 0x01 // a platform's header follows
		platformLen = 8
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	frame, size := p.b[frameField]>>frameShift&frameMask, header
	if p.b[flagsField]&flagMore != 0 {
		size += platformLen
	}
	if len(p.b) < size {
		d.end(CutLink)
		return
	}
	switch p = p.skip(size); frame {
	case frameEther:
		d.ether(p)
	case frameIP:
		d.ip(p)
	default:
		d.end(NotIP)
	}
}

// wccp decodes a packet that a router has redirected: version 2 of the protocol puts
// four bytes before it, none of which can be taken for the start of an IPv4 header.
func (d *Decoder) wccp(p piece) {
	d.push("wccp")
	const header = 4
	switch {
	case len(p.b) > 0 && p.b[0]>>4 == 4:
		d.ip4(p)
	case len(p.b) < header:
		d.end(CutLink)
	default:
		d.ip(p.skip(header))
	}
}
