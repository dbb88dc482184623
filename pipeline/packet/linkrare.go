package packet

import "encoding/binary"

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
	if n > 4 {
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

// tokenRing decodes a Token Ring header (IEEE 802.5 §3.2) with its source route.
func (d *Decoder) tokenRing(p piece) {
	d.push("tr")
	const (
		control     = 1
		controlLLC  = 0x40 // in the two high bits
		source      = 8
		sourceRoute = 0x80
		route       = 14
		routeLength = 0x1f
		header      = 14
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	if p.b[control]&0xc0 != controlLLC {
		d.end(NotIP)
		return
	}
	n := header
	if p.b[source]&sourceRoute != 0 {
		if len(p.b) <= route {
			d.end(CutLink)
			return
		}
		n += int(p.b[route] & routeLength)
	}
	if len(p.b) < n {
		d.end(CutLink)
		return
	}
	d.llc(p.skip(n))
}

// arcnet decodes an ARCNET header whose protocol byte is at offset n: RFC 1201 has
// fragmentation fields after it, RFC 1051 has none.
func (d *Decoder) arcnet(p piece, n int) {
	d.push("arcnet")
	const (
		ip1051  = 240
		ip1201  = 212
		fields  = 3
		flag    = 1    // offset from the protocol byte
		padding = 0xff // a flag of this value is followed by as many bytes again
	)
	if len(p.b) <= n {
		d.end(CutLink)
		return
	}
	switch p.b[n] {
	case ip1051:
		d.ip4(p.skip(n + 1))
	case ip1201:
		size := n + 1 + fields
		if len(p.b) > n+flag && n == 2 && p.b[n+flag] == padding {
			size += 4
		}
		if len(p.b) < size {
			d.end(CutLink)
			return
		}
		d.ip4(p.skip(size))
	default:
		d.end(NotIP)
	}
}

// apple1394 decodes IP over IEEE 1394 as macOS captures it: two addresses of 8 bytes and
// an EtherType.
func (d *Decoder) apple1394(p piece) {
	d.push("ap1394")
	const (
		typeField = 16
		header    = 18
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	d.etherType(p.uint16(typeField), p.skip(header))
}

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
		d.etherType(typ, p.skip(header2))
		return
	}
	if len(p.b) < header3 {
		d.end(CutLink)
		return
	}
	d.etherType(p.uint16(type3), p.skip(header3))
}

// ipoib decodes IP over InfiniBand (LINKTYPE_IPOIB): a global route header, then an
// EtherType and two reserved bytes (RFC 4391 §6).
func (d *Decoder) ipoib(p piece) {
	d.push("ipoib")
	const (
		typeField = 40
		header    = 44
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	d.etherType(p.uint16(typeField), p.skip(header))
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

// juniperEther decodes a Juniper header (LINKTYPE_JUNIPER_ETHER): a magic number, flags,
// extensions of the length given, and an Ethernet frame or, without one, the address
// family in the host's byte order.
func (d *Decoder) juniperEther(p piece) {
	d.push("juniper")
	const (
		magic     = 0x4d4743
		flags     = 3
		flagNoL2  = 0x02
		flagExt   = 0x80
		extLength = 4
		header    = 4
	)
	if len(p.b) < header+2 {
		d.end(CutLink)
		return
	}
	if binary.BigEndian.Uint32(p.b)>>8 != magic {
		d.end(BadLink)
		return
	}
	flag, size := p.b[flags], header
	if flag&flagExt != 0 {
		size += 2 + int(p.uint16(extLength))
	}
	if flag&flagNoL2 != 0 {
		size += 4
	}
	if len(p.b) < size {
		d.end(CutLink)
		return
	}
	if flag&flagNoL2 == 0 {
		d.ether(p.skip(size))
		return
	}
	d.family(binary.LittleEndian.Uint32(p.b[size-4:]), p.skip(size))
}
