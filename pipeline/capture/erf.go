package capture

import "encoding/binary"

// looksLikeERF reports whether head may begin with a record of Endace's extensible
// record format, which has no magic number: a time in 2^-32 seconds, little-endian, and
// then, big-endian, a type, flags, the length of the record, drops and the length of the
// frame. It serves to say what is not supported.
func looksLikeERF(head []byte) bool {
	if len(head) < 16 {
		return false
	}
	const from, until = 820454400, 2524608000 // the years 1996 to 2049
	seconds, kind := binary.LittleEndian.Uint32(head[4:]), head[8]&0x7f
	record, wire := int(binary.BigEndian.Uint16(head[10:])), int(binary.BigEndian.Uint16(head[14:]))
	if seconds < from || seconds >= until || kind == 0 || kind > 48 {
		return false
	}
	// Records are padded to 8 bytes, and have at most some extension headers.
	return record > 16 && record%8 == 0 && wire > 0 && record <= 16+wire+64
}
