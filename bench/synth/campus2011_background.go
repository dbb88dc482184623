package synth

// localTTL returns the TTL of a host inside: the capture point is before its
// first router.
func (c *campus) localTTL() uint8 {
	switch x := c.r.below(100); {
	case x < 70:
		return 64
	case x < 97:
		return 128
	default:
		return 255
	}
}

// population makes the desktops inside and the hosts outside that talk to them.
func (c *campus) population() {
	for i := range 1100 {
		ttl := c.localTTL()
		if i < 100 {
			// A busy host at 255 alone could exceed the published variance.
			ttl = min(ttl, 128)
		}
		c.clients = append(c.clients, c.local(80, 96, ttl))
	}
	for range 3800 {
		c.peers = append(c.peers, c.remote())
	}
	for range 60 {
		c.probers = append(c.probers, c.remote())
	}
	c.clientZ, c.peerZ = newZipf(len(c.clients)), newZipf(len(c.peers))
}

// background adds traffic that no figure speaks of: none of it is sent from a
// system port.
func (c *campus) background() {
	c.highServices()
	c.chatter()
	c.scans()
	c.pings()
	c.announcements()
}

// highServices are TCP servers outside on registered ports.
func (c *campus) highServices() {
	for _, s := range []struct {
		port           uint16
		servers, bytes int
		lo, hi         int
	}{
		{1935, 7, 14_000_000, 200_000, 3_000_000}, // RTMP
		{8080, 20, 3_000_000, 2000, 300_000},
		{3389, 5, 2_000_000, 20_000, 600_000},
		{5190, 15, 700_000, 600, 60_000},
		{5222, 12, 900_000, 800, 80_000},
		{6667, 4, 300_000, 900, 60_000},
	} {
		servers := make([]int, s.servers)
		for i := range servers {
			servers[i] = c.remote()
		}
		for _, n := range c.amounts(s.bytes, tcpLeast, s.lo, s.hi) {
			h := servers[c.r.below(len(servers))]
			for c.sent[h]+n > ceiling {
				h = servers[c.r.below(len(servers))]
			}
			c.connect(dialogue{
				a: c.client(), b: h, aPort: c.ephemeral(), bPort: s.port, bBytes: n, bLen: c.full(c.mtu()), when: c.session(600),
			})
		}
	}
}

// chatter is the small UDP datagrams of voice and file sharing programs.
func (c *campus) chatter() {
	for range 3600 {
		lo := c.r.between(48, 160)
		c.exchange(dialogue{
			a: c.client(), b: c.peer(), aPort: c.anyPort(), bPort: c.anyPort(),
			aBytes: c.r.pareto(2*lo, 40_000), aLen: c.lengths(lo, 2*lo), bLen: c.lengths(40, lo), when: c.session(400),
		})
	}
}

// scans are SYNs from outside that nobody answers.
func (c *campus) scans() {
	ports := []uint16{22, 23, 135, 445, 1433, 3306, 3389, 5900}
	for _, prober := range c.probers {
		port := ports[c.r.below(len(ports))]
		source := c.ephemeral()
		when := c.session(900)
		for range c.r.pareto(12, 900) {
			f := c.addFlow(campusFlow{
				src: int32(prober), dst: int32(c.clients[c.r.below(len(c.clients))]),
				sport: source, dport: port, proto: protoTCP, reverse: -1,
			})
			c.add(f, when.at(c.r.u32()), segments{synLength, flagSYN})
		}
	}
}

// probeLen is the length of a traceroute probe.
const probeLen = 60

// pings are echo requests from inside, and what routers outside say about
// packets that ran out of hops: those begin with a TTL of 1 and more.
func (c *campus) pings() {
	for range 260 {
		length := c.lengths(84, 84)
		if c.r.chance(400) {
			length = c.lengths(60, 60)
		}
		c.exchange(dialogue{
			a: c.client(), b: c.peer(), proto: protoICMP, aBytes: length() * c.r.pareto(2, 300), aLen: length, bLen: length,
			when: c.session(900),
		})
	}
	for range 40 {
		from, to, when := c.client(), c.peer(), c.session(20)
		for hop := range c.r.between(8, 18) {
			probe := c.addFlow(campusFlow{
				src: int32(from), dst: int32(to), sport: c.ephemeral(), dport: uint16(33434 + hop), proto: protoUDP,
				ttl: uint8(hop + 1), reverse: -1,
			})
			at := when.at(uint32(hop) << 27)
			c.add(probe, at, segments{length: probeLen})
			answer := c.addFlow(campusFlow{
				src: int32(c.probers[hop]), dst: int32(from), proto: protoICMP, ttl: uint8(255 - hop), reverse: int32(probe),
			})
			c.add(answer, at+uint32(1500*(hop+1)), segments{ipv4Len + icmpLen + quotedLen, icmpTimeExceeded})
		}
	}
}

// announcements are service discovery: SSDP with a TTL of 1, multicast DNS with
// one of 255.
func (c *campus) announcements() {
	ssdp, mdns := c.group(ipv4(239, 255, 255, 250)), c.group(ipv4(224, 0, 0, 251))
	for i := range 120 {
		h := c.clients[c.r.below(len(c.clients))]
		c.exchange(dialogue{
			a: h, b: ssdp, aPort: c.ephemeral(), bPort: 1900, ttl: 1,
			aBytes: 161 * c.r.between(3, 18), aLen: c.lengths(161, 161), when: c.session(1200),
		})
		if i%2 == 0 {
			c.exchange(dialogue{
				a: h, b: mdns, aPort: 5353, bPort: 5353, ttl: 255, aBytes: 74 * c.r.between(2, 30), aLen: c.lengths(74, 74),
				when: c.session(1800),
			})
		}
	}
}
