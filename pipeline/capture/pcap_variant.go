package capture

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/capfold/capfold/pipeline/packet"
)

// Magic numbers of variants of pcap that other programs write.
const (
	// pcapPatched is Alexey Kuznetsov's: records have a longer header.
	pcapPatched = 0xa1b2cd34
	// Two of Ixia's: the file header ends with the length of all records.
	ixiaNanos  = 0x1c0001ac
	ixiaMicros = 0x1c0001ab
)

// pcapRecord says how a record header is laid out. All begin with the same 16 bytes, but
// for the order of the lengths.
type pcapRecord struct {
	length             int // of the header
	captured, original int // where the lengths are in it
	either             bool
}

var (
	plainRecord = pcapRecord{length: recordLen, captured: recordCaptured, original: recordOriginal}
	// Before version 2.3, and in tcpdump's version 543.0 of DG/UX, the original length
	// came first.
	oldRecord = pcapRecord{length: recordLen, captured: recordOriginal, original: recordCaptured}
	// Programs that wrote version 2.3 did not agree, so the lesser is the captured one.
	eitherRecord = pcapRecord{length: recordLen, captured: recordCaptured, original: recordOriginal, either: true}
	// Behind the lengths are an interface, an EtherType and the direction.
	patchedRecord = pcapRecord{length: recordLen + 8, captured: recordCaptured, original: recordOriginal}
)

// lengths returns the captured and the original length in a record header.
func (s *section) lengths(h []byte) (captured, original uint32) {
	captured, original = s.uint32At(h, s.record.captured), s.uint32At(h, s.record.original)
	if s.record.either && captured > original {
		captured, original = original, captured
	}
	return captured, original
}

// pcapHeader is what a file header says of the file as a whole.
type pcapHeader struct {
	format string
	length int // of the file header
}

// pcapSection returns the section that a file header begins, or nil if head is none.
func pcapSection(head []byte) (h pcapHeader, _ *section, _ error) {
	if len(head) < 4 {
		return h, nil, nil
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		h = pcapHeader{"pcap", pcapHeaderLen}
		i := iface{clock: clock{nanos: int64(time.Microsecond)}}
		record := plainRecord
		switch order.Uint32(head) {
		case pcapMicros:
		case pcapNanos:
			h.format, i.clock.nanos = "pcap-ns", 1
		case pcapPatched:
			h.format, record = "pcap-kuznetzov", patchedRecord
		case ixiaNanos:
			h, i.clock.nanos = pcapHeader{"pcap-ixia", pcapHeaderLen + 4}, 1
		case ixiaMicros:
			h = pcapHeader{"pcap-ixia", pcapHeaderLen + 4}
		default:
			continue
		}
		if len(head) < h.length {
			return h, nil, fmt.Errorf("offset %d: pcap header cut: it has %d of %d bytes", len(head), len(head), h.length)
		}
		major, minor := order.Uint16(head[4:]), order.Uint16(head[6:])
		switch {
		case major == 2 && minor > 3:
		case record == patchedRecord: // has no other version
			return h, nil, fmt.Errorf("offset 4: not supported: modified pcap (Kuznetzov), version %d.%d", major, minor)
		case major == 2 && minor == 3:
			record = eitherRecord
		case major == 2, major == 543 && minor == 0:
			record = oldRecord
		default:
			return h, nil, fmt.Errorf("offset 4: not supported: pcap version %d.%d", major, minor)
		}
		// The upper bits of the link type field hold the length of a frame check sequence.
		link := order.Uint32(head[20:]) & 0x03ffffff
		if link > 0xffff {
			return h, nil, fmt.Errorf("offset 20: not a capture: link type %d, where 65535 is the last", link)
		}
		i.link = packet.LinkType(link)
		if order.Uint32(head) == pcapMicros && major == 2 && minor == 2 {
			if err := aix(&h, &i); err != nil {
				return h, nil, err
			}
		}
		i.maxFrame = i.link.MaxFrame()
		return h, &section{bigEndian: order == binary.BigEndian, record: record, interfaces: []iface{i}}, nil
	}
	return h, nil, nil
}

// aix corrects what is read of a capture of version 2.2 that AIX has written: instead of
// link types it has numbers of the interfaces MIB (RFC 1573), none of which programs of
// the time used as link types, and its times are nanoseconds.
func aix(h *pcapHeader, i *iface) error {
	switch i.link {
	case 6:
		i.link = packet.LinkEthernet
	case 9:
		i.link = packet.LinkTokenRing
	case 24:
		i.link = packet.LinkNull
	case 15:
		return fmt.Errorf("offset 20: not supported: AIX capture of FDDI")
	default:
		return nil
	}
	h.format, i.clock.nanos = "pcap-aix", 1
	return nil
}
