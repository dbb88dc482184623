package packet

import (
	"encoding/binary"
	"slices"
)

// Builders of headers, for tests that need them wrong. They concatenate.

const (
	src4 = 0x0a000001 // 10.0.0.1
	dst4 = 0x0a000002
)

var (
	src6 = Addr{0x20010db8_00000000, 1}
	dst6 = Addr{0x20010db8_00000000, 2}
)

func be16(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }

func cat(parts ...[]byte) []byte { return slices.Concat(parts...) }

// ether4 is an Ethernet header.
func ether4(typ int) []byte {
	return cat([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}, be16(typ))
}

// ip4h is an IPv4 header before a payload of n bytes.
func ip4h(proto uint8, n int, edit ...func([]byte)) []byte {
	h := make([]byte, ip4Len)
	h[0] = ip4Plain
	binary.BigEndian.PutUint16(h[ip4Length:], uint16(ip4Len+n))
	h[ip4TTL], h[ip4Proto] = 64, proto
	binary.BigEndian.PutUint32(h[ip4Src:], src4)
	binary.BigEndian.PutUint32(h[ip4Dst:], dst4)
	for _, f := range edit {
		f(h)
	}
	return h
}

// ip6h is an IPv6 header before a payload of n bytes.
func ip6h(next uint8, n int, edit ...func([]byte)) []byte {
	h := make([]byte, ip6Len)
	h[0] = 0x60
	binary.BigEndian.PutUint16(h[ip6Length:], uint16(n))
	h[ip6Next], h[ip6Hops] = next, 63
	src, dst := src6.As16(), dst6.As16()
	copy(h[ip6Src:], src[:])
	copy(h[ip6Dst:], dst[:])
	for _, f := range edit {
		f(h)
	}
	return h
}

// at returns an edit that puts v at offset i.
func at(i int, v ...byte) func([]byte) { return func(h []byte) { copy(h[i:], v) } }

// tcph is a TCP header from port 1234 to port 80 with the flags SYN and ACK.
func tcph() []byte {
	return cat(be16(1234), be16(80), make([]byte, 8), []byte{0x50, 0x12}, make([]byte, 6))
}

// udph is a UDP header from port 1234 to port 53.
func udph() []byte { return cat(be16(1234), be16(53), be16(8), be16(0)) }

// tcp4 and tcp6 are whole packets.
func tcp4() []byte { return cat(ip4h(ProtoTCP, 20), tcph()) }
func tcp6() []byte { return cat(ip6h(ProtoTCP, 20), tcph()) }

var snap4 = []byte{0xaa, 0xaa, 3, 0, 0, 0, 8, 0}

// label is an MPLS label, the last of its stack.
var label = []byte{0, 1, 1, 64}

// dot11h is the header of an IEEE 802.11 data frame.
func dot11h() []byte { return cat([]byte{0x08, 0x02, 0, 0}, make([]byte, 20)) }
