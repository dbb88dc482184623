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
	// minTail is how many bytes fewer records that end with the input have captured: with
	// less, numbers as small as are everywhere would do.
	minTail = 16
	// zeroRun is how many zero bytes are no records: a record of nothing at the epoch is
	// possible, and some captures have one, but not as many as a chain.
	zeroRun = minChain * recordLen
	// maxPlausible is the longest captured or original length that a chain believes.
	maxPlausible = 1 << 20
)

func (p *pcap) chain(data []byte, at int, s *section, eof bool) (ok bool, need int) {
	bytes := 0 // captured
	for range minChain {
		if len(data)-at < s.record.length {
			if !eof {
				return false, at + s.record.length
			}
			return bytes >= minTail && at == len(data), 0
		}
		captured, ok := s.plausible(data[at:])
		if !ok {
			return false, 0
		}
		bytes += int(captured)
		at += s.record.length + int(captured)
	}
	return true, 0
}

// plausible returns the captured length in a record header and whether all that it says
// is what programs write.
func (s *section) plausible(h []byte) (captured uint32, ok bool) {
	i := &s.interfaces[0]
	captured, original := s.lengths(h)
	return captured, captured <= original && original-1 < maxPlausible && captured <= i.maxFrame &&
		int64(s.uint32At(h, recordFraction))*i.clock.nanos < int64(time.Second)
}

func (p *pcap) frame(f *frames, data []byte, from, limit int) (end, need int, damage *packet.Anomaly) {
	s := f.section
	maxFrame := s.interfaces[0].maxFrame
	at := from
	captured, known := uint32(0), false // of the record at at
	for at < limit {
		body := at + s.record.length
		if body > len(data) {
			return at, body, nil
		}
		if !known {
			captured, _ = s.lengths(data[at:])
		}
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
		following, ok := uint32(0), false
		if known = len(data)-next >= s.record.length; known {
			following, ok = s.plausible(data[next:])
		}
		if !ok {
			whole, need := p.isWhole(data, body, next, s, f.eof)
			switch {
			case need > 0:
				return at, need, nil
			case !whole:
				return at, 0, &packet.Anomaly{
					Reason: packet.BadLength,
					Detail: fmt.Sprintf("a captured length of %d, but other records begin within these bytes", captured),
				}
			}
		}
		f.starts = append(f.starts, uint32(at))
		at, captured = next, following
	}
	return at, 0, nil
}

// isWhole reports whether data[body:next] is the body of one record, where no plausible
// record begins behind it, or how long data must be to tell. It is not if a plausible
// record begins in it, goes on beyond its end and has a chain behind it: then the length
// of the body is wrong, and true records are in it.
func (p *pcap) isWhole(data []byte, body, next int, s *section, eof bool) (ok bool, need int) {
	if rest := len(data) - next; rest < s.record.length && !eof {
		return false, next + s.record.length
	} else if rest == 0 {
		return true, 0
	}
	for at := max(body, next-maxPlausible-s.record.length); at < next; at++ {
		if len(data)-at < s.record.length {
			break // there is less behind next than a record header
		}
		captured, ok := s.plausible(data[at:])
		behind := at + s.record.length + int(captured)
		if !ok || behind <= next {
			continue
		}
		chain, more := p.chain(data, behind, s, eof)
		if chain {
			return false, 0
		}
		need = max(need, more)
	}
	return need == 0, need
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
