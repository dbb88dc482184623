package synth

// senders adds the ten heaviest senders, each with exactly its figures. All
// they send is added here; what they receive is up to the others.
func (c *campus) senders() {
	ttls := [len(campusSenders)]uint8{64, 115, 64, 54, 60, 118, 64, 128, 56, 113}
	var hosts [len(campusSenders)]int
	for i, f := range campusSenders {
		hosts[i] = c.host(f.address, ttls[i])
		if f.sport < 1024 {
			c.reserve(f.sport, f.sportBytes)
		}
	}
	f := &campusSenders
	c.mirror(hosts[0], &f[0])
	c.download(hosts[1], &f[1], c.local(84, 84, 64), minutes(18, 31, 2, 5, 8, 9, 9, 9, 8, 9, 4, 9, 9, 9, 6, 3))
	c.copier(hosts[2], &f[2])
	c.videos(hosts[3], &f[3], minutes(7, 26, 1, 3, 5, 4, 6, 2))
	c.videos(hosts[4], &f[4], minutes(33, 58, 3, 2, 4, 1, 1, 5, 2))
	c.videos(hosts[5], &f[5], minutes(40, 55, 8, 3, 5, 2))
	c.website(hosts[6], &f[6])
	c.swarm(hosts[7], &f[7])
	c.videos(hosts[8], &f[8], minutes(2, 15, 5, 4, 3, 2, 1))
	c.download(hosts[9], &f[9], c.local(84, 86, 64), minutes(44, 50, 1, 3, 6, 6, 5, 2))
}

// download is a single transfer, all of what host h sends. Where h's port is
// the service the client opened the connection, else h did.
func (c *campus) download(h int, f *senderFigure, to int, when window) {
	d := dialogue{a: to, b: h, aPort: f.dport, bPort: f.sport, bBytes: f.sent, bLen: c.full(1500), when: when}
	if f.sport > 1023 {
		// To port 20, the data connection of FTP, whose packets are among that
		// port's figures.
		d = dialogue{a: h, b: to, aPort: f.sport, bPort: f.dport, aBytes: f.sent, aLen: c.full(1500), when: when}
		d.bBytes, d.bLen = c.reserve(f.dport, 90_000), c.lengths(tcpLeast, tcpLeast)
	}
	c.connect(d)
}

// mirror is a web server inside with one huge download that starts, stalls
// twice and ends before the capture does, and many small ones all the time.
func (c *campus) mirror(h int, f *senderFigure) {
	bulk := minutes(3, 53, 1, 4, 7, 9, 10, 9, 10, 3, 0, 1, 6, 9, 10, 10, 9, 8, 10, 9, 7, 0, 0, 5, 9, 10, 10, 8, 9, 6, 3)
	c.connect(dialogue{
		a: c.remote(), b: h, aPort: f.dport, bPort: f.sport, bBytes: f.dportBytes, bLen: c.full(1500), when: bulk,
	})
	c.serve(h, f.sport, f.dport, f.sportBytes-f.dportBytes, 600, 400_000, whole(), c.peer)
	// Its own connections out, to services outside the system ports.
	for _, n := range c.amounts(f.protoBytes-f.sportBytes, 2000, 20_000, 200_000) {
		c.connect(dialogue{
			a: h, b: c.peer(), aPort: c.ephemeral(), bPort: 8080, aBytes: n, aLen: c.full(1500), when: c.session(120),
		})
	}
	// Syslog to a collector next door.
	c.exchange(dialogue{
		a: h, b: c.local(80, 80, 64), aPort: 41514, bPort: 514, aBytes: f.sent - f.protoBytes, aLen: c.lengths(90, 420),
		when: whole(),
	})
}

// copier is a backup over SSH: two plateaus of one connection.
func (c *campus) copier(h int, f *senderFigure) {
	when := minutes(0, 60, 6, 8, 8, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 9, 9, 9, 9, 8, 9, 9, 4, 0, 1, 0)
	c.connect(dialogue{
		a: h, b: c.remote(), aPort: f.sport, bPort: f.dport, aBytes: f.sportBytes, aLen: c.full(1500),
		bBytes: c.reserve(22, 480_000), bLen: c.lengths(tcpLeast, tcpLeast), when: when,
	})
	for _, n := range c.amounts(f.protoBytes-f.sportBytes, 400, 3000, 20_000) {
		c.connect(dialogue{
			a: h, b: c.peer(), aPort: c.ephemeral(), bPort: 5222, aBytes: n, aLen: c.lengths(60, 900), when: c.session(300),
		})
	}
	c.resolve(h, f.sent-f.protoBytes)
}

// resolve is host h asking name servers with exactly n bytes.
func (c *campus) resolve(h, n int) {
	c.exchange(dialogue{
		a: h, b: c.local(80, 80, 64), aPort: 50053, bPort: 53, aBytes: n, aLen: c.lengths(58, 74),
		bBytes: c.reserve(53, 2*n), bLen: c.lengths(90, 260), when: whole(),
	})
}

// videos is a server outside that several people inside watch: one long film
// and shorter ones.
func (c *campus) videos(h int, f *senderFigure, when window) {
	c.connect(dialogue{
		a: c.client(), b: h, aPort: f.dport, bPort: f.sport, bBytes: f.dportBytes, bLen: c.full(1500), when: when,
	})
	c.serve(h, f.sport, f.dport, f.sportBytes-f.dportBytes, 20_000, 900_000, when, c.client)
	if rest := f.sent - f.sportBytes; rest > 0 {
		c.connect(dialogue{
			a: c.client(), b: h, aPort: c.ephemeral(), bPort: 8080, bBytes: rest, bLen: c.full(1500), when: when,
		})
	}
}

// website is a web server inside, one large download and many pages.
func (c *campus) website(h int, f *senderFigure) {
	c.connect(dialogue{
		a: c.peer(), b: h, aPort: f.dport, bPort: f.sport, bBytes: f.dportBytes, bLen: c.full(1500),
		when: minutes(12, 17, 2, 9, 10, 8),
	})
	c.serve(h, f.sport, f.dport, f.sportBytes-f.dportBytes, 900, 300_000, window{length: campusSpan, rate: c.day}, c.peer)
	for _, n := range c.amounts(f.protoBytes-f.sportBytes, 400, 2000, 9000) {
		c.connect(dialogue{
			a: h, b: c.peer(), aPort: c.ephemeral(), bPort: 25, aBytes: n, aLen: c.lengths(60, 1400),
			bBytes: c.reserve(25, 400), bLen: c.lengths(60, 120), when: c.session(20),
		})
	}
	c.exchange(dialogue{
		a: h, b: c.peer(), proto: protoICMP, aBytes: f.sent - f.protoBytes, aLen: c.lengths(84, 84),
		bLen: c.lengths(84, 84), when: minutes(20, 21),
	})
}

// serve is server h sending total bytes from one port, in many connections
// within a window, none to the client port avoid.
func (c *campus) serve(h int, port, avoid uint16, total, lo, hi int, in window, client func() int) {
	for _, n := range c.amounts(total, tcpLeast, lo, hi) {
		d := dialogue{a: client(), b: h, aPort: c.ephemeral(), bPort: port, bBytes: n, bLen: c.full(c.mtu())}
		for d.aPort == avoid {
			d.aPort = c.ephemeral()
		}
		d.when.start = in.at(c.r.u32())
		end := in.start + in.length
		d.when.length = min(uint32(c.r.pareto(second/4, 5*minute)), end-d.when.start)
		c.connect(d)
	}
}

// swarm is a file sharing client inside: nearly all from one port, over UDP and
// TCP, to thousands of ports outside, none of which stands out.
func (c *campus) swarm(h int, f *senderFigure) {
	const most = 45_000 // per destination port; all competitors stay below the heaviest
	taken := map[uint16]bool{f.dport: true}
	port := func() uint16 {
		for {
			if p := c.anyPort(); !taken[p] {
				taken[p] = true
				return p
			}
		}
	}
	when := func() window {
		rise := window{length: campusSpan, rate: newCurve(1, 2, 3, 4, 6, 7, 8, 6, 3, 2, 4, 7, 9, 9, 8, 9)}
		start := rise.at(c.r.u32())
		return window{start: start, length: min(uint32(c.r.between(2*second, 9*minute)), campusSpan-start)}
	}
	udp := func(p uint16, n int) {
		c.exchange(dialogue{
			a: h, b: c.peer(), aPort: f.sport, bPort: p, aBytes: n, aLen: c.swarmLength(), bLen: c.lengths(48, 140),
			when: when(),
		})
	}
	udp(f.dport, f.dportBytes)
	for _, n := range c.amounts(f.protoBytes-f.dportBytes, udpLeast, 1200, most) {
		udp(port(), n)
	}
	// Over TCP others connect to its port ...
	for _, n := range c.amounts(f.sportBytes-f.protoBytes, tcpLeast, 2500, most) {
		c.connect(dialogue{
			a: c.peer(), b: h, aPort: port(), bPort: f.sport, bBytes: n, bLen: c.full(c.mtu()), when: when(),
		})
	}
	// ... and it connects to theirs.
	for _, n := range c.amounts(f.sent-f.sportBytes, tcpLeast, 2500, most) {
		c.connect(dialogue{
			a: h, b: c.peer(), aPort: c.ephemeral(), bPort: port(), aBytes: n, aLen: c.full(c.mtu()), when: when(),
		})
	}
}

// swarmLength returns lengths of file sharing datagrams: blocks and chatter.
func (c *campus) swarmLength() func() int {
	return func() int {
		if c.r.chance(600) {
			return c.r.between(1100, 1450)
		}
		return c.r.between(48, 300)
	}
}
