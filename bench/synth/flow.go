package synth

// pattern is how the packets of a flow follow each other.
type pattern uint8

const (
	patternBulk   pattern = iota // TCP: two full segments, one acknowledgement
	patternChat                  // TCP: small segments both ways
	patternQuery                 // UDP: question and answer
	patternStream                // UDP: datagrams of one size, one way, some reports back
	patternPing                  // ICMP echo
)

// flow is an active flow of mixed or headers: 0 is the way from the client to
// the server, 1 the way back.
type flow struct {
	headers [2]template
	seq     [2]uint32 // next sequence number of each side
	ttl     [2]uint8
	size    uint32 // packets, both ways
	sent    uint32
	sender  uint8 // the side that sends the bulk
	opts    uint8
	pattern pattern
	oneWay  bool
	full    uint16 // payload of a full segment or stream datagram
}

var (
	tcpServices = []uint16{443, 443, 443, 443, 443, 443, 80, 80, 80, 22, 993, 8080, 25, 5222, 3389, 8443, 1935, 445}
	udpServices = []uint16{53, 53, 53, 53, 443, 443, 443, 123, 3478, 51820, 161, 6881}
	vlans       = []uint16{120, 121, 340}
)

// open makes f the next flow. Its protocol depends on its size: the many flows
// of one packet are unanswered connection attempts, datagrams and pings; the few
// that carry most packets are TCP. The shares were fitted to those in the
// profile's Doc (TestMixedShares).
func (m *mixed) open(f *flow) {
	r := m.r
	n := m.born
	m.born++
	*f = flow{size: m.sizes[0]}
	m.sizes = m.sizes[1:]

	var proto uint8
	switch x := r.below(100); {
	case f.size == 1 && x < 32, f.size > 1 && f.size <= 8 && x < 40, f.size > 8 && x < 92:
		proto = protoTCP
	case f.size == 1 && x < 92, f.size > 1 && f.size <= 8 && x < 94, f.size > 8 && x < 99:
		proto = protoUDP
	default:
		proto = protoICMP
	}
	local := &m.hosts.local[m.hosts.localZ.draw(r)]
	remote := &m.hosts.remote[m.hosts.remoteZ.draw(r)]
	// Counting up the client port keeps the five-tuples of busy pairs apart.
	client := newEndpoint(local.v4, true, uint16(32768+n%28000))
	server := newEndpoint(remote.v4, false, 0)
	f.ttl = [2]uint8{local.ttl, remote.ttl}
	longer := uint8(0)
	if remote.flaps && r.chance(250) {
		longer = 1
	}
	f.ttl[1] -= longer
	if r.chance(120) {
		// A tenth or so of all flows come in from outside.
		p := client.port
		client, server = server, client
		client.port, server.port = p, 0
		f.ttl[0], f.ttl[1] = f.ttl[1], f.ttl[0]
	}
	v6 := r.chance(100)
	vlan := uint16(0)
	if !v6 && r.chance(22) {
		// Not both: a tagged IPv6 SYN would not fit into 96 bytes, and headers
		// is meant to have whole headers.
		vlan = vlans[r.below(len(vlans))]
	}
	switch proto {
	case protoTCP:
		server.port = tcpServices[r.below(len(tcpServices))]
		m.openTCP(f, v6)
	case protoUDP:
		server.port = udpServices[r.below(len(udpServices))]
		m.openUDP(f)
	default:
		f.pattern = patternPing
		server.port = client.port // the echo identifier, both ways
		f.oneWay = r.chance(400)
		f.full = 56
		if v6 {
			proto = protoICMPv6
		}
	}
	f.headers[0] = newTemplate(&client, &server, proto, v6, vlan)
	f.headers[1] = newTemplate(&server, &client, proto, v6, vlan)
}

func (m *mixed) openTCP(f *flow, v6 bool) {
	r := m.r
	f.seq = [2]uint32{r.u32(), r.u32()}
	f.full = 1500 - ipv4Len - tcpLen
	if v6 {
		f.full -= ipv6Len - ipv4Len
	}
	if r.chance(700) {
		f.opts = optStamp
		f.full -= 12
	}
	if f.sender = 1; r.chance(150) {
		f.sender = 0
	}
	f.oneWay = f.size <= 3 && r.chance(500)
	f.pattern = patternBulk
	if f.size < 500 && r.chance(220) {
		f.pattern = patternChat
	}
}

func (m *mixed) openUDP(f *flow) {
	r := m.r
	f.pattern, f.sender = patternQuery, 1
	if f.oneWay = r.chance(750); f.size > 8 {
		f.oneWay = false
		f.pattern = patternStream
		f.full = uint16(r.between(1180, 1400))
		if r.chance(250) {
			f.full = 172 // 20 ms of voice
		}
	}
}

// next fills s with the next packet of f except its TTL and payload window, and
// returns the way it goes.
func (f *flow) next(s *segment, r *rng) uint8 {
	if f.pattern == patternBulk || f.pattern == patternChat {
		return f.nextTCP(s, r)
	}
	way := uint8(f.sent & 1)
	s.flags = 0
	switch f.pattern {
	case patternQuery:
		s.payload = r.between(28, 60)
		if way == 1 {
			s.payload = r.between(60, 480)
		}
	case patternStream:
		s.payload = int(f.full)
		if way = f.sender; f.sent%12 == 0 {
			way ^= 1
			s.payload = r.between(24, 80)
		}
	case patternPing:
		s.payload = int(f.full)
	}
	if f.oneWay {
		way = 0
	}
	s.id = uint16(f.sent)
	if f.pattern == patternPing {
		s.id >>= 1
		switch v6 := f.headers[0].v6; {
		case way == 0 && v6:
			s.flags = icmpv6Echo
		case way == 0:
			s.flags = icmpEcho
		case v6:
			s.flags = icmpv6EchoReply
		default:
			s.flags = icmpEchoReply
		}
	}
	return way
}

// nextTCP is next for TCP: handshake, request, data and acknowledgements, and
// the end by FIN from both sides.
func (f *flow) nextTCP(s *segment, r *rng) uint8 {
	way := uint8(0)
	s.payload, s.flags, s.opts = 0, flagACK, f.opts
	i := f.sent
	switch last := f.size - 1; {
	case i == 0:
		s.flags, s.opts = flagSYN, optSyn
	case f.oneWay: // nobody answers: the same SYN again
		s.flags, s.opts = flagSYN, optSyn
		f.seq[0]--
	case i == 1 && f.size == 2:
		way, s.flags, s.opts = 1, flagRST|flagACK, optNone
	case i == 1:
		way, s.flags, s.opts = 1, flagSYN|flagACK, optSyn
	case i == 2:
	case i == last-1 && last >= 4:
		way, s.flags = 1, flagFIN|flagACK
	case i == last && last >= 4:
		s.flags = flagFIN | flagACK
	case i == 3:
		s.flags, s.payload = flagPSH|flagACK, r.between(80, 900)
	case f.pattern == patternChat:
		way = uint8(i & 1)
		s.flags, s.payload = flagPSH|flagACK, r.between(1, 300)
	case i%3 == 2:
		way = f.sender ^ 1
	default:
		way, s.payload = f.sender, int(f.full)
		if i%64 == 0 {
			s.flags, s.payload = flagPSH|flagACK, r.between(1, int(f.full))
		}
	}
	s.id = uint16(i)
	s.seq, s.ack = f.seq[way], f.seq[way^1]
	if s.flags&flagACK == 0 {
		s.ack = 0
	}
	f.seq[way] += uint32(s.payload) + uint32(s.flags&flagSYN>>1|s.flags&flagFIN)
	return way
}
