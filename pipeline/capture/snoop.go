package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/capfold/capfold/pipeline/packet"
)

// snoop is the framing of RFC 1761, of Solaris' snoop: a header of 16 bytes, and records
// of a 24-byte header, the captured bytes and padding. All numbers are big-endian.
type snoop struct{ first *section }

const (
	snoopMagic     = "snoop\x00\x00\x00"
	snoopHeaderLen = 16
	snoopRecordLen = 24
	// maxSnoopPad bounds what comes behind a packet in its record.
	maxSnoopPad = 256

	// Offsets in a record header.
	snoopOriginal = 0
	snoopCaptured = 4
	snoopLength   = 8 // of the whole record
	snoopDrops    = 12
	snoopSeconds  = 16
	snoopMicros   = 20
)

// snoopLinks are the data link types of RFC 1761 and of Solaris' dlpi.h that are used.
var snoopLinks = map[uint32]packet.LinkType{
	0:          packet.LinkEthernet, // IEEE 802.3
	2:          packet.LinkTokenRing,
	4:          packet.LinkEthernet,
	8:          packet.LinkFDDI,
	9:          packet.LinkNull, // "other", as Cray's UNICOS uses it
	14:         packet.LinkNull, // loopback
	16:         packet.LinkIPoverFC,
	18:         123, // SunATM
	24:         packet.LinkEthernet,
	25:         packet.LinkEthernet, // 100BASE-T
	26:         packet.LinkIPoIB,
	0x80000005: packet.LinkIPNET,
}

func openSnoop(head []byte) (framing, error) {
	if !bytes.HasPrefix(head, []byte(snoopMagic)) {
		return nil, nil
	}
	if len(head) < snoopHeaderLen {
		return nil, fmt.Errorf("offset %d: snoop header cut: it has %d of %d bytes", len(head), len(head), snoopHeaderLen)
	}
	if version := binary.BigEndian.Uint32(head[8:]); version != 2 {
		return nil, fmt.Errorf("offset 8: not supported: snoop version %d", version)
	}
	number := binary.BigEndian.Uint32(head[12:])
	link, ok := snoopLinks[number]
	if !ok {
		return nil, fmt.Errorf("offset 12: not supported: snoop data link type %d", number)
	}
	return &snoop{&section{
		bigEndian:  true,
		interfaces: []iface{{link: link, maxFrame: link.MaxFrame()}},
	}}, nil
}

func (*snoop) name() string { return "snoop" }

func (p *snoop) begin() state { return state{snoopHeaderLen, p.first} }

func (*snoop) chain(data []byte, at int, s *section, eof bool) (ok bool, need int) {
	for n := range minChain {
		if len(data)-at < snoopRecordLen {
			if !eof {
				return false, at + snoopRecordLen
			}
			return n > 0 && at == len(data), 0
		}
		h := data[at : at+snoopRecordLen]
		captured, original := s.uint32At(h, snoopCaptured), s.uint32At(h, snoopOriginal)
		if captured > original || original == 0 || original > maxPlausible ||
			s.uint32At(h, snoopMicros) >= 1e6 || !snoopFits(s, h) {
			return false, 0
		}
		at += int(s.uint32At(h, snoopLength))
	}
	return true, 0
}

// snoopFits reports whether the lengths in a record header can be true.
func snoopFits(s *section, h []byte) bool {
	captured, length := s.uint32At(h, snoopCaptured), s.uint32At(h, snoopLength)
	return captured <= s.interfaces[0].maxFrame && length >= snoopRecordLen+captured &&
		length-snoopRecordLen-captured <= maxSnoopPad
}

func (*snoop) frame(f *frames, data []byte, from, limit int) (end, need int, damage *packet.Anomaly) {
	s := f.section
	at := from
	for at < limit {
		if at+snoopRecordLen > len(data) {
			return at, at + snoopRecordLen, nil
		}
		h := data[at : at+snoopRecordLen]
		if !snoopFits(s, h) {
			return at, 0, &packet.Anomaly{
				Reason: packet.BadLength,
				Detail: fmt.Sprintf("a record length of %d and a captured length of %d, where link type %v allows %d",
					s.uint32At(h, snoopLength), s.uint32At(h, snoopCaptured), s.interfaces[0].link, s.interfaces[0].maxFrame),
			}
		}
		next := at + int(s.uint32At(h, snoopLength))
		if next > len(data) {
			return at, next, nil
		}
		f.starts = append(f.starts, uint32(at))
		at = next
	}
	return at, 0, nil
}

func (*snoop) summarize(d *packet.Decoder, s *section, data []byte, starts []uint32, out packet.Batch) {
	for n := range out {
		at := int(starts[n])
		h := data[at : at+snoopRecordLen]
		p := &out[n]
		p.Time = int64(s.uint32At(h, snoopSeconds))*int64(time.Second) + int64(s.uint32At(h, snoopMicros))*int64(time.Microsecond)
		p.CapLen, p.WireLen = s.uint32At(h, snoopCaptured), s.uint32At(h, snoopOriginal)
		body := at + snoopRecordLen
		d.Decode(s.interfaces[0].link, data[body:body+int(p.CapLen)], p)
	}
}
