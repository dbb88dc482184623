package packet

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"pgregory.net/rapid"
)

// reference is what gopacket's own layers say of a frame: the differential oracle.
type reference struct {
	found            bool // an IP layer was decoded
	src, dst         string
	length           uint32 // 0 where the header says so
	proto, ttl       uint8
	ports            bool // a transport layer that has ports was decoded
	srcPort, dstPort uint16
	flags            uint8
}

func referenceOf(link LinkType, frame []byte) (r reference) {
	if link > 255 {
		return r
	}
	p := gopacket.NewPacket(frame, layers.LinkType(link), gopacket.DecodeOptions{NoCopy: true})
	four := false // gopacket follows extension headers in IPv4, too
	for _, l := range p.Layers() {
		if len(l.LayerContents()) == 0 {
			return r // a layer that failed
		}
		switch l := l.(type) {
		case *layers.IPv4:
			if r.found || l.Version != 4 { // which gopacket does not mind
				return r
			}
			four = true
			r.found, r.src, r.dst = true, l.SrcIP.String(), l.DstIP.String()
			r.length, r.proto, r.ttl = uint32(binary.BigEndian.Uint16(l.Contents[2:])), uint8(l.Protocol), l.TTL
		case *layers.IPv6:
			if r.found || l.Version != 6 {
				return r
			}
			src, dst := Host{Addr16(l.SrcIP.To16()), 6}, Host{Addr16(l.DstIP.To16()), 6}
			r.found, r.src, r.dst = true, src.String(), dst.String()
			r.proto, r.ttl = uint8(l.NextHeader), l.HopLimit
			if l.Length != 0 {
				r.length = ip6Len + uint32(l.Length)
			}
		case *layers.IPv6HopByHop:
			if four {
				return r
			}
			r.proto = uint8(l.NextHeader)
		case *layers.IPv6Routing:
			if four {
				return r
			}
			r.proto = uint8(l.NextHeader)
		case *layers.IPv6Destination:
			if four {
				return r
			}
			r.proto = uint8(l.NextHeader)
		case *layers.IPv6Fragment:
			if four {
				return r
			}
			r.proto = uint8(l.NextHeader)
		case *layers.TCP:
			if r.found {
				r.ports, r.srcPort, r.dstPort, r.flags = true, uint16(l.SrcPort), uint16(l.DstPort), l.Contents[tcpFlags]
			}
			return r
		case *layers.UDP:
			if r.found {
				r.ports, r.srcPort, r.dstPort = true, uint16(l.SrcPort), uint16(l.DstPort)
			}
			return r
		case *layers.SCTP:
			if r.found {
				r.ports, r.srcPort, r.dstPort = true, uint16(l.SrcPort), uint16(l.DstPort)
			}
			return r
		default:
			if r.found {
				return r
			}
		}
	}
	return r
}

// disagreement says in what s contradicts gopacket, if it does: where gopacket found
// an IP header or ports, they must be the same. gopacket gives up on packets of which
// capfold still gets the ports, so that its finding nothing says nothing.
func (r reference) disagreement(s *Summary) string {
	if !r.found {
		return ""
	}
	if s.Version == 0 {
		return fmt.Sprintf("gopacket finds IP from %s to %s, capfold %v", r.src, r.dst, s.Verdict)
	}
	src, dst := Host{s.Src, s.Version}.String(), Host{s.Dst, s.Version}.String()
	switch {
	case src != r.src || dst != r.dst:
		return fmt.Sprintf("addresses: gopacket %s > %s, capfold %s > %s", r.src, r.dst, src, dst)
	case s.TTL != r.ttl:
		return fmt.Sprintf("ttl: gopacket %d, capfold %d", r.ttl, s.TTL)
	case r.length != 0 && s.Bytes != r.length:
		return fmt.Sprintf("bytes: gopacket %d, capfold %d", r.length, s.Bytes)
	case r.ports && s.Proto != r.proto:
		return fmt.Sprintf("protocol: gopacket %d, capfold %d", r.proto, s.Proto)
	case r.ports && (s.SrcPort != r.srcPort || s.DstPort != r.dstPort || s.Ports != SrcPortKnown|DstPortKnown):
		return fmt.Sprintf("ports: gopacket %d > %d, capfold %d > %d (%b)", r.srcPort, r.dstPort, s.SrcPort, s.DstPort, s.Ports)
	case r.ports && s.TCPFlags != r.flags:
		return fmt.Sprintf("flags: gopacket %#x, capfold %#x", r.flags, s.TCPFlags)
	}
	return ""
}

// stack draws a frame and what it is to be decoded as.
func stack(t *rapid.T) (link LinkType, frame []byte, wantPorts bool) {
	var ls []gopacket.SerializableLayer
	six := rapid.Bool().Draw(t, "IPv6")
	typ := layers.EthernetTypeIPv4
	if six {
		typ = layers.EthernetTypeIPv6
	}
	mac := make([]byte, 6)
	switch rapid.SampledFrom([]string{"ethernet", "vlan", "llc", "raw", "null", "mpls", "pppoe"}).Draw(t, "link") {
	case "ethernet":
		link = LinkEthernet
		ls = append(ls, &layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: typ})
	case "vlan":
		link = LinkEthernet
		tags := rapid.IntRange(1, 4).Draw(t, "tags")
		outer := rapid.SampledFrom([]layers.EthernetType{layers.EthernetTypeDot1Q, layers.EthernetTypeQinQ}).Draw(t, "outer")
		ls = append(ls, &layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: outer})
		for i := range tags {
			next := layers.EthernetTypeDot1Q
			if i == tags-1 {
				next = typ
			}
			ls = append(ls, &layers.Dot1Q{VLANIdentifier: rapid.Uint16Range(0, 4095).Draw(t, "vlan"), Type: next})
		}
	case "llc":
		link = LinkEthernet
		ls = append(ls, &layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: layers.EthernetTypeLLC},
			&layers.LLC{DSAP: 0xaa, SSAP: 0xaa, Control: 3}, &layers.SNAP{OrganizationalCode: make([]byte, 3), Type: typ})
	case "mpls":
		link = LinkEthernet
		ls = append(ls, &layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: layers.EthernetTypeMPLSUnicast})
		for range rapid.IntRange(0, 3).Draw(t, "labels") {
			ls = append(ls, &layers.MPLS{Label: 16, TTL: 1})
		}
		ls = append(ls, &layers.MPLS{Label: 17, StackBottom: true})
	case "pppoe":
		link = LinkEthernet
		ppp := layers.PPPTypeIPv4
		if six {
			ppp = layers.PPPTypeIPv6
		}
		ls = append(ls, &layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: layers.EthernetTypePPPoESession},
			&layers.PPPoE{Version: 1, Type: 1}, &layers.PPP{PPPType: ppp})
	case "raw":
		link = LinkRaw
	case "null":
		link = LinkNull
		family := layers.ProtocolFamilyIPv4
		if six {
			family = rapid.SampledFrom([]layers.ProtocolFamily{10, 24, 28, 30}).Draw(t, "family")
		}
		ls = append(ls, &layers.Loopback{Family: family})
	}
	addr := func(n int) []byte { return rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "address") }
	proto := rapid.SampledFrom([]layers.IPProtocol{
		layers.IPProtocolTCP, layers.IPProtocolUDP, layers.IPProtocolSCTP, layers.IPProtocolICMPv4, layers.IPProtocolICMPv6,
	}).Draw(t, "protocol")
	later := rapid.IntRange(0, 5).Draw(t, "later fragment") == 0
	ttl := rapid.Byte().Draw(t, "ttl")
	if six {
		ip := &layers.IPv6{Version: 6, SrcIP: addr(16), DstIP: addr(16), HopLimit: ttl}
		next := func(p layers.IPProtocol) { ip.NextHeader = p }
		var extensions []gopacket.SerializableLayer
		for range rapid.IntRange(0, 3).Draw(t, "extensions") {
			// gopacket cannot serialize every extension header, so the bytes are made here.
			b := make([]byte, 8*rapid.IntRange(1, 3).Draw(t, "size"))
			b[1] = byte(len(b)/8 - 1)
			b[2], b[3] = 1, byte(len(b)-4) // one padding option fills it
			next(rapid.SampledFrom([]layers.IPProtocol{layers.IPProtocolIPv6HopByHop, layers.IPProtocolIPv6Destination}).Draw(t, "extension"))
			next = func(p layers.IPProtocol) { b[0] = byte(p) }
			extensions = append(extensions, gopacket.Payload(b))
		}
		if later {
			next(layers.IPProtocolIPv6Fragment)
			b := []byte{0, 0, 1, 1, 0, 0, 0, 9}
			next = func(p layers.IPProtocol) { b[0] = byte(p) }
			extensions = append(extensions, gopacket.Payload(b))
		}
		next(proto)
		ls = append(append(ls, ip), extensions...)
	} else {
		ip := &layers.IPv4{Version: 4, SrcIP: addr(4), DstIP: addr(4), TTL: ttl, Protocol: proto}
		for range rapid.IntRange(0, 3).Draw(t, "options") {
			ip.Options = append(ip.Options, layers.IPv4Option{OptionType: 1})
		}
		if later {
			ip.FragOffset = rapid.Uint16Range(1, 0x1fff).Draw(t, "offset")
		} else if rapid.Bool().Draw(t, "more fragments") {
			ip.Flags = layers.IPv4MoreFragments
		}
		ls = append(ls, ip)
	}
	src, dst := rapid.Uint16().Draw(t, "source port"), rapid.Uint16().Draw(t, "destination port")
	switch proto {
	case layers.IPProtocolTCP:
		ls = append(ls, &layers.TCP{SrcPort: layers.TCPPort(src), DstPort: layers.TCPPort(dst), SYN: true, ECE: true})
	case layers.IPProtocolUDP:
		ls = append(ls, &layers.UDP{SrcPort: layers.UDPPort(src), DstPort: layers.UDPPort(dst)})
	case layers.IPProtocolSCTP:
		ls = append(ls, &layers.SCTP{SrcPort: layers.SCTPPort(src), DstPort: layers.SCTPPort(dst)})
	}
	ls = append(ls, gopacket.Payload(rapid.SliceOfN(rapid.Byte(), 16, 40).Draw(t, "payload")))
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, ls...); err != nil {
		t.Fatal(err)
	}
	hasPorts := proto == layers.IPProtocolTCP || proto == layers.IPProtocolUDP || proto == layers.IPProtocolSCTP
	return link, b.Bytes(), hasPorts && !later
}

func TestDecodeAgainstGopacket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		link, frame, wantPorts := stack(t)
		r := referenceOf(link, frame)
		if !r.found {
			t.Skip("gopacket does not decode it")
		}
		got := decode(link, frame, len(frame))
		if d := r.disagreement(&got); d != "" {
			t.Fatalf("Decode(%v, % x): %s", link, frame, d)
		}
		if got.Verdict != Decoded || (got.Ports != 0) != wantPorts {
			t.Fatalf("Decode(%v, % x) = %v, ports %b, want decoded, ports %v", link, frame, got.Verdict, got.Ports, wantPorts)
		}
	})
}
