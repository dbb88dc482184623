package packet

import (
	"strings"
	"testing"
)

// TestDecodeCut cuts one packet of each kind at every byte.
func TestDecodeCut(t *testing.T) {
	options := cat(ip4h(6, 24, at(0, 0x46)), make([]byte, 4), tcph())
	extended := cat(ip6h(0, 28), []byte{6, 0, 1, 4, 0, 0, 0, 0}, tcph())
	tests := []struct {
		name    string
		link    LinkType
		outside []byte // headers before IP
		ip      []byte
		fixed   int // length of the fixed IP header
		header  int // and with options or extension headers
	}{
		{"raw", LinkRaw, nil, tcp4(), 20, 20},
		{"ethernet", LinkEthernet, ether4(0x0800), tcp4(), 20, 20},
		{"ethernet IPv6", LinkEthernet, ether4(0x86dd), tcp6(), 40, 40},
		{"options", LinkEthernet, ether4(0x0800), options, 20, 24},
		{"extension", LinkEthernet, ether4(0x86dd), extended, 40, 48},
		{"vlan", LinkEthernet, cat(ether4(0x8100), be16(1), be16(0x0800)), tcp4(), 20, 20},
		{"three tags", LinkEthernet, cat(ether4(0x8100), be16(1), be16(0x8100), be16(1), be16(0x8100), be16(1), be16(0x0800)), tcp4(), 20, 20},
		{"LLC", LinkEthernet, cat(ether4(48), snap4), tcp4(), 20, 20},
		{"null", LinkNull, []byte{2, 0, 0, 0}, tcp4(), 20, 20},
		{"cooked", LinkLinuxSLL, cat(make([]byte, 14), be16(0x0800)), tcp4(), 20, 20},
		{"cooked 2", LinkLinuxSLL2, cat(be16(0x0800), make([]byte, 18)), tcp4(), 20, 20},
		{"mpls", LinkEthernet, cat(ether4(0x8847), label), tcp4(), 20, 20},
		{"pppoe", LinkEthernet, cat(ether4(0x8864), []byte{0x11, 0, 0, 1, 0, 42, 0, 0x21}), tcp4(), 20, 20},
		{"frame relay", LinkFrameRelay, []byte{0x18, 0x41, 3, 0xcc}, tcp4(), 20, 20},
		{"fddi", LinkFDDI, cat([]byte{0x50}, make([]byte, 12), snap4), tcp4(), 20, 20},
		{"pflog", LinkPFLog, cat([]byte{61, 2}, make([]byte, 62)), tcp4(), 20, 20},
		{"802.11", LinkDot11, cat(dot11h(), snap4), tcp4(), 20, 20},
		{"radiotap", LinkRadiotap, cat([]byte{0, 0, 8, 0, 0, 0, 0, 0}, dot11h(), snap4), tcp4(), 20, 20},
		{"AX.25", LinkAX25, []byte("ABCDEF\x60GHIJKL\x61\x03\xcc"), tcp4(), 20, 20},
		{"DSA", LinkDSAMarvellEther, cat(ether4(0xdada), make([]byte, 6), be16(0x0800)), tcp4(), 20, 20},
		{"TZSP", LinkTZSP, cat([]byte{1, 0, 0, 1, 10, 2, 9, 9, 1}, ether4(0x0800)), tcp4(), 20, 20},
		{"Juniper GGSN", LinkJuniperGGSN, []byte{0x4d, 0x47, 0x43, 0x80, 0, 2, 9, 9, 2, 0, 0, 0}, tcp4(), 20, 20},
		{"nflog", LinkNFLOG, []byte{2, 0, 0, 0, 44, 0, 9, 0}, tcp4(), 20, 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			whole := cat(tt.outside, tt.ip)
			for n := range len(whole) + 1 {
				version := uint8(0)
				var ports Ports
				verdict := CutLink
				switch at := n - len(tt.outside); {
				case at < 0:
				case at == 0 && (tt.name == "mpls" || tt.name == "raw"):
					verdict = CutIP // the version is all that tells IP
					if tt.name == "mpls" {
						verdict = CutLink
					}
				case at < tt.fixed:
					verdict = CutIP
				default:
					version = tt.ip[0] >> 4
					switch at -= tt.header; {
					case at < 0:
						verdict = CutExtension
					case at < 2:
						verdict = CutTransport
					case at < 4:
						verdict, ports = CutTransport, SrcPortKnown
					default:
						verdict, ports = Decoded, SrcPortKnown|DstPortKnown
					}
				}
				got := decode(tt.link, whole[:n], len(whole))
				if got.Version != version || got.Ports != ports || got.Verdict != verdict {
					t.Errorf("Decode of %d of %d bytes: version %d, ports %b, %v (%v), want %d, %b, %v",
						n, len(whole), got.Version, got.Ports, got.Verdict, got.Path, version, ports, verdict)
				}
			}
		})
	}
}

// TestDecodePathsBounded: no frame can make up a path of its own length.
func TestDecodePathsBounded(t *testing.T) {
	frame := ether4(0x8100)
	for range 500 {
		frame = cat(frame, be16(1), be16(0x8100))
	}
	frame = cat(frame, be16(1), be16(0x0800), tcp4())
	got := decode(LinkEthernet, frame, len(frame))
	if name := got.Path.String(); len(name) > maxName+8 || !strings.HasSuffix(name, "/ipv4") || got.Verdict != Decoded {
		t.Errorf("Decode of 501 tags: path %q, %v, want a path of at most %d bytes with /ipv4, decoded", name, got.Verdict, maxName+8)
	}
}

func TestDecodeAllocates(t *testing.T) {
	d := NewDecoder()
	for _, f := range benchFrames() {
		s := Summary{WireLen: uint32(len(f.frame)), CapLen: uint32(len(f.frame))}
		d.Decode(f.link, f.frame, &s) // a path is made once
		got := testing.AllocsPerRun(100, func() { d.Decode(f.link, f.frame, &s) })
		if got > float64(f.allocs) {
			t.Errorf("Decode of %s: %v allocations, want at most %d", f.name, got, f.allocs)
		}
	}
}
