package geo

import (
	"encoding/binary"
	"net/netip"
	"sync"
)

// specialBlocks are the blocks of addresses that are in no country, with the zones that
// they make, named as in the IANA registries:
//
//   - IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890): the blocks that are not
//     globally reachable, and 6to4 and Teredo, of which an address says where its tunnel
//     ends, not where its user is. Blocks that are globally reachable are looked up like
//     others, but for the IPv4 addresses within 64:ff9b::/96, which are looked up instead
//     of it (RFC 6052);
//   - IPv4 Multicast Address Space Registry, IPv6 Address Space Registry: multicast, and
//     what is reserved by the IETF.
//
// Of the blocks that an address is in, the first counts; those without a zone are
// globally reachable parts of a larger one.
var specialBlocks = []struct{ prefix, zone string }{
	{"0.0.0.0/8", "This network"},                 // RFC 791
	{"10.0.0.0/8", "Private-use"},                 // RFC 1918
	{"100.64.0.0/10", "Shared address space"},     // RFC 6598, between carriers' NATs and their customers
	{"127.0.0.0/8", "Loopback"},                   // RFC 1122
	{"169.254.0.0/16", "Link-local"},              // RFC 3927
	{"172.16.0.0/12", "Private-use"},              // RFC 1918
	{"192.0.0.9/32", ""},                          // RFC 7723
	{"192.0.0.10/32", ""},                         // RFC 8155
	{"192.0.0.0/24", "IETF protocol assignments"}, // RFC 6890
	{"192.0.2.0/24", "Documentation"},             // RFC 5737
	{"192.88.99.0/24", "6to4"},                    // RFC 7526
	{"192.168.0.0/16", "Private-use"},             // RFC 1918
	{"198.18.0.0/15", "Benchmarking"},             // RFC 2544
	{"198.51.100.0/24", "Documentation"},          // RFC 5737
	{"203.0.113.0/24", "Documentation"},           // RFC 5737
	{"224.0.0.0/4", "Multicast"},                  // RFC 5771
	{"255.255.255.255/32", "Limited broadcast"},   // RFC 919
	{"240.0.0.0/4", "Reserved"},                   // RFC 1112
	{"::/128", "Unspecified"},                     // RFC 4291
	{"::1/128", "Loopback"},                       // RFC 4291
	{"::ffff:0:0/96", "IPv4-mapped"},              // RFC 4291
	{"64:ff9b:1::/48", "IPv4-IPv6 translation"},   // RFC 8215
	{"100::/64", "Discard-only"},                  // RFC 6666
	{"100:0:0:1::/64", "Dummy prefix"},            // RFC 9780
	{"2001::/32", "Teredo"},                       // RFC 4380
	{"2001:1::1/128", ""},                         // RFC 7723
	{"2001:1::2/128", ""},                         // RFC 8155
	{"2001:1::3/128", ""},                         // RFC 9665
	{"2001:2::/48", "Benchmarking"},               // RFC 5180
	{"2001:3::/32", ""},                           // RFC 7450
	{"2001:4:112::/48", ""},                       // RFC 7535
	{"2001:10::/28", "ORCHID"},                    // RFC 4843
	{"2001:20::/28", ""},                          // RFC 7343
	{"2001:30::/28", ""},                          // RFC 9374
	{"2001::/23", "IETF protocol assignments"},    // RFC 2928
	{"2001:db8::/32", "Documentation"},            // RFC 3849
	{"2002::/16", "6to4"},                         // RFC 3056
	{"3fff::/20", "Documentation"},                // RFC 9637
	{"2000::/3", ""},                              // RFC 4291, global unicast
	{"5f00::/16", "Segment routing (SRv6) SIDs"},  // RFC 9602
	{"fc00::/7", "Unique-local"},                  // RFC 4193
	{"fe80::/10", "Link-local"},                   // RFC 4291
	{"ff00::/8", "Multicast"},                     // RFC 4291
	{"::/0", "Reserved"},                          // RFC 4291
}

// translated is the prefix of IPv6 addresses that stand for IPv4 ones, in their last 32
// bits (RFC 6052).
var translated = netip.MustParsePrefix("64:ff9b::/96")

// block4 and block6 are special blocks in a form that is fast to look at. They are in no
// country if id is not 0.
type block4 struct {
	first, mask uint32
	id          ID
}

type block6 struct {
	first, mask [2]uint64
	id          ID
}

// blocks are the special blocks by the first byte of addresses, and their places.
type blocks struct {
	four   [256][]block4
	six    [256][]block6
	places []Place // by ID
}

var special = sync.OnceValue(makeBlocks)

func makeBlocks() *blocks {
	s := &blocks{places: []Place{{Zone: Zone{Country: Unknown}}}}
	ids := map[string]ID{"": 0}
	for _, b := range specialBlocks {
		id, ok := ids[b.zone]
		if !ok {
			id = ID(len(s.places))
			ids[b.zone] = id
			s.places = append(s.places, Place{Zone: Zone{Country: b.zone}})
		}
		p := netip.MustParsePrefix(b.prefix)
		first := int(p.Addr().AsSlice()[0])
		for i := range 1 << max(0, 8-p.Bits()) {
			if p.Addr().Is4() {
				at := &s.four[first+i]
				*at = append(*at, block4{as4(p.Addr()), ^uint32(0) << (32 - p.Bits()), id})
				continue
			}
			hi, lo := as6(p.Addr())
			mask := [2]uint64{^uint64(0) << max(0, 64-p.Bits()), ^uint64(0) << min(64, 128-p.Bits())}
			at := &s.six[first+i]
			*at = append(*at, block6{[2]uint64{hi, lo}, mask, id})
		}
	}
	return s
}

// find returns the place of an address of a special block, or 0.
func (s *blocks) find(a netip.Addr) ID {
	if a.Is4() {
		n := as4(a)
		for _, b := range s.four[n>>24] {
			if n&b.mask == b.first {
				return b.id
			}
		}
		return 0
	}
	hi, lo := as6(a)
	for _, b := range s.six[hi>>56] {
		if hi&b.mask[0] == b.first[0] && lo&b.mask[1] == b.first[1] {
			return b.id
		}
	}
	return 0
}

func as4(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

func as6(a netip.Addr) (hi, lo uint64) {
	b := a.As16()
	return binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])
}
