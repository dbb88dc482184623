package packet

import (
	"slices"
	"strings"
	"testing"
)

// decodeInner is decode with the innermost header counting.
func decodeInner(link LinkType, frame []byte, wire int) Summary {
	s := Summary{Src: Addr{1, 2}, WireLen: uint32(wire), CapLen: uint32(len(frame)), SrcPort: 7, Path: 9, Version: 10, TTL: 12, Verdict: 14, Ports: 15}
	d := Decoder{Tunnels: Inner}
	d.Decode(link, frame, &s)
	s.WireLen, s.CapLen = 0, 0
	return s
}

// tunnel is a kind of header between two IP headers.
type tunnel struct {
	name   string // of the test
	path   string // its part of the path
	proto  uint8
	port   int    // where proto is UDP
	header []byte // without UDP's
	inner  []byte
}

// outerAddr is an edit that makes the outer header's addresses others than the inner's.
func outerAddr(h []byte) { copy(h[ip4Src:], []byte{192, 0, 2, 1, 192, 0, 2, 2}) }

// packet wraps the inner packet in the tunnel's header and in IPv4.
func (tt tunnel) packet() []byte {
	b := cat(tt.header, tt.inner)
	if tt.proto == ProtoUDP {
		b = cat(be16(49152), be16(tt.port), be16(8+len(b)), be16(0), b)
	}
	return cat(ip4h(tt.proto, len(b), outerAddr, at(ip4TTL, 9)), b)
}

// frame is the packet in Ethernet.
func (tt tunnel) frame() []byte { return cat(ether4(0x0800), tt.packet()) }

// inside is the way from the outer IP header to the inner one.
func (tt tunnel) inside() string {
	name := "ether/ipv4/"
	if tt.proto == ProtoUDP {
		name += "udp/"
	}
	if tt.path != "" {
		name += tt.path + "/"
	}
	return name
}

func (tt tunnel) want() Summary {
	if tt.inner[0]>>4 == 6 {
		return tcp6Want(tt.inside() + "ipv6")
	}
	return tcp4Want(tt.inside() + "ipv4")
}

func tunnelsOfEachKind() []tunnel {
	ether, ether6 := ether4(0x0800), ether4(0x86dd)
	four, six := tcp4(), tcp6()
	gre := func(flags, typ int, words ...byte) []byte { return cat(be16(flags), be16(typ), words) }
	zeros := func(n int) []byte { return make([]byte, n) }
	var ts []tunnel
	add := func(name, path string, proto uint8, port int, header, inner []byte) {
		ts = append(ts, tunnel{name: name, path: path, proto: proto, port: port, header: header, inner: inner})
	}
	add("IP in IP", "", 4, 0, nil, four)
	add("6in4", "", 41, 0, nil, six)
	add("GRE", "gre", 47, 0, gre(0, 0x0800), four)
	add("GRE IPv6", "gre", 47, 0, gre(0, 0x86dd), six)
	add("GRE with everything", "gre", 47, 0, gre(0xb000, 0x0800, zeros(12)...), four)
	add("GRE routed", "gre", 47, 0, gre(0x4000, 0x0800, 0, 0, 0, 0, 8, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 0), four)
	add("GRE Ethernet", "gre/ether", 47, 0, cat(gre(0x2000, 0x6558, zeros(4)...), ether6), six)
	add("GRE vlan", "gre/vlan", 47, 0, cat(gre(0, 0x8100), be16(1), be16(0x0800)), four)
	add("GRE MPLS", "gre/mpls", 47, 0, cat(gre(0, 0x8847), label), four)
	add("PPTP", "gre/ppp", 47, 0, cat(gre(0x3081, 0x880b, zeros(12)...), []byte{0xff, 3, 0, 0x21}), four)
	add("ERSPAN I", "gre/erspan/ether", 47, 0, cat(gre(0, 0x88be), ether), four)
	add("ERSPAN II", "gre/erspan/ether", 47, 0, cat(gre(0x1000, 0x88be, zeros(4)...), []byte{0x10}, zeros(7), ether), four)
	add("ERSPAN III", "gre/erspan/ether", 47, 0, cat(gre(0x1000, 0x22eb, zeros(4)...), []byte{0x20}, zeros(11), ether), four)
	add("ERSPAN III with a platform's header", "gre/erspan/ether", 47, 0, cat(gre(0x1000, 0x22eb, zeros(4)...), []byte{0x20}, zeros(10), []byte{1}, zeros(8), ether), four)
	add("ERSPAN III of IP", "gre/erspan", 47, 0, cat(gre(0x1000, 0x22eb, zeros(4)...), []byte{0x20}, zeros(9), []byte{8, 0}), six)
	add("WCCP", "gre/wccp", 47, 0, gre(0, 0x883e, 0, 1, 2, 3), four)
	add("Aruba", "gre/ieee802.11/llc", 47, 0, cat(gre(0, 0x8200), dot11h(), snap4), four)
	add("NSH over GRE", "gre/nsh", 47, 0, gre(0, 0x894f, 0, 2, 1, 1, 0, 0, 1, 255), four)
	add("AH, tunnel mode", "ah", 51, 0, cat([]byte{4, 4}, zeros(22)), four)
	add("EtherIP", "etherip/ether", 97, 0, cat([]byte{0x30, 0}, ether), four)
	add("PIM register", "pim", 103, 0, []byte{0x21, 0, 0, 0, 0, 0, 0, 0}, four)
	add("L2TPv3", "l2tp/ether", 115, 0, cat([]byte{0, 0, 0, 7}, zeros(8), ether), four)
	add("MPLS in IP", "mpls", 137, 0, label, four)
	add("Ethernet", "ether", 143, 0, ether6, six)
	add("L2TP", "l2tp/ppp", 17, 1701, []byte{0, 2, 0, 1, 0, 2, 0xff, 3, 0, 0x21}, four)
	add("L2TP with everything", "l2tp/ppp", 17, 1701, cat([]byte{0x4a, 2, 0, 58}, zeros(8), be16(2), zeros(2), []byte{0, 0x21}), four)
	add("L2TPv3 over UDP", "l2tp/ether", 17, 1701, cat([]byte{0, 3, 0, 0, 0, 0, 0, 7}, ether), four)
	add("GTP-U", "gtp", 17, 2152, []byte{0x30, 255, 0, 40, 0, 0, 0, 1}, four)
	add("GTP-U with extensions", "gtp", 17, 2152, cat([]byte{0x36, 255, 0, 76, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 0, 0xc0, 2}, zeros(7)), six)
	add("GTP version 0", "gtp", 17, 3386, cat([]byte{0x1e, 255}, zeros(18)), four)
	add("Teredo", "teredo", 17, 3544, nil, six)
	add("Teredo with indications", "teredo", 17, 3544, cat([]byte{0, 1, 2, 3}, zeros(14), zeros(8)), six)
	add("GRE in UDP", "gre", 17, 4754, gre(0, 0x0800), four)
	add("VXLAN", "vxlan/ether", 17, 4789, cat([]byte{8}, zeros(7), ether), four)
	add("VXLAN with a vlan", "vxlan/ether/vlan", 17, 4789, cat([]byte{8}, zeros(7), ether4(0x8100), be16(1), be16(0x86dd)), six)
	add("VXLAN-GPE", "vxlan-gpe", 17, 4790, cat([]byte{12, 0, 0, 2}, zeros(4)), six)
	add("VXLAN-GPE without a type", "vxlan-gpe/ether", 17, 4790, cat([]byte{8}, zeros(7), ether), four)
	add("VXLAN-GPE NSH", "vxlan-gpe/nsh/ether", 17, 4790, cat([]byte{12, 0, 0, 4}, zeros(4), []byte{0, 2, 2, 3, 0, 0, 1, 255}, ether), four)
	add("AYIYA", "ayiya", 17, 5072, cat([]byte{0x41, 0x52, 0x11, 41}, zeros(4+16+20)), six)
	add("CAPWAP", "capwap/ieee802.11/llc", 17, 5247, cat([]byte{0, 0x20, 3, 0x20}, zeros(12), []byte{1, 8}, dot11h()[2:], snap4), four)
	add("CAPWAP of Ethernet", "capwap/ether", 17, 5247, cat([]byte{0, 0x10, 2, 0}, zeros(4), ether), four)
	add("Geneve", "geneve/ether", 17, 6081, cat([]byte{0, 0, 0x65, 0x58, 0, 0, 1, 0}, ether), four)
	add("Geneve with options", "geneve", 17, 6081, cat([]byte{2, 0, 8, 0, 0, 0, 1, 0}, zeros(8)), four)
	add("MPLS in UDP", "mpls", 17, 6635, label, six)
	return ts
}

func TestDecodeInner(t *testing.T) {
	for _, tt := range tunnelsOfEachKind() {
		t.Run(tt.name, func(t *testing.T) {
			frame := tt.frame()
			if d := diff(decodeInner(LinkEthernet, frame, len(frame)), tt.want()); d != "" {
				t.Errorf("Decode(% x): -want +got\n%s", frame, d)
			}
			if got := decode(LinkEthernet, frame, len(frame)); got.Src != Addr4(0xc0000201) || got.Path.String() != "ether/ipv4" || got.Verdict != Decoded {
				t.Errorf("outermost: from %v by %v, %v, want 192.0.2.1 by ether/ipv4, decoded", Host{got.Src, 4}, got.Path, got.Verdict)
			}
		})
	}
}

// TestDecodeInnerCut cuts each tunnel at every byte: until the inner IP header is there
// whole, the outer one counts.
func TestDecodeInnerCut(t *testing.T) {
	for _, tt := range tunnelsOfEachKind() {
		t.Run(tt.name, func(t *testing.T) {
			whole := tt.frame()
			fixed := ip4Len
			if tt.inner[0]>>4 == 6 {
				fixed = ip6Len
			}
			start := len(whole) - len(tt.inner)
			for n := etherLen + ip4Len; n <= len(whole); n++ {
				want, ttl := []Verdict{CutTunnel}, uint8(9)
				outerPorts := etherLen + ip4Len + l4Ports
				switch {
				case tt.proto == ProtoUDP && n < outerPorts:
					want[0] = CutTransport
				case n < start+fixed:
					switch {
					case tt.proto == protoL2TP, tt.name == "L2TPv3 over UDP", strings.HasPrefix(tt.name, "CAPWAP of"), tt.name == "Teredo with indications":
						want = append(want, Decoded) // the cut makes it look like something else
					case tt.proto == protoAH && n < start:
						want[0] = CutExtension
					}
				default:
					ttl = tt.want().TTL
					want[0] = Decoded
					if n < start+fixed+l4Ports {
						want[0] = CutTransport
					}
				}
				got := decodeInner(LinkEthernet, whole[:n], len(whole))
				if !slices.Contains(want, got.Verdict) || got.TTL != ttl || got.Version == 0 {
					t.Errorf("Decode of %d of %d bytes = %v, ttl %d (%v), want %v, ttl %d", n, len(whole), got.Verdict, got.TTL, got.Path, want, ttl)
				}
			}
		})
	}
}
