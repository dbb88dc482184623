package packet

// erf decodes the header of an ERF record (LINKTYPE_ERF): a timestamp, a type, flags and
// lengths, then extension headers, and a frame of the type.
func (d *Decoder) erf(p piece) {
	d.push("erf")
	const (
		typeField  = 8
		typeMask   = 0x7f
		more       = 0x80 // in the first byte of a header: an extension follows
		header     = 16
		extension  = 8
		etherPad   = 2
		typeHDLC   = 1
		typeEther  = 2
		typeColour = 11 // Ethernet with the colour of a filter
		typeDSM    = 16
		typeHashed = 20
		typeIPv4   = 22
		typeIPv6   = 23
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	first, typ := p.b[typeField], p.b[typeField]&typeMask
	for p = p.skip(header); first&more != 0; p = p.skip(extension) {
		if len(p.b) < extension {
			d.end(CutLink)
			return
		}
		first = p.b[0]
	}
	switch typ {
	case typeHDLC:
		d.ppp(p)
	case typeEther, typeColour, typeDSM, typeHashed:
		if len(p.b) < etherPad {
			d.end(CutLink)
			return
		}
		d.ether(p.skip(etherPad))
	case typeIPv4:
		d.ip4(p)
	case typeIPv6:
		d.ip6(p)
	default:
		d.end(NotIP)
	}
}
