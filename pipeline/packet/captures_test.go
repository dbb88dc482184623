package packet

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// TestDecodeCaptures compares with gopacket every packet of the repository's captures.
func TestDecodeCaptures(t *testing.T) {
	names, err := filepath.Glob("../../testdata/*.pcap")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Skip("no captures in testdata")
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			order := binary.ByteOrder(binary.LittleEndian)
			const fileHeader, recordHeader = 24, 16
			if len(b) < fileHeader {
				t.Skip("not a classic capture")
			}
			switch binary.BigEndian.Uint32(b) {
			case 0xa1b2c3d4, 0xa1b23c4d:
				order = binary.BigEndian
			case 0xd4c3b2a1, 0x4d3cb2a1:
			default:
				t.Skip("not a classic capture")
			}
			link, found := LinkType(order.Uint32(b[20:])), 0
			for b = b[fileHeader:]; len(b) >= recordHeader; {
				size, wire := int(order.Uint32(b[8:])), int(order.Uint32(b[12:]))
				if b = b[recordHeader:]; size > len(b) {
					break
				}
				frame := b[:size]
				b = b[size:]
				r, s := referenceOf(link, frame), decode(link, frame, wire)
				if r.found {
					found++
				}
				if d := r.disagreement(&s); d != "" {
					t.Errorf("Decode(%v, % x): %s", link, frame, d)
				}
			}
			t.Logf("%d IP packets compared", found)
		})
	}
}
