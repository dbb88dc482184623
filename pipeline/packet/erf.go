package packet

// Offsets into the header of an ERF record, its types, and the sizes of the headers that
// follow it.
const (
	erfType      = 8
	erfTypeMask  = 0x7f
	erfMore      = 0x80 // in the first byte of a header: an extension follows
	erfWire      = 14
	erfLen       = 16
	erfExtension = 8

	erfHDLC            = 1
	erfEther           = 2
	erfMultiHDLC       = 5
	erfMultiRaw        = 6
	erfMultiATM        = 7
	erfMultiRawChannel = 8
	erfMultiAAL5       = 9
	erfColourHDLC      = 10
	erfColourEther     = 11 // with the colour of a filter
	erfMultiAAL2       = 12
	erfSteeredHDLC     = 15
	erfSteeredEther    = 16
	erfColourMultiHDLC = 17
	erfAAL2            = 18
	erfColourHashHDLC  = 19
	erfColourHashEther = 20
	erfIPv4            = 22
	erfIPv6            = 23
	erfEtherHeader     = 2 // offset and padding
	erfMultiplexHeader = 4 // of channels, and of AAL2
)

// erf decodes the header of an ERF record (LINKTYPE_ERF) and a frame of the type that it
// names.
func (d *Decoder) erf(p piece) {
	d.push("erf")
	size, ok := erfHeader(p.b)
	if !ok {
		d.end(CutLink)
		return
	}
	typ, wire := p.b[erfType]&erfTypeMask, int(p.uint16(erfWire))
	p = p.skip(size).trim(wire)
	p.room = wire
	switch typ {
	case erfHDLC, erfMultiHDLC, erfColourHDLC, erfSteeredHDLC, erfColourMultiHDLC, erfColourHashHDLC:
		d.ppp(p)
	case erfEther, erfColourEther, erfSteeredEther, erfColourHashEther:
		d.ether(p)
	case erfIPv4:
		d.ip4(p)
	case erfIPv6:
		d.ip6(p)
	default:
		d.end(NotIP)
	}
}

// erfHeader returns the size of the headers that an ERF record begins with: its own with
// a timestamp, type, flags and lengths, extensions, and one that the type has. It is not
// ok if they are cut.
func erfHeader(b []byte) (size int, ok bool) {
	if len(b) < erfLen {
		return 0, false
	}
	size = erfLen
	for first := b[erfType]; first&erfMore != 0; size += erfExtension {
		if len(b) < size+erfExtension {
			return 0, false
		}
		first = b[size]
	}
	switch b[erfType] & erfTypeMask {
	case erfEther, erfColourEther, erfSteeredEther, erfColourHashEther:
		size += erfEtherHeader
	case erfMultiHDLC, erfMultiRaw, erfMultiATM, erfMultiRawChannel, erfMultiAAL5, erfMultiAAL2, erfColourMultiHDLC, erfAAL2:
		size += erfMultiplexHeader
	}
	return size, size <= len(b)
}
