package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/capfold/capfold/pipeline/packet"
)

// twinHead is what a pcap file header says, or how its variant of the format is.
type twinHead struct {
	format        string
	length        int // of the header
	order         binary.ByteOrder
	unit          int64 // nanoseconds
	link          packet.LinkType
	record        int // length of a record header
	swapped, both bool
}

var twinMagics = []string{
	"\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d",
	"\x34\xcd\xb2\xa1", "\xa1\xb2\xcd\x34", "\xac\x01\x00\x1c", "\x1c\x00\x01\xac", "\xab\x01\x00\x1c", "\x1c\x00\x01\xab",
}

// twinHeader reads a file header.
func twinHeader(b []byte) (h twinHead, ok bool) {
	if len(b) < 24 {
		return h, false
	}
	h = twinHead{format: "pcap", length: 24, order: binary.LittleEndian, unit: 1000, record: 16}
	magic := slices.Index(twinMagics, string(b[:4]))
	if magic%2 == 1 {
		h.order = binary.BigEndian
	}
	switch magic / 2 {
	case 1:
		h.format, h.unit = "pcap-ns", 1
	case 2:
		h.format, h.record = "pcap-kuznetzov", 24
	case 3:
		h.format, h.unit, h.length = "pcap-ixia", 1, 28
	case 4:
		h.format, h.length = "pcap-ixia", 28
	}
	version := fmt.Sprintf("%d.%d", h.order.Uint16(b[4:]), h.order.Uint16(b[6:]))
	newer := h.order.Uint16(b[4:]) == 2 && h.order.Uint16(b[6:]) >= 4
	older := slices.Contains([]string{"2.0", "2.1", "2.2", "543.0"}, version) && h.record == 16
	h.swapped, h.both = older, version == "2.3" && h.record == 16
	h.link = packet.LinkType(h.order.Uint32(b[20:]))
	if magic >= 0 && magic/2 == 0 && version == "2.2" {
		links := map[packet.LinkType]packet.LinkType{6: 1, 9: 6, 24: 0, 15: 10}
		if l, aix := links[h.link]; aix {
			h.format, h.unit, h.link = "pcap-aix", 1, l
			older = older && l != 10
		}
	}
	return h, magic >= 0 && len(b) >= h.length && (newer || older || h.both) && h.order.Uint32(b[20:])<<6>>22 == 0
}

func (h twinHead) lengths(b []byte) (captured, original uint32) {
	captured, original = h.order.Uint32(b[8:]), h.order.Uint32(b[12:])
	if h.swapped || h.both && captured > original {
		return original, captured
	}
	return captured, original
}

// one reports whether a plausible record header begins b, and the record's length.
func (h twinHead) one(b []byte) (length int, ok bool) {
	if len(b) < h.record {
		return 0, false
	}
	fraction := int64(h.order.Uint32(b[4:]))
	captured, original := h.lengths(b)
	return h.record + int(captured), fraction*h.unit < 1e9 && original != 0 && captured <= original && original <= 1<<20 && captured <= h.link.MaxFrame()
}

// plausible reports whether eight plausible records follow, or fewer that end with b and
// have captured 16 bytes.
func (h twinHead) plausible(b []byte) bool {
	bytes := 0
	for n := range 8 {
		if len(b) == 0 {
			return bytes >= 16
		}
		length, ok := h.one(b)
		if !ok {
			return false
		}
		if length > len(b) {
			return n == 7
		}
		bytes += length - h.record
		b = b[length:]
	}
	return true
}

// swallows reports whether a record of a length at the beginning of b has eaten others:
// nothing plausible is behind it, but behind a record that begins in it and ends later.
func (h twinHead) swallows(b []byte, length int) bool {
	if _, ok := h.one(b[length:]); ok || len(b) == length {
		return false
	}
	for at := h.record; at < length; at++ {
		n, ok := h.one(b[at:])
		if ok && at+n > length && at+n < len(b) && h.plausible(b[at+n:]) {
			return true
		}
	}
	return false
}

// twinSnoop is the twin for snoop captures.
func twinSnoop(path string, data []byte) (result, error) {
	be := binary.BigEndian
	if len(data) < 16 || be.Uint32(data[8:]) != 2 {
		return result{}, errors.New("no header that is supported")
	}
	links := map[uint32]packet.LinkType{0: 1, 2: 6, 4: 1, 8: 10, 9: 0, 14: 0, 16: 122, 18: 123, 24: 1, 25: 1, 26: 242, 1<<31 + 5: 226}
	link, ok := links[be.Uint32(data[12:])]
	if !ok {
		return result{}, errors.New("no link type that is supported")
	}
	fits := func(b []byte) bool {
		length, captured := int(be.Uint32(b[8:])), int(be.Uint32(b[4:]))
		return captured <= 256<<10 && length >= 24+captured && length <= 24+captured+256
	}
	plausible := func(b []byte) bool {
		for n := range 8 {
			if len(b) == 0 {
				return n > 0
			}
			if len(b) < 24 || !fits(b) {
				return false
			}
			original, captured := be.Uint32(b), be.Uint32(b[4:])
			if original == 0 || captured > original || original > 1<<20 || be.Uint32(b[20:]) >= 1e6 {
				return false
			}
			if int(be.Uint32(b[8:])) > len(b) {
				return n == 7
			}
			b = b[be.Uint32(b[8:]):]
		}
		return true
	}
	a := packet.Capture{Path: path, Format: "snoop", Links: []packet.LinkType{link}, FileBytes: int64(len(data))}
	var r result
	decoder := packet.NewDecoder()
	for at := 16; at < len(data); {
		b := data[at:]
		reason, detail := packet.CutRecord, ""
		switch {
		case len(b) < 24:
			detail = fmt.Sprintf("a record of at least 24 bytes, where the capture has %d left", len(b))
		case !fits(b):
			reason = packet.BadLength
			detail = fmt.Sprintf("a record length of %d and a captured length of %d, where link type %v allows 262144", be.Uint32(b[8:]), be.Uint32(b[4:]), link)
		case int(be.Uint32(b[8:])) > len(b):
			detail = fmt.Sprintf("a record of at least %d bytes, where the capture has %d left", be.Uint32(b[8:]), len(b))
		default:
			s := packet.Summary{
				Time:   int64(be.Uint32(b[16:]))*1e9 + int64(be.Uint32(b[20:]))*1000,
				CapLen: be.Uint32(b[4:]), WireLen: be.Uint32(b),
			}
			decoder.Decode(link, b[24:24+s.CapLen], &s)
			r.packets = append(r.packets, s)
			at += int(be.Uint32(b[8:]))
			continue
		}
		next := at + 1
		for next < len(data) && !plausible(data[next:]) {
			next++
		}
		twinLost(&a, at, next, reason, detail)
		at = next
	}
	return r.finish(a), nil
}
