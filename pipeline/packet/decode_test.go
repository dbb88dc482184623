package packet

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tcp4Want and tcp6Want are the summaries of tcp4 and tcp6 under a path.
func tcp4Want(path string, edit ...func(*Summary)) Summary {
	s := Summary{
		Src: Addr4(src4), Dst: Addr4(dst4), Bytes: 40, SrcPort: 1234, DstPort: 80, Path: InternPath(path),
		Version: 4, Proto: ProtoTCP, TTL: 64, TCPFlags: 0x12, Ports: SrcPortKnown | DstPortKnown,
	}
	for _, f := range edit {
		f(&s)
	}
	return s
}

func tcp6Want(path string, edit ...func(*Summary)) Summary {
	return tcp4Want(path, append([]func(*Summary){func(s *Summary) {
		s.Src, s.Dst, s.Bytes, s.Version, s.TTL = src6, dst6, 60, 6, 63
	}}, edit...)...)
}

func noWant(path string, v Verdict) Summary { return Summary{Path: InternPath(path), Verdict: v} }

// decode decodes a frame into a summary full of another packet, and leaves out what the
// caller of Decode sets.
func decode(link LinkType, frame []byte, wire int) Summary {
	s := Summary{
		Src: Addr{1, 2}, Dst: Addr{3, 4}, Time: 5, WireLen: uint32(wire), CapLen: uint32(len(frame)), Bytes: 6,
		SrcPort: 7, DstPort: 8, Path: 9, Version: 10, Proto: 11, TTL: 12, TCPFlags: 13, Verdict: 14, Ports: 15,
	}
	NewDecoder().Decode(link, frame, &s)
	s.Time, s.WireLen, s.CapLen = 0, 0, 0
	return s
}

// diff compares summaries, with paths by name.
func diff(got, want Summary) string {
	return cmp.Diff(want, got, cmp.Transformer("String", Path.String))
}

func TestDecode(t *testing.T) {
	extension := func(next uint8) []byte { return []byte{next, 0, 1, 4, 0, 0, 0, 0} }
	ports := func(n int, v Verdict) func(*Summary) {
		return func(s *Summary) {
			s.Verdict, s.TCPFlags = v, 0
			if n < 2 {
				s.DstPort, s.Ports = 0, SrcPortKnown
			}
			if n < 1 {
				s.SrcPort, s.Ports = 0, 0
			}
		}
	}
	juniper := []byte{0x4d, 0x47, 0x43, 0}
	size := func(n uint32) func(*Summary) { return func(s *Summary) { s.Bytes = n } }
	proto := func(p uint8) func(*Summary) { return func(s *Summary) { s.Proto = p } }
	long := func(s *Summary) { s.Verdict = LongIP }
	tests := []struct {
		name  string
		link  LinkType
		frame []byte
		wire  int // 0: as captured
		want  Summary
	}{
		// Link layers.
		{"ethernet", LinkEthernet, cat(ether4(0x0800), tcp4()), 0, tcp4Want("ether/ipv4")},
		{"ethernet IPv6", LinkEthernet, cat(ether4(0x86dd), tcp6()), 0, tcp6Want("ether/ipv6")},
		{"version 6 under 0x0800", LinkEthernet, cat(ether4(0x0800), tcp6()), 0, noWant("ether/ipv4", BadIP)},
		{"version 4 under 0x86dd", LinkEthernet, cat(ether4(0x86dd), tcp4()), 0, noWant("ether/ipv6", BadIP)},
		{"vlan", LinkEthernet, cat(ether4(0x8100), be16(5), be16(0x0800), tcp4()), 0, tcp4Want("ether/vlan/ipv4")},
		{"vlan IPv6", LinkEthernet, cat(ether4(0x8100), be16(5), be16(0x86dd), tcp6()), 0, tcp6Want("ether/vlan/ipv6")},
		{"qinq", LinkEthernet, cat(ether4(0x88a8), be16(5), be16(0x8100), be16(6), be16(0x0800), tcp4()), 0, tcp4Want("ether/vlan/vlan/ipv4")},
		{
			"three tags", LinkEthernet,
			cat(ether4(0x9100), be16(5), be16(0x9200), be16(6), be16(0x8100), be16(7), be16(0x86dd), tcp6()), 0,
			tcp6Want("ether/vlan/vlan/vlan/ipv6"),
		},
		{"vlan LLC", LinkEthernet, cat(ether4(0x8100), be16(5), be16(48), snap4, tcp4()), 0, tcp4Want("ether/vlan/llc/ipv4")},
		{"arp", LinkEthernet, cat(ether4(0x0806), make([]byte, 28)), 0, noWant("ether/arp", NotIP)},
		{"lldp", LinkEthernet, cat(ether4(0x88cc), make([]byte, 28)), 0, noWant("ether/lldp", NotIP)},
		{"vlan arp", LinkEthernet, cat(ether4(0x8100), be16(5), be16(0x0806), make([]byte, 28)), 0, noWant("ether/vlan/arp", NotIP)},
		{"unknown type", LinkEthernet, cat(ether4(0x88b5), make([]byte, 28)), 0, noWant("ether/unknown", NotIP)},
		{"small unknown type", LinkEthernet, cat(ether4(0x0601), make([]byte, 28)), 0, noWant("ether/unknown", NotIP)},
		{"neither type nor length", LinkEthernet, cat(ether4(1501), make([]byte, 28)), 0, noWant("ether", BadLink)},
		{"length 0", LinkEthernet, cat(ether4(0), make([]byte, 28)), 0, noWant("ether/unknown", NotIP)},
		{"spanning tree", LinkEthernet, cat(ether4(38), []byte{0x42, 0x42, 3}, make([]byte, 35)), 0, noWant("ether/llc", NotIP)},
		{"SNAP", LinkEthernet, cat(ether4(48), snap4, tcp4()), 0, tcp4Want("ether/llc/ipv4")},
		{"SNAP IPv6", LinkEthernet, cat(ether4(68), []byte{0xaa, 0xaa, 3, 0, 0, 0, 0x86, 0xdd}, tcp6()), 0, tcp6Want("ether/llc/ipv6")},
		{"SNAP of Cisco", LinkEthernet, cat(ether4(48), []byte{0xaa, 0xaa, 3, 0, 0, 12, 8, 0}, tcp4()), 0, noWant("ether/llc", NotIP)},
		{"IP's own service access point", LinkEthernet, cat(ether4(43), []byte{6, 6, 3}, tcp4()), 0, tcp4Want("ether/llc/ipv4")},
		{"LLC length cuts the packet", LinkEthernet, cat(ether4(30), snap4, tcp4()), 0, tcp4Want("ether/llc/ipv4", ports(1, CutTransport))},
		{"ISL", LinkEthernet, cat([]byte{1, 0, 12, 0, 0}, make([]byte, 21), ether4(0x0800), tcp4()), 0, tcp4Want("ether/isl/ether/ipv4")},
		{"bridged", LinkEthernet, cat(ether4(64), []byte{0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7, 0, 0}, ether4(0x0800), tcp4()), 0, tcp4Want("ether/llc/bridge/ether/ipv4")},
		{"mpls", LinkEthernet, cat(ether4(0x8847), label, tcp4()), 0, tcp4Want("ether/mpls/ipv4")},
		{"mpls stack", LinkEthernet, cat(ether4(0x8847), []byte{0, 1, 0, 64}, label, tcp6()), 0, tcp6Want("ether/mpls/ipv6")},
		{"pseudowire", LinkEthernet, cat(ether4(0x8847), label, make([]byte, 4), ether4(0x0800), tcp4()), 0, tcp4Want("ether/mpls/pw/ether/ipv4")},
		{"pseudowire without control word", LinkEthernet, cat(ether4(0x8847), label, []byte{0, 0x1b}, ether4(0x0800)[2:], tcp4()), 0, tcp4Want("ether/mpls/ether/ipv4")},
		{"channel", LinkEthernet, cat(ether4(0x8847), label, []byte{0x10, 0, 0, 0x21}, tcp4()), 0, tcp4Want("ether/mpls/pwach/ipv4")},
		{"channel by its label", LinkEthernet, cat(ether4(0x8847), []byte{0, 0, 0xd1, 1, 0, 0, 0, 0x57}, tcp6()), 0, tcp6Want("ether/mpls/pwach/ipv6")},
		{"mpls alert", LinkEthernet, cat(ether4(0x8847), []byte{0, 0, 0xe1, 1}, tcp4()), 0, noWant("ether/mpls", NotIP)},
		{"mpls over a bad IP header", LinkEthernet, cat(ether4(0x8847), label, ip4h(6, 0, at(0, 0x44))), 0, noWant("ether/mpls/ipv4", BadIP)},
		{"pppoe", LinkEthernet, cat(ether4(0x8864), []byte{0x11, 0, 0, 1, 0, 42, 0, 0x21}, tcp4()), 0, tcp4Want("ether/pppoe/ppp/ipv4")},
		{"pppoe IPv6", LinkEthernet, cat(ether4(0x8864), []byte{0x11, 0, 0, 1, 0, 62, 0, 0x57}, tcp6()), 0, tcp6Want("ether/pppoe/ppp/ipv6")},
		{"pppoe control", LinkEthernet, cat(ether4(0x8864), []byte{0x11, 0, 0, 1, 0, 6, 0xc0, 0x21, 9, 1, 0, 4}), 0, noWant("ether/pppoe/ppp", NotIP)},
		{"vn-tag", LinkEthernet, cat(ether4(0x8926), make([]byte, 4), be16(0x0800), tcp4()), 0, tcp4Want("ether/vntag/ipv4")},
		{"e-tag", LinkEthernet, cat(ether4(0x893f), make([]byte, 6), be16(0x0800), tcp4()), 0, tcp4Want("ether/etag/ipv4")},
		{"macsec", LinkEthernet, cat(ether4(0x88e5), make([]byte, 6), be16(0x0800), tcp4(), make([]byte, 16)), 0, tcp4Want("ether/macsec/ipv4")},
		{"macsec encrypted", LinkEthernet, cat(ether4(0x88e5), []byte{0x0c, 0, 0, 0, 0, 1}, make([]byte, 64)), 0, noWant("ether/macsec", NotIP)},
		{"provider backbone", LinkEthernet, cat(ether4(0x88e7), make([]byte, 4), ether4(0x0800), tcp4()), 0, tcp4Want("ether/pbb/ether/ipv4")},
		{"trill", LinkEthernet, cat(ether4(0x22f3), make([]byte, 6), ether4(0x0800), tcp4()), 0, tcp4Want("ether/trill/ether/ipv4")},
		{"nsh", LinkEthernet, cat(ether4(0x894f), []byte{0, 2, 2, 1, 0, 0, 1, 255}, tcp4()), 0, tcp4Want("ether/nsh/ipv4")},
		{"raw", LinkRaw, tcp4(), 0, tcp4Want("raw/ipv4")},
		{"raw IPv6", linkRaw12, tcp6(), 0, tcp6Want("raw/ipv6")},
		{"raw of no version", LinkRaw, []byte{0x50, 0, 0, 0}, 0, noWant("raw", BadIP)},
		{"raw and empty", LinkRaw, nil, 40, noWant("raw", CutIP)},
		{"IPv4", LinkIPv4, tcp4(), 0, tcp4Want("raw/ipv4")},
		{"version 6 as IPv4", LinkIPv4, tcp6(), 0, noWant("raw/ipv4", BadIP)},
		{"IPv6", LinkIPv6, tcp6(), 0, tcp6Want("raw/ipv6")},
		{"raw PPP", LinkRaw, cat([]byte{0xff, 3, 0, 0x21}, tcp4()), 0, tcp4Want("raw/ppp/ipv4")},
		{"raw PPP behind a byte", LinkRaw, cat([]byte{0, 0xff, 3, 0, 0x57}, tcp6()), 0, tcp6Want("raw/ppp/ipv6")},
		{"raw behind zeros", LinkRaw, cat(make([]byte, 10), tcp4()), 0, tcp4Want("raw/ipv4")},
		{"raw of another version", LinkRaw, cat([]byte{0x50}, make([]byte, 30)), 0, noWant("raw", BadIP)},
		{"null little-endian", LinkNull, cat([]byte{2, 0, 0, 0}, tcp4()), 0, tcp4Want("null/ipv4")},
		{"null big-endian", LinkNull, cat([]byte{0, 0, 0, 2}, tcp4()), 0, tcp4Want("null/ipv4")},
		{"null IPv6", LinkNull, cat([]byte{30, 0, 0, 0}, tcp6()), 0, tcp6Want("null/ipv6")},
		{"null EtherType", LinkNull, cat([]byte{0, 8, 0, 0}, tcp4()), 0, tcp4Want("null/ipv4")},
		{"null of IRIX", LinkNull, cat([]byte{0, 2, 7, 0}, tcp4()), 0, noWant("null/unknown", NotIP)},
		{"null of IRIX, big-endian", LinkNull, cat([]byte{0, 2, 0, 0}, tcp4()), 0, tcp4Want("null/ipv4")},
		{"null of IRIX, little-endian", LinkNull, cat([]byte{9, 9, 2, 0}, tcp4()), 0, tcp4Want("null/ipv4")},
		{"null EtherType in the second half", LinkNull, cat([]byte{15, 0, 8, 0}, tcp4()), 0, tcp4Want("null/ipv4")},
		{"null of a length", LinkNull, cat([]byte{1, 0, 0, 48}, snap4, tcp4()), 0, noWant("null", NotIP)},
		{"null of another family", LinkNull, cat([]byte{16, 0, 0, 0}, tcp4()), 0, noWant("null", NotIP)},
		{"loop", LinkLoop, cat([]byte{0, 0, 0, 24}, tcp6()), 0, tcp6Want("loop/ipv6")},
		{"cooked", LinkLinuxSLL, cat(make([]byte, 14), be16(0x0800), tcp4()), 0, tcp4Want("sll/ipv4")},
		{"cooked vlan", LinkLinuxSLL, cat(make([]byte, 14), be16(0x8100), be16(5), be16(0x86dd), tcp6()), 0, tcp6Want("sll/vlan/ipv6")},
		{"cooked LLC", LinkLinuxSLL, cat(make([]byte, 14), be16(4), snap4, tcp4()), 0, tcp4Want("sll/llc/ipv4")},
		{"cooked netlink", LinkLinuxSLL, cat(be16(4), be16(824), make([]byte, 10), be16(0x0800), tcp4()), 0, noWant("sll", NotIP)},
		{"cooked 2", LinkLinuxSLL2, cat(be16(0x86dd), make([]byte, 18), tcp6()), 0, tcp6Want("sll2/ipv6")},
		{"cooked 2 arp", LinkLinuxSLL2, cat(be16(0x0806), make([]byte, 46)), 0, noWant("sll2/arp", NotIP)},
		{"ppp", LinkPPP, cat([]byte{0xff, 3, 0, 0x21}, tcp4()), 0, tcp4Want("ppp/ipv4")},
		{"ppp compressed", LinkPPPHDLC, cat([]byte{0x21}, tcp4()), 0, tcp4Want("ppp/ipv4")},
		{"ppp mpls", LinkPPP, cat([]byte{2, 0x81}, label, tcp4()), 0, tcp4Want("ppp/mpls/ipv4")},
		{"ppp multilink", LinkPPP, cat([]byte{0xff, 3, 0, 0x3d, 0xc0, 0, 0, 1, 0, 0x57}, tcp6()), 0, tcp6Want("ppp/mp/ppp/ipv6")},
		{"ppp that is Cisco HDLC", LinkPPPHDLC, cat([]byte{0x0f, 0, 8, 0}, tcp4()), 0, tcp4Want("ppp/chdlc/ipv4")},
		{"Cisco HDLC of a length", LinkCHDLC, cat([]byte{0x0f, 0, 0, 48}, snap4, tcp4()), 0, noWant("chdlc", NotIP)},
		{"Frame Relay with a short address", LinkFrameRelay, cat([]byte{0x19, 8, 0}, tcp4()), 0, noWant("fr", BadLink)},
		{"PPPoE with an EtherType", LinkPPPEther, cat([]byte{0x11, 0, 0, 1, 0, 42, 8, 0}, tcp4()), 0, tcp4Want("pppoe/ppp/ipv4")},
		{"Cisco HDLC", LinkCHDLC, cat([]byte{0x0f, 0, 0x86, 0xdd}, tcp6()), 0, tcp6Want("chdlc/ipv6")},
		{"Frame Relay", LinkFrameRelay, cat([]byte{0x18, 0x41, 3, 0xcc}, tcp4()), 0, tcp4Want("fr/ipv4")},
		{"Frame Relay of Cisco", LinkFrameRelay, cat([]byte{0x18, 0x41, 8, 0}, tcp4()), 0, tcp4Want("fr/ipv4")},
		{"FDDI", LinkFDDI, cat([]byte{0x57}, make([]byte, 12), snap4, tcp4()), 0, tcp4Want("fddi/llc/ipv4")},
		{"Token Ring with a route", LinkTokenRing, cat([]byte{0x10, 0x40}, make([]byte, 6), []byte{0x80, 0, 0, 0, 0, 0, 4, 0, 0, 0}, snap4, tcp4()), 0, tcp4Want("tr/llc/ipv4")},
		{"ARCNET", LinkARCNETLinux, cat([]byte{1, 2, 0, 0, 212, 0, 0, 0}, tcp4()), 0, tcp4Want("arcnet/ipv4")},
		{"pflog", LinkPFLog, cat([]byte{61, 2}, make([]byte, 62), tcp4()), 0, tcp4Want("pflog/ipv4")},
		{"nflog", LinkNFLOG, cat([]byte{10, 0, 0, 0, 6, 0, 1, 0, 0, 0, 0, 0, 64, 0, 9, 0}, tcp6()), 0, tcp6Want("nflog/ipv6")},
		{"802.11", LinkDot11, cat(dot11h(), snap4, tcp4()), 0, tcp4Want("ieee802.11/llc/ipv4")},
		{"802.11 beacon", LinkDot11, cat([]byte{0x80}, make([]byte, 60)), 0, noWant("ieee802.11", NotIP)},
		{"802.11 protected", LinkDot11, cat([]byte{0x08, 0x42}, make([]byte, 60)), 0, noWant("ieee802.11", NotIP)},
		{"802.11 aggregate", LinkDot11, cat([]byte{0x88, 2}, make([]byte, 22), []byte{0x80, 0}, make([]byte, 14), snap4, tcp4()), 0, tcp4Want("ieee802.11/a-msdu/llc/ipv4")},
		{"radiotap", LinkRadiotap, cat([]byte{0, 0, 9, 0, 2, 0, 0, 0, 0x10}, dot11h(), snap4, tcp4(), make([]byte, 4)), 0, tcp4Want("radiotap/ieee802.11/llc/ipv4")},
		{
			"radiotap padded", LinkRadiotap,
			cat([]byte{0, 0, 9, 0, 2, 0, 0, 0, 0x20}, []byte{0x88, 2}, make([]byte, 26), snap4, tcp4()), 0,
			tcp4Want("radiotap/ieee802.11/llc/ipv4"),
		},
		{"prism", LinkPrism, cat([]byte{0x44, 0, 0, 0, 144, 0, 0, 0}, make([]byte, 136), dot11h(), snap4, tcp4()), 0, tcp4Want("prism/ieee802.11/llc/ipv4")},
		{"pktap", LinkPKTAP, cat([]byte{16, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}, ether4(0x0800), tcp4()), 0, tcp4Want("pktap/ether/ipv4")},
		{"ppi", LinkPPI, cat([]byte{0, 0, 8, 0, 101, 0, 0, 0}, tcp6()), 0, tcp6Want("ppi/raw/ipv6")},
		{"pppd", LinkPPPD, cat([]byte{1, 3, 0, 0x21}, tcp4()), 0, tcp4Want("pppd/ppp/ipv4")},
		{"Cisco HDLC with direction", LinkCHDLCWithDir, cat([]byte{1, 0x0f, 0, 8, 0}, tcp4()), 0, tcp4Want("chdlc_with_dir/chdlc/ipv4")},
		{"Frame Relay with direction", LinkFRWithDir, cat([]byte{0, 0x18, 0x41, 3, 0xcc}, tcp4()), 0, tcp4Want("fr_with_dir/fr/ipv4")},
		{"SunATM", LinkSunATM, cat([]byte{0x82, 1, 0, 32}, snap4, tcp4()), 0, tcp4Want("atm/llc/ipv4")},
		{"SunATM of an emulated LAN", LinkSunATM, cat([]byte{0x81, 1, 0, 32, 0, 1}, ether4(0x86dd), tcp6()), 0, tcp6Want("atm/lane/ether/ipv6")},
		{"SunATM of an emulated LAN's control", LinkSunATM, cat([]byte{1, 1, 0, 32, 0xff, 0}, ether4(0x86dd), tcp6()), 0, noWant("atm", NotIP)},
		{"SunATM unnamed LLC", LinkSunATM, cat([]byte{0, 1, 0, 32}, snap4, tcp4()), 0, tcp4Want("atm/llc/ipv4")},
		{"SunATM unnamed PPP", LinkSunATM, cat([]byte{4, 0, 0, 5, 0, 0x21}, tcp4()), 0, tcp4Want("atm/ppp/ipv4")},
		{"SunATM unnamed IP", LinkSunATM, cat([]byte{0x83, 0, 0, 9}, tcp6()), 0, tcp6Want("atm/ipv6")},
		{"SunATM unnamed", LinkSunATM, []byte{0, 1, 0, 32, 0x50, 0, 0}, 0, noWant("atm", NotIP)},
		{"SunATM signalling channel", LinkSunATM, cat([]byte{0, 0, 0, 5}, snap4, tcp4()), 0, noWant("atm", NotIP)},
		{"SunATM signalling", LinkSunATM, cat([]byte{6, 0, 0, 5}, tcp4()), 0, noWant("atm", NotIP)},
		{"Juniper Ethernet", LinkJuniperEther, cat([]byte{0x4d, 0x47, 0x43, 0x80, 0, 2, 9, 9}, ether4(0x0800), tcp4()), 0, tcp4Want("juniper/ether/ipv4")},
		{"Juniper without a frame", LinkJuniperEther, cat([]byte{0x4d, 0x47, 0x43, 0x02, 2, 0, 0, 0}, tcp4()), 0, tcp4Want("juniper/ipv4")},
		{"Juniper PPP", LinkJuniperPPP, cat([]byte{0x4d, 0x47, 0x43, 0, 0xff, 3, 0, 0x21}, tcp4()), 0, tcp4Want("juniper/ppp/ipv4")},
		{"Juniper Frame Relay", LinkJuniperFR, cat([]byte{0x4d, 0x47, 0x43, 0, 0x18, 0x41, 3, 0xcc}, tcp4()), 0, tcp4Want("juniper/fr/ipv4")},
		{"Juniper HDLC", LinkJuniperCHDLC, cat([]byte{0x4d, 0x47, 0x43, 0, 0x0f, 0, 8, 0}, tcp4()), 0, tcp4Want("juniper/chdlc/ipv4")},
		{"Juniper Ethernet over ATM", LinkJuniperPPPoE, cat(juniper, ether4(0x0800), tcp4()), 0, tcp4Want("juniper/ether/ipv4")},
		{"Juniper multilink PPP", LinkJuniperMLPPP, cat(juniper, []byte{0, 0x57}, tcp6()), 0, tcp6Want("juniper/ppp/ipv6")},
		{"Juniper multilink Frame Relay", LinkJuniperMLFR, cat(juniper, []byte{0x18, 0x41, 3, 0xcc}, tcp4()), 0, tcp4Want("juniper/mlfr/ipv4")},
		{"Juniper multilink Frame Relay of another kind", LinkJuniperMLFR, cat(juniper, []byte{0x18, 0x41, 4, 0xcc}, tcp4()), 0, noWant("juniper/mlfr", NotIP)},
		{"Juniper GGSN", LinkJuniperGGSN, cat(juniper, []byte{2, 0, 0, 0}, tcp4()), 0, tcp4Want("juniper/ggsn/ipv4")},
		{"Juniper ATM1 IP", LinkJuniperATM1, cat(juniper, make([]byte, 4), tcp6()), 0, tcp6Want("juniper/atm/ipv6")},
		{"Juniper ATM2 LLC", LinkJuniperATM2, cat(juniper, make([]byte, 8), snap4, tcp4()), 0, tcp4Want("juniper/atm/llc/ipv4")},
		{"Juniper ATM2 OSI LLC", LinkJuniperATM2, cat(juniper, make([]byte, 8), []byte{0xfe, 0xfe, 3, 0xcc}, tcp4()), 0, tcp4Want("juniper/atm/llc/ipv4")},
		{"Juniper ATM2 protocol identifier", LinkJuniperATM2, cat(juniper, make([]byte, 8), []byte{3, 0xcc}, tcp4()), 0, tcp4Want("juniper/atm/ipv4")},
		{"Juniper services", LinkJuniperServices, cat(juniper, make([]byte, 12), tcp4()), 0, tcp4Want("juniper/services/ipv4")},
		{"Juniper voice", LinkJuniperVP, cat(juniper, make([]byte, 18), tcp4()), 0, tcp4Want("juniper/vp/ipv4")},
		{"AX.25", LinkAX25, cat([]byte("ABCDEF\x60GHIJKL\x61\x03\xcc"), tcp4()), 0, tcp4Want("ax25/ipv4")},
		{"AX.25 by a repeater", LinkAX25KISS, cat([]byte("\x00ABCDEF\x60GHIJKL\x60MNOPQR\x61\x00\xcc"), tcp4()), 0, tcp4Want("kiss/ax25/ipv4")},
		{"AX.25 without information", LinkAX25, []byte("ABCDEF\x60GHIJKL\x61\x2f"), 0, noWant("ax25", NotIP)},
		{"AX.25 ARP", LinkAX25, []byte("ABCDEF\x60GHIJKL\x61\x13\xcd"), 0, noWant("ax25", NotIP)},
		{"AX.25 with one address", LinkAX25, cat([]byte("ABCDEF\x61\x03\xcc"), tcp4()), 0, noWant("ax25", BadLink)},
		{"DSA of Broadcom", LinkDSABroadcom, cat(ether4(0)[:12], []byte{0x20, 0, 0, 1}, be16(0x0800), tcp4()), 0, tcp4Want("ether/brcm-tag/ipv4")},
		{"DSA of Broadcom in front", LinkDSABroadcomFirst, cat([]byte{0x20, 0, 0, 1}, ether4(0x0800), tcp4()), 0, tcp4Want("brcm-tag/ether/ipv4")},
		{"DSA of Marvell", LinkDSAMarvell, cat(ether4(0)[:12], []byte{0xc0, 0x10, 5, 0x39}, be16(0x86dd), tcp6()), 0, tcp6Want("ether/dsa/ipv6")},
		{"DSA of Marvell with an EtherType", LinkDSAMarvellEther, cat(ether4(0xdada), []byte{0, 0, 0xc0, 0x10, 5, 0x39}, be16(0x0800), tcp4()), 0, tcp4Want("ether/edsa/ipv4")},
		{"TZSP", LinkTZSP, cat([]byte{1, 0, 0, 1, 0, 10, 2, 9, 9, 1}, ether4(0x0800), tcp4()), 0, tcp4Want("tzsp/ether/ipv4")},
		{"TZSP 802.11", LinkTZSP, cat([]byte{1, 0, 0, 18, 1}, dot11h(), snap4, tcp4()), 0, tcp4Want("tzsp/ieee802.11/llc/ipv4")},
		{"TZSP of nothing known", LinkTZSP, []byte{1, 0, 0, 99, 1}, 0, noWant("tzsp", NotIP)},
		{"netANALYZER", LinkNetAnalyzer, cat(make([]byte, 4), ether4(0x0800), tcp4(), make([]byte, 4)), 0, tcp4Want("netanalyzer/ether/ipv4")},
		{"netANALYZER transparent", LinkNetAnalyzerRaw, cat(make([]byte, 12), ether4(0x0800), tcp4(), make([]byte, 4)), 0, tcp4Want("netanalyzer/ether/ipv4")},
		{"ERF", LinkERF, cat(make([]byte, 8), []byte{2, 4, 0, 80, 0, 0, 0, 58, 0, 0}, ether4(0x0800), tcp4(), make([]byte, 6)), 0, tcp4Want("erf/ether/ipv4")},
		{"ERF with extensions", LinkERF, cat(make([]byte, 8), []byte{0x96, 4, 0, 80, 0, 0, 0, 40, 0x83}, make([]byte, 7), []byte{4}, make([]byte, 7), tcp4()), 0, tcp4Want("erf/ipv4")},
		{"ERF multichannel HDLC", LinkERF, cat(make([]byte, 8), []byte{5, 4, 0, 80, 0, 0, 0, 44}, make([]byte, 4), []byte{0x0f, 0, 8, 0}, tcp4()), 0, tcp4Want("erf/ppp/chdlc/ipv4")},
		{"ERF of a longer frame", LinkERF, cat(make([]byte, 8), []byte{22, 4, 0, 80, 0, 0, 0, 90}, ip4h(6, 70), tcph()), 56, tcp4Want("erf/ipv4", size(90))},
		{"ppi in ppi", LinkPPI, cat([]byte{0, 0, 8, 0, 192, 0, 0, 0}, tcp6()), 0, noWant("ppi", BadLink)},
		{"unknown link type", 147, tcp4(), 0, noWant("linktype-147", UnknownLink)},

		// IPv4.
		{"options", LinkRaw, cat(ip4h(6, 24, at(0, 0x46)), make([]byte, 4), tcph()), 0, tcp4Want("raw/ipv4", size(44))},
		{"options cut", LinkRaw, cat(ip4h(6, 24, at(0, 0x46)), make([]byte, 3)), 44, tcp4Want("raw/ipv4", size(44), ports(0, CutExtension))},
		{"options beyond the frame", LinkRaw, ip4h(6, 24, at(0, 0x46)), 0, tcp4Want("raw/ipv4", size(44), ports(0, CutExtension))},
		{"header length 16", LinkRaw, cat(ip4h(6, 20, at(0, 0x44)), tcph()), 0, noWant("raw/ipv4", BadIP)},
		{"total length 0", LinkRaw, cat(ip4h(6, 20, at(2, 0, 0)), tcph(), make([]byte, 10)), 2000, tcp4Want("raw/ipv4", size(2000))},
		{"total length 0, wire length too", LinkRaw, cat(ip4h(6, 20, at(2, 0, 0)), tcph(), make([]byte, 10)), 1, tcp4Want("raw/ipv4", size(50))},
		{"total length below the header's", LinkRaw, cat(ip4h(6, 20, at(2, 0, 19)), tcph()), 0, noWant("raw/ipv4", BadIP)},
		{"total length without ports", LinkEthernet, cat(ether4(0x0800), ip4h(6, 20, at(2, 0, 20)), tcph()), 0, tcp4Want("ether/ipv4", size(20), ports(0, CutTransport))},
		{"total length with one port", LinkEthernet, cat(ether4(0x0800), ip4h(6, 20, at(2, 0, 23)), tcph()), 0, tcp4Want("ether/ipv4", size(23), ports(1, CutTransport))},
		{"total length without flags", LinkEthernet, cat(ether4(0x0800), ip4h(6, 20, at(2, 0, 33)), tcph()), 0, tcp4Want("ether/ipv4", size(33), ports(2, Decoded))},
		{"longer than the frame", LinkRaw, cat(ip4h(6, 21), tcph()), 0, tcp4Want("raw/ipv4", size(41), long)},
		{"longer than the frame and cut", LinkRaw, cat(ip4h(6, 21), tcph()[:2]), 0, tcp4Want("raw/ipv4", size(41), ports(1, CutTransport))},
		{"first fragment", LinkRaw, cat(ip4h(6, 20, at(6, 0x20, 0)), tcph()), 0, tcp4Want("raw/ipv4")},
		{"later fragment", LinkRaw, cat(ip4h(6, 20, at(6, 0x20, 1)), tcph()), 0, tcp4Want("raw/ipv4", ports(0, Decoded))},
		{"ICMP", LinkRaw, cat(ip4h(1, 20), tcph()), 0, tcp4Want("raw/ipv4", ports(0, Decoded), proto(ProtoICMP))},
		{"GRE", LinkRaw, cat(ip4h(47, 20), tcph()), 0, tcp4Want("raw/ipv4", ports(0, Decoded), proto(47))},
		{"UDP has no flags", LinkRaw, cat(ip4h(17, 20), tcph()), 0, tcp4Want("raw/ipv4", ports(2, Decoded), proto(ProtoUDP))},
		{"SCTP", LinkRaw, cat(ip4h(132, 20), tcph()), 0, tcp4Want("raw/ipv4", ports(2, Decoded), proto(ProtoSCTP))},

		// IPv6.
		{"version 5", LinkEthernet, cat(ether4(0x86dd), ip6h(6, 20, at(0, 0x50)), tcph()), 0, noWant("ether/ipv6", BadIP)},
		{"payload length 0", LinkRaw, cat(ip6h(6, 0), tcph()), 90000, tcp6Want("raw/ipv6", size(90000))},
		{"IPv6 longer than the frame", LinkRaw, cat(ip6h(6, 21), tcph()), 0, tcp6Want("raw/ipv6", size(61), long)},
		{"IPv6 payload without ports", LinkRaw, cat(ip6h(6, 3), tcph()), 0, tcp6Want("raw/ipv6", size(43), ports(1, CutTransport))},
		{"hop-by-hop", LinkRaw, cat(ip6h(0, 28), extension(6), tcph()), 0, tcp6Want("raw/ipv6", size(68))},
		{
			"all the extensions", LinkRaw,
			cat(ip6h(0, 60), extension(60), extension(43), []byte{44, 1}, make([]byte, 14), []byte{6, 0, 0, 1, 0, 0, 0, 0}, tcph()), 0,
			tcp6Want("raw/ipv6", size(100)),
		},
		{"extension cut", LinkRaw, cat(ip6h(0, 28), extension(6)[:7]), 68, tcp6Want("raw/ipv6", size(68), ports(0, CutExtension))},
		{"extension beyond the payload", LinkRaw, cat(ip6h(0, 7), extension(6), tcph()), 0, tcp6Want("raw/ipv6", size(47), ports(0, CutExtension))},
		{"extension header not there", LinkRaw, ip6h(0, 28), 68, tcp6Want("raw/ipv6", size(68), ports(0, CutExtension), proto(0))},
		{"IPv6 later fragment", LinkRaw, cat(ip6h(44, 28), []byte{6, 0, 0, 8, 0, 0, 0, 0}, tcph()), 0, tcp6Want("raw/ipv6", size(68), ports(0, Decoded))},
		{"later fragment of an extension", LinkRaw, cat(ip6h(44, 28), []byte{60, 0, 0, 8, 0, 0, 0, 0}, tcph()), 0, tcp6Want("raw/ipv6", size(68), ports(0, Decoded), proto(60))},
		{"AH", LinkRaw, cat(ip6h(51, 28), extension(6), tcph()), 0, tcp6Want("raw/ipv6", size(68), ports(0, Decoded), proto(51))},
		{"mobility", LinkRaw, cat(ip6h(135, 28), extension(6), tcph()), 0, tcp6Want("raw/ipv6", size(68), ports(0, Decoded), proto(135))},
		{"no next header", LinkRaw, cat(ip6h(59, 20), tcph()), 0, tcp6Want("raw/ipv6", ports(0, Decoded), proto(59))},
		{"IPv6 in IPv4", LinkRaw, cat(ip4h(41, 60), tcp6()), 0, tcp4Want("raw/ipv4", size(80), ports(0, Decoded), proto(41))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wire := tt.wire
			if wire == 0 {
				wire = len(tt.frame)
			}
			if d := diff(decode(tt.link, tt.frame, wire), tt.want); d != "" {
				t.Errorf("Decode(%v, % x), wire length %d: -want +got\n%s", tt.link, tt.frame, wire, d)
			}
		})
	}
}

func TestLinkType(t *testing.T) {
	for _, tt := range []struct {
		link LinkType
		name string
		max  uint32
	}{
		{LinkEthernet, "ETHERNET", 262144},
		{LinkLinuxSLL2, "LINUX_SLL2", 262144},
		{231, "DBUS", 128 << 20},
		{249, "USBPCAP", 128 << 20},
		{279, "EBHSCR", 8 << 20},
		{4711, "LINKTYPE 4711", 262144},
	} {
		if got := tt.link.String(); got != tt.name {
			t.Errorf("LinkType(%d).String() = %q, want %q", tt.link, got, tt.name)
		}
		if got := tt.link.MaxFrame(); got != tt.max {
			t.Errorf("%v.MaxFrame() = %d, want %d", tt.link, got, tt.max)
		}
	}
}
