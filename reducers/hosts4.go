package reducers

import (
	"cmp"
	"math"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/slab"
	"github.com/capfold/capfold/pipeline/spill"
	"github.com/capfold/capfold/pipeline/table"
)

// host4 is what is known of a host of IPv4, or a part of it, in one line of the cache: there
// are two hosts in every conversation, and hardly one of them is in the cache already. What it
// has no room for goes to the host's row in the rollup.
type host4 struct {
	sentBytes, receivedBytes       uint64
	first, last                    int64 // first is after last where there is no packet
	addr                           uint32
	sentPackets, receivedPackets   uint32
	sentOverhead, receivedOverhead uint32 // by how much wire bytes are more than bytes
	peers, flows                   uint32
	ttlMin, ttlMax                 uint8 // of packets sent; the least is the larger one where there is none
}

// newHost4 returns a host that nothing is known of.
func newHost4(addr uint32) host4 {
	return host4{addr: addr, first: math.MaxInt64, last: math.MinInt64, ttlMin: math.MaxUint8}
}

// host returns the host.
func (h *host4) host() packet.Host { return packet.Host{Addr: packet.Addr4(h.addr), Version: 4} }

// measure returns what is known, as the rollup has it.
func (h *host4) measure() HostMeasure {
	m := HostMeasure{Peers: int64(h.peers), Flows: int64(h.flows)}
	m.Sent = flow.Counts{Packets: int64(h.sentPackets), Bytes: int64(h.sentBytes), WireBytes: int64(h.sentBytes) + int64(h.sentOverhead)}
	m.Received = flow.Counts{Packets: int64(h.receivedPackets), Bytes: int64(h.receivedBytes), WireBytes: int64(h.receivedBytes) + int64(h.receivedOverhead)}
	if h.first <= h.last {
		m.Span = Span{h.first, h.last, true}
	}
	if h.ttlMin <= h.ttlMax {
		m.TTLs = TTLs{h.ttlMin, h.ttlMax, true}
	}
	return m
}

// add adds what a host exchanged with another one between two times, and reports whether there
// was room for it.
func (h *host4) add(sent, received *flow.Way, first, last int64, flows, peers int) bool {
	sentPackets := uint64(h.sentPackets) + uint64(sent.Packets)
	sentOverhead := uint64(h.sentOverhead) + uint64(sent.WireBytes-sent.Bytes)
	receivedPackets := uint64(h.receivedPackets) + uint64(received.Packets)
	receivedOverhead := uint64(h.receivedOverhead) + uint64(received.WireBytes-received.Bytes)
	allFlows, allPeers := uint64(h.flows)+uint64(flows), uint64(h.peers)+uint64(peers)
	if (sentPackets|sentOverhead|receivedPackets|receivedOverhead|allFlows|allPeers)>>32 != 0 {
		return false
	}
	h.sentPackets, h.receivedPackets = uint32(sentPackets), uint32(receivedPackets)
	h.sentOverhead, h.receivedOverhead = uint32(sentOverhead), uint32(receivedOverhead)
	h.sentBytes += uint64(sent.Bytes)
	h.receivedBytes += uint64(received.Bytes)
	h.flows, h.peers = uint32(allFlows), uint32(allPeers)
	h.first, h.last = min(h.first, first), max(h.last, last)
	if len(sent.Flows) > 0 {
		h.ttlMin, h.ttlMax = min(h.ttlMin, sent.TTLMin), max(h.ttlMax, sent.TTLMax)
	}
	return true
}

// merge adds what o has of the same host, and reports whether there was room for it.
func (h *host4) merge(o *host4) bool {
	sentPackets, receivedPackets := uint64(h.sentPackets)+uint64(o.sentPackets), uint64(h.receivedPackets)+uint64(o.receivedPackets)
	sentOverhead, receivedOverhead := uint64(h.sentOverhead)+uint64(o.sentOverhead), uint64(h.receivedOverhead)+uint64(o.receivedOverhead)
	flows, peers := uint64(h.flows)+uint64(o.flows), uint64(h.peers)+uint64(o.peers)
	if (sentPackets|sentOverhead|receivedPackets|receivedOverhead|flows|peers)>>32 != 0 {
		return false
	}
	h.sentPackets, h.receivedPackets = uint32(sentPackets), uint32(receivedPackets)
	h.sentOverhead, h.receivedOverhead = uint32(sentOverhead), uint32(receivedOverhead)
	h.sentBytes += o.sentBytes
	h.receivedBytes += o.receivedBytes
	h.flows, h.peers = uint32(flows), uint32(peers)
	h.first, h.last = min(h.first, o.first), max(h.last, o.last)
	h.ttlMin, h.ttlMax = min(h.ttlMin, o.ttlMin), max(h.ttlMax, o.ttlMax)
	return true
}

// hosts4 is hosts of IPv4, which are found by their addresses.
type hosts4 struct {
	rows  table.Rows[host4]
	index index
}

// newHosts4 returns no hosts, which are to have their memory from slabs.
func newHosts4(slabs *slab.Pool) hosts4 {
	s := hosts4{index: newIndex(slabs)}
	s.rows.Recycle(slabs)
	return s
}

func (s *hosts4) tag(addr uint32) uint32 {
	return uint32(hashWords(&s.index.secret, 0, uint64(addr)))
}

// at returns the host with an address, which it makes if there is none.
func (s *hosts4) at(addr uint32) *host4 {
	tag := s.tag(addr)
	for row := range s.index.find(tag) {
		if h := s.rows.At(row); h.addr == addr {
			return h
		}
	}
	h := s.rows.Push()
	*h = newHost4(addr)
	s.index.add(tag, s.rows.Len()-1)
	return h
}

// locate sets found to the hosts with at most loadAhead addresses, in passes as those of
// [rollup.locate].
func (s *hosts4) locate(addrs []uint32, found *[loadAhead]*host4) {
	var tags, rows [loadAhead]uint32
	sum := uint64(0)
	for i, addr := range addrs {
		tag := s.tag(addr)
		tags[i%loadAhead] = tag
		sum += s.index.slot(tag)
	}
	sink(sum)
	for i := range addrs {
		rows[i%loadAhead] = s.index.first(tags[i%loadAhead])
	}
	for i, addr := range addrs {
		if row := rows[i%loadAhead]; row != 0 {
			if h := s.rows.At(int(row) - 1); h.addr == addr {
				found[i%loadAhead] = h
				continue
			}
		}
		found[i%loadAhead] = s.at(addr)
	}
}

// held returns how many bytes the hosts take.
func (s *hosts4) held() int64 { return rowsLen(&s.rows) + s.index.slots.held() }

// hostsReducer is the reducer of hosts.
type hostsReducer struct{ *hostsRollup }

// New implements [pipeline.Reducer].
func (r hostsReducer) New() pipeline.Partial[flow.Batch] {
	p := r.hostsRollup.New().(*spillableRollup[flow.Batch, packet.Host, HostMeasure])
	return &hostsPartial{spillableRollup: p, v4: newHosts4(nil)}
}

// hostsPartial is the rollup of hosts, with those of IPv4 beside it until it is asked for rows.
type hostsPartial struct {
	*spillableRollup[flow.Batch, packet.Host, HostMeasure]
	v4 hosts4
	// found4 reports whether the rollup has hosts of IPv4 that are to be found.
	found4 bool
}

// Add implements [pipeline.Partial].
func (p *hostsPartial) Add(b flow.Batch) {
	for rest := b.Conversations; len(rest) > 0; {
		n := 1
		for n < min(len(rest), loadAhead/2) && rest[n].A.Version == rest[0].A.Version {
			n++
		}
		if rest[0].A.Version == 4 {
			p.add4(rest[:n])
		} else {
			p.spillableRollup.Add(flow.Batch{Conversations: rest[:n]})
		}
		rest = rest[n:]
	}
}

// add4 adds at most half of loadAhead conversations of IPv4.
func (p *hostsPartial) add4(conversations []flow.Conversation) {
	var addrs [loadAhead]uint32
	var found [loadAhead]*host4
	for i := range conversations {
		c := &conversations[i]
		addrs[2*i%loadAhead], addrs[(2*i+1)%loadAhead] = c.A.Addr.As4(), c.B.Addr.As4()
	}
	p.v4.locate(addrs[:2*len(conversations)], &found)
	for i := range conversations {
		c := &conversations[i]
		a, b := found[2*i%loadAhead], found[(2*i+1)%loadAhead]
		flows := len(c.Forward.Flows) + len(c.Back.Flows)
		span := spanOf(&c.Forward)
		span.Merge(spanOf(&c.Back))
		if a == b {
			// All that a host sends to itself it receives too; it is not its own peer.
			if !a.add(&c.Forward, &c.Forward, span.First, span.Last, flows, 0) {
				p.row4(a).add(&c.Forward, &c.Forward, int64(flows), 0)
			}
			continue
		}
		if !a.add(&c.Forward, &c.Back, span.First, span.Last, flows, 1) {
			p.row4(a).add(&c.Forward, &c.Back, int64(flows), 1)
		}
		if !b.add(&c.Back, &c.Forward, span.First, span.Last, flows, 1) {
			p.row4(b).add(&c.Back, &c.Forward, int64(flows), 1)
		}
	}
}

// row4 returns what the rollup has of a host of IPv4.
func (p *hostsPartial) row4(h *host4) *HostMeasure {
	p.found4 = true
	return p.at(h.host())
}

// settle moves all hosts of IPv4 to the rollup, where nobody looks for any later if last.
func (p *hostsPartial) settle(last bool) {
	for i := range p.v4.rows.Len() {
		h := p.v4.rows.At(i)
		if last && !p.found4 {
			*p.newRow(h.host()) = h.measure()
			continue
		}
		m := h.measure()
		p.row4(h).merge(&m)
	}
	p.drop4()
}

// drop4 forgets all hosts of IPv4 that are not in the rollup.
func (p *hostsPartial) drop4() {
	p.v4.rows.Release()
	p.v4.index.free()
}

// Merge implements [pipeline.Partial].
func (p *hostsPartial) Merge(other pipeline.Partial[flow.Batch]) {
	o := other.(*hostsPartial)
	if p.stored.Spilled() || o.stored.Spilled() || p.memory.Over() {
		o.memory = cmp.Or(o.memory, p.memory)
		o.Spill()
	}
	p.spillableRollup.Merge(o.spillableRollup)
	p.found4 = p.found4 || o.found4
	var addrs [loadAhead]uint32
	var found [loadAhead]*host4
	for from := 0; from < o.v4.rows.Len(); from += loadAhead {
		n := min(o.v4.rows.Len()-from, loadAhead)
		for i := range n {
			addrs[i] = o.v4.rows.At(from + i).addr
		}
		p.v4.locate(addrs[:n], &found)
		for i, h := range found[:n] {
			theirs := o.v4.rows.At(from + i)
			if !h.merge(theirs) {
				m := theirs.measure()
				p.row4(h).merge(&m)
			}
		}
	}
	o.drop4()
}

// Table implements [pipeline.Partial].
func (p *hostsPartial) Table() *table.Table {
	if p.stored.Spilled() {
		p.Spill()
	}
	p.settle(true)
	return p.spillableRollup.Table()
}

// AppendBinary implements [encoding.BinaryAppender].
func (p *hostsPartial) AppendBinary(b []byte) ([]byte, error) {
	p.settle(false)
	return p.spillableRollup.AppendBinary(b)
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (p *hostsPartial) UnmarshalBinary(b []byte) error {
	p.drop4()
	p.found4 = true
	return p.spillableRollup.UnmarshalBinary(b)
}

// Limit implements [pipeline.Spiller].
func (p *hostsPartial) Limit(memory *spill.Memory) {
	p.spillableRollup.Limit(memory)
	p.v4 = newHosts4(memory.Slabs())
}

// Held implements [pipeline.Spiller].
func (p *hostsPartial) Held() int64 { return p.v4.held() + p.spillableRollup.Held() }

// Spill implements [pipeline.Spiller]. Hosts of IPv4 become rows, which are twice as long, few
// at a time; those that the rollup has as well are summed up when files are read.
func (p *hostsPartial) Spill() {
	p.spillableRollup.Spill()
	p.found4 = false // rows in files are found by nobody
	for i := range p.v4.rows.Len() {
		h := p.v4.rows.At(i)
		*p.newRow(h.host()) = h.measure()
		if p.rows.Len() == rowsInMemory {
			p.spillableRollup.Spill()
		}
	}
	p.drop4()
	p.spillableRollup.Spill()
}
