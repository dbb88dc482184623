package capture

import (
	"encoding/binary"
	"fmt"

	"github.com/capfold/capfold/pipeline/packet"
)

// pcapng is the framing of the files of draft-ietf-opsawg-pcapng: blocks that each begin
// with a type and a length and end with the length again. A section header gives the
// byte order of what follows and takes all interfaces back; interface descriptions add
// one each, by number. So every block may change the section that later ones belong to.
type pcapng struct{ bigEndian bool }

func openPcapng(head []byte) (framing, error) {
	if len(head) < 4 || binary.LittleEndian.Uint32(head) != ngSection {
		return nil, nil
	}
	if len(head) < ngSectionMin {
		return nil, fmt.Errorf("offset %d: pcapng section header cut: it has %d of %d bytes", len(head), len(head), ngSectionMin)
	}
	bigEndian, ok := ngByteOrder(head)
	if !ok {
		return nil, fmt.Errorf("offset 8: not a capture: the byte order mark of a pcapng section header cannot be % x", head[8:12])
	}
	s := section{bigEndian: bigEndian}
	if major, minor, ok := s.ngVersion(head); !ok {
		return nil, fmt.Errorf("offset 12: not supported: pcapng version %d.%d", major, minor)
	}
	return &pcapng{bigEndian}, nil
}

func (*pcapng) name() string { return "pcapng" }

// begin returns a state without interfaces, since blocks begin at once.
func (p *pcapng) begin() state { return state{0, &section{bigEndian: p.bigEndian}} }

// maxChain bounds how many blocks a chain is looked for in, of which those of unknown
// types do not count.
const maxChain = 2 * minChain

// chain follows sections and interfaces, so that what comes with a section header can
// be true whatever came before it.
func (*pcapng) chain(data []byte, at int, s *section, eof bool) (ok bool, need int) {
	bigEndian, interfaces := s.bigEndian, len(s.interfaces)
	known := 0
	for n := 0; n < maxChain && known < minChain; n++ {
		if eof && at == len(data) {
			return known > 0, 0
		}
		if n == 0 && at+4 <= len(data) && !ngIsKnown(uint32At(bigEndian, data, at)) {
			return false, 0 // what most bytes are that no block begins at
		}
		b, need, fault := ngHeader(bigEndian, data, at)
		if need > 0 {
			if eof {
				need = 0
			}
			return false, need
		}
		if fault != "" || b.length > maxPlausible {
			return false, 0
		}
		switch b.kind {
		case ngSection:
			bigEndian, interfaces = b.bigEndian, 0
		case ngInterface:
			interfaces++
		case ngEnhanced, ngOldPacket, ngSimple:
			if b.iface >= uint32(interfaces) || b.captured > b.original || b.original == 0 || b.original > maxPlausible {
				return false, 0
			}
		}
		next := at + b.length
		if next > len(data) {
			if eof {
				next = 0
			}
			return false, next
		}
		if !b.endsWell(data[at:next]) {
			return false, 0
		}
		if ngIsKnown(b.kind) {
			known++
		}
		at = next
	}
	return known == minChain, 0
}

func (*pcapng) frame(f *frames, data []byte, from, limit int) (end, need int, damage *packet.Anomaly) {
	at := from
	for at < limit {
		s := f.section
		b, need, fault := ngHeader(s.bigEndian, data, at)
		if need > 0 {
			return at, need, nil
		}
		isPacket := b.kind == ngEnhanced || b.kind == ngSimple || b.kind == ngOldPacket
		described := isPacket && b.iface < uint32(len(s.interfaces))
		if fault == "" {
			fault = b.bound(s, described)
		}
		if fault != "" {
			return at, 0, b.anomaly(fault, s)
		}
		next := at + b.length
		if next > len(data) {
			return at, next, nil
		}
		block := data[at:next]
		switch {
		case !b.endsWell(block):
			return at, 0, b.anomaly(packet.LengthsDiffer, s)
		case described:
			f.starts = append(f.starts, uint32(at))
			if b.kind == ngOldPacket {
				f.drop(int64(s.oldDrops(block)))
			}
		case isPacket:
			damage := b.anomaly(packet.UnknownInterface, s)
			if len(s.interfaces) > 0 {
				damage.Length = int64(b.length)
			} // else no packet makes sense up to the next section or description
			return at, 0, damage
		case b.kind == ngSection:
			f.enter(&section{bigEndian: b.bigEndian})
		case b.kind == ngInterface:
			if len(s.interfaces) < maxInterfaces {
				f.describe(s.ngInterface(block))
			}
		case b.kind == ngStatistics:
			f.statistics(block)
		case !ngIsKnown(b.kind) || b.kind == ngCustom || b.kind == ngCustomPrivate:
			f.unknown++
		}
		at = next
	}
	return at, 0, nil
}

func (*pcapng) summarize(d *packet.Decoder, s *section, data []byte, starts []uint32, out packet.Batch) {
	for n := range out {
		block := data[starts[n]:]
		p := &out[n]
		id, body := uint32(0), ngEnhancedBody
		switch s.uint32At(block, 0) {
		case ngEnhanced:
			id = s.uint32At(block, 8)
		case ngOldPacket:
			id = uint32(s.uint16At(block, 8))
		default: // has no time
			body = ngSimpleBody
		}
		i := &s.interfaces[id]
		p.WireLen = s.uint32At(block, body-4)
		if body == ngEnhancedBody {
			p.Time = i.clock.time(uint64(s.uint32At(block, 12))<<32 | uint64(s.uint32At(block, 16)))
			p.CapLen = s.uint32At(block, 20)
		} else {
			p.Time = 0
			p.CapLen = i.simpleLength(p.WireLen)
		}
		d.Decode(i.link, block[body:body+int(p.CapLen)], p)
	}
}
