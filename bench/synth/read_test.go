package synth

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// record is what the tests look at, as gopacket decodes it.
type record struct {
	time               time.Time
	captured, wire     int
	frame              []byte
	arp, vlan, v6      bool
	src, dst           string
	length             int // IP total length
	ttl                uint8
	proto              uint8
	hasPorts           bool
	sport, dport       uint16
	tcp                *layers.TCP
	transport          []byte // transport header and payload, as captured
	pseudo             uint32 // sum of the pseudo header's addresses
	checksumIP         uint16 // of IPv4; 0 if right
	transportHeaderLen int
}

// capture returns the capture of a profile, as Write writes it.
func capture(t testing.TB, profile string, o Options) ([]byte, Stats) {
	t.Helper()
	var b bytes.Buffer
	s, err := Write(&b, profile, o)
	if err != nil {
		t.Fatalf("Write(%q, %+v): %v", profile, o, err)
	}
	return b.Bytes(), s
}

// each calls f with every record of a capture, decoded by gopacket, and fails
// the test if the file or a packet does not parse.
func each(t testing.TB, b []byte, f func(*record)) {
	t.Helper()
	if got := binary.LittleEndian.Uint32(b); got != 0xa1b2c3d4 {
		t.Fatalf("magic = %#x", got)
	}
	if got := binary.LittleEndian.Uint32(b[20:]); got != uint32(layers.LinkTypeEthernet) {
		t.Fatalf("link type = %d, want Ethernet", got)
	}
	snap := int(binary.LittleEndian.Uint32(b[16:]))
	b = b[24:]
	var (
		eth   layers.Ethernet
		dot1q layers.Dot1Q
		arp   layers.ARP
		ip4   layers.IPv4
		ip6   layers.IPv6
		tcp   layers.TCP
		udp   layers.UDP
		icmp4 layers.ICMPv4
		icmp6 layers.ICMPv6
		body  gopacket.Payload
	)
	p := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet,
		&eth, &dot1q, &arp, &ip4, &ip6, &tcp, &udp, &icmp4, &icmp6, &body)
	p.IgnoreUnsupported = true
	var decoded []gopacket.LayerType
	for n := 0; ; n++ {
		if len(b) == 0 {
			return
		}
		sec, micros := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
		captured, wire := int(binary.LittleEndian.Uint32(b[8:])), int(binary.LittleEndian.Uint32(b[12:]))
		if micros >= 1e6 || captured != min(wire, snap) || 16+captured > len(b) {
			t.Fatalf("record %d: header %x", n, b[:16])
		}
		data := b[16 : 16+captured]
		b = b[16+captured:]
		if err := p.DecodeLayers(data, &decoded); err != nil {
			t.Fatalf("record %d: %v", n, err)
		}
		rec := record{time: time.Unix(int64(sec), int64(micros)*1000), captured: captured, wire: wire, frame: data}
		for _, l := range decoded {
			switch l {
			case layers.LayerTypeDot1Q:
				rec.vlan = true
			case layers.LayerTypeARP:
				rec.arp = true
			case layers.LayerTypeIPv4:
				rec.src, rec.dst = string(ip4.SrcIP), string(ip4.DstIP)
				rec.length, rec.ttl, rec.proto = int(ip4.Length), ip4.TTL, uint8(ip4.Protocol)
				rec.transport = ip4.Payload
				rec.pseudo = wordSum(ip4.Contents[12:20])
				rec.checksumIP = checksum(wordSum(ip4.Contents))
			case layers.LayerTypeIPv6:
				rec.v6 = true
				rec.src, rec.dst = string(ip6.SrcIP), string(ip6.DstIP)
				rec.length, rec.ttl, rec.proto = 40+int(ip6.Length), ip6.HopLimit, uint8(ip6.NextHeader)
				rec.transport = ip6.Payload
				rec.pseudo = wordSum(ip6.Contents[8:40])
			case layers.LayerTypeTCP:
				rec.hasPorts, rec.sport, rec.dport = true, uint16(tcp.SrcPort), uint16(tcp.DstPort)
				rec.tcp = &tcp
				rec.transportHeaderLen = len(tcp.Contents)
			case layers.LayerTypeUDP:
				rec.hasPorts, rec.sport, rec.dport = true, uint16(udp.SrcPort), uint16(udp.DstPort)
				rec.transportHeaderLen = 8
			case layers.LayerTypeICMPv4, layers.LayerTypeICMPv6:
				rec.transportHeaderLen = 8
			}
		}
		f(&rec)
	}
}

// transportChecksum returns 0 if the checksum of a wholly captured packet is
// right.
func (r *record) transportChecksum() uint16 {
	b := append(bytes.Clone(r.transport), make([]byte, len(r.transport)%2)...)
	sum := wordSum(b)
	if r.proto != protoICMP {
		sum += r.pseudo + uint32(r.proto) + uint32(len(r.transport))
	}
	return checksum(sum)
}

// key returns the five-tuple, the same both ways.
func (r *record) key() string {
	var ports [4]byte
	binary.BigEndian.PutUint16(ports[0:], r.sport)
	binary.BigEndian.PutUint16(ports[2:], r.dport)
	a, b := r.src+string(ports[:2]), r.dst+string(ports[2:])
	if a > b {
		a, b = b, a
	}
	return a + b + string(rune(r.proto))
}

// atom returns the directed five-tuple and the TTL.
func (r *record) atom() string {
	var ports [4]byte
	binary.BigEndian.PutUint16(ports[0:], r.sport)
	binary.BigEndian.PutUint16(ports[2:], r.dport)
	return r.src + r.dst + string(ports[:]) + string([]byte{r.proto, r.ttl})
}
