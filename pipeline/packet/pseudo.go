package packet

import "encoding/binary"

// Sizes of pseudo-headers: what the capturing program puts before a frame of some link
// types, and what is no byte of the frame.
const (
	sunATMLen       = 4
	mtp2Len         = 4
	cookedIrDALen   = 16
	cookedLAPDLen   = 16
	sitaLen         = 5
	directionLen    = 1
	bluetoothLen    = 4
	i2cLen          = 5
	llcpLen         = 2
	bluetoothMonLen = 4
)

// pseudo returns the size of the pseudo-header of a link type. That of ERF depends on
// the record; others, such as radiotap, count as part of the frame, as with libpcap.
func (l LinkType) pseudo() int {
	switch l {
	case LinkSunATM:
		return sunATMLen
	case linkMTP2WithHeader:
		return mtp2Len
	case linkIrDA:
		return cookedIrDALen
	case linkLAPD:
		return cookedLAPDLen
	case linkSITA:
		return sitaLen
	case LinkPPPWithDir, LinkCHDLCWithDir, LinkFRWithDir, linkLAPBWithDir:
		return directionLen
	case linkBluetoothH4:
		return bluetoothLen
	case linkI2C:
		return i2cLen
	case linkLLCP:
		return llcpLen
	case linkBluetoothMonitor:
		return bluetoothMonLen
	}
	return 0
}

// trueLengths takes the pseudo-header that frame may begin with off the lengths that s
// has from the record. The header of ERF also says how long the original frame was.
func (s *Summary) trueLengths(link LinkType, frame []byte) {
	if link == LinkERF {
		if header, ok := erfHeader(frame); ok {
			s.WireLen = uint32(binary.BigEndian.Uint16(frame[erfWire:]))
			s.CapLen = min(uint32(len(frame)-header), s.WireLen)
		}
		return
	}
	if n := uint32(link.pseudo()); n > 0 {
		s.CapLen -= min(n, s.CapLen)
		s.WireLen -= min(n, s.WireLen)
	}
}
