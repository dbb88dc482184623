package packet

import (
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// TestPPPHeader compares what is made of every beginning of a PPP frame with what gopacket
// makes of it: no protocol number at all, or one and where it ends.
func TestPPPHeader(t *testing.T) {
	d := NewDecoder()
	check := func(b ...byte) {
		t.Helper()
		var want Summary
		if len(b) < 2 {
			want = noWant("ppp", CutLink)
		} else if l, ok := gopacket.NewPacket(b, layers.LayerTypePPP, gopacket.DecodeOptions{NoCopy: true}).Layer(layers.LayerTypePPP).(*layers.PPP); !ok {
			want = noWant("ppp", BadLink)
		} else {
			d.s, d.name = new(Summary), append(d.name[:0], "ppp"...)
			d.pppType(uint16(l.PPPType), piece{l.Payload, len(l.Payload)})
			want = *d.s
		}
		var got Summary
		d.s, d.name = &got, d.name[:0]
		if d.pppFrame(piece{b, len(b)}); got != want {
			t.Errorf("pppFrame(% x) = %+v, want %+v", b, got, want)
		}
	}
	check()
	for first := range 0x100 {
		check(byte(first))
		for second := range 0x100 {
			if first == 8 && second == 0 { // an EtherType, which gopacket does not know
				continue
			}
			b := []byte{byte(first), byte(second), 0x45, 0x21, 0, 0x57}
			for n := 2; n <= len(b); n++ {
				check(b[:n]...)
			}
		}
	}
	for _, behind := range [][]byte{{}, {0}, {0x21}, {0, 0x21}, {0, 0x20}, {0, 0x21, 0x45}, {0xff, 3}, {0xc0, 0x21, 1}} {
		check(append([]byte{0xff, 3}, behind...)...)
	}
}
