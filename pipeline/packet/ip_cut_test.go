package packet

import (
	"testing"
)

// from is what is expected of a packet of which this many bytes, or more, are captured.
type from struct {
	bytes   int
	verdict Verdict
	ports   Ports
}

// ported is what is expected of a packet with ports after a fixed IP header and after
// all of it.
func ported(fixed, header int, whole Verdict) []from {
	steps := []from{{0, CutIP, 0}}
	if header > fixed {
		steps = append(steps, from{fixed, CutExtension, 0})
	}
	return append(steps,
		from{header, CutTransport, 0},
		from{header + 2, CutTransport, SrcPortKnown},
		from{header + 4, whole, SrcPortKnown | DstPortKnown})
}

// portless is the same for a packet without ports.
func portless(fixed, header int, whole Verdict) []from {
	if header > fixed {
		return []from{{0, CutIP, 0}, {fixed, CutExtension, 0}, {header, whole, 0}}
	}
	return []from{{0, CutIP, 0}, {fixed, whole, 0}}
}

// TestDecodeIPCut cuts a packet of each kind that IP has at every byte, as a snap length
// does: there is one verdict for each.
func TestDecodeIPCut(t *testing.T) {
	const both = SrcPortKnown | DstPortKnown
	zeros := func(n int) []byte { return make([]byte, n) }
	four := func(proto uint8, b []byte, edit ...func([]byte)) []byte { return cat(ip4h(proto, len(b), edit...), b) }
	six := func(next uint8, parts ...[]byte) []byte { b := cat(parts...); return cat(ip6h(next, len(b)), b) }
	ext := func(next uint8, units int) []byte { // an extension header filled with padding
		return cat([]byte{next, byte(units - 1), 1, byte(8*units - 4)}, zeros(8*units-4))
	}
	fragment := func(next, high, low uint8) []byte { return []byte{next, 0, high, low, 0, 0, 0, 9} }
	jumbo := func(n int) []byte { return []byte{6, 0, 0xc2, 4, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)} }
	const large = 70000
	jumbogram := cat(ip6h(0, 0), jumbo(large), tcph(), zeros(large-8-20))
	tests := []struct {
		name  string
		ip    []byte
		proto uint8
		bytes int
		want  []from
	}{
		{"TCP", tcp4(), 6, 40, ported(20, 20, Decoded)},
		{"UDP", four(17, udph()), 17, 28, ported(20, 20, Decoded)},
		{"SCTP", four(132, tcph()), 132, 40, ported(20, 20, Decoded)},
		{"ICMP", four(1, tcph()), 1, 40, portless(20, 20, Decoded)},
		{"one option word", four(6, cat(zeros(4), tcph()), at(0, 0x46)), 6, 44, ported(20, 24, Decoded)},
		{"ten option words", four(6, cat(zeros(40), tcph()), at(0, 0x4f)), 6, 80, ported(20, 60, Decoded)},
		{"options, ICMP", four(1, zeros(48), at(0, 0x4f)), 1, 68, portless(20, 60, Decoded)},
		{"total length 0", four(6, tcph(), at(2, 0, 0)), 6, 40, ported(20, 20, Decoded)},
		{"length beyond the frame", four(6, tcph(), at(2, 1, 0)), 6, 256, ported(20, 20, LongIP)},
		{"length beyond the frame, ICMP", four(1, tcph(), at(2, 1, 0)), 1, 256, portless(20, 20, LongIP)},
		{"length below the header's", four(6, tcph(), at(2, 0, 19)), 0, 0, portless(20, 20, BadIP)},
		{"length below that of options", four(6, zeros(40), at(0, 0x4f), at(2, 0, 59)), 0, 0, portless(20, 20, BadIP)},
		{"length of the header", four(6, tcph(), at(2, 0, 20)), 6, 20, []from{{0, CutIP, 0}, {20, CutTransport, 0}}},
		{"length that halves the ports", four(6, tcph(), at(2, 0, 22)), 6, 22, []from{{0, CutIP, 0}, {20, CutTransport, 0}, {22, CutTransport, SrcPortKnown}}},
		{"header length 0", four(6, tcph(), at(0, 0x40)), 0, 0, []from{{0, CutIP, 0}, {1, BadIP, 0}}},
		{"header length 16", four(6, tcph(), at(0, 0x44)), 0, 0, []from{{0, CutIP, 0}, {1, BadIP, 0}}},
		{"version 5", four(6, tcph(), at(0, 0x55)), 0, 0, []from{{0, CutIP, 0}, {1, BadIP, 0}}},
		{"first fragment", four(6, tcph(), at(6, 0x20, 0)), 6, 40, ported(20, 20, Decoded)},
		{"later fragment", four(6, tcph(), at(6, 0x20, 1)), 6, 40, portless(20, 20, Decoded)},
		{"last fragment", four(6, tcph(), at(6, 0x1f, 0xff)), 6, 40, portless(20, 20, Decoded)},
		{"later fragment with options", four(6, zeros(24), at(0, 0x46), at(6, 0, 1)), 6, 44, portless(20, 24, Decoded)},
		{"ESP", four(50, zeros(40)), 50, 60, portless(20, 20, Decoded)},
		{"AH", four(51, cat(ext(6, 3), tcph())), 51, 64, portless(20, 20, Decoded)},

		{"IPv6 TCP", tcp6(), 6, 60, ported(40, 40, Decoded)},
		{"IPv6 ICMP", six(58, tcph()), 58, 60, portless(40, 40, Decoded)},
		{"IPv6 ESP", six(50, zeros(40)), 50, 80, portless(40, 40, Decoded)},
		{"IPv6 AH", six(51, ext(6, 3), tcph()), 51, 84, portless(40, 40, Decoded)},
		{"mobility", six(135, ext(59, 1)), 135, 48, portless(40, 40, Decoded)},
		{"host identity", six(139, ext(59, 5)), 139, 80, portless(40, 40, Decoded)},
		{"shim6", six(140, ext(6, 1), tcph()), 140, 68, portless(40, 40, Decoded)},
		{"hop-by-hop", six(0, ext(6, 1), tcph()), 6, 68, ported(40, 48, Decoded)},
		{"routing", six(43, ext(6, 3), tcph()), 6, 84, ported(40, 64, Decoded)},
		{"destination options", six(60, ext(17, 2), udph()), 17, 64, ported(40, 56, Decoded)},
		{"atomic fragment", six(44, fragment(6, 0, 0), tcph()), 6, 68, ported(40, 48, Decoded)},
		{"IPv6 first fragment", six(44, fragment(6, 0, 1), tcph()), 6, 68, ported(40, 48, Decoded)},
		{"IPv6 later fragment", six(44, fragment(6, 0, 9), tcph()), 6, 68, portless(40, 48, Decoded)},
		{"later fragment of an extension chain", six(44, fragment(60, 0xff, 0xf8), zeros(9)), 60, 57, portless(40, 48, Decoded)},
		{"all extensions", six(0, ext(60, 1), ext(43, 2), ext(44, 3), fragment(60, 0, 0), ext(6, 1), tcph()), 6, 40 + 8 + 16 + 24 + 8 + 8 + 20, ported(40, 104, Decoded)},
		{"extension before ESP", six(60, ext(50, 1), zeros(20)), 50, 68, portless(40, 48, Decoded)},
		{"longest extension", six(60, cat([]byte{6, 255}, zeros(2046)), tcph()), 6, 40 + 2048 + 20, ported(40, 40+2048, Decoded)},
		{"extension beyond the packet", cat(ip6h(60, 20), ext(6, 1)[:1], []byte{9}, zeros(18)), 6, 60, []from{{0, CutIP, 0}, {40, CutExtension, 0}}},
		{"no next header", six(59, zeros(20)), 59, 60, portless(40, 40, Decoded)},
		{"no next header after options", six(60, ext(59, 1)), 59, 48, portless(40, 48, Decoded)},
		{"no payload, and a trailer", cat(ip6h(59, 0), zeros(6)), 59, 40, portless(40, 40, Decoded)},
		{"payload length 0", cat(ip6h(6, 0), tcph()), 6, 60, ported(40, 40, Decoded)},
		{"IPv6 length beyond the frame", cat(ip6h(6, 21), tcph()), 6, 61, ported(40, 40, LongIP)},
		{"IPv6 version 7", cat(ip6h(6, 20, at(0, 0x70)), tcph()), 0, 0, []from{{0, CutIP, 0}, {1, BadIP, 0}}},
		{"jumbogram", jumbogram, 6, 40 + large, ported(40, 48, Decoded)},
		{"jumbogram and a trailer", cat(jumbogram, zeros(6)), 6, 40 + large, []from{{48, CutTransport, 0}, {50, CutTransport, SrcPortKnown}, {52, Decoded, both}}},
		{"jumbogram beyond the frame", jumbogram[:1000], 6, 1000, []from{{0, CutIP, 0}, {40, CutExtension, 0}, {48, CutTransport, 0}, {50, CutTransport, SrcPortKnown}, {52, LongIP, both}}},
		{"jumbogram that need not be one", cat(ip6h(0, 0), jumbo(28), tcph(), zeros(6)), 6, 74, ported(40, 48, Decoded)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for n := range min(len(tt.ip), 3000) + 1 {
				var want from
				for _, step := range tt.want {
					if n >= step.bytes {
						want = step
					}
				}
				link, frame, outside := LinkEthernet, cat(ether4(0x0800), tt.ip[:n]), etherLen
				if len(tt.ip) > 0 && tt.ip[0]>>4 > 5 {
					frame = cat(ether4(0x86dd), tt.ip[:n])
				}
				if n < tt.want[0].bytes {
					continue
				}
				got := decode(link, frame, outside+len(tt.ip))
				if got.Verdict != want.verdict || got.Ports != want.ports {
					t.Errorf("Decode of %d of %d bytes = %v, ports %b, want %v, ports %b", n, len(tt.ip), got.Verdict, got.Ports, want.verdict, want.ports)
				}
				if got.Version != 0 && int(got.Bytes) != tt.bytes {
					t.Errorf("Decode of %d of %d bytes: %d bytes, want %d", n, len(tt.ip), got.Bytes, tt.bytes)
				}
				if (want.verdict == Decoded || want.verdict == LongIP) && got.Proto != tt.proto {
					t.Errorf("Decode of %d of %d bytes: protocol %d, want %d", n, len(tt.ip), got.Proto, tt.proto)
				}
			}
		})
	}
}
