package capture

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"time"

	"github.com/capfold/capfold/pipeline/packet"
)

// pcap is the framing of classic capture files, as of draft-ietf-opsawg-pcap: a header
// of 24 bytes, and records of a 16-byte header and the captured bytes; variants differ
// in these headers. Numbers are in the byte order of the machine that wrote it. A file
// header in the place of a record, as where two captures were concatenated, begins a
// section.
type pcap struct {
	header pcapHeader
	first  *section
}

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
	h, s, err := pcapSection(head)
	if s == nil {
		return nil, err
	}
	return &pcap{h, s}, nil
}

func isPcapMagic(b []byte) bool {
	switch binary.LittleEndian.Uint32(b) {
	case pcapMicros, pcapNanos, bits.ReverseBytes32(pcapMicros), bits.ReverseBytes32(pcapNanos):
		return true
	}
	return false
}

func (p *pcap) name() string { return p.header.format }

func (p *pcap) begin() state { return state{int64(p.header.length), p.first} }

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
	// zeroRun is how many zero bytes are no records: a record of nothing at the epoch is
	// possible, and some captures have one, but not as many as a chain.
	zeroRun = minChain * recordLen
	// maxPlausible is the longest captured or original length that a chain believes.
	maxPlausible = 1 << 20
)

func (p *pcap) chain(data []byte, at int, s *section, eof bool) (ok bool, need int) {
	i := &s.interfaces[0]
	for n := range minChain {
		if len(data)-at < s.record.length {
			if !eof {
				return false, at + s.record.length
			}
			return n > 0 && at == len(data), 0
		}
		h := data[at : at+recordLen]
		captured, original := s.lengths(h)
		if captured > original || original == 0 || captured > min(i.maxFrame, maxPlausible) || original > maxPlausible ||
			int64(s.uint32At(h, recordFraction))*i.clock.nanos >= int64(time.Second) {
			return false, 0
		}
		at += s.record.length + int(captured)
	}
	return true, 0
}

func (p *pcap) frame(f *frames, data []byte, from, limit int) (end, need int, damage *packet.Anomaly) {
	s := f.section
	maxFrame := s.interfaces[0].maxFrame
	at := from
	for at < limit {
		body := at + s.record.length
		if body > len(data) {
			return at, body, nil
		}
		captured, _ := s.lengths(data[at:])
		if captured > maxFrame || captured == 0 {
			if len(data)-at < zeroRun && !f.eof {
				return at, at + zeroRun, nil
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
		if _, next, _ := pcapSection(head[:pcapHeaderLen]); next != nil {
			f.enter(next)
			return &packet.Anomaly{
				Reason: packet.EmbeddedHeader, Length: pcapHeaderLen,
				Detail: "a file header in the place of a record: another capture begins here",
			}
		}
	}
	i := &s.interfaces[0]
	captured, _ := s.lengths(data[at:])
	switch {
	case captured > i.maxFrame:
		return &packet.Anomaly{
			Reason: packet.BadLength,
			Detail: fmt.Sprintf("a captured length of %d, where link type %v allows %d", captured, i.link, i.maxFrame),
		}
	case len(data)-at >= zeroRun && [zeroRun]byte(data[at:]) == [zeroRun]byte{}:
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
		p.Time = int64(s.uint32At(h, 0))*int64(time.Second) + int64(s.uint32At(h, recordFraction))*i.clock.nanos
		p.CapLen, p.WireLen = s.lengths(h)
		body := at + s.record.length
		d.Decode(i.link, data[body:body+int(p.CapLen)], p)
	}
}
