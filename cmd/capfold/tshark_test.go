package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// tsharkFields are the fields that TShark is asked for, of the first header of a kind in
// a packet, which is the outermost.
var tsharkFields = []string{
	"frame.protocols",
	"ip.src", "ip.dst", "ip.len", "ip.ttl", "ip.frag_offset",
	"ipv6.src", "ipv6.dst", "ipv6.plen", "ipv6.hlim", "ipv6.fraghdr.offset",
	"tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "sctp.srcport", "sctp.dstport",
}

// tsharkOptions make TShark print tsharkFields of every packet as it is, nothing put
// together of fragments or segments.
func tsharkOptions() []string {
	options := []string{"-n", "-T", "fields", "-E", "occurrence=f"}
	for _, off := range []string{"ip.defragment", "ipv6.defragment", "tcp.desegment_tcp_streams", "sctp.reassembly"} {
		options = append(options, "-o", off+":FALSE")
	}
	for _, f := range tsharkFields {
		options = append(options, "-e", f)
	}
	return options
}

// volume is packets and bytes.
type volume [2]int64

// tshark is what TShark's fields come to.
type tshark struct {
	Packets                       int64
	Sent, Received, From, To, TTL map[string]volume
}

func newTShark() *tshark {
	return &tshark{0, map[string]volume{}, map[string]volume{}, map[string]volume{}, map[string]volume{}, map[string]volume{}}
}

func (s *tshark) set(m map[string]volume, key string, packets, bytes int64) {
	if packets > 0 {
		m[key] = volume{packets, bytes}
	}
}

// add counts a packet.
func (s *tshark) add(values []string) error {
	s.Packets++
	field := func(name string) string { return values[slices.Index(tsharkFields, name)] }
	protocols := strings.Split(field("frame.protocols"), ":")
	outer := slices.IndexFunc(protocols, func(p string) bool { return p == "ip" || p == "ipv6" })
	if outer < 0 {
		return nil
	}
	version, ip, length, hops, fragment := "4", "ip", "ip.len", "ip.ttl", "ip.frag_offset"
	if protocols[outer] == "ipv6" {
		version, ip, length, hops, fragment = "6", "ipv6", "ipv6.plen", "ipv6.hlim", "ipv6.fraghdr.offset"
	}
	bytes, err := strconv.ParseInt(field(length), 10, 64)
	if err != nil {
		return err
	}
	if ip == "ipv6" {
		bytes += 40
	}
	count := func(m map[string]volume, key string) {
		v := m[key]
		m[key] = volume{v[0] + 1, v[1] + bytes}
	}
	for end, m := range map[string]map[string]volume{"src": s.Sent, "dst": s.Received} {
		a, err := netip.ParseAddr(field(ip + "." + end))
		if err != nil {
			return err
		}
		count(m, a.String())
	}
	count(s.TTL, fmt.Sprintf("%s of IPv%s", field(hops), version))
	// Ports are those of a header right behind the outermost IP header and its
	// extensions, not of one in a tunnel or in the copy that an ICMP error has.
	next := outer + 1
	for next < len(protocols) && strings.HasPrefix(protocols[next], "ipv6.") {
		next++
	}
	if next == len(protocols) || !slices.Contains([]string{"tcp", "udp", "sctp"}, protocols[next]) {
		return nil
	}
	if offset := field(fragment); offset != "" && offset != "0" {
		return nil
	}
	count(s.From, field(protocols[next]+".srcport"))
	count(s.To, field(protocols[next]+".dstport"))
	return nil
}
