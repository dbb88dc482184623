package packet

// l2tp decodes an L2TP header over UDP. The data messages of version 2 (RFC 2661 §3.1)
// carry PPP.
func (d *Decoder) l2tp(p piece) {
	d.push("l2tp")
	const (
		flagControl  = 0x8000
		flagLength   = 0x4000
		flagSequence = 0x0800
		flagOffset   = 0x0200
		versionMask  = 0x000f

		lengthField = 2
		header      = 6 // flags, tunnel, session
		header3     = 4 // of version 3, before the session
	)
	if len(p.b) < 2 {
		d.end(CutLink)
		return
	}
	flags := p.uint16(0)
	switch version := flags & versionMask; {
	case flags&flagControl != 0:
		d.end(NotIP)
		return
	case version == 3 && len(p.b) >= header3: // RFC 3931 §4.1.2.1
		d.session(p.skip(header3))
		return
	case version != 2:
		d.end(NotIP)
		return
	}
	size := header
	if flags&flagLength != 0 {
		size += 2
	}
	if flags&flagSequence != 0 {
		size += 4
	}
	if flags&flagOffset != 0 {
		size += 2
	}
	if len(p.b) < size {
		d.end(CutLink)
		return
	}
	if flags&flagOffset != 0 {
		size += int(p.uint16(size - 2))
	}
	if flags&flagLength != 0 {
		p = p.trim(int(p.uint16(lengthField)))
	}
	if len(p.b) < size {
		d.end(CutLink)
		return
	}
	if p = p.skip(size); p.room == 0 {
		d.end(NotIP)
		return
	}
	d.ppp(p)
}

// session decodes a data message of L2TPv3 (RFC 3931 §4.1.1.2). How long its cookie is,
// whether there is a sublayer and what the session carries, only the control messages
// say: this looks for an Ethernet frame with IP behind the possible lengths.
func (d *Decoder) session(p piece) {
	const (
		id      = 4
		word    = 4
		longest = 12 // a cookie of 8 bytes and the default sublayer
	)
	if len(p.b) < id {
		d.end(CutLink)
		return
	}
	p = p.skip(id)
	for range longest/word + 1 {
		if len(p.b) < etherLen {
			break
		}
		typ, i := p.uint16(etherType), etherLen
		for isVLAN(typ) && len(p.b) >= i+vlanLen {
			typ, i = p.uint16(i+vlanType), i+vlanLen
		}
		if len(p.b) > i && (typ == etherTypeIPv4 && p.b[i]>>4 == 4 || typ == etherTypeIPv6 && p.b[i]>>4 == 6) {
			d.ether(p)
			return
		}
		p = p.skip(word)
	}
	d.end(NotIP)
}
