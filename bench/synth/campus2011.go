package synth

import (
	"encoding/binary"
	"fmt"
	"slices"
)

func writeCampus(w *writer, o Options) error {
	c, err := planCampus(o.Seed)
	if err != nil {
		return err
	}
	c.write(w)
	return nil
}

// planCampus decides on every packet: first the senders the figures name, then
// what is left of the system ports, then the rest of a campus; TTLs last.
func planCampus(seed uint64) (*campus, error) {
	r := newRNG(seed, 1)
	c := &campus{
		r:       r,
		used:    map[uint32]bool{},
		budget:  map[uint16]int{},
		day:     campusDay(r),
		packets: make([]campusPacket, 0, 720_000), // a little more than any of a thousand seeds needed
	}
	for _, s := range campusSenders {
		c.used[s.address] = true
	}
	for _, p := range campusPorts {
		c.budget[p.port] = p.bytes
	}
	c.population()
	c.senders()
	c.services()
	c.background()
	for _, p := range campusPorts {
		if left := c.budget[p.port]; left != 0 {
			return nil, fmt.Errorf("port %d: %d bytes off the published figure", p.port, left)
		}
	}
	if err := c.checkSenders(); err != nil {
		return nil, err
	}
	c.packets = byTime(c.packets)
	if err := c.solveTTL(); err != nil {
		return nil, err
	}
	return c, nil
}

// byTime returns the packets in order of time, those of the same moment in the
// order they had. A bucket of 2^12 µs holds about one packet: what counting
// leaves to sort is next to nothing.
func byTime(packets []campusPacket) []campusPacket {
	const shift = 12
	starts := make([]uint32, campusSpan>>shift+2)
	for i := range packets {
		starts[packets[i].at>>shift+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	sorted := make([]campusPacket, len(packets))
	for _, p := range packets {
		at := &starts[p.at>>shift]
		sorted[*at] = p
		*at++
	}
	for i := 1; i < len(sorted); i++ {
		p, j := sorted[i], i
		for ; j > 0 && sorted[j-1].at > p.at; j-- {
			sorted[j] = sorted[j-1]
		}
		sorted[j] = p
	}
	return sorted
}

// checkSenders reports a host that sends as much as the ten that are to be the
// heaviest.
func (c *campus) checkSenders() error {
	tenth := campusSenders[len(campusSenders)-1].sent
	for i, sent := range c.sent {
		named := slices.ContainsFunc(campusSenders[:], func(s senderFigure) bool { return s.address == c.hosts[i].address })
		if sent >= tenth && !named {
			return fmt.Errorf("host %#08x: %d bytes are too many beside the heaviest senders", c.hosts[i].address, sent)
		}
	}
	return nil
}

// campusARPEvery is how many IP packets there are per ARP request.
const campusARPEvery = 1500

// write writes the packets in their order.
func (c *campus) write(w *writer) {
	p := newPayload()
	next := make([]uint32, len(c.flows)) // sequence number; packets for UDP and ICMP
	for i := range next {
		if c.flows[i].proto == protoTCP {
			next[i] = c.r.u32()
		}
	}
	headers := make([]template, len(c.flows))
	var s segment
	for i := range c.packets {
		if w.err != nil {
			return
		}
		k := &c.packets[i]
		f := &c.flows[k.flow]
		t := &headers[k.flow]
		if t.n == 0 {
			*t = c.template(f)
		}
		s = segment{offset: int(c.r.u32() & (payloadSize/2 - 2)), seq: next[k.flow], flags: k.flags, ttl: k.ttl}
		s.id = uint16(s.seq)
		before := int(t.n - t.ip) // bytes before the payload
		if f.proto == protoTCP {
			if k.flags&flagSYN != 0 {
				s.opts = optSyn48
				before += options[optSyn48].n
			}
			if f.reverse >= 0 && k.flags&flagACK != 0 {
				s.ack = next[f.reverse]
			}
			next[k.flow] += uint32(k.flags&flagSYN>>1 | k.flags&flagFIN)
			s.id = uint16(i)
		} else {
			next[k.flow]++
		}
		s.payload = int(k.length) - before
		if f.proto == protoTCP {
			next[k.flow] += uint32(s.payload)
		}
		at := campusEpoch + int64(k.at)
		frame := w.frame()
		wire := t.fill(frame, &s, p, w.snap)
		if f.proto == protoICMP && k.flags == icmpTimeExceeded {
			c.quote(frame[t.l4:], &c.flows[f.reverse], p)
		}
		w.commit(at, wire)
		if i%campusARPEvery == 0 {
			asking := c.endpoint(int32(c.client()), 0)
			frame := w.frame()
			w.commit(at, fillARP(frame, &asking, c.hosts[c.client()].address))
		}
	}
}

// template returns the headers of flow f.
func (c *campus) template(f *campusFlow) template {
	src, dst := c.endpoint(f.src, f.sport), c.endpoint(f.dst, f.dport)
	return newTemplate(&src, &dst, f.proto, false, 0)
}

// endpoint returns host h on a port.
func (c *campus) endpoint(h int32, port uint16) endpoint {
	host := &c.hosts[h]
	e := newEndpoint(host.address, host.local, port)
	switch {
	case host.group && host.address>>28 == 0xe: // RFC 1112
		e.mac = [6]byte{0x01, 0, 0x5e, byte(host.address >> 16 & 0x7f), byte(host.address >> 8), byte(host.address)}
	case host.group:
		e.mac = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	}
	return e
}

// quotedLen is what an ICMP error repeats of the packet it is about: the IP
// header and eight bytes (RFC 792).
const quotedLen = ipv4Len + 8

// quote makes icmp the error message about the last hop of a probe of flow f.
func (c *campus) quote(icmp []byte, f *campusFlow, p *payload) {
	t := c.template(f)
	var frame [maxFrame]byte
	t.fill(frame[:], &segment{payload: probeLen - udpLeast, ttl: 1}, p, maxSnapLen)
	message := icmp[:icmpLen+quotedLen]
	clear(message[4:icmpLen])
	copy(message[icmpLen:], frame[t.ip:])
	binary.BigEndian.PutUint16(message[2:], 0)
	binary.BigEndian.PutUint16(message[2:], checksum(wordSum(message)))
}
