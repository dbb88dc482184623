package packet

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

func FuzzDecode(f *testing.F) {
	for _, s := range benchFrames() {
		f.Add(uint16(s.link), uint32(len(s.frame)), s.frame)
	}
	for _, link := range []LinkType{
		LinkLoop, LinkIPv4, LinkIPv6, LinkLinuxSLL2, LinkPPP, LinkPPPEther, LinkPPPWithDir, LinkCHDLC, LinkFrameRelay, LinkMPLS, LinkFDDI,
		LinkPFLog, LinkTokenRing, LinkARCNET, LinkARCNETLinux, LinkATM, LinkATMClassicalIP, LinkIPoverFC, LinkApple1394, LinkENC,
		LinkSymantec, LinkIPoIB, LinkIPNET, LinkNFLOG, LinkRadiotap, LinkPrism, LinkAVS, LinkPPI, LinkPKTAP, LinkJuniperEther, 147,
		LinkSunATM, LinkPPPD, LinkJuniperPPP, LinkJuniperFR, LinkJuniperCHDLC, LinkERF, LinkCHDLCWithDir, LinkFRWithDir, LinkNetAnalyzer, LinkNetAnalyzerRaw,
		LinkWPAN, LinkWPANNoFCS, LinkWPANPHY, LinkWPANTap, linkBluetoothH4,
		LinkJuniperMLPPP, LinkJuniperMLFR, LinkJuniperGGSN, LinkJuniperATM1, LinkJuniperATM2, LinkJuniperServices, LinkJuniperVP, LinkAX25, LinkAX25KISS, LinkTZSP,
		LinkDSABroadcom, LinkDSABroadcomFirst, LinkDSAMarvell, LinkDSAMarvellEther,
	} {
		f.Add(uint16(link), uint32(100), cat(make([]byte, 24), tcp4()))
	}
	for _, typ := range []int{0x8870, 0x22f3, 0x6558, 0x880b, 0x88e5, 0x88e7, 0x8903, 0x8909, 0x8926, 0x893f, 0x894f, 0xd28b} {
		f.Add(uint16(LinkEthernet), uint32(100), cat(ether4(typ), make([]byte, 8), tcp6()))
	}
	for _, tt := range tunnelsOfEachKind() {
		f.Add(uint16(LinkRaw), uint32(200), tt.packet())
		f.Add(uint16(LinkEthernet), uint32(100), cat(ether4(0x86dd), ip6h(4, 100), tt.packet()))
	}
	for _, tt := range lowpanFrames() {
		f.Add(uint16(LinkWPANNoFCS), uint32(100), tt.frame)
		f.Add(uint16(LinkWPAN), uint32(len(tt.frame)+wpanFCS), withFCS(tt.frame))
		f.Add(uint16(LinkWPANTap), uint32(len(tt.frame)+4), cat([]byte{0, 0, 4, 0}, tt.frame))
		f.Add(uint16(LinkEthernet), uint32(len(tt.frame)+20), cat(ether4(0x809a), withFCS(tt.frame)))
	}
	d := NewDecoder()
	f.Fuzz(func(t *testing.T, link uint16, wire uint32, frame []byte) {
		l := LinkType(link)
		got := decode(l, frame, int(wire)) // into a dirty summary
		fresh := Summary{WireLen: wire, CapLen: uint32(len(frame)), Time: 5}
		lengths := fresh
		lengths.trueLengths(l, frame)
		d.Decode(l, frame, &fresh) // by a decoder that has seen other frames
		if fresh.Time != 5 || fresh.WireLen != lengths.WireLen || fresh.CapLen != lengths.CapLen {
			t.Errorf("Decode changed the record header's fields: %+v", fresh)
		}
		if fresh.CapLen > uint32(len(frame)) || l != LinkERF && fresh.WireLen > wire {
			t.Errorf("lengths %d and %d of %d and %d", fresh.CapLen, fresh.WireLen, len(frame), wire)
		}
		fresh.Time, fresh.WireLen, fresh.CapLen = 0, 0, 0
		if d := diff(got, fresh); d != "" {
			t.Errorf("Decode into a used and a new summary differ: -new +used\n%s", d)
		}
		plain := Summary{}
		room := max(int(wire), len(frame))
		d.decodeAny(l, frame, room, &plain)
		if d := diff(got, plain); d != "" {
			t.Errorf("Decode and its plain twin differ: -plain +fast\n%s", d)
		}
		if l == LinkERF { // which has a length of its own
			room = max(room, int(lengths.WireLen))
		}
		if strings.Contains(got.Path.String(), "6lowpan") { // headers are longer than they were, fragments may be of longer packets
			room = max(room, int(got.Bytes))
		}
		checkInvariants(t, &got, room)
		if agrees(l, &got) && (got.Verdict == LongIP || got.Verdict == Decoded) {
			if d := referenceOf(l, frame).disagreement(&got); d != "" {
				t.Errorf("%v: %s", got.Path, d)
			}
		}

		inner := decodeInner(l, frame, int(wire))
		again := Summary{WireLen: wire, CapLen: uint32(len(frame)), Time: 5}
		d.Tunnels = Inner
		d.Decode(l, frame, &again)
		d.Tunnels = Outer
		if again.Time != 5 || again.WireLen != lengths.WireLen || again.CapLen != lengths.CapLen {
			t.Errorf("Decode of inner headers changed the record header's fields: %+v", again)
		}
		again.Time, again.WireLen, again.CapLen = 0, 0, 0
		if d := diff(inner, again); d != "" {
			t.Errorf("Decode of inner headers by a new and a used decoder differ: -used +new\n%s", d)
		}
		again.WireLen, again.CapLen = wire, uint32(len(frame))
		d.Decode(l, frame, &again)
		again.WireLen, again.CapLen = 0, 0
		if d := diff(again, got); d != "" {
			t.Errorf("Decode before and after that of inner headers differ: -before +after\n%s", d)
		}
		checkInner(t, d, &got, &inner, frame, room)
	})
}

// checkInner checks what the two kinds of tunnels have to do with each other. d has just
// decoded the inner one.
func checkInner(t *testing.T, d *Decoder, outer, inner *Summary, frame []byte, room int) {
	t.Helper()
	if !outer.mayTunnel() && *inner != *outer {
		t.Errorf("no tunnel, but inner %+v of outer %+v", inner, outer)
	}
	if (inner.Version == 0) != (outer.Version == 0) {
		t.Errorf("version %d in version %d", inner.Version, outer.Version)
	}
	if d.fragment {
		room = max(room, int(inner.Bytes))
	}
	checkInvariants(t, inner, room)
	if inner.Version == 0 {
		return
	}
	src := inner.Src.As16()
	address := src[:]
	if inner.Version == 4 {
		address = binary.BigEndian.AppendUint32(nil, inner.Src.As4())
	}
	if !bytes.Contains(frame, address) && !strings.Contains(inner.Path.String(), "6lowpan") {
		t.Errorf("the frame does not have the address %v", Host{inner.Src, inner.Version})
	}
	way, to := outer.Path.String(), inner.Path.String()
	if len(to) < maxName/2 && way != to && !strings.HasPrefix(to, way+"/") {
		t.Errorf("the way to %s is not by %s", to, way)
	}
	if inner.Verdict == Decoded && !d.fragment && inner.Bytes > outer.Bytes {
		t.Errorf("%d bytes in %d", inner.Bytes, outer.Bytes)
	}
}

// agrees reports whether gopacket reads the headers before IP as capfold does. It has no
// VLAN tags of the types 0x9100 and 0x9200, takes a length of 1501 to 1535 for one,
// ignores the OUI of SNAP, and sees none of the smaller tags.
func agrees(link LinkType, s *Summary) bool {
	switch s.Path.String() {
	case "ether/ipv4", "ether/ipv6", "ether/vlan/ipv4", "ether/vlan/ipv6", "raw/ipv4", "raw/ipv6":
		return link == LinkEthernet || link == LinkRaw
	}
	return false
}

func checkInvariants(t *testing.T, s *Summary, room int) {
	t.Helper()
	if s.Verdict >= NumVerdicts {
		t.Fatalf("verdict %d of %d", s.Verdict, NumVerdicts)
	}
	noIP := false
	switch s.Verdict {
	case NotIP, UnknownLink, CutLink, BadLink, CutIP, BadIP:
		noIP = true
	}
	if noIP != (s.Version == 0) {
		t.Errorf("%v with version %d", s.Verdict, s.Version)
	}
	if noIP && (*s != Summary{Path: s.Path, Verdict: s.Verdict}) {
		t.Errorf("%v with fields of an IP packet: %+v", s.Verdict, s)
	}
	if s.Version != 0 && s.Version != 4 && s.Version != 6 {
		t.Errorf("version %d", s.Version)
	}
	ported := s.Proto == ProtoTCP || s.Proto == ProtoUDP || s.Proto == ProtoSCTP
	if s.Ports != 0 && !ported {
		t.Errorf("ports %b of protocol %d", s.Ports, s.Proto)
	}
	if s.TCPFlags != 0 && (s.Proto != ProtoTCP || s.Ports != SrcPortKnown|DstPortKnown) {
		t.Errorf("flags %#x of protocol %d, ports %b", s.TCPFlags, s.Proto, s.Ports)
	}
	if s.Ports&SrcPortKnown == 0 && s.SrcPort != 0 || s.Ports&DstPortKnown == 0 && s.DstPort != 0 {
		t.Errorf("ports %b: %d > %d", s.Ports, s.SrcPort, s.DstPort)
	}
	switch s.Verdict {
	case CutTransport:
		if !ported || s.Ports&DstPortKnown != 0 {
			t.Errorf("%v of protocol %d, ports %b", s.Verdict, s.Proto, s.Ports)
		}
	case LongIP:
		if int(s.Bytes) <= 0 || s.Bytes < ip4Len {
			t.Errorf("%v with %d bytes", s.Verdict, s.Bytes)
		}
	case Decoded:
		if int(s.Bytes) > room {
			t.Errorf("%v with %d bytes of %d", s.Verdict, s.Bytes, room)
		}
	}
}
