package packet

import "encoding/binary"

// enc decodes the header of OpenBSD's IPsec devices: the address family, in the byte
// order of the host that captured, an index and flags.
func (d *Decoder) enc(p piece) {
	d.push("enc")
	const header = 12
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	family := binary.BigEndian.Uint32(p.b)
	if family > 0xff {
		family = binary.LittleEndian.Uint32(p.b)
	}
	d.family(family, p.skip(header))
}

// symantec decodes the header of Symantec Enterprise Firewall captures, of version 2,
// or of version 3 where the type field of version 2 is empty.
func (d *Decoder) symantec(p piece) {
	d.push("symantec")
	const (
		type2, header2 = 6, 44
		type3, header3 = 36, 56
	)
	if len(p.b) < header2 {
		d.end(CutLink)
		return
	}
	if typ := p.uint16(type2); typ != 0 {
		d.typed(typ, p.skip(header2))
		return
	}
	if len(p.b) < header3 {
		d.end(CutLink)
		return
	}
	d.typed(p.uint16(type3), p.skip(header3))
}

// pflog decodes the header of OpenBSD's packet filter. gopacket's layer takes one that
// was not captured whole for a bad one, so its length, before padding, is looked at here.
func (d *Decoder) pflog(p piece) {
	const padding = 3
	if len(p.b) > 0 && len(p.b) < int(p.b[0])+padding {
		d.push(layerPFLog.name)
		d.end(CutLink)
		return
	}
	d.gopacket(layerPFLog, p)
}

// ipnet decodes the header of Solaris's ipnet(4) devices, version 1.
func (d *Decoder) ipnet(p piece) {
	d.push("ipnet")
	const (
		family = 1
		header = 24
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	switch p.b[family] {
	case 2:
		d.ip4(p.skip(header))
	case 26:
		d.ip6(p.skip(header))
	default:
		d.end(NotIP)
	}
}

// nflog decodes the header of a Linux NFLOG message (LINKTYPE_NFLOG): an address family,
// and attributes of which one is the packet. Their lengths are in the byte order of the
// host that captured, which the first of them gives away.
func (d *Decoder) nflog(p piece) {
	d.push("nflog")
	const (
		header      = 4
		attrHeader  = 4
		attrType    = 2
		attrPayload = 9
	)
	if len(p.b) < header+attrHeader {
		d.end(CutLink)
		return
	}
	family := uint32(p.b[0])
	p = p.skip(header)
	order := binary.ByteOrder(binary.LittleEndian)
	if order.Uint16(p.b) > 0xff && binary.BigEndian.Uint16(p.b) <= 0xff {
		order = binary.BigEndian
	}
	for len(p.b) >= attrHeader {
		size, typ := int(order.Uint16(p.b)), order.Uint16(p.b[attrType:])
		if size < attrHeader {
			d.end(BadLink)
			return
		}
		if typ == attrPayload {
			d.family(family, p.trim(size).skip(attrHeader))
			return
		}
		size = (size + 3) &^ 3
		if size > len(p.b) {
			break
		}
		p = p.skip(size)
	}
	if len(p.b) == 0 && p.room == 0 {
		d.end(NotIP)
		return
	}
	d.end(CutLink)
}
