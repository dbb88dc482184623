package synth

// style is how a service uses its port.
type style uint8

const (
	styleTCP    style = iota // connections of clients
	styleUDP                 // answers to clients' datagrams
	styleNotify              // datagrams to a group or broadcast address, nobody answers
	styleReset               // refused connections: nothing but RST
)

// service is how the bytes of a system port come about that the heaviest
// senders leave over.
type service struct {
	port    uint16
	style   style
	servers int
	inside  bool   // the servers are local
	lo, hi  int    // bytes per connection or exchange
	length  [2]int // of UDP datagrams; of TCP packets too if set, else they are full
	group   uint32 // destination of styleNotify
	to      uint16 // port of group, if not the same
	ttl     uint8  // of styleNotify, if not the host's
}

// campusServices covers each port of campusPorts once.
var campusServices = []service{
	{port: 80, servers: 1500, lo: 1500, hi: 2_500_000},
	{port: 554, servers: 6, lo: 500_000, hi: 3_500_000},
	{port: 443, servers: 180, lo: 2500, hi: 500_000},
	{port: 53, style: styleUDP, servers: 60, lo: 90, hi: 3000, length: [2]int{80, 320}},
	{port: 993, servers: 9, inside: true, lo: 3000, hi: 150_000},
	{port: 22, servers: 14, inside: true, lo: 3000, hi: 120_000, length: [2]int{72, 500}},
	{port: 524, servers: 3, inside: true, lo: 2000, hi: 90_000, length: [2]int{60, 700}}, // NetWare core protocol
	{port: 161, style: styleUDP, servers: 35, inside: true, lo: 800, hi: 40_000, length: [2]int{72, 310}},
	{port: 20, servers: 3, lo: 20_000, hi: 200_000},
	{port: 995, servers: 6, lo: 3000, hi: 40_000},
	{port: 110, servers: 7, lo: 800, hi: 20_000},
	{port: 123, style: styleUDP, servers: 12, lo: 76, hi: 760, length: [2]int{76, 76}},
	{port: 143, servers: 4, inside: true, lo: 1500, hi: 15_000},
	{port: 1, style: styleUDP, servers: 1, lo: 2000, hi: 9000, length: [2]int{128, 1400}},
	{port: 25, servers: 8, lo: 500, hi: 2000, length: [2]int{60, 130}},
	{
		port: 427, style: styleNotify, servers: 9, inside: true, lo: 70, hi: 900,
		length: [2]int{72, 118}, group: ipv4(239, 255, 255, 253),
	},
	{
		port: 68, style: styleNotify, servers: 14, inside: true, lo: 328, hi: 984,
		length: [2]int{328, 328}, group: ipv4(255, 255, 255, 255), to: 67,
	},
	{port: 23, servers: 2, lo: 900, hi: 4000, length: [2]int{41, 110}},
	{
		port: 520, style: styleNotify, servers: 3, inside: true, lo: 520, hi: 1600,
		length: [2]int{52, 72}, group: ipv4(224, 0, 0, 9), ttl: 1,
	},
	{
		port: 631, style: styleNotify, servers: 4, inside: true, lo: 150, hi: 900,
		length: [2]int{140, 210}, group: ipv4(147, 32, 84, 255),
	},
	{
		port: 138, style: styleNotify, servers: 5, inside: true, lo: 229, hi: 700,
		length: [2]int{229, 229}, group: ipv4(147, 32, 84, 255),
	},
	{
		port: 137, style: styleNotify, servers: 7, inside: true, lo: 78, hi: 468,
		length: [2]int{78, 78}, group: ipv4(147, 32, 84, 255),
	},
	{port: 636, servers: 1, inside: true, lo: 1388, hi: 1388},
	{port: 414, style: styleUDP, servers: 1, lo: 38, hi: 400, length: [2]int{38, 38}},
	{port: 500, style: styleUDP, servers: 2, lo: 200, hi: 700, length: [2]int{108, 348}},
	{port: 21, servers: 1, lo: 882, hi: 882, length: [2]int{60, 120}},
	{port: 843, servers: 2, lo: 388, hi: 388, length: [2]int{100, 260}}, // Flash socket policy
	{port: 404, style: styleUDP, servers: 1, lo: 38, hi: 300, length: [2]int{38, 38}},
	{port: 445, style: styleReset, servers: 5, inside: true, lo: 40, hi: 80},
	{port: 113, style: styleReset, servers: 4, inside: true, lo: 40, hi: 80},
	{port: 26, servers: 1, lo: 68, hi: 68, length: [2]int{68, 68}},
	{port: 648, servers: 1, lo: 66, hi: 66, length: [2]int{66, 66}},
	{port: 61, style: styleUDP, servers: 1, lo: 65, hi: 65, length: [2]int{65, 65}},
	{port: 72, style: styleUDP, servers: 1, lo: 64, hi: 64, length: [2]int{64, 64}},
	{port: 808, servers: 1, lo: 60, hi: 60, length: [2]int{60, 60}},
}

// ceiling is the most bytes a host outside the ten heaviest is given to send by
// plan, well below the tenth; what it acknowledges and asks comes on top.
const ceiling = 5_200_000

// services spends what is left of each port's budget.
func (c *campus) services() {
	for i := range campusServices {
		s := &campusServices[i]
		servers := make([]int, s.servers)
		for j := range servers {
			if s.inside {
				servers[j] = c.local(80, 96, c.localTTL())
			} else {
				servers[j] = c.remote()
			}
		}
		z := newZipf(len(servers))
		least := udpLeast
		if s.style == styleTCP || s.style == styleReset {
			least = tcpLeast
		}
		for _, n := range c.amounts(c.budget[s.port], least, s.lo, s.hi) {
			h := servers[z.draw(c.r)]
			for c.sent[h]+n > ceiling {
				h = servers[c.r.below(len(servers))]
			}
			c.serveOnce(s, h, c.reserve(s.port, n))
		}
	}
}

// serveOnce is host h sending n bytes from the port of service s.
func (c *campus) serveOnce(s *service, h, n int) {
	client := c.client
	if s.inside && c.r.chance(400) {
		client = c.peer
	}
	d := dialogue{b: h, bPort: s.port, bBytes: n, bLen: c.lengths(s.length[0], s.length[1]), when: c.session(240)}
	switch s.style {
	case styleTCP:
		if s.length[1] == 0 {
			d.bLen = c.full(c.mtu())
		}
		if s.port == 554 { // film: as long as it takes, at a constant rate
			d.when.length = min(uint32(c.r.between(4, 25)*minute), campusSpan-d.when.start)
		}
		d.a, d.aPort = client(), c.ephemeral()
		c.connect(d)
	case styleUDP:
		d.a, d.aPort, d.aLen = client(), c.ephemeral(), c.lengths(56, 78)
		if s.port == 123 {
			d.aLen = d.bLen
		}
		c.exchange(d)
	case styleNotify:
		to := s.port
		if s.to != 0 {
			to = s.to
		}
		c.exchange(dialogue{
			a: h, b: c.group(s.group), aPort: s.port, bPort: to, ttl: s.ttl,
			aBytes: n, aLen: d.bLen, when: d.when,
		})
	case styleReset:
		f := c.addFlow(campusFlow{
			src: int32(h), dst: int32(client()), sport: s.port, dport: c.ephemeral(), proto: protoTCP, reverse: -1,
		})
		c.place(f, split(nil, n, tcpLeast, flagRST|flagACK, c.lengths(tcpLeast, tcpLeast)), d.when, 0, 0)
	}
}
