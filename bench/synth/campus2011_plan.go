package synth

// campus is the plan of a campus-2011 capture: who sends what to whom when.
// Everything is decided here before a byte is written, because the TTLs can only
// be solved for once all packets are known.
type campus struct {
	r       *rng
	hosts   []campusHost
	flows   []campusFlow
	packets []campusPacket
	used    map[uint32]bool // addresses taken
	sent    []int           // bytes by host
	budget  map[uint16]int  // bytes a system port still has to send
	day     *curve

	clients, peers, probers []int // hosts: local desktops, remote peers, remote scanners
	clientZ, peerZ          *zipf

	ours, theirs []segments // scratch of connect
}

// campusHost is an address and the TTL of its packets.
type campusHost struct {
	address uint32
	ttl     uint8
	local   bool
	group   bool // a multicast or broadcast address
	free    bool // solveTTL may choose the TTL
}

// campusFlow is one direction of a flow.
type campusFlow struct {
	src, dst     int32 // hosts
	reverse      int32 // the other direction, or -1
	sport, dport uint16
	proto        uint8
	ttl          uint8 // of its packets where the host's does not count, else 0
}

// campusPacket is a packet to be written.
type campusPacket struct {
	at     uint32 // microseconds
	flow   uint32
	length uint16 // IP total length
	ttl    uint8
	flags  uint8 // TCP flags or ICMP type
}

// segments is a packet of a dialogue before it has a time.
type segments struct {
	length uint16
	flags  uint8
}

// host adds a host. A ttl of 0 is solveTTL's to choose.
func (c *campus) host(address uint32, ttl uint8) int {
	c.used[address] = true
	c.hosts = append(c.hosts, campusHost{
		address: address,
		ttl:     ttl,
		local:   address>>16 == 147<<8|32,
		free:    ttl == 0,
	})
	c.sent = append(c.sent, 0)
	return len(c.hosts) - 1
}

// local adds a host of the campus in one of the subnets 147.32.lo.0 to
// 147.32.hi.0.
func (c *campus) local(lo, hi int, ttl uint8) int {
	for {
		a := ipv4(147, 32, uint32(c.r.between(lo, hi)), uint32(c.r.between(1, 254)))
		if !c.used[a] {
			return c.host(a, ttl)
		}
	}
}

// campusBlocks are first octets that were in use in 2011, Europe's and North
// America's mostly.
var campusBlocks = []uint32{
	62, 64, 66, 69, 72, 74, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 109,
	178, 188, 193, 194, 195, 204, 207, 208, 209, 212, 213, 216, 217, 114, 118, 123, 189, 200, 202, 24, 41, 124,
}

// remote adds a host outside; its TTL is solveTTL's to choose.
func (c *campus) remote() int {
	for {
		a := campusBlocks[c.r.below(len(campusBlocks))]<<24 | c.r.u32()>>8
		if isPublic(a) && !c.used[a] {
			return c.host(a, 0)
		}
	}
}

// group returns the host of a multicast or broadcast address, which only
// receives.
func (c *campus) group(address uint32) int {
	for i := range c.hosts {
		if c.hosts[i].address == address {
			return i
		}
	}
	i := c.host(address, 64)
	c.hosts[i].group = true
	return i
}

// client returns a local desktop, some much more often than others.
func (c *campus) client() int { return c.clients[c.clientZ.draw(c.r)] }

// peer returns a remote desktop.
func (c *campus) peer() int { return c.peers[c.peerZ.draw(c.r)] }

// ephemeral returns a port a client would pick.
func (c *campus) ephemeral() uint16 { return uint16(c.r.between(49152, 65535)) }

// anyPort returns a port a file sharing program would pick. The registered ports
// of tunnels and other things that a decoder looks into are all lower: payloads
// here are noise.
func (c *campus) anyPort() uint16 { return uint16(c.r.between(10_000, 65535)) }

// reserve takes n bytes from what a system port still has to send. Asking for
// more than there is is a mistake in the scripts, which TestCampusFigures finds.
func (c *campus) reserve(port uint16, n int) int {
	c.budget[port] -= n
	return n
}

// addFlow adds one direction of a flow.
func (c *campus) addFlow(f campusFlow) int {
	c.flows = append(c.flows, f)
	return len(c.flows) - 1
}

// add adds a packet of flow f.
func (c *campus) add(f int, at uint32, s segments) {
	c.sent[c.flows[f].src] += int(s.length)
	c.packets = append(c.packets, campusPacket{
		at: min(at, campusSpan-1), flow: uint32(f), length: s.length, ttl: c.flows[f].ttl, flags: s.flags,
	})
}

// split appends to s packets of together total bytes, each of least to 1500,
// drawn by length; total is at least least. What a draw would leave too small
// to be a packet of its own is shared out.
func split(s []segments, total, least int, flags uint8, length func() int) []segments {
	for total > 0 {
		n := min(max(length(), least), 1500, total)
		if rest := total - n; rest > 0 && rest < least {
			if n = total - least; n < least {
				n = total
			}
		}
		s = append(s, segments{uint16(n), flags})
		total -= n
	}
	return s
}

// amounts cuts total into heavy-tailed pieces of lo to hi; only the last can be
// smaller than lo, but not than least.
func (c *campus) amounts(total, least, lo, hi int) []int {
	var pieces []int
	for total > 0 {
		n := min(c.r.pareto(lo, hi), total)
		if rest := total - n; rest > 0 && rest < least {
			n = total
		}
		pieces = append(pieces, n)
		total -= n
	}
	return pieces
}
