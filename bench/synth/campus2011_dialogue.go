package synth

// tcpLeast is the smallest TCP packet, udpLeast the smallest UDP packet (IP
// total length), synLength a SYN with the options optSyn48.
const (
	tcpLeast  = ipv4Len + tcpLen
	udpLeast  = ipv4Len + udpLen
	synLength = tcpLeast + 8
)

// dialogue is a flow both ways, or one way if bBytes and bFree are zero.
type dialogue struct {
	a, b         int // hosts; a opens
	aPort, bPort uint16
	proto        uint8
	ttl          uint8 // of all packets, if not the hosts' own
	aBytes       int   // exactly what a sends; 0 for what b's packets call for
	bBytes       int   // exactly what b sends; 0 for what a's packets call for
	aLen, bLen   func() int
	when         window
}

// full returns lengths of a bulk transfer: mostly full packets.
func (c *campus) full(mtu int) func() int {
	return func() int {
		if c.r.chance(35) {
			return c.r.between(200, mtu)
		}
		return mtu
	}
}

// lengths returns lengths uniform in [lo, hi].
func (c *campus) lengths(lo, hi int) func() int {
	return func() int { return c.r.between(lo, hi) }
}

// mtu returns a path's: most are Ethernet's, some PPPoE's or a tunnel's.
func (c *campus) mtu() int {
	switch x := c.r.below(100); {
	case x < 85:
		return 1500
	case x < 95:
		return 1492
	default:
		return 1420
	}
}

// tcpSide appends the packets of the side that sends exactly total bytes:
// handshake, data, FIN; without room for these, data only.
func tcpSide(s []segments, total int, opening uint8, length func() int) []segments {
	if total < synLength+3*tcpLeast {
		flags := uint8(flagPSH | flagACK)
		return split(s, total, tcpLeast, flags, length)
	}
	s = append(s, segments{synLength, opening})
	s = split(s, total-synLength-tcpLeast, tcpLeast, flagACK, length)
	return append(s, segments{tcpLeast, flagFIN | flagACK})
}

// tcpAnswers appends the packets of the side that only acknowledges n packets,
// and asks for something first if it opened the connection.
func (c *campus) tcpAnswers(s []segments, n int, opening uint8) []segments {
	s = append(s, segments{synLength, opening})
	if opening == flagSYN {
		s = append(s, segments{tcpLeast, flagACK}, segments{uint16(c.r.between(180, 900)), flagPSH | flagACK})
	}
	for range n / 2 {
		s = append(s, segments{tcpLeast, flagACK})
	}
	return append(s, segments{tcpLeast, flagFIN | flagACK})
}

// connect adds a TCP connection.
func (c *campus) connect(d dialogue) {
	d.proto = protoTCP
	a, b := c.ours[:0], c.theirs[:0]
	if d.aBytes > 0 {
		a = tcpSide(a, d.aBytes, flagSYN, d.aLen)
	}
	switch {
	case d.bBytes > 0:
		b = tcpSide(b, d.bBytes, flagSYN|flagACK, d.bLen)
	default:
		b = c.tcpAnswers(b, len(a), flagSYN|flagACK)
	}
	if d.aBytes == 0 {
		a = c.tcpAnswers(a, len(b), flagSYN)
	}
	c.schedule(d, a, b)
	c.ours, c.theirs = a, b
}

// exchange adds UDP datagrams or ICMP messages. A side without bytes of its own
// answers each packet of the other if it has lengths to answer with.
func (c *campus) exchange(d dialogue) {
	least, aFlags, bFlags := udpLeast, uint8(0), uint8(0)
	if d.proto == protoICMP {
		aFlags, bFlags = icmpEcho, icmpEchoReply
	} else {
		d.proto = protoUDP
	}
	a, b := c.ours[:0], c.theirs[:0]
	if d.aBytes > 0 {
		a = split(a, d.aBytes, least, aFlags, d.aLen)
	}
	if d.bBytes > 0 {
		b = split(b, d.bBytes, least, bFlags, d.bLen)
	}
	if d.aBytes == 0 {
		for range b {
			a = append(a, segments{uint16(d.aLen()), aFlags})
		}
	}
	if d.bBytes == 0 && d.bLen != nil {
		for range a {
			b = append(b, segments{uint16(d.bLen()), bFlags})
		}
	}
	c.schedule(d, a, b)
	c.ours, c.theirs = a, b
}

// schedule gives the packets of both sides their times in the window: spread by
// its rate, but b's first a round trip after a's first, and the others later.
func (c *campus) schedule(d dialogue, a, b []segments) {
	roundTrip := uint32(c.r.between(400, 90_000))
	f := c.addFlow(campusFlow{
		src: int32(d.a), dst: int32(d.b), sport: d.aPort, dport: d.bPort, proto: d.proto, ttl: d.ttl, reverse: -1,
	})
	c.place(f, a, d.when, 0, roundTrip*5/4)
	if len(b) == 0 {
		return
	}
	g := c.addFlow(campusFlow{
		src: int32(d.b), dst: int32(d.a), sport: d.bPort, dport: d.aPort, proto: d.proto, ttl: d.ttl, reverse: int32(f),
	})
	c.flows[f].reverse = int32(g)
	c.place(g, b, d.when, roundTrip, roundTrip*3/2)
}

// place adds packets s of flow f, the i-th at a random moment of the i-th of
// len(s) equal shares of the window; first and then delay them.
func (c *campus) place(f int, s []segments, w window, first, then uint32) {
	share := uint64(1<<32) / uint64(max(1, len(s)))
	delay := first
	for i := range s {
		q := uint64(i) * share
		if i > 0 {
			q += c.r.below64(share)
			delay = then
		}
		c.add(f, w.at(uint32(q))+delay, s[i])
	}
}

// session returns a window that begins when people begin things and lasts up to
// most seconds, short ones prevailing.
func (c *campus) session(most int) window {
	start := uint64(c.day.at(c.r.u32())) * campusSpan >> 32
	length := uint64(c.r.pareto(second/4, most*second))
	return window{start: uint32(start), length: uint32(min(length, campusSpan-start))}
}

// whole is the whole capture.
func whole() window { return window{length: campusSpan} }
