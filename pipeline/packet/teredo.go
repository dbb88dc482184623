package packet

// teredo decodes a Teredo packet (RFC 4380 §5.1.1): IPv6 behind indications of
// authentication and of origin.
func (d *Decoder) teredo(p piece) {
	d.push("teredo")
	const (
		authentication = 1
		authHeader     = 4
		authClient     = 2
		authValue      = 3
		authNonce      = 9 // with the confirmation byte
		origin         = 0
		originLen      = 8
	)
	if len(p.b) >= authHeader && p.uint16(0) == authentication {
		size := authHeader + int(p.b[authClient]) + int(p.b[authValue]) + authNonce
		if len(p.b) < size {
			d.end(CutLink)
			return
		}
		p = p.skip(size)
	}
	if len(p.b) >= originLen && p.uint16(0) == origin {
		p = p.skip(originLen)
	}
	switch {
	case len(p.b) == 0:
		d.end(CutLink)
	case p.b[0]>>4 != 6:
		d.end(NotIP)
	default:
		d.ip6(p)
	}
}

// ayiya decodes an AYIYA header (draft-massar-v6ops-ayiya §3), behind which is a packet
// of the protocol that it names, if it forwards one.
func (d *Decoder) ayiya(p piece) {
	d.push("ayiya")
	const (
		identityField  = 0 // the high 4 bits: the power of 2 that is the length
		signatureField = 1 // the high 4 bits: the length in words of 4 bytes
		operation      = 2
		operationMask  = 0x0f
		forward        = 1
		next           = 3
		header         = 8
	)
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	proto, size := p.b[next], header+1<<(p.b[identityField]>>4)+int(p.b[signatureField]>>4)*4
	switch {
	case p.b[operation]&operationMask != forward, proto != protoIPv4 && proto != protoIPv6:
		d.end(NotIP)
	case len(p.b) < size:
		d.end(CutLink)
	case proto == protoIPv4:
		d.ip4(p.skip(size))
	default:
		d.ip6(p.skip(size))
	}
}
