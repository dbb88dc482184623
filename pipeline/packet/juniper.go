package packet

import "encoding/binary"

// Sizes of what is between a Juniper header and the frame or packet.
const (
	juniperCookie1  = 4
	juniperCookie2  = 8
	juniperServices = 12
	juniperVP       = 18
)

// juniper decodes a Juniper header (LINKTYPE_JUNIPER_ETHER and others): a magic number,
// flags, extensions of the length given, and a frame that next decodes or, without one,
// the address family in the host's byte order.
func (d *Decoder) juniper(p piece, next func(piece)) {
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
		next(p.skip(size))
		return
	}
	d.family(binary.LittleEndian.Uint32(p.b[size-4:]), p.skip(size))
}

// juniperATM decodes what follows the cookie of an ATM interface: what the circuit
// carries, which nothing names.
func (d *Decoder) juniperATM(p piece, cookie int) {
	d.skip("atm", cookie, p, func(p piece) {
		if len(p.b) > 0 && p.b[0] == llcUI {
			d.nlpid(p.skip(1), bridgePad)
			return
		}
		d.multiplexed(p)
	})
}

// juniperMLFR decodes a frame of a multilink Frame Relay bundle, as RFC 2427 §3 has it.
func (d *Decoder) juniperMLFR(p piece) {
	const control = 2
	d.push("mlfr")
	switch {
	case len(p.b) <= control:
		d.end(CutLink)
	case p.b[control] != llcUI:
		d.end(NotIP)
	default:
		d.nlpid(p.skip(control+1), 0)
	}
}

// juniperGGSN decodes a packet behind its address family.
func (d *Decoder) juniperGGSN(p piece) {
	const header = 4
	d.push("ggsn")
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	d.family(uint32(binary.LittleEndian.Uint16(p.b)), p.skip(header))
}
