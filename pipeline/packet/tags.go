package packet

// arista decodes the timestamp header of Arista switches: subtype, version, a timestamp
// whose size the version gives, and a type field.
func (d *Decoder) arista(p piece) {
	d.push("arista")
	const header = 4
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	if p.uint16(0) != 1 {
		d.end(NotIP)
		return
	}
	var stamp int
	switch p.uint16(2) { // the high byte names the clock, TAI or UTC
	case 0x0010, 0x0110:
		stamp = 8
	case 0x0020, 0x0120:
		stamp = 6
	default:
		d.end(NotIP)
		return
	}
	if len(p.b) < header+stamp+2 {
		d.end(CutLink)
		return
	}
	d.etherType(p.uint16(header+stamp), p.skip(header+stamp+2))
}

// macsec decodes a SecTAG (IEEE 802.1AE §9.3) and, where the frame is only
// authenticated, the frame behind it.
func (d *Decoder) macsec(p piece) {
	d.push("macsec")
	const (
		flagSCI       = 0x20
		flagEncrypted = 0x08
		flagChanged   = 0x04
		header        = 6
		sci           = 8
		icv           = 16 // integrity check value at the end
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	flags, size := p.b[0], header
	if flags&flagSCI != 0 {
		size += sci
	}
	if flags&(flagEncrypted|flagChanged) != 0 {
		d.end(NotIP)
		return
	}
	if len(p.b) < size+2 {
		d.end(CutLink)
		return
	}
	typ := p.uint16(size)
	p = p.skip(size + 2)
	d.etherType(typ, p.trim(max(0, p.room-icv)))
}

// dsa decodes an Ethernet frame as the port of a switch sees it that leads to its
// processor: with a tag of size bytes between the addresses and the type.
func (d *Decoder) dsa(name string, size int, p piece) {
	d.push("ether")
	d.push(name)
	if len(p.b) < etherLen+size {
		d.end(CutLink)
		return
	}
	d.etherType(p.uint16(etherType+size), p.skip(etherLen+size))
}

// nsh decodes a Network Service Header (RFC 8300 §2).
func (d *Decoder) nsh(p piece) {
	for {
		d.push("nsh")
		const (
			lengthField = 1 // low 6 bits: the length in words of 4 bytes
			nextField   = 3
			minSize     = 8
		)
		if len(p.b) < minSize {
			d.end(CutLink)
			return
		}
		size, next := int(p.b[lengthField]&0x3f)*4, p.b[nextField]
		if size < minSize {
			d.end(BadLink)
			return
		}
		if len(p.b) < size {
			d.end(CutLink)
			return
		}
		p = p.skip(size)
		switch next {
		case 1:
			d.ip4(p)
		case 2:
			d.ip6(p)
		case 3:
			d.ether(p)
		case 4:
			continue
		case 5:
			d.gopacket(layerMPLS, p)
		default:
			d.end(NotIP)
		}
		return
	}
}

// trill decodes a TRILL header (RFC 6325 §3.2) and the frame inside it.
func (d *Decoder) trill(p piece) {
	const header = 6
	if len(p.b) < header {
		d.push("trill")
		d.end(CutLink)
		return
	}
	options := int(p.uint16(0)>>6&0x1f) * 4
	d.inner("trill", header+options, p)
}

// pppoe decodes a PPPoE session header (RFC 2516 §4). It is not left to gopacket, whose
// layer fails where the payload was not captured whole.
func (d *Decoder) pppoe(p piece) {
	d.push("pppoe")
	const (
		lengthField = 4
		header      = 6
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	d.pppFrame(p.skip(header).trim(int(p.uint16(lengthField))))
}

// Cisco HDLC starts with one of these address bytes, in place of PPP's 0xff.
const (
	hdlcUnicast   = 0x0f
	hdlcMulticast = 0x8f
	hdlcType      = 2
	hdlcLen       = 4
)

// hdlc decodes a Cisco HDLC header: address, control, EtherType.
func (d *Decoder) hdlc(p piece) {
	d.push("chdlc")
	if len(p.b) < hdlcLen {
		d.end(CutLink)
		return
	}
	d.typed(p.uint16(hdlcType), p.skip(hdlcLen))
}
