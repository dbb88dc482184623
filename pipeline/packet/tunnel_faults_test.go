package packet

import (
	"strings"
	"testing"
)

// TestDecodeInnerElse is about packets that are not simply one tunnel: what counts is the
// deepest good header, with a verdict if something in it is damaged.
func TestDecodeInnerElse(t *testing.T) {
	zeros := func(n int) []byte { return make([]byte, n) }
	in4 := func(proto uint8, b []byte, edit ...func([]byte)) []byte { return cat(ip4h(proto, len(b), edit...), b) }
	udp := func(port int, b ...[]byte) []byte {
		p := cat(b...)
		return cat(be16(1234), be16(port), be16(8+len(p)), be16(0), p)
	}
	gre := func(typ int) []byte { return cat(be16(0), be16(typ)) }
	vxlan := cat([]byte{8}, zeros(7))
	more := at(ip4Fragment, 0x20, 0)
	later := at(ip4Fragment, 0, 1)
	many := tcp4()
	for range maxTunnels + 3 {
		many = in4(4, many)
	}
	deepest := strings.Repeat("/ipv4", maxTunnels+1)
	first6 := cat(ip6h(44, 8+60), []byte{41, 0, 0, 1, 0, 0, 0, 0}, ip6h(6, 1000), tcph())
	later6 := cat(ip6h(44, 8+60), []byte{41, 0, 0, 9, 0, 0, 0, 0}, tcp6())
	chain6 := cat(ip6h(0, 8+8+16+60), []byte{60, 0, 1, 4, 0, 0, 0, 0}, []byte{51, 0, 1, 4, 0, 0, 0, 0}, []byte{41, 2}, zeros(14), tcp6())
	bubble := cat(ip6h(59, 0), zeros(8)) // with a trailer
	tests := []struct {
		name    string
		ip      []byte // under raw
		path    string
		verdict Verdict
		proto   uint8
		bytes   int
	}{
		{"no tunnel", tcp4(), "raw/ipv4", Decoded, 6, 40},
		{"nested", in4(4, in4(47, cat(gre(0x86dd), ip6h(17, 8+8+14+40), udp(4789, vxlan, ether4(0x0800), tcp4())))), "raw/ipv4/ipv4/gre/ipv6/udp/vxlan/ether/ipv4", Decoded, 6, 40},
		{"too deep", many, "raw" + deepest, Decoded, 4, 100},
		{"version 6 as protocol 4", in4(4, tcp6()), "raw/ipv4", BadTunnel, 4, 80},
		{"version 4 as protocol 41", in4(41, tcp4()), "raw/ipv4", BadTunnel, 41, 60},
		{"no version", in4(4, zeros(40)), "raw/ipv4", BadTunnel, 4, 60},
		{"header length 16", in4(4, cat(ip4h(6, 20, at(0, 0x44)), tcph())), "raw/ipv4", BadTunnel, 4, 60},
		{"nothing inside", in4(4, nil), "raw/ipv4", Decoded, 4, 20},
		{"the good one of two", in4(4, in4(41, zeros(40), at(ip4TTL, 9))), "raw/ipv4/ipv4", BadTunnel, 41, 60},
		{"longer than its tunnel", in4(4, cat(ip4h(6, 21), tcph())), "raw/ipv4/ipv4", LongIP, 6, 41},
		{"tunnel longer than the frame", cat(ip4h(4, 90), tcp4()), "raw/ipv4/ipv4", Decoded, 6, 40},
		{"total lengths 0", cat(ip4h(4, 40, at(2, 0, 0)), ip4h(6, 20, at(2, 0, 0)), tcph()), "raw/ipv4/ipv4", Decoded, 6, 40},
		{"trailer outside", cat(in4(4, cat(ip4h(6, 20, at(2, 0, 0)), tcph())), zeros(9)), "raw/ipv4/ipv4", Decoded, 6, 40},
		{"first fragment", in4(4, cat(ip4h(6, 1000), tcph()), more), "raw/ipv4/ipv4", Decoded, 6, 1020},
		{"first fragment, two inside", in4(4, in4(4, cat(ip4h(6, 1000), tcph())), more), "raw/ipv4/ipv4/ipv4", Decoded, 6, 1020},
		{"later fragment", in4(4, tcp4(), later), "raw/ipv4", Decoded, 4, 60},
		{"later fragment inside", in4(4, in4(4, tcp4(), later)), "raw/ipv4/ipv4", Decoded, 4, 60},
		{"later fragment, UDP", in4(17, udp(4789, vxlan, ether4(0x0800), tcp4()), later), "raw/ipv4", Decoded, 17, 90},
		{"IPv6 first fragment", first6, "raw/ipv6/ipv6", Decoded, 6, 1040},
		{"IPv6 later fragment", later6, "raw/ipv6", Decoded, 41, 108},
		{"IPv6 extensions, AH and IPv6", chain6, "raw/ipv6/ah/ipv6", Decoded, 6, 60},
		{"quoted by ICMP", in4(1, cat([]byte{3, 1}, zeros(6), in4(4, tcp4()))), "raw/ipv4", Decoded, 1, 88},
		{"quoted by ICMP inside", in4(4, in4(1, cat([]byte{3, 1}, zeros(6), tcp4()))), "raw/ipv4/ipv4", Decoded, 1, 68},

		{"AH, transport mode", in4(51, cat([]byte{6, 4}, zeros(22), tcph())), "raw/ipv4/ah", Decoded, 6, 64},
		{"AH twice", in4(51, cat([]byte{51, 4}, zeros(22), []byte{17, 4}, zeros(22), udph())), "raw/ipv4/ah/ah", Decoded, 17, 76},
		{"AH and ESP", in4(51, cat([]byte{50, 4}, zeros(22), tcph())), "raw/ipv4/ah", Decoded, 50, 64},
		{"AH cut", cat(ip4h(51, 44), []byte{6, 4}, zeros(21)), "raw/ipv4/ah", CutExtension, 51, 64},
		{"AH too short", in4(51, cat([]byte{6, 0}, zeros(22), tcph())), "raw/ipv4/ah", BadTunnel, 51, 64},
		{"AH and ports cut", cat(ip4h(51, 44), []byte{6, 4}, zeros(22), tcph()[:3]), "raw/ipv4/ah", CutTransport, 6, 64},
		{"AH and VXLAN", in4(51, cat([]byte{17, 4}, zeros(22), udp(4789, vxlan, ether4(0x0800), tcp4()))), "raw/ipv4/ah/udp/vxlan/ether/ipv4", Decoded, 6, 40},
		{"ESP", in4(50, tcp4()), "raw/ipv4", Decoded, 50, 60},

		{"GRE keepalive", in4(47, cat(gre(0x0800), in4(47, gre(0)))), "raw/ipv4/gre/ipv4", Decoded, 47, 24},
		{"GRE of ARP", in4(47, cat(gre(0x6558), ether4(0x0806), zeros(28))), "raw/ipv4", Decoded, 47, 66},
		{"GRE of OSI", in4(47, cat(gre(0xfe), tcp4())), "raw/ipv4", Decoded, 47, 64},
		{"GRE version 2", in4(47, cat(be16(2), be16(0x0800), tcp4())), "raw/ipv4", BadTunnel, 47, 64},
		{"PPTP acknowledgment", in4(47, cat(be16(0x2081), be16(0x880b), zeros(8))), "raw/ipv4", Decoded, 47, 32},
		{"EtherIP version 4", in4(97, cat([]byte{0x40, 0}, ether4(0x0800), tcp4())), "raw/ipv4", BadTunnel, 97, 76},
		{"PIM hello", in4(103, cat([]byte{0x20}, zeros(7), tcp4())), "raw/ipv4", Decoded, 103, 68},
		{"PIM null register", in4(103, cat([]byte{0x21, 0, 0, 0, 0x40, 0, 0, 0}, tcp4())), "raw/ipv4", Decoded, 103, 68},
		{"L2TP control", in4(17, udp(1701, []byte{0xc8, 2, 0, 12}, zeros(8))), "raw/ipv4", Decoded, 17, 40},
		{"L2TPv3 control", in4(115, zeros(20)), "raw/ipv4", Decoded, 115, 40},
		{"GTP echo", in4(17, udp(2152, []byte{0x32, 1, 0, 4}, zeros(8))), "raw/ipv4", Decoded, 17, 40},
		{"GTP of Ethernet", in4(17, udp(2152, []byte{0x30, 255, 0, 54, 0, 0, 0, 1}, ether4(0x0800), tcp4())), "raw/ipv4", Decoded, 17, 90},
		{"GTP extension of no length", in4(17, udp(2152, []byte{0x34, 255, 0, 45, 0, 0, 0, 1, 0, 0, 0, 0x85, 0}, tcp4())), "raw/ipv4", BadTunnel, 17, 81},
		{"VXLAN of ARP", in4(17, udp(4789, vxlan, ether4(0x0806), zeros(28))), "raw/ipv4", Decoded, 17, 78},
		{"VXLAN without its flag", in4(17, udp(4789, zeros(8), ether4(0x0800), tcp4())), "raw/ipv4", Decoded, 17, 90},
		{"VXLAN from its port", in4(17, cat(be16(4789), be16(99), be16(70), be16(0), vxlan, ether4(0x0800), tcp4())), "raw/ipv4/udp/vxlan/ether/ipv4", Decoded, 6, 40},
		{"UDP length in the way", in4(17, cat(be16(1), be16(4789), be16(50), be16(0), vxlan, ether4(0x0800), tcp4())), "raw/ipv4/udp/vxlan/ether/ipv4", CutTransport, 6, 40},
		{"UDP length 0", in4(17, cat(be16(1), be16(4789), be16(0), be16(0), vxlan, ether4(0x0800), tcp4())), "raw/ipv4/udp/vxlan/ether/ipv4", Decoded, 6, 40},
		{"UDP without payload", in4(17, udp(4789)), "raw/ipv4", Decoded, 17, 28},
		{"Geneve of another version", in4(17, udp(6081, []byte{0x40, 0, 8, 0}, zeros(4), tcp4())), "raw/ipv4", Decoded, 17, 76},
		{"Teredo bubble", in4(17, udp(3544, bubble)), "raw/ipv4/udp/teredo/ipv6", Decoded, 59, 40},
		{"CAPWAP encrypted", in4(17, udp(5247, []byte{1, 0, 0, 0}, zeros(40))), "raw/ipv4", Decoded, 17, 72},
		{"CAPWAP header of no length", in4(17, udp(5247, zeros(40))), "raw/ipv4", BadTunnel, 17, 68},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := decodeInner(LinkRaw, tt.ip, len(tt.ip))
			if got.Path.String() != tt.path || got.Verdict != tt.verdict || got.Proto != tt.proto || int(got.Bytes) != tt.bytes {
				t.Errorf("Decode(% x) = %v, %v, protocol %d, %d bytes, want %s, %v, %d, %d",
					tt.ip, got.Path, got.Verdict, got.Proto, got.Bytes, tt.path, tt.verdict, tt.proto, tt.bytes)
			}
		})
	}
}

func TestTunnels(t *testing.T) {
	var got Tunnels
	if got.String() != "outer" {
		t.Errorf("zero Tunnels = %q, want outer", got)
	}
	for _, name := range tunnelNames {
		if err := got.Set(name); err != nil || got.String() != name {
			t.Errorf("Set(%q) = %v, then %v", name, err, got)
		}
	}
	if err := got.Set("both"); err == nil || got != Inner {
		t.Errorf(`Set("both") = %v, then %v, want an error and no change`, err, got)
	}
}

func TestDecodeInnerAllocates(t *testing.T) {
	d := Decoder{Tunnels: Inner}
	for _, tt := range tunnelsOfEachKind() {
		frame, most := tt.frame(), 0.0
		if strings.Contains(tt.path, "mpls") || strings.Contains(tt.path, "gre/ieee802.11") {
			most = 16 // through gopacket
		}
		s := Summary{WireLen: uint32(len(frame)), CapLen: uint32(len(frame))}
		d.Decode(LinkEthernet, frame, &s) // a path is made once
		if got := testing.AllocsPerRun(100, func() { d.Decode(LinkEthernet, frame, &s) }); got > most {
			t.Errorf("Decode of %s: %v allocations, want at most %v", tt.name, got, most)
		}
	}
}
