package packet

// capwap decodes a CAPWAP data header (RFC 5415 §4.3) and the frame of a wireless
// station behind it, unless the frame is encrypted or a later fragment of one.
func (d *Decoder) capwap(p piece) {
	d.push("capwap")
	const (
		preambleClear = 0x00 // version 0, not DTLS
		lengthField   = 1    // in the high 5 bits, in words of 4 bytes
		bindingField  = 2
		bindingMask   = 0x3e
		bindingDot11  = 0x02
		flagNative    = 0x01 // the frame is not IEEE 802.3
		flagsField    = 3
		flagFragment  = 0x80
		flagKeepAlive = 0x08
		offsetField   = 6
		offsetMask    = 0xfff8
		header        = 8
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	size := int(p.b[lengthField]>>3) * 4
	flags := p.b[flagsField]
	switch {
	case p.b[0] != preambleClear || flags&flagKeepAlive != 0,
		flags&flagFragment != 0 && p.uint16(offsetField)&offsetMask != 0:
		d.end(NotIP)
	case size < header:
		d.end(BadLink)
	case len(p.b) < size:
		d.end(CutLink)
	case p.b[bindingField]&flagNative == 0:
		d.ether(p.skip(size))
	case p.b[bindingField]&bindingMask == bindingDot11:
		d.station(p.skip(size))
	default:
		d.end(NotIP)
	}
}

// station decodes an IEEE 802.11 data frame that went through a controller, which has
// no checksum, and has the bytes of its control field in either order.
func (d *Decoder) station(p piece) {
	d.push(layerDot11.name)
	const (
		typeMask      = 0x0f // and version
		typeData      = 0x08
		flagNoData    = 0x40
		flagQoS       = 0x80
		flagProtected = 0x40
		sequence      = 22
		fragmentMask  = 0x0f
		header        = 24
		qosLen        = 2
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	control, flags, size := p.b[dot11Control], p.b[dot11Flags], header
	if control&typeMask != typeData {
		control, flags = flags, control
	}
	if control&typeMask != typeData || control&flagNoData != 0 || flags&flagProtected != 0 || p.b[sequence]&fragmentMask != 0 {
		d.end(NotIP)
		return
	}
	if flags&dot11FourBits == dot11FourBits {
		size += dot11AddressLen
	}
	if control&flagQoS != 0 {
		size += qosLen
	}
	if len(p.b) < size {
		d.end(CutLink)
		return
	}
	d.llc(p.skip(size))
}
