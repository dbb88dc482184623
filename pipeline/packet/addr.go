package packet

import (
	"cmp"
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
	"strconv"
)

// Addr is an IP address as a 128-bit number in two words, most significant first.
// An IPv4 address is held in its IPv4-mapped form, ::ffff:a.b.c.d (RFC 4291 §2.5.5.2),
// which an IPv6 packet may carry too: what tells the two apart is [Host].Version or
// [Summary].Version. The zero value is the IPv6 address "::".
type Addr struct{ Hi, Lo uint64 }

// mapped4 is the word in front of an IPv4 address in its IPv4-mapped form.
const mapped4 = 0xffff << 32

// Addr4 returns the address of the IPv4 packet field a, in host byte order.
func Addr4(a uint32) Addr { return Addr{Lo: mapped4 | uint64(a)} }

// Addr16 returns the IPv6 address in the first 16 bytes of b.
func Addr16(b []byte) Addr {
	return Addr{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// As4 returns the last four bytes as a number, the whole address if it is IPv4.
func (a Addr) As4() uint32 { return uint32(a.Lo) }

// As16 returns the address in network byte order, IPv4 in its mapped form.
func (a Addr) As16() (b [16]byte) {
	binary.BigEndian.PutUint64(b[:], a.Hi)
	binary.BigEndian.PutUint64(b[8:], a.Lo)
	return b
}

// Compare orders addresses by their value as 128-bit numbers.
func (a Addr) Compare(b Addr) int {
	if c := cmp.Compare(a.Hi, b.Hi); c != 0 {
		return c
	}
	return cmp.Compare(a.Lo, b.Lo)
}

// Host is an address together with the IP version that carried it, 4 or 6.
type Host struct {
	Addr    Addr
	Version uint8
}

// Compare orders hosts by IP version and then by address.
func (h Host) Compare(o Host) int {
	if c := cmp.Compare(h.Version, o.Version); c != 0 {
		return c
	}
	return h.Addr.Compare(o.Addr)
}

// Netip returns the address as a [netip.Addr], an IPv4 one unmapped.
func (h Host) Netip() netip.Addr {
	a := netip.AddrFrom16(h.Addr.As16())
	if h.Version == 4 {
		return a.Unmap()
	}
	return a
}

// AppendTo appends the address as text: dotted quad, or RFC 5952 for IPv6.
func (h Host) AppendTo(b []byte) []byte {
	if h.Version != 4 || h.Addr.Hi != 0 || h.Addr.Lo&^math.MaxUint32 != mapped4 {
		return h.Netip().AppendTo(b)
	}
	const longest = len("255.255.255.255.")
	n := len(b)
	b = slices.Grow(b, longest)[:n+longest]
	for shift := 24; shift >= 0; shift -= 8 {
		o := &octets[byte(h.Addr.Lo>>shift)]
		binary.LittleEndian.PutUint32(b[n:], o.text)
		n += o.length
	}
	return b[:n-1] // without the last dot
}

// octets are the decimal forms of bytes, each with a dot behind, as words.
var octets = func() (octets [256]struct {
	text   uint32
	length int
},
) {
	for i := range octets {
		text := append(strconv.AppendInt(nil, int64(i), 10), '.')
		octets[i].length = len(text)
		octets[i].text = binary.LittleEndian.Uint32(append(text, 0, 0))
	}
	return octets
}()

func (h Host) String() string { return string(h.AppendTo(nil)) }
