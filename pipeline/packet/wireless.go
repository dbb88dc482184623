package packet

import "encoding/binary"

// radiotap decodes a Radiotap header (radiotap.org) and the IEEE 802.11 frame after it.
// Only its length and its flags matter, while gopacket's layer reads every field and
// fails where one is cut.
func (d *Decoder) radiotap(p piece) {
	d.push("radiotap")
	const (
		lengthField = 2
		present     = 4
		header      = 8

		presentTSFT  = 1 << 0
		presentFlags = 1 << 1
		presentMore  = 1 << 31
		tsftSize     = 8

		flagFCS     = 0x10 // the frame ends in a checksum
		flagPadding = 0x20 // the frame's header is padded to a multiple of 4
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	size := int(binary.LittleEndian.Uint16(p.b[lengthField:]))
	if size < header {
		d.end(BadLink)
		return
	}
	if len(p.b) < size {
		d.end(CutLink)
		return
	}
	fields := binary.LittleEndian.Uint32(p.b[present:])
	i := present + 4
	for more := fields; more&presentMore != 0 && i+4 <= size; i += 4 {
		more = binary.LittleEndian.Uint32(p.b[i:])
	}
	if fields&presentTSFT != 0 {
		i = (i+tsftSize-1)&^(tsftSize-1) + tsftSize
	}
	var flags byte
	if fields&presentFlags != 0 && i < size {
		flags = p.b[i]
	}
	p = p.skip(size)
	if flags&flagFCS != 0 {
		p = p.trim(max(0, p.room-dot11FCS))
	}
	d.padded = flags&flagPadding != 0
	d.dot11(p)
	d.padded = false
}

// prism decodes a Prism header, or the AVS header that may take its place, and the
// IEEE 802.11 frame after it. A Prism header is in the byte order of the capturing host.
func (d *Decoder) prism(p piece) {
	const (
		length = 4
		header = 8

		avsMagic     = 0x80211
		prismMessage = 0x44
		prismOther   = 0x41
	)
	if len(p.b) < header {
		d.push("prism")
		d.end(CutLink)
		return
	}
	var order binary.ByteOrder = binary.BigEndian
	big, little := binary.BigEndian.Uint32(p.b), binary.LittleEndian.Uint32(p.b)
	switch {
	case big>>12 == avsMagic:
		d.push("avs")
	case big == prismMessage || big == prismOther:
		d.push("prism")
	case little == prismMessage || little == prismOther:
		d.push("prism")
		order = binary.LittleEndian
	default: // some drivers leave the header out
		d.dot11(p)
		return
	}
	size := order.Uint32(p.b[length:])
	if size < header {
		d.end(BadLink)
		return
	}
	if uint64(len(p.b)) < uint64(size) {
		d.end(CutLink)
		return
	}
	d.dot11(p.skip(int(size)))
}

// Offsets into an IEEE 802.11 header (IEEE 802.11 §9.2), and the length of the header
// that each frame of an aggregate has.
const (
	dot11Control     = 0
	dot11Flags       = 1
	dot11Address4    = 24
	dot11AddressLen  = 6
	dot11VersionBits = 0x03
	dot11QoSBits     = 0x8c // these bits of the control field are
	dot11QoSData     = 0x88 // like this in a frame with a QoS field
	dot11FourBits    = 0x03 // both set in a frame with four addresses
	dot11Aggregate   = 0x80 // of the QoS field
	aggregateLen     = 14
)

// dot11Payload decodes what follows the header of a data frame. Some drivers leave
// padding there without saying so, hence the look for a SNAP header after it.
func (d *Decoder) dot11Payload(p piece) {
	const padding = 2
	snap := uint16(sapSNAP<<8 | sapSNAP)
	switch {
	case d.aggregate:
		d.skip("a-msdu", aggregateLen, p, d.llc)
	case len(p.b) >= padding+2 && p.uint16(0) != snap && p.uint16(padding) == snap:
		d.llc(p.skip(padding))
	default:
		d.llc(p)
	}
}

// dot11 decodes an IEEE 802.11 frame. gopacket reads its header, but looks neither at
// the version of it nor for aggregates.
func (d *Decoder) dot11(p piece) {
	if len(p.b) > 0 && p.b[dot11Control]&dot11VersionBits != 0 {
		d.push(layerDot11.name)
		d.end(BadLink)
		return
	}
	d.aggregate = false
	if len(p.b) > dot11Address4+dot11AddressLen && p.b[dot11Control]&dot11QoSBits == dot11QoSData {
		qos := dot11Address4
		if p.b[dot11Flags]&dot11FourBits == dot11FourBits {
			qos += dot11AddressLen
		}
		d.aggregate = p.b[qos]&dot11Aggregate != 0
	}
	d.gopacket(layerDot11, p)
}

// ppi decodes a Per-Packet Information header, which names the link type after it.
func (d *Decoder) ppi(p piece) {
	const (
		length = 2
		link   = 4
		header = 8
	)
	d.push("ppi")
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	d.enclosed(uint32(binary.LittleEndian.Uint16(p.b[length:])), header, binary.LittleEndian.Uint32(p.b[link:]), p)
}

// pktap decodes the header of macOS's pktap devices, which names the link type after it.
func (d *Decoder) pktap(p piece) {
	const (
		length = 0
		record = 4
		link   = 8
		header = 12

		recordPacket = 1
	)
	d.push("pktap")
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	if binary.LittleEndian.Uint32(p.b[record:]) != recordPacket {
		d.end(NotIP)
		return
	}
	d.enclosed(binary.LittleEndian.Uint32(p.b[length:]), header, binary.LittleEndian.Uint32(p.b[link:]), p)
}

// enclosed decodes a frame of the given link type after a header of size bytes, of which
// the first atLeast are known to be there. The frame may not have such a header itself.
func (d *Decoder) enclosed(size uint32, atLeast int, link uint32, p piece) {
	switch {
	case size < uint32(atLeast) || link > 0xffff:
		d.end(BadLink)
	case uint64(len(p.b)) < uint64(size):
		d.end(CutLink)
	case LinkType(link) == LinkPPI || LinkType(link) == LinkPKTAP || LinkType(link) == linkPKTAPOld:
		d.end(BadLink)
	default:
		d.link(LinkType(link), p.skip(int(size)))
	}
}
