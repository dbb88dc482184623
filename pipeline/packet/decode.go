package packet

import "encoding/binary"

// Decoder turns captured frames into summaries. It keeps the scratch space that rare
// encapsulations need, so each worker has its own: a Decoder is not safe for concurrent
// use. The zero value is ready to use.
//
// Ethernet with VLAN tags, raw IP, the BSD loopbacks and Linux cooked captures are
// decoded by hand and without allocation, as are the small fixed headers of
// encapsulations that gopacket lacks, those of tunnels too, and PPP. MPLS, FDDI, pflog and
// IEEE 802.11 go through gopacket's layers. Either way IP headers are read by the same code.
type Decoder struct {
	Tunnels Tunnels // which IP header counts

	// The packet at hand, where the fast path has given up on it.
	s    *Summary
	name []byte // its path so far

	ends map[string]Path    // paths that end at a link layer, by name
	ips  map[string]ipPaths // paths that end at IP, by the name of what is outside it
	walk walk

	// Of an IEEE 802.11 frame: whether its header is padded, and whether it holds
	// frames with headers of their own.
	padded, aggregate bool

	// Of a packet that may be a tunnel's: where its last IP header is, the summary of
	// the packet that is looked for inside it, and whether an outer one is a fragment.
	at       piece
	in       Summary
	fragment bool
}

// NewDecoder returns a Decoder that has seen nothing yet.
func NewDecoder() *Decoder { return new(Decoder) }

// ipPaths are the paths of a packet whose link layers are known and whose IP version
// is not.
type ipPaths struct{ v4, v6 Path }

func internIP(name string) ipPaths {
	return ipPaths{v4: InternPath(name + "/ipv4"), v6: InternPath(name + "/ipv6")}
}

// Paths of the frames that the fast path decodes. The Ethernet ones are indexed by the
// number of VLAN tags.
var (
	etherPaths = [...]ipPaths{internIP("ether"), internIP("ether/vlan"), internIP("ether/vlan/vlan")}
	rawPaths   = internIP("raw")
	sllPaths   = internIP("sll")
	sll2Paths  = internIP("sll2")
)

// Decode fills s from frame, the captured bytes of a packet of the given link type.
// Time, WireLen and CapLen are the caller's; every other field is set, whatever it was
// before. Where frames of the link type have a pseudo-header, Decode takes that off both
// lengths. It keeps neither s nor frame, and it never panics.
//
// The length of the original frame is WireLen, or len(frame) where a damaged record
// header says that more was captured than there was.
func (d *Decoder) Decode(link LinkType, frame []byte, s *Summary) {
	if d.Tunnels == Inner {
		d.decodeInner(link, frame, s)
		return
	}
	room := max(int(s.WireLen), len(frame))
	switch link {
	case LinkEthernet:
		if len(frame) < etherLen {
			break
		}
		typ := binary.BigEndian.Uint16(frame[etherType:])
		if typ == etherTypeIPv4 {
			decodeIPv4(frame[etherLen:], room-etherLen, s, etherPaths[0])
			return
		}
		rest := frame[etherLen:]
		for tags := 0; ; tags++ {
			switch typ {
			case etherTypeIPv4:
				decodeIPv4(rest, room-etherLen-tags*vlanLen, s, etherPaths[tags])
				return
			case etherTypeIPv6:
				decodeIPv6(rest, room-etherLen-tags*vlanLen, s, etherPaths[tags])
				return
			}
			if !isVLAN(typ) || len(rest) < vlanLen || tags == len(etherPaths)-1 {
				break
			}
			typ, rest = binary.BigEndian.Uint16(rest[vlanType:]), rest[vlanLen:]
		}
	case LinkRaw, linkRaw12, linkRaw14:
		if len(frame) > 0 {
			switch frame[0] >> 4 {
			case 4:
				decodeIPv4(frame, room, s, rawPaths)
				return
			case 6:
				decodeIPv6(frame, room, s, rawPaths)
				return
			}
		}
	case LinkLinuxSLL:
		if len(frame) >= sllLen && binary.BigEndian.Uint16(frame[sllHardware:]) != hardwareNetlink {
			switch binary.BigEndian.Uint16(frame[sllType:]) {
			case etherTypeIPv4:
				decodeIPv4(frame[sllLen:], room-sllLen, s, sllPaths)
				return
			case etherTypeIPv6:
				decodeIPv6(frame[sllLen:], room-sllLen, s, sllPaths)
				return
			}
		}
	case LinkLinuxSLL2:
		if len(frame) >= sll2Len && binary.BigEndian.Uint16(frame[sll2Hardware:]) != hardwareNetlink {
			switch binary.BigEndian.Uint16(frame[sll2Type:]) {
			case etherTypeIPv4:
				decodeIPv4(frame[sll2Len:], room-sll2Len, s, sll2Paths)
				return
			case etherTypeIPv6:
				decodeIPv6(frame[sll2Len:], room-sll2Len, s, sll2Paths)
				return
			}
		}
	}
	d.decodeAny(link, frame, room, s)
	s.trueLengths(link, frame)
}

// decodeAny decodes a frame of any kind. For those of the fast path it is the plain
// twin that tests compare it with.
func (d *Decoder) decodeAny(link LinkType, frame []byte, room int, s *Summary) {
	d.s = s
	d.name = d.name[:0]
	d.link(link, piece{frame, room})
	d.s = nil
}

// piece is what is left of a frame at some header.
type piece struct {
	b    []byte // captured bytes
	room int    // bytes of the original frame, at least len(b)
}

// skip returns the piece after a header of n bytes, which must have been captured.
func (p piece) skip(n int) piece { return piece{p.b[n:], p.room - n} }

// trim returns the first n bytes of the piece, as a header's length field says.
func (p piece) trim(n int) piece {
	return piece{p.b[:min(n, len(p.b))], min(n, p.room)}
}

// uint16 returns the field at offset i, in network byte order.
func (p piece) uint16(i int) uint16 { return binary.BigEndian.Uint16(p.b[i:]) }

// maxName bounds the length of a path, so that a frame full of tags cannot make
// a path of its own.
const maxName = 120

// push notes a header that was found, as a part of the path.
func (d *Decoder) push(name string) {
	if len(d.name)+len(name) >= maxName {
		return
	}
	if len(d.name) > 0 {
		d.name = append(d.name, '/')
	}
	d.name = append(d.name, name...)
}

// end finishes a packet without IP. Inside a tunnel it needs no path: the outer packet
// counts then.
func (d *Decoder) end(v Verdict) {
	if d.s == &d.in {
		noIP(d.s, otherPath, v)
		return
	}
	noIP(d.s, d.path(), v)
}

// path returns the path so far.
func (d *Decoder) path() Path {
	p, ok := d.ends[string(d.name)]
	if !ok {
		if d.ends == nil {
			d.ends = map[string]Path{}
		}
		name := string(d.name)
		p = InternPath(name)
		d.ends[name] = p
	}
	return p
}

// ip4 finishes a packet whose IP header is at p, and IPv4 as far as is known.
func (d *Decoder) ip4(p piece) {
	d.at = p
	decodeIPv4(p.b, p.room, d.s, d.ipPaths())
}

// ip6 finishes a packet whose IPv6 header is at p.
func (d *Decoder) ip6(p piece) {
	d.at = p
	decodeIPv6(p.b, p.room, d.s, d.ipPaths())
}

// ip finishes a packet whose IP header is at p, in the version that it says.
func (d *Decoder) ip(p piece) {
	switch {
	case len(p.b) == 0:
		d.end(CutIP)
	case p.b[0]>>4 == 4:
		d.ip4(p)
	case p.b[0]>>4 == 6:
		d.ip6(p)
	default:
		d.end(BadIP)
	}
}

func (d *Decoder) ipPaths() ipPaths {
	p, ok := d.ips[string(d.name)]
	if !ok {
		if d.ips == nil {
			d.ips = map[string]ipPaths{}
		}
		name := string(d.name)
		p = internIP(name)
		d.ips[name] = p
	}
	return p
}
