package capture

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/capfold/capfold/pipeline/packet"
)

// pcap is the framing of classic capture files, as of draft-ietf-opsawg-pcap: a header
// of 24 bytes, and records of a 16-byte header and the captured bytes. Numbers are in
// the byte order of the machine that wrote it.
type pcap struct {
	order    binary.ByteOrder
	swapped  bool  // numbers are big-endian
	fraction int64 // nanoseconds of a unit of the time's second field: 1000 or 1
	link     packet.LinkType
	maxFrame uint32 // longest captured length that can be true
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
	if len(head) < 4 {
		return nil, nil
	}
	p := &pcap{fraction: int64(time.Microsecond)}
	for _, p.order = range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch p.order.Uint32(head) {
		case pcapNanos:
			p.fraction = 1
		case pcapMicros:
		default:
			continue
		}
		if len(head) < pcapHeaderLen {
			return nil, fmt.Errorf("offset %d: pcap header cut: it has %d of %d bytes", len(head), len(head), pcapHeaderLen)
		}
		if major, minor := p.order.Uint16(head[4:]), p.order.Uint16(head[6:]); major != 2 || minor < 3 {
			return nil, fmt.Errorf("offset 4: not supported: pcap version %d.%d", major, minor)
		}
		// The upper bits of the link type field hold the length of a frame check sequence.
		link := p.order.Uint32(head[20:]) & 0x03ffffff
		if link > 0xffff {
			return nil, fmt.Errorf("offset 20: link type %d cannot be", link)
		}
		p.link = packet.LinkType(link)
		p.maxFrame = p.link.MaxFrame()
		p.swapped = p.order == binary.BigEndian
		return p, nil
	}
	return nil, nil
}

func (p *pcap) name() string {
	if p.fraction == 1 {
		return "pcap-ns"
	}
	return "pcap"
}

func (p *pcap) header() int64            { return pcapHeaderLen }
func (p *pcap) links() []packet.LinkType { return []packet.LinkType{p.link} }

// uint32At is p.order.Uint32(b[off:]) without the interface call.
func (p *pcap) uint32At(b []byte, off int) uint32 {
	if p.swapped {
		return binary.BigEndian.Uint32(b[off:])
	}
	return binary.LittleEndian.Uint32(b[off:])
}

// minChain is how many plausible record headers in a row make a guess.
const minChain = 8

func (p *pcap) guess(data []byte) int {
	for at := range data {
		if p.chain(data, at) {
			return at
		}
	}
	return -1
}

// chain reports whether at least minChain plausible records follow each other from at.
func (p *pcap) chain(data []byte, at int) bool {
	for range minChain {
		if len(data)-at < recordLen {
			return false
		}
		h := data[at : at+recordLen]
		captured, original := p.uint32At(h, recordCaptured), p.uint32At(h, recordOriginal)
		if captured > original || original == 0 || captured > p.maxFrame || original > 1<<24 ||
			int64(p.uint32At(h, recordFraction))*p.fraction >= int64(time.Second) {
			return false
		}
		at += recordLen + int(captured)
	}
	return true
}

func (p *pcap) frame(data []byte, from, limit int, starts []uint32) (_ []uint32, end, need int, damage *packet.Anomaly) {
	at := from
	for at < limit {
		body := at + recordLen
		if body > len(data) {
			return starts, at, body, nil
		}
		captured := p.uint32At(data, at+recordCaptured)
		if captured > p.maxFrame {
			return starts, at, 0, &packet.Anomaly{
				Reason: packet.BadLength,
				Detail: fmt.Sprintf("a captured length of %d, where link type %v allows %d", captured, p.link, p.maxFrame),
			}
		}
		next := body + int(captured)
		if next > len(data) {
			return starts, at, next, nil
		}
		starts = append(starts, uint32(at))
		at = next
	}
	return starts, at, 0, nil
}

func (p *pcap) summarize(d *packet.Decoder, data []byte, starts []uint32, out packet.Batch) {
	for i := range out {
		at := int(starts[i])
		h := data[at : at+recordLen]
		s := &out[i]
		s.Time = int64(p.uint32At(h, 0))*int64(time.Second) + int64(p.uint32At(h, recordFraction))*p.fraction
		s.CapLen, s.WireLen = p.uint32At(h, recordCaptured), p.uint32At(h, recordOriginal)
		body := at + recordLen
		d.Decode(p.link, data[body:body+int(s.CapLen)], s)
	}
}
