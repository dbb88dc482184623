package packet

import (
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"pgregory.net/rapid"
)

// innerReferenceOf is what gopacket says of the innermost IP header.
func innerReferenceOf(frame []byte) reference {
	p := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.DecodeOptions{NoCopy: true})
	all := p.Layers()
	for _, l := range slices.Backward(all) {
		switch l := l.(type) {
		case *layers.IPv4:
			return referenceOf(LinkRaw, cat(l.Contents, l.Payload))
		case *layers.IPv6:
			return referenceOf(LinkRaw, cat(l.Contents, l.Payload))
		}
	}
	return reference{}
}

// tunnelled draws a packet in up to four tunnels that gopacket decodes.
func tunnelled(t *rapid.T) (frame []byte, deep int) {
	proto := rapid.SampledFrom([]layers.IPProtocol{layers.IPProtocolTCP, layers.IPProtocolSCTP, layers.IPProtocolICMPv4}).Draw(t, "protocol")
	b := rapid.SliceOfN(rapid.Byte(), 28, 60).Draw(t, "payload")
	b[12] = 0x50 // length of a TCP header
	next := proto
	wrap := func() (six bool) {
		addr := func(n int) []byte { return rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "address") }
		ttl := rapid.Byte().Draw(t, "ttl")
		if six = rapid.Bool().Draw(t, "IPv6"); six {
			b = serialize(t, &layers.IPv6{Version: 6, SrcIP: addr(16), DstIP: addr(16), HopLimit: ttl, NextHeader: next}, b)
		} else {
			b = serialize(t, &layers.IPv4{Version: 4, SrcIP: addr(4), DstIP: addr(4), TTL: ttl, Protocol: next}, b)
		}
		return six
	}
	six := wrap()
	for range rapid.IntRange(0, 4).Draw(t, "depth") {
		typ := map[bool]int{false: 0x0800, true: 0x86dd}[six]
		next = layers.IPProtocolUDP
		udp := func(port int) {
			b = cat(be16(rapid.IntRange(50000, 60000).Draw(t, "port")), be16(port), be16(8+len(b)), be16(0), b)
		}
		switch kind := rapid.SampledFrom([]string{"ip", "gre", "gre ethernet", "etherip", "vxlan", "geneve", "gtp"}).Draw(t, "tunnel"); kind {
		case "ip":
			if next = layers.IPProtocolIPv4; six {
				next = layers.IPProtocolIPv6
			}
		case "gre", "gre ethernet":
			if kind == "gre ethernet" {
				b, typ = cat(ether4(typ), b), 0x6558
			}
			gre := &layers.GRE{Protocol: layers.EthernetType(typ)}
			gre.ChecksumPresent, gre.KeyPresent, gre.SeqPresent = rapid.Bool().Draw(t, "checksum"), rapid.Bool().Draw(t, "key"), rapid.Bool().Draw(t, "sequence")
			b, next = serialize(t, gre, b), layers.IPProtocolGRE
		case "etherip":
			b, next = cat([]byte{0x30, 0}, ether4(typ), b), layers.IPProtocolEtherIP
		case "vxlan":
			b = serialize(t, &layers.VXLAN{ValidIDFlag: true, VNI: 7}, cat(ether4(typ), b))
			udp(portVXLAN)
		case "geneve":
			words := rapid.IntRange(0, 3).Draw(t, "options")
			options := make([]byte, 0, 12)
			for range words {
				options = append(options, 0, 1, 2, 0)
			}
			b = cat([]byte{byte(words), 0}, be16(0x6558), make([]byte, 4), options, ether4(typ), b)
			udp(portGeneve)
		case "gtp":
			b = serialize(t, &layers.GTPv1U{
				Version: 1, ProtocolType: 1, MessageType: 255, MessageLength: uint16(len(b)),
			}, b)
			udp(portGTP)
		}
		six = wrap()
		deep++
	}
	return cat(ether4(map[bool]int{false: 0x0800, true: 0x86dd}[six]), b), deep
}

func serialize(t *rapid.T, l gopacket.SerializableLayer, payload []byte) []byte {
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, l, gopacket.Payload(payload)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDecodeInnerAgainstGopacket(t *testing.T) {
	compared := map[int]int{}
	rapid.Check(t, func(t *rapid.T) {
		frame, deep := tunnelled(t)
		r := innerReferenceOf(frame)
		if !r.found {
			t.Fatalf("gopacket finds no IP in % x", frame)
		}
		got := decodeInner(LinkEthernet, frame, len(frame))
		if d := r.disagreement(&got); d != "" {
			t.Fatalf("Decode(% x), %d tunnels: %s (%v)", frame, deep, d, got.Path)
		}
		compared[deep]++
	})
	t.Logf("packets compared, by depth: %v", compared)
}
