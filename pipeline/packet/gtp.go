package packet

// Of a GTP header: the offset of the type of message, and that of a user's packet.
const (
	gtpMessage = 1
	gtpPDU     = 255
)

// gtp decodes a GTP-U header (3GPP TS 29.281 §5), with its extension headers, and the
// user's packet, which only its version names.
func (d *Decoder) gtp(p piece) {
	d.push("gtp")
	const (
		flagExtension = 0x04
		flagsOptional = 0x07 // any of these makes the header longer
		versionType   = 0xf0
		version1      = 0x30 // and GTP, not GTP'
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
	if flags&versionType != version1 || p.b[gtpMessage] != gtpPDU {
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
	d.user(p.skip(size))
}

// gtp0 decodes a GTP header of version 0 (3GPP TS 09.60 §6) and the user's packet.
func (d *Decoder) gtp0(p piece) {
	d.push("gtp")
	const (
		versionType = 0xf0
		version0    = 0x10 // and GTP, not GTP'
		header      = 20
	)
	switch {
	case len(p.b) > gtpMessage && (p.b[0]&versionType != version0 || p.b[gtpMessage] != gtpPDU):
		d.end(NotIP)
	case len(p.b) < header:
		d.end(CutLink)
	default:
		d.user(p.skip(header))
	}
}

// user decodes the packet of a mobile user, which may be another than an IP packet.
func (d *Decoder) user(p piece) {
	if p.room == 0 || len(p.b) > 0 && p.b[0]>>4 != 4 && p.b[0]>>4 != 6 {
		d.end(NotIP)
		return
	}
	d.ip(p)
}
