package packet

import "bytes"

// Offsets into an Ethernet header (IEEE 802.3 §3.2) and a VLAN tag (IEEE 802.1Q §9.6).
const (
	etherDst  = 0
	etherType = 12
	etherLen  = 14

	vlanType = 2
	vlanLen  = 4

	maxLength8023 = 1500   // a type field up to here is the length of an LLC frame
	minEtherType  = 0x0600 // and from here on an EtherType
)

// EtherTypes that can lead to an IP header (IANA, IEEE registration authority).
const (
	etherTypeIPv4       = 0x0800
	etherTypeTRILL      = 0x22f3
	etherTypeBridging   = 0x6558
	etherTypeVLAN       = 0x8100
	etherTypeWPAN       = 0x809a
	etherTypePPP        = 0x880b
	etherTypeMPLS       = 0x8847
	etherTypeMPLSMulti  = 0x8848
	etherTypePPPoE      = 0x8864
	etherTypeJumboLLC   = 0x8870
	etherTypeIPv6       = 0x86dd
	etherTypeQinQ       = 0x88a8
	etherTypeMACsec     = 0x88e5
	etherTypePBB        = 0x88e7
	etherTypeFabricPath = 0x8903
	etherTypeCMD        = 0x8909
	etherTypeVNTag      = 0x8926
	etherTypeETag       = 0x893f
	etherTypeNSH        = 0x894f
	etherTypeQinQ9100   = 0x9100
	etherTypeQinQ9200   = 0x9200
	etherTypeArista     = 0xd28b
)

// isVLAN reports whether an EtherType is that of a VLAN tag, single or stacked.
func isVLAN(typ uint16) bool {
	switch typ {
	case etherTypeVLAN, etherTypeQinQ, etherTypeQinQ9100, etherTypeQinQ9200:
		return true
	}
	return false
}

// ether decodes an Ethernet frame.
func (d *Decoder) ether(p piece) {
	d.push("ether")
	if len(p.b) < etherLen {
		d.end(CutLink)
		return
	}
	typ := p.uint16(etherType)
	if typ <= maxLength8023 && isISL(p.b) {
		d.isl(p)
		return
	}
	d.etherType(typ, p.skip(etherLen))
}

// Cisco's Inter-Switch Link puts a header of its own in front of a whole frame and is
// told by its destination, the first 40 bits of which are either of two.
var isl1, isl2 = []byte{0x01, 0x00, 0x0c, 0x00, 0x00}, []byte{0x0c, 0x00, 0x0c, 0x00, 0x00}

const islLen = 26

func isISL(b []byte) bool {
	return bytes.HasPrefix(b[etherDst:], isl1) || bytes.HasPrefix(b[etherDst:], isl2)
}

func (d *Decoder) isl(p piece) {
	d.push("isl")
	if len(p.b) < islLen {
		d.end(CutLink)
		return
	}
	d.ether(p.skip(islLen))
}

// etherType decodes what follows a type field, that of Ethernet or of a header that has
// borrowed it. Every round of the loop takes at least one byte off the piece.
func (d *Decoder) etherType(typ uint16, p piece) {
	for {
		next := 0 // where the next type field is, if the header has a fixed size
		switch typ {
		case etherTypeIPv4:
			d.ip4(p)
			return
		case etherTypeIPv6:
			d.ip6(p)
			return
		case etherTypeVLAN, etherTypeQinQ, etherTypeQinQ9100, etherTypeQinQ9200:
			d.push("vlan")
			next = vlanType
		case etherTypeVNTag: // Cisco VN-Tag: direction, pointer, interfaces
			d.push("vntag")
			next = 4
		case etherTypeETag: // IEEE 802.1BR §11.2
			d.push("etag")
			next = 6
		case etherTypeCMD: // Cisco MetaData: version, length, one option, group tag
			d.push("cmd")
			next = 6
		case etherTypeArista:
			d.arista(p)
			return
		case etherTypeMACsec:
			d.macsec(p)
			return
		case etherTypeNSH:
			d.nsh(p)
			return
		case etherTypeBridging:
			d.ether(p)
			return
		case etherTypeFabricPath: // tag of 2 bytes, then the inner frame
			d.inner("fabricpath", 2, p)
			return
		case etherTypePBB: // service instance tag of 4 bytes (IEEE 802.1ah §9.7)
			d.inner("pbb", 4, p)
			return
		case etherTypeTRILL:
			d.trill(p)
			return
		case etherTypePPPoE:
			d.pppoe(p)
			return
		case etherTypeMPLS, etherTypeMPLSMulti:
			d.gopacket(layerMPLS, p)
			return
		case etherTypePPP:
			d.ppp(p)
			return
		case etherTypeWPAN:
			d.wpan(p, wpanFCS)
			return
		case etherTypeJumboLLC:
			d.llc(p)
			return
		default:
			d.otherType(typ, p)
			return
		}
		if len(p.b) < next+2 {
			d.end(CutLink)
			return
		}
		typ, p = p.uint16(next), p.skip(next+2)
	}
}

// otherType decodes what follows a type field that leads to no other one: a length of
// IEEE 802.3, or a protocol that is not IP. TShark takes a length of 0 for a type.
func (d *Decoder) otherType(typ uint16, p piece) {
	switch {
	case typ != 0 && typ <= maxLength8023:
		d.llc(p.trim(int(typ)))
	case typ != 0 && typ < minEtherType:
		d.end(BadLink)
	default:
		d.pushType(typ)
		d.end(NotIP)
	}
}

// typed decodes what follows a type field of a header that is not Ethernet's: a length
// there means nothing.
func (d *Decoder) typed(typ uint16, p piece) {
	if typ < minEtherType {
		d.end(NotIP)
		return
	}
	d.etherType(typ, p)
}

// inner decodes a whole Ethernet frame behind a tag of size bytes.
func (d *Decoder) inner(name string, size int, p piece) {
	d.push(name)
	if len(p.b) < size {
		d.end(CutLink)
		return
	}
	d.ether(p.skip(size))
}

// LLC headers (IEEE 802.2 §3.2), with the SNAP extension (IEEE 802 §10.3).
const (
	llcDSAP     = 0
	llcSSAP     = 1
	llcControl  = 2
	llcLen      = 3 // a numbered frame's control field has one byte more
	llcUI       = 0x03
	llcNumbered = 0x01 // this bit is 0 in an information frame

	sapIP   = 0x06
	sapSNAP = 0xaa
	sapOSI  = 0xfe

	snapType = 3
	snapLen  = 5

	ouiEthernet      = 0x000000
	ouiEncapsulated  = 0x0000f8 // IEEE 802.1H
	ouiBridged       = 0x0080c2 // RFC 2684 §5.2
	pidEthernetFCS   = 0x0001
	pidEthernetNoFCS = 0x0007
	bridgePad        = 2
)

// llc decodes an LLC frame: IP is behind its own service access point or a SNAP header.
func (d *Decoder) llc(p piece) {
	d.push("llc")
	if len(p.b) < llcLen {
		d.end(CutLink)
		return
	}
	header := llcLen
	if p.b[llcControl]&llcNumbered == 0 {
		header++
	} else if p.b[llcControl] != llcUI {
		d.end(NotIP)
		return
	}
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	dsap, ssap := p.b[llcDSAP], p.b[llcSSAP]
	p = p.skip(header)
	switch {
	case dsap == sapIP:
		d.ip4(p)
	case dsap == sapSNAP && ssap == sapSNAP:
		d.snap(p, bridgePad)
	case dsap == sapOSI && ssap == sapOSI:
		d.nlpid(p, bridgePad)
	default:
		d.end(NotIP)
	}
}

// snap decodes a SNAP header; pad bytes precede a bridged Ethernet frame.
func (d *Decoder) snap(p piece, pad int) {
	if len(p.b) < snapLen {
		d.end(CutLink)
		return
	}
	oui := uint32(p.b[0])<<16 | uint32(p.uint16(1))
	typ := p.uint16(snapType)
	p = p.skip(snapLen)
	switch oui {
	case ouiEthernet, ouiEncapsulated:
		d.typed(typ, p)
	case ouiBridged:
		if typ != pidEthernetFCS && typ != pidEthernetNoFCS {
			d.end(NotIP)
			return
		}
		d.inner("bridge", pad, p)
	default:
		d.end(NotIP)
	}
}
