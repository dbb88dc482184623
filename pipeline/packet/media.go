package packet

import "encoding/binary"

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
	d.typed(p.uint16(typeField), p.skip(header))
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
	d.typed(p.uint16(typeField), p.skip(header))
}

// sunATM decodes the header of a SunATM capture (LINKTYPE_SUNATM): the kind of traffic,
// and the virtual path and channel.
func (d *Decoder) sunATM(p piece) {
	d.push("atm")
	const (
		kindMask   = 0x0f
		kindLANE   = 1
		kindLLC    = 2
		kindMARS   = 3
		kindIFMP   = 4
		kindILMI   = 5
		kindSignal = 6

		circuitMask   = 0xffffff // path of one byte, channel of two
		circuitSignal = 0x000005
		laneLen       = 2 // identifier of an emulated LAN's client (ATM Forum LANE §4.1)
		laneControl   = 0xff00
	)
	if len(p.b) < sunATMLen {
		d.end(CutLink)
		return
	}
	kind, circuit := p.b[0]&kindMask, binary.BigEndian.Uint32(p.b)&circuitMask
	p = p.skip(sunATMLen)
	switch {
	case kind == kindLLC:
		d.llc(p)
	case kind == kindLANE && len(p.b) >= laneLen && p.uint16(0) == laneControl:
		d.end(NotIP)
	case kind == kindLANE:
		d.inner("lane", laneLen, p)
	case kind == kindMARS, kind == kindIFMP:
		d.multiplexed(p)
	case kind == kindILMI, kind == kindSignal, circuit == circuitSignal:
		d.end(NotIP)
	default:
		d.multiplexed(p)
	}
}

// multiplexed decodes what a virtual circuit carries of which nobody has said what it
// is: by its first bytes an LLC frame, PPP (RFC 2364 §4) or bare IP (RFC 2684 §6).
func (d *Decoder) multiplexed(p piece) {
	switch {
	case len(p.b) < llcLen:
		d.end(NotIP)
	case (p.uint16(0) == sapSNAP<<8|sapSNAP || p.uint16(0) == sapOSI<<8|sapOSI) && p.b[llcControl] == llcUI:
		d.llc(p)
	case p.uint16(0) == pppIPv4 || p.uint16(0) == pppIPv6:
		d.ppp(p)
	case p.b[0]>>4 == 4 || p.b[0]>>4 == 6:
		d.ip(p)
	default:
		d.end(NotIP)
	}
}

// preambleLen is the size of what precedes an Ethernet frame on the wire.
const preambleLen = 8

// netAnalyzer decodes the header of a netANALYZER card (LINKTYPE_NETANALYZER) and the
// Ethernet frame behind it and preamble bytes, unless it tells of an event on a pin.
func (d *Decoder) netAnalyzer(p piece, preamble int) {
	const (
		flags    = 1
		flagGPIO = 0x01
		header   = 4
	)
	if len(p.b) > flags && p.b[flags]&flagGPIO != 0 {
		d.push("netanalyzer")
		d.end(NotIP)
		return
	}
	d.inner("netanalyzer", header+preamble, p)
}
