package packet

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
)

// Builders of IEEE 802.15.4 frames, for tests.

// wpan64 is a header with both addresses extended, wpan16 one with both short.
var (
	wpan64 = []byte{0x41, 0xcc, 7, 0xcd, 0xab, 8, 7, 6, 5, 4, 3, 2, 1, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11}
	wpan16 = []byte{0x41, 0x98, 7, 0xcd, 0xab, 0x02, 0x01, 0x04, 0x03}
)

// withFCS appends a checksum, bit by bit as IEEE 802.15.4-2020 §7.2.11 has it.
func withFCS(b []byte) []byte {
	var r uint16
	for i := range len(b) * 8 {
		bit := uint16(b[i/8]>>(i%8)) & 1
		if (r^bit)&1 != 0 {
			r = r>>1 ^ 0x8408
		} else {
			r >>= 1
		}
	}
	return cat(b, []byte{byte(r), byte(r >> 8)})
}

type lowpanFrame struct {
	name     string
	frame    []byte
	src, dst string // "" where no IP is found
	next     uint8
	hops     uint8
	bytes    uint32
	ports    [2]uint16
	verdict  Verdict
}

func lowpanFrames() []lowpanFrame {
	const (
		src64    = "fe80::1312:1314:1516:1718"
		dst64    = "fe80::302:304:506:708"
		src16    = "fe80::ff:fe00:304"
		dst16    = "fe80::ff:fe00:102"
		inline16 = "fe80::ff:fe00:809"
	)
	inline := netip.MustParseAddr("2001:db8::5").AsSlice()
	payload := []byte{1, 2, 3, 4, 5, 6}
	whole := cat(ip6h(ProtoUDP, 8), udph())
	f := func(name string, parts [][]byte, src, dst string, next, hops uint8, bytes uint32, ports [2]uint16) lowpanFrame {
		return lowpanFrame{name, cat(parts...), src, dst, next, hops, bytes, ports, Decoded}
	}
	p := func(parts ...[]byte) [][]byte { return parts }
	no := [2]uint16{}
	frames := []lowpanFrame{
		f("uncompressed", p(wpan64, []byte{0x41}, whole), "2001:db8::1", "2001:db8::2", 17, 63, 48, [2]uint16{1234, 53}),
		f("elided from extended addresses", p(wpan64, []byte{0x7a, 0x33, 58}, payload), src64, dst64, 58, 64, 46, no),
		f("elided from short addresses", p(wpan16, []byte{0x7b, 0x33, 58}, payload), src16, dst16, 58, 255, 46, no),
		f("traffic class and flow label", p(wpan16, []byte{0x60, 0x33, 1, 2, 3, 4, 58, 9}, payload), src16, dst16, 58, 9, 46, no),
		f("flow label", p(wpan16, []byte{0x69, 0x33, 1, 2, 3, 58}, payload), src16, dst16, 58, 1, 46, no),
		f("traffic class", p(wpan16, []byte{0x72, 0x33, 1, 58}, payload), src16, dst16, 58, 64, 46, no),
		f("inline", p(wpan16, []byte{0x7a, 0x00, 58}, inline, inline, payload), "2001:db8::5", "2001:db8::5", 58, 64, 46, no),
		f("8 bytes inline", p(wpan16, []byte{0x7a, 0x11, 58}, inline[8:], inline[8:]), "fe80::5", "fe80::5", 58, 64, 40, no),
		f("2 bytes inline", p(wpan16, []byte{0x7a, 0x22, 58, 8, 9, 8, 9}), inline16, inline16, 58, 64, 40, no),
		f("contexts", p(wpan16, []byte{0x7a, 0xf7, 0x12, 58}), "::ff:fe00:304", "::ff:fe00:102", 58, 64, 40, no),
		f("unspecified source", p(wpan16, []byte{0x7a, 0x43, 58}), "::", dst16, 58, 64, 40, no),
		f("multicast", p(wpan16, []byte{0x7a, 0x38, 58, 0xff, 0x05}, make([]byte, 13), []byte{9}), src16, "ff05::9", 58, 64, 40, no),
		f("multicast of 6 bytes", p(wpan16, []byte{0x7a, 0x39, 58, 5, 1, 2, 3, 4, 5}), src16, "ff05::1:203:405", 58, 64, 40, no),
		f("multicast of 4 bytes", p(wpan16, []byte{0x7a, 0x3a, 58, 5, 1, 2, 3}), src16, "ff05::1:203", 58, 64, 40, no),
		f("multicast of 1 byte", p(wpan16, []byte{0x7a, 0x3b, 58, 0x1a}), src16, "ff02::1a", 58, 64, 40, no),
		f("multicast of a context", p(wpan16, []byte{0x7a, 0x3c, 58, 5, 6, 1, 2, 3, 4}), src16, "ff05:600::102:304", 58, 64, 40, no),
		f("UDP", p(wpan16, []byte{0x7e, 0x33, 0xf0, 4, 210, 0, 53, 0, 0}, payload), src16, dst16, 17, 64, 54, [2]uint16{1234, 53}),
		f("UDP to a port of 1 byte", p(wpan16, []byte{0x7e, 0x33, 0xf1, 4, 210, 7, 0, 0}, payload), src16, dst16, 17, 64, 54, [2]uint16{1234, 0xf007}),
		f("UDP from a port of 1 byte", p(wpan16, []byte{0x7e, 0x33, 0xf6, 7, 4, 210}, payload), src16, dst16, 17, 64, 54, [2]uint16{0xf007, 1234}),
		f("UDP between ports of 4 bits", p(wpan16, []byte{0x7e, 0x33, 0xf7, 0x12}), src16, dst16, 17, 64, 48, [2]uint16{0xf0b1, 0xf0b2}),
		f("hop-by-hop, UDP", p(wpan16, []byte{0x7e, 0x33, 0xe1, 4, 1, 2, 0, 0, 0xf7, 0x12}, payload), src16, dst16, 17, 64, 62, [2]uint16{0xf0b1, 0xf0b2}),
		f("destination options inline", p(wpan16, []byte{0x7e, 0x33, 0xe6, 17, 6, 1, 4, 0, 0, 0, 0}, udph()), src16, dst16, 17, 64, 56, [2]uint16{1234, 53}),
		f("options that nothing follows", p(wpan16, []byte{0x7e, 0x33, 0xe6, 59, 6, 1, 4, 0, 0, 0, 0}, udph()), src16, dst16, 59, 64, 48, no),
		f("unknown header", p(wpan16, []byte{0x7e, 0x33, 0xb0}, payload), src16, dst16, 59, 64, 40, no),
		f("IPv6 in IPv6", p(wpan16, []byte{0x7e, 0x33, 0xee, 0x7e, 0x33, 0xf7, 0x12}, payload), src16, dst16, 41, 64, 94, no),
		f("broadcast", p(wpan16, []byte{0x50, 1, 0x7a, 0x33, 58}), src16, dst16, 58, 64, 40, no),
		f("mesh", p(wpan16, []byte{0xb5, 3, 4, 1, 2, 0x7a, 0x33, 58}), src16, dst16, 58, 64, 40, no),
		f("first fragment", p(wpan16, []byte{0xc1, 0x00, 0, 1, 0x7e, 0x33, 0xf7, 0x12}, payload), src16, dst16, 17, 64, 256, [2]uint16{0xf0b1, 0xf0b2}),
		f("first fragment, uncompressed", p(wpan16, []byte{0xc1, 0x00, 0, 1, 0x41}, ip6h(17, 216), udph()), "2001:db8::1", "2001:db8::2", 17, 63, 256, [2]uint16{1234, 53}),
		f("HC1", p(wpan16, []byte{0x42, 0xfc, 64}, payload), src16, dst16, 58, 64, 46, no),
		f("HC1 inline", p(wpan16, []byte{0x42, 0x02, 64}, inline, inline, make([]byte, 4), udph()), "2001:db8::5", "2001:db8::5", 17, 64, 48, [2]uint16{1234, 53}),
		f("HC1 with next header", p(wpan16, []byte{0x42, 0xf8, 64, 17}, udph()), src16, dst16, 17, 64, 48, [2]uint16{1234, 53}),
		f("HC1 UDP", p(wpan16, []byte{0x42, 0xfb, 0xe0, 64, 0x12, 0, 0}, payload), src16, dst16, 17, 64, 54, [2]uint16{0xf0b1, 0xf0b2}),
		f("HC1 UDP inline", p(wpan16, []byte{0x42, 0xfb, 0x00, 64, 4, 210, 0, 53, 0, 8, 0, 0}, payload), src16, dst16, 17, 64, 54, [2]uint16{1234, 53}),
	}
	bad := func(name string, v Verdict, parts ...[]byte) {
		frames = append(frames, lowpanFrame{name: name, frame: cat(parts...), verdict: v})
	}
	bad("later fragment", NotIP, wpan16, []byte{0xe1, 0x00, 0, 1, 5}, payload)
	bad("not 6LoWPAN", NotIP, wpan16, []byte{0x08}, payload)
	bad("no payload", NotIP, wpan16)
	bad("nothing but broadcast", NotIP, wpan16, []byte{0x50, 1})
	bad("fragment of less than a header", BadIP, wpan16, []byte{0xc0, 39, 0, 1, 0x41}, whole)
	bad("fragment of something else", NotIP, wpan16, []byte{0xc0, 39 + 8, 0, 1, 0}, whole)
	bad("reserved destination", BadIP, wpan16, []byte{0x7a, 0x34, 58}, payload)
	bad("reserved multicast", BadIP, wpan16, []byte{0x7a, 0x3f, 58}, payload)
	bad("HC1 of more than UDP", BadIP, wpan16, []byte{0x42, 0xfd, 0xe0}, payload)
	bad("acknowledgement", NotIP, []byte{0x02, 0, 7})
	bad("secured", NotIP, []byte{0x49, 0x98}, wpan16[2:], []byte{0x7a, 0x33, 58}, payload)
	bad("reserved mode of an address", BadLink, []byte{0x41, 0x94}, wpan16[2:], []byte{0x7a, 0x33, 58}, payload)
	bad("reserved version", BadLink, []byte{0x41, 0xb8}, wpan16[2:], []byte{0x7a, 0x33, 58}, payload)
	bad("one PAN compressed to none", BadLink, []byte{0x41, 0x18}, wpan16[2:], []byte{0x7a, 0x33, 58}, payload)
	return frames
}

func TestDecodeLowpan(t *testing.T) {
	for _, tt := range lowpanFrames() {
		t.Run(tt.name, func(t *testing.T) {
			for _, link := range []struct {
				name  LinkType
				frame []byte
			}{
				{LinkWPANNoFCS, tt.frame},
				{LinkWPAN, withFCS(tt.frame)},
				{LinkWPANPHY, cat(make([]byte, 4), []byte{0xa7, byte(len(tt.frame) + wpanFCS)}, withFCS(tt.frame))},
				{LinkWPANTap, cat([]byte{0, 0, 4, 0}, tt.frame)},
				{LinkWPANTap, cat([]byte{0, 0, 20, 0, 3, 0, 3, 0, 1, 2, 3, 0, 0, 0, 1, 0, 1, 0, 0, 0}, withFCS(tt.frame))},
				{LinkEthernet, cat(ether4(etherTypeWPAN), withFCS(tt.frame))},
				{LinkLinuxSLL, cat(make([]byte, 14), be16(cookedWPAN), withFCS(tt.frame))},
			} {
				got := decode(link.name, link.frame, len(link.frame))
				want := Summary{Path: got.Path, Verdict: tt.verdict}
				if tt.src != "" {
					src, dst := netip.MustParseAddr(tt.src).As16(), netip.MustParseAddr(tt.dst).As16()
					want.Version, want.Src, want.Dst, want.TTL, want.Bytes = 6, Addr16(src[:]), Addr16(dst[:]), tt.hops, tt.bytes
					want.Proto, want.SrcPort, want.DstPort = tt.next, tt.ports[0], tt.ports[1]
					if tt.ports != [2]uint16{} {
						want.Ports = SrcPortKnown | DstPortKnown
					}
				}
				if d := diff(got, want); d != "" {
					t.Errorf("Decode(%v, % x): -want +got\n%s", link.name, link.frame, d)
				}
			}
		})
	}
}

// TestDecodeLowpanCut cuts frames at every byte: what is left is an IP packet with all
// its addresses or none, and nothing is taken for damage that was only not captured.
func TestDecodeLowpanCut(t *testing.T) {
	for _, tt := range lowpanFrames() {
		if tt.src == "" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			whole := decode(LinkWPANNoFCS, tt.frame, len(tt.frame))
			seen := false
			for n := range len(tt.frame) {
				got := decode(LinkWPANNoFCS, tt.frame[:n], len(tt.frame))
				switch got.Verdict {
				case CutLink, CutIP:
					if seen {
						t.Errorf("Decode of %d of %d bytes: %v, with fewer it was IP", n, len(tt.frame), got.Verdict)
					}
				case CutExtension, CutTransport, Decoded:
					seen = true
					if got.Src != whole.Src || got.Dst != whole.Dst || got.TTL != whole.TTL {
						t.Errorf("Decode of %d of %d bytes: %+v, whole %+v", n, len(tt.frame), got, whole)
					}
				default:
					t.Errorf("Decode of %d of %d bytes: %v", n, len(tt.frame), got.Verdict)
				}
			}
		})
	}
}

func TestDecodeWPANChecksum(t *testing.T) {
	frame := cat(wpan16, []byte{0x7a, 0x33, 58, 1, 2, 3})
	if got := decode(LinkWPAN, cat(frame, []byte{0, 0}), len(frame)+2); got.Verdict != BadLink {
		t.Errorf("Decode with a wrong checksum: %v, want %v", got.Verdict, BadLink)
	}
	for cut := range 3 {
		b := cat(frame, []byte{0, 0})[:len(frame)+1-cut]
		if got := decode(LinkWPAN, b, len(frame)+2); got.Verdict != Decoded || got.Bytes != 43 {
			t.Errorf("Decode without the checksum's last %d bytes: %v, %d bytes, want decoded, 43", cut+1, got.Verdict, got.Bytes)
		}
	}
	tap := []byte{0, 0, 12, 0, 0, 0, 1, 0, 2, 0, 0, 0}
	crc := binary.LittleEndian.AppendUint32(nil, 0x4e08bfb4) // of "123456789" by itself: 0xcbf43926
	if got := decode(LinkWPANTap, cat(tap, frame, crc), len(tap)+len(frame)+4); got.Verdict != BadLink {
		t.Errorf("Decode with a wrong checksum of 4 bytes: %v, want %v", got.Verdict, BadLink)
	}
}

// TestDecodeWPANElements skips information elements of the header and of the payload.
func TestDecodeWPANElements(t *testing.T) {
	header := cat([]byte{0x41, 0xaa}, wpan16[2:])
	body := []byte{0x7a, 0x33, 58, 1, 2, 3}
	for _, tt := range []struct {
		name     string
		elements []byte
		want     Verdict
	}{
		{"end of header", []byte{0x02, 0x0f, 1, 2, 0x80, 0x3f}, Decoded},
		{"payload", []byte{0x00, 0x3f, 0x03, 0x88, 1, 2, 3, 0x00, 0xf8}, Decoded},
		{"header cut", []byte{0x7f, 0x0f}, CutLink},
		{"payload cut", []byte{0x00, 0x3f, 0xff, 0x8f}, CutLink},
	} {
		frame := cat(header, tt.elements, body)
		if got := decode(LinkWPANNoFCS, frame, len(frame)); got.Verdict != tt.want {
			t.Errorf("%s: Decode(% x): %v, want %v", tt.name, frame, got.Verdict, tt.want)
		}
	}
}

// TestDecodeLowpanNested bounds the work on a frame that is nothing but packets in
// packets, and on one that is nothing but extension headers.
func TestDecodeLowpanNested(t *testing.T) {
	for name, unit := range map[string]string{"packets": "\x7e\x33\xee", "extensions": "\xe7\x00"} {
		frame := cat(wpan16, []byte{0x7e, 0x33}, []byte(strings.Repeat(unit, 1000)))
		got := decode(LinkWPANNoFCS, frame, len(frame))
		if got.Version != 6 || got.Bytes > uint32(10*len(frame)) {
			t.Errorf("%s: Decode: version %d, %d bytes, %v", name, got.Version, got.Bytes, got.Verdict)
		}
	}
	frame := cat(wpan16, []byte{0x7e, 0x33, 0xee, 0x7e, 0x33, 0xf7, 0x12, 1, 2})
	if got := decodeInner(LinkWPANNoFCS, frame, len(frame)); got.Proto != ProtoUDP || got.DstPort != 0xf0b2 || got.Bytes != 50 {
		t.Errorf("Decode of the inner header of % x: %+v", frame, got)
	}
}
