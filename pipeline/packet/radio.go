package packet

// ax25 decodes an AX.25 frame (AX.25 2.2 §3): addresses of which the last has a mark,
// control, and where there is information the protocol of it.
func (d *Decoder) ax25(p piece) {
	d.push("ax25")
	const (
		addressLen  = 7
		lastAddress = 0x01
		leastPath   = 2
		mostPath    = 10
		poll        = 0x10
		protocolIP  = 0xcc
	)
	n, path := 0, 1
	for n += addressLen; n <= len(p.b) && p.b[n-1]&lastAddress == 0; n += addressLen {
		path++
	}
	switch {
	case path < leastPath && n <= len(p.b), path > mostPath:
		d.end(BadLink)
	case len(p.b) < n+1:
		d.end(CutLink)
	case p.b[n]&llcNumbered != 0 && p.b[n]&^poll != llcUI:
		d.end(NotIP)
	case len(p.b) < n+2:
		d.end(CutLink)
	case p.b[n+1] != protocolIP:
		d.end(NotIP)
	default:
		d.ip4(p.skip(n + 2))
	}
}

// tzsp decodes a header of the TaZmen Sniffer Protocol: version, kind, protocol, and tags
// up to one that ends them.
func (d *Decoder) tzsp(p piece) {
	d.push("tzsp")
	const (
		protocol   = 2
		header     = 4
		tagPadding = 0
		tagEnd     = 1
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	typ := p.uint16(protocol)
	r := bitReader{b: p.b[header:]}
	for tag := r.bits(8); tag != tagEnd && !r.cut; tag = r.bits(8) {
		if tag != tagPadding {
			r.skip(int(r.bits(8)))
		}
	}
	if r.cut {
		d.end(CutLink)
		return
	}
	switch p = p.skip(len(p.b) - len(r.rest())); typ {
	case 1:
		d.ether(p)
	case 2:
		d.tokenRing(p)
	case 4:
		d.ppp(p)
	case 5:
		d.gopacket(layerFDDI, p)
	case 7:
		d.ip(p)
	case 18:
		d.dot11(p)
	case 119, 127:
		d.prism(p)
	default:
		d.end(NotIP)
	}
}
