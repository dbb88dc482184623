package capture

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"time"

	"github.com/capfold/capfold/pipeline/packet"
)

// pcap is the framing of classic capture files, as of draft-ietf-opsawg-pcap: a header
// of 24 bytes, and records of a 16-byte header and the captured bytes. Numbers are in
// the byte order of the machine that wrote it. A file header in the place of a record,
// as where two captures were concatenated, begins a section.
type pcap struct{ first *section }

const (
	pcapHeaderLen = 24
	recordLen     = 16

	pcapMicros = 0xa1b2c3d4
	pcapNanos  = 0xa1b23c4d

	// Offsets in a record header; in front of them are the seconds.
	recordFraction = 4
	recordCaptured = 8
	recordOriginal = 12
)

func openPcap(head []byte) (framing, error) {
	s, err := pcapSection(head)
	if s == nil {
		return nil, err
	}
	return &pcap{s}, nil
}

// pcapSection returns the section that a file header begins, or nil if head is none.
func pcapSection(head []byte) (*section, error) {
	if len(head) < 4 {
		return nil, nil
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		i := iface{nanos: int64(time.Microsecond)}
		switch order.Uint32(head) {
		case pcapNanos:
			i.nanos = 1
		case pcapMicros:
		default:
			continue
		}
		if len(head) < pcapHeaderLen {
			return nil, fmt.Errorf("offset %d: pcap header cut: it has %d of %d bytes", len(head), len(head), pcapHeaderLen)
		}
		if major, minor := order.Uint16(head[4:]), order.Uint16(head[6:]); major != 2 || minor < 3 {
			return nil, fmt.Errorf("offset 4: not supported: pcap version %d.%d", major, minor)
		}
		// The upper bits of the link type field hold the length of a frame check sequence.
		link := order.Uint32(head[20:]) & 0x03ffffff
		if link > 0xffff {
			return nil, fmt.Errorf("offset 20: link type %d cannot be", link)
		}
		i.link = packet.LinkType(link)
		i.maxFrame = i.link.MaxFrame()
		return &section{bigEndian: order == binary.BigEndian, interfaces: []iface{i}}, nil
	}
	return nil, nil
}

func isPcapMagic(b []byte) bool {
	switch binary.LittleEndian.Uint32(b) {
	case pcapMicros, pcapNanos, bits.ReverseBytes32(pcapMicros), bits.ReverseBytes32(pcapNanos):
		return true
	}
	return false
}

func (p *pcap) name() string {
	if p.first.interfaces[0].nanos == 1 {
		return "pcap-ns"
	}
	return "pcap"
}

func (p *pcap) begin() state { return state{pcapHeaderLen, p.first} }

// uint32At returns the number at b[off:].
func (s *section) uint32At(b []byte, off int) uint32 {
	if s.bigEndian {
		return binary.BigEndian.Uint32(b[off:])
	}
	return binary.LittleEndian.Uint32(b[off:])
}

const (
	// minChain is how many plausible records in a row are hardly chance.
	minChain = 8
	// maxPlausible is the longest captured or original length that a chain believes.
	maxPlausible = 1 << 20
)

func (p *pcap) chain(data []byte, at int, s *section, eof bool) (ok bool, need int) {
	i := &s.interfaces[0]
	for n := range minChain {
		if len(data)-at < recordLen {
			if !eof {
				return false, at + recordLen
			}
			return n > 0 && at == len(data), 0
		}
		h := data[at : at+recordLen]
		captured, original := s.uint32At(h, recordCaptured), s.uint32At(h, recordOriginal)
		if captured > original || original == 0 || captured > min(i.maxFrame, maxPlausible) || original > maxPlausible ||
			int64(s.uint32At(h, recordFraction))*i.nanos >= int64(time.Second) {
			return false, 0
		}
		at += recordLen + int(captured)
	}
	return true, 0
}

func (p *pcap) frame(f *frames, data []byte, from, limit int) (end, need int, damage *packet.Anomaly) {
	s := f.section
	maxFrame := s.interfaces[0].maxFrame
	at := from
	for at < limit {
		body := at + recordLen
		if body > len(data) {
			return at, body, nil
		}
		captured := s.uint32At(data, at+recordCaptured)
		if captured > maxFrame || captured == 0 {
			if len(data)-at < pcapHeaderLen && isPcapMagic(data[at:]) {
				return at, at + pcapHeaderLen, nil
			}
			if damage := p.damage(f, data, at); damage != nil {
				return at, 0, damage
			}
		}
		next := body + int(captured)
		if next > len(data) {
			return at, next, nil
		}
		f.starts = append(f.starts, uint32(at))
		at = next
	}
	return at, 0, nil
}

// damage says what is wrong with the record at data[at:] with an uncommon captured
// length, or returns nil if it can be true.
func (p *pcap) damage(f *frames, data []byte, at int) *packet.Anomaly {
	s := f.section
	if head := data[at:]; len(head) >= pcapHeaderLen && isPcapMagic(head) {
		if next, _ := pcapSection(head[:pcapHeaderLen]); next != nil {
			f.enter(next)
			return &packet.Anomaly{
				Reason: packet.EmbeddedHeader, Length: pcapHeaderLen,
				Detail: "a file header in the place of a record: another capture begins here",
			}
		}
	}
	i := &s.interfaces[0]
	captured := s.uint32At(data, at+recordCaptured)
	switch {
	case captured > i.maxFrame:
		return &packet.Anomaly{
			Reason: packet.BadLength,
			Detail: fmt.Sprintf("a captured length of %d, where link type %v allows %d", captured, i.link, i.maxFrame),
		}
	case [recordLen]byte(data[at:at+recordLen]) == [recordLen]byte{}:
		return &packet.Anomaly{Reason: packet.ZeroFilled, Detail: "zeros in the place of a record header"}
	}
	return nil
}

func (p *pcap) summarize(d *packet.Decoder, s *section, data []byte, starts []uint32, out packet.Batch) {
	i := s.interfaces[0]
	for n := range out {
		at := int(starts[n])
		h := data[at : at+recordLen]
		p := &out[n]
		p.Time = int64(s.uint32At(h, 0))*int64(time.Second) + int64(s.uint32At(h, recordFraction))*i.nanos
		p.CapLen, p.WireLen = s.uint32At(h, recordCaptured), s.uint32At(h, recordOriginal)
		body := at + recordLen
		d.Decode(i.link, data[body:body+int(p.CapLen)], p)
	}
}
