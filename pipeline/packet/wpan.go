package packet

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
)

// The control field of an IEEE 802.15.4 frame (IEEE 802.15.4-2020 §7.2.2), which like all
// its numbers is little-endian.
const (
	wpanTypeMask    = 0x0007
	wpanData        = 0x0001
	wpanSecured     = 0x0008
	wpanCompressed  = 0x0040 // a PAN identifier is left out
	wpanNoSequence  = 0x0100
	wpanElements    = 0x0200
	wpanDstShift    = 10
	wpanSrcShift    = 14
	wpanModeMask    = 0x3
	wpanVersion     = 12
	wpanVersion2015 = 2
	wpanControlLen  = 2

	// Addressing modes.
	wpanNone     = 0
	wpanReserved = 1
	wpanShort    = 2
	wpanExtended = 3
)

// Sizes of the checksum that ends an IEEE 802.15.4 frame.
const (
	wpanFCS   = 2
	wpanFCS32 = 4
)

// wpan decodes an IEEE 802.15.4 frame that ends in a checksum of fcs bytes. What it
// carries is looked at only where a checksum that was captured is right.
func (d *Decoder) wpan(p piece, fcs int) {
	d.push("wpan")
	if fcs > 0 {
		if !wpanSound(p, fcs) {
			d.end(BadLink)
			return
		}
		p = p.trim(max(0, p.room-fcs))
	}
	if len(p.b) < wpanControlLen {
		d.end(CutLink)
		return
	}
	control := binary.LittleEndian.Uint16(p.b)
	version := control >> wpanVersion & wpanModeMask
	dst, src := control>>wpanDstShift&wpanModeMask, control>>wpanSrcShift&wpanModeMask
	dstPAN, srcPAN, ok := wpanPANs(control, version, dst, src)
	switch {
	case control&wpanTypeMask != wpanData:
		d.end(NotIP)
		return
	case !ok:
		d.end(BadLink)
		return
	}
	h := bitReader{b: p.b[wpanControlLen:]}
	if control&wpanNoSequence == 0 {
		h.skip(1)
	}
	if dstPAN {
		h.skip(2)
	}
	to := h.interfaceID(dst)
	if srcPAN {
		h.skip(2)
	}
	from := h.interfaceID(src)
	switch {
	case h.cut:
		d.end(CutLink)
		return
	case control&wpanSecured != 0: // the payload is encrypted, or has a code at its end
		d.end(NotIP)
		return
	}
	if version == wpanVersion2015 && control&wpanElements != 0 {
		h.elements()
	}
	if h.cut {
		d.end(CutLink)
		return
	}
	d.lowpan(p.skip(len(p.b)-len(h.rest())), from, to)
}

// wpanSound reports whether the checksum of size bytes at the end of p is right, or was
// not captured.
func wpanSound(p piece, size int) bool {
	if len(p.b) < p.room || p.room < size {
		return true
	}
	end := len(p.b) - size
	if size == wpanFCS32 {
		return crc32.ChecksumIEEE(p.b[:end]) == binary.LittleEndian.Uint32(p.b[end:])
	}
	const polynomial = 0x8408 // of ITU-T, reflected
	crc := uint16(0)
	for _, b := range p.b[:end] {
		crc ^= uint16(b)
		for range 8 {
			low := crc & 1
			crc >>= 1
			if low != 0 {
				crc ^= polynomial
			}
		}
	}
	return crc == binary.LittleEndian.Uint16(p.b[end:])
}

// wpanPANs says which PAN identifiers a frame with addresses of these modes has
// (IEEE 802.15.4-2020 §7.2.2.6). It is not ok where there cannot be such a frame.
func wpanPANs(control, version, dst, src uint16) (dstPAN, srcPAN, ok bool) {
	compressed := control&wpanCompressed != 0
	switch {
	case dst == wpanReserved || src == wpanReserved || version > wpanVersion2015:
		return false, false, false
	case version < wpanVersion2015 && (dst == wpanNone || src == wpanNone):
		return dst != wpanNone, src != wpanNone, !compressed
	case version < wpanVersion2015:
		return true, !compressed, true
	case dst == wpanNone && src == wpanNone:
		return compressed, false, true
	case dst == wpanNone:
		return false, !compressed, true
	case src == wpanNone:
		return !compressed, false, true
	case dst == wpanExtended && src == wpanExtended:
		return !compressed, false, true
	}
	return true, !compressed, true
}

// interfaceID takes an address of the given mode and returns the interface identifier
// that follows from it (RFC 4291 appendix A, RFC 6282 §3.2.2).
func (r *bitReader) interfaceID(mode uint16) (id interfaceID) {
	switch mode {
	case wpanExtended:
		r.bytes(id[:])
		slices.Reverse(id[:])
		id.flipLocal()
	case wpanShort:
		var short [2]byte
		r.bytes(short[:])
		return shortID(short[1], short[0])
	default:
		return shortID(0, 0)
	}
	return id
}

// elements takes the information elements of a frame, those of the header and of the
// payload (IEEE 802.15.4-2020 §7.4). Each begins with its length and kind.
func (r *bitReader) elements() {
	const (
		headerLength = 0x007f
		headerShift  = 7
		headerMask   = 0xff
		payloadNext  = 0x7e // header elements end, payload elements follow
		dataNext     = 0x7f // header elements end, the payload follows

		payloadLength = 0x07ff
		payloadShift  = 11
		payloadMask   = 0x0f
		payloadEnd    = 0x0f
	)
	nested := false
	for !r.cut && !nested && len(r.rest()) > 0 {
		field := r.little16()
		r.skip(int(field & headerLength))
		switch field >> headerShift & headerMask {
		case payloadNext:
			nested = true
		case dataNext:
			return
		}
	}
	for !r.cut && len(r.rest()) > 0 {
		field := r.little16()
		r.skip(int(field & payloadLength))
		if field>>payloadShift&payloadMask == payloadEnd {
			return
		}
	}
}

// wpanPHY decodes a frame with the physical header of IEEE 802.15.4 (LINKTYPE 215):
// preamble, start of frame and length.
func (d *Decoder) wpanPHY(p piece) {
	const (
		length = 5
		header = 6
	)
	d.push("wpan-phy")
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	d.wpan(p.skip(header).trim(int(p.b[length])), wpanFCS)
}

// wpanTap decodes the header of the IEEE 802.15.4 Tap (LINKTYPE 283): its length, and
// fields of which one says what checksum ends the frame.
func (d *Decoder) wpanTap(p piece) {
	const (
		length      = 2
		header      = 4
		fieldHeader = 4
		fieldFCS    = 0
		fieldUnit   = 4
	)
	d.push("wpan-tap")
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	size := int(binary.LittleEndian.Uint16(p.b[length:]))
	switch {
	case size < header:
		d.end(BadLink)
		return
	case len(p.b) < size:
		d.end(CutLink)
		return
	}
	fcs := 0
	for f := p.b[header:size]; len(f) >= fieldHeader; {
		kind, n := binary.LittleEndian.Uint16(f), int(binary.LittleEndian.Uint16(f[2:]))
		f = f[fieldHeader:]
		if kind == fieldFCS && n > 0 && len(f) > 0 {
			switch f[0] {
			case 1:
				fcs = wpanFCS
			case 2:
				fcs = wpanFCS32
			}
		}
		f = f[min(len(f), (n+fieldUnit-1)&^(fieldUnit-1)):]
	}
	d.wpan(p.skip(size), fcs)
}
