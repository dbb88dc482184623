package synth

const (
	// arpEvery is how many records there are per ARP request.
	arpEvery = 400

	// maxActive bounds the flows in progress at a time, so that their state, some
	// 300 bytes each, stays in a level-two cache. A guess; BenchmarkWrite/headers
	// would tell.
	maxActive = 512
)

// mixed is the generator of the profiles mixed and headers. Flows are born in
// order, live among a bounded number of others, and end when their packets are
// spent: the packets of a flow are near each other in time, as in a real capture,
// and the generator never looks at more than the active ones.
type mixed struct {
	w       *writer
	r       *rng
	hosts   *hostPool
	payload *payload
	clock   *clock
	sizes   []uint32 // of the flows not born yet
	born    int
	active  []flow
	seg     segment
}

func writeMixed(w *writer, o Options) error {
	arps := o.Packets / arpEvery
	flows := min(o.Flows, o.Packets-arps)
	m := &mixed{
		w:       w,
		r:       newRNG(o.Seed, 1),
		hosts:   newHostPool(newRNG(o.Seed, 2), o.Hosts),
		payload: newPayload(),
		clock:   newClock(newRNG(o.Seed, 3), o.Packets),
		sizes:   flowSizes(newRNG(o.Seed, 4), o.Packets-arps, flows),
	}
	m.active = make([]flow, min(max(1, flows/64), maxActive))
	for i := range m.active {
		m.open(&m.active[i])
	}
	m.run(o.Packets)
	return nil
}

// run writes packets records, or fewer if the writer fails.
func (m *mixed) run(packets int) {
	for n := 1; n <= packets && m.w.err == nil; {
		i := 0
		if len(m.active) > 0 {
			i = m.r.below(len(m.active))
		}
		// A large flow sends in trains, in proportion to its size, so that
		// none outlives its generation by much.
		for train := m.train(i); n <= packets; n++ {
			if n%arpEvery == 0 {
				m.arp()
				continue
			}
			if train--; train < 0 {
				break
			}
			f := &m.active[i]
			m.emit(f)
			if f.sent == f.size {
				m.replace(i)
				n++
				break
			}
		}
	}
}

// train returns how many packets active flow i sends in a row.
func (m *mixed) train(i int) int {
	if len(m.active) == 0 {
		return 0
	}
	return int(1 + m.active[i].size>>6)
}

// replace puts the next flow in the place of the finished flow i.
func (m *mixed) replace(i int) {
	if len(m.sizes) > 0 {
		m.open(&m.active[i])
		return
	}
	last := len(m.active) - 1
	m.active[i] = m.active[last]
	m.active = m.active[:last]
}

// emit writes the next packet of f.
func (m *mixed) emit(f *flow) {
	s := &m.seg
	way := f.next(s, m.r)
	s.offset = int(m.r.u32() & (payloadSize/2 - 2))
	s.ttl = f.ttl[way]
	frame := m.w.frame()
	wire := f.headers[way].fill(frame, s, m.payload, m.w.snap)
	m.w.commit(m.clock.tick(), wire)
	f.sent++
}

// arp writes a request of one local host for another.
func (m *mixed) arp() {
	from := m.hosts.local[m.hosts.localZ.draw(m.r)]
	to := m.hosts.local[m.hosts.localZ.draw(m.r)]
	e := newEndpoint(from.v4, true, 0)
	m.w.commit(m.clock.tick(), fillARP(m.w.frame(), &e, to.v4))
}
