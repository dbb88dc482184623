package synth

import "encoding/binary"

// IP protocol numbers (IANA).
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
)

// TCP flags (RFC 9293).
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

// ICMP types (RFC 792, RFC 4443), carried in segment.flags.
const (
	icmpEchoReply    = 0
	icmpEcho         = 8
	icmpTimeExceeded = 11
	icmpv6Echo       = 128
	icmpv6EchoReply  = 129
)

const (
	etherLen = 14
	vlanLen  = 4
	ipv4Len  = 20
	ipv6Len  = 40
	tcpLen   = 20
	udpLen   = 8
	icmpLen  = 8

	// minFrame is the shortest Ethernet frame without its checksum; shorter
	// packets are padded, as on a wire.
	minFrame = 60
)

// tcpOptions is a constant option list and the sum of its words.
type tcpOptions struct {
	bytes [20]byte
	n     int
	sum   uint32
}

// The option lists a segment can name.
const (
	optNone  = iota
	optStamp // NOP NOP timestamps: the 66 byte acknowledgement of today
	optSyn   // MSS, SACK permitted, timestamps, NOP, window scale
	optSyn48 // MSS, NOP NOP SACK permitted: the 48 byte SYN of 2011's desktops
)

var options = [...]tcpOptions{
	optNone:  {},
	optStamp: newTCPOptions(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1),
	optSyn:   newTCPOptions(2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7),
	optSyn48: newTCPOptions(2, 4, 5, 0xb4, 1, 1, 4, 2),
}

func newTCPOptions(b ...byte) tcpOptions {
	o := tcpOptions{n: len(b), sum: wordSum(b)}
	copy(o.bytes[:], b)
	return o
}

// endpoint is one side of a flow as its packets spell it.
type endpoint struct {
	mac  [6]byte
	v4   uint32
	v6   [16]byte
	port uint16
}

// template is the headers of one direction of a flow, everything constant in
// place and summed, so that a packet is a copy and a few patches.
type template struct {
	b      [etherLen + vlanLen + ipv6Len + tcpLen]byte
	ip, l4 uint8 // offsets of the IP and the transport header
	n      uint8 // bytes of b in use
	proto  uint8
	v6     bool
	ipSum  uint32 // IPv4 header without length, identification, TTL
	l4Sum  uint32 // pseudo header and transport header without what segment varies
}

// newTemplate returns the headers of packets from src to dst. A vlan of 0 means
// no tag. For ICMP and ICMPv6 src.port is the echo identifier.
func newTemplate(src, dst *endpoint, proto uint8, v6 bool, vlan uint16) template {
	t := template{proto: proto, v6: v6}
	b := t.b[:]
	copy(b[0:], dst.mac[:])
	copy(b[6:], src.mac[:])
	at := 12
	if vlan != 0 {
		binary.BigEndian.PutUint16(b[at:], 0x8100)
		binary.BigEndian.PutUint16(b[at+2:], vlan)
		at += vlanLen
	}
	t.ip = uint8(at + 2)
	ip := b[t.ip:]
	if v6 {
		binary.BigEndian.PutUint16(b[at:], 0x86dd)
		ip[0] = 0x60
		ip[6] = proto
		copy(ip[8:], src.v6[:])
		copy(ip[24:], dst.v6[:])
		t.l4 = t.ip + ipv6Len
		t.l4Sum = wordSum(ip[8:40])
	} else {
		binary.BigEndian.PutUint16(b[at:], 0x0800)
		ip[0] = 0x45
		ip[6] = 0x40 // don't fragment
		ip[9] = proto
		binary.BigEndian.PutUint32(ip[12:], src.v4)
		binary.BigEndian.PutUint32(ip[16:], dst.v4)
		t.l4 = t.ip + ipv4Len
		t.ipSum = wordSum(ip[:ipv4Len])
		t.l4Sum = wordSum(ip[12:20])
	}
	t.l4Sum += uint32(proto)
	l4 := b[t.l4:]
	switch proto {
	case protoTCP:
		binary.BigEndian.PutUint16(l4[0:], src.port)
		binary.BigEndian.PutUint16(l4[2:], dst.port)
		binary.BigEndian.PutUint16(l4[14:], 0xfaf0) // window
		t.n = t.l4 + tcpLen
	case protoUDP:
		binary.BigEndian.PutUint16(l4[0:], src.port)
		binary.BigEndian.PutUint16(l4[2:], dst.port)
		t.n = t.l4 + udpLen
	case protoICMP, protoICMPv6:
		binary.BigEndian.PutUint16(l4[4:], src.port)
		t.n = t.l4 + icmpLen
		if proto == protoICMP {
			t.l4Sum = 0 // no pseudo header
		}
	}
	t.l4Sum += wordSum(b[t.l4:t.n])
	return t
}

// segment is what differs between two packets of one template.
type segment struct {
	payload  int // bytes after the transport header
	offset   int // of the window in the payload block; even
	seq, ack uint32
	id       uint16 // IPv4 identification; sequence number of ICMP
	ttl      uint8
	flags    uint8 // TCP flags or ICMP type
	opts     uint8 // TCP options
}

// fill writes the frame of s into dst, which has maxFrame bytes, and returns its
// length on the wire. Payload bytes beyond snap are not copied: the writer cuts
// them off anyway, and their sum is known without looking at them.
func (t *template) fill(dst []byte, s *segment, p *payload, snap int) int {
	_ = dst[maxFrame-1]
	*(*[len(t.b)]byte)(dst) = t.b
	n := int(t.n)
	l4 := int(t.l4)
	sum := t.l4Sum + p.sum(s.offset, s.payload)
	if t.proto == protoTCP {
		o := &options[s.opts]
		*(*[len(o.bytes)]byte)(dst[n:]) = o.bytes
		n += o.n
		h := dst[l4 : l4+tcpLen]
		binary.BigEndian.PutUint32(h[4:], s.seq)
		binary.BigEndian.PutUint32(h[8:], s.ack)
		word := uint16(tcpLen+o.n)<<10 | uint16(s.flags)
		binary.BigEndian.PutUint16(h[12:], word)
		sum += o.sum + s.seq>>16 + s.seq&0xffff + s.ack>>16 + s.ack&0xffff + uint32(word)
		sum += uint32(n - l4 + s.payload)
		binary.BigEndian.PutUint16(h[16:], checksum(sum))
	} else {
		t.fillDatagram(dst[l4:l4+udpLen], s, sum)
	}
	length := n + s.payload - int(t.ip)
	ip := dst[t.ip : t.ip+ipv4Len]
	if t.v6 {
		binary.BigEndian.PutUint16(ip[4:], uint16(length-ipv6Len))
		ip[7] = s.ttl
	} else {
		binary.BigEndian.PutUint16(ip[2:], uint16(length))
		binary.BigEndian.PutUint16(ip[4:], s.id)
		ip[8] = s.ttl
		binary.BigEndian.PutUint16(ip[10:], checksum(t.ipSum+uint32(length)+uint32(s.id)+uint32(s.ttl)<<8))
	}
	if c := min(s.payload, snap-n); c > 0 {
		copy(dst[n:], p.bytes[s.offset:s.offset+c])
	}
	wire := n + s.payload
	if wire < minFrame {
		clear(dst[wire:minFrame])
		wire = minFrame
	}
	return wire
}

// fillDatagram patches the eight byte header h of UDP, ICMP or ICMPv6.
func (t *template) fillDatagram(h []byte, s *segment, sum uint32) {
	length := uint16(len(h) + s.payload)
	if t.proto == protoUDP {
		binary.BigEndian.PutUint16(h[4:], length)
		c := checksum(sum + 2*uint32(length))
		if c == 0 {
			c = 0xffff // zero means "no checksum" (RFC 768)
		}
		binary.BigEndian.PutUint16(h[6:], c)
		return
	}
	h[0] = s.flags
	binary.BigEndian.PutUint16(h[6:], s.id)
	sum += uint32(s.flags)<<8 + uint32(s.id)
	if t.v6 {
		sum += uint32(length)
	}
	binary.BigEndian.PutUint16(h[2:], checksum(sum))
}

// fillARP writes an ARP request of src for dst's address (RFC 826) and returns
// its length on the wire.
func fillARP(dst []byte, src *endpoint, target uint32) int {
	b := dst[:minFrame]
	clear(b)
	copy(b, "\xff\xff\xff\xff\xff\xff")
	copy(b[6:], src.mac[:])
	copy(b[12:], "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01")
	copy(b[22:], src.mac[:])
	binary.BigEndian.PutUint32(b[28:], src.v4)
	binary.BigEndian.PutUint32(b[38:], target)
	return minFrame
}

// retarget gives an IPv4 template whose addresses and ports are still zero new
// ones.
func (t *template) retarget(src, dst uint32, sport, dport uint16) {
	ip, l4 := t.b[t.ip:t.ip+ipv4Len], t.b[t.l4:t.l4+4]
	binary.BigEndian.PutUint32(ip[12:], src)
	binary.BigEndian.PutUint32(ip[16:], dst)
	binary.BigEndian.PutUint16(l4[0:], sport)
	binary.BigEndian.PutUint16(l4[2:], dport)
	addresses := src>>16 + src&0xffff + dst>>16 + dst&0xffff
	t.ipSum += addresses
	t.l4Sum += addresses + uint32(sport) + uint32(dport)
}
