package reducers

import (
	"cmp"
	"fmt"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/spill"
	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/reducers/iana"
)

// PortMeasure is what is known of a port.
type PortMeasure struct {
	Sent, Received flow.Counts
	TCP, UDP, SCTP int64 // bytes sent
	hosts          int64 // set when the table is made
}

func (m *PortMeasure) merge(o *PortMeasure) {
	m.Sent.Add(o.Sent)
	m.Received.Add(o.Received)
	m.TCP += o.TCP
	m.UDP += o.UDP
	m.SCTP += o.SCTP
}

type portRow = Row[uint16, PortMeasure]

// portsReducer is a rollup by port with the set of hosts of every port beside it.
type portsReducer struct {
	rollup *Rollup[flow.Batch, uint16, PortMeasure]
	last   uint16
}

func ports(e *Env) pipeline.Reducer[flow.Batch] {
	return &portsReducer{last: e.Ports.last(), rollup: &Rollup[flow.Batch, uint16, PortMeasure]{
		Doc: table.Schema{
			Name: "ports", Row: "port, 0–1023 unless --ports says more",
			Order: "measure of --rank-by sent, descending; port",
			Doc: "Traffic by port, over TCP, UDP and SCTP together. A packet is sent by its source " +
				"port and received by its destination port.",
		},
		Number:  func(port uint16) int { return int(port) },
		Numbers: int(e.Ports.last()) + 1,
		Merge:   (*PortMeasure).merge,
		Compare: func(a, b *portRow) int {
			if c := e.RankBy.descending(&a.Value.Sent, &b.Value.Sent); c != 0 {
				return c
			}
			return cmp.Compare(a.Key, b.Key)
		},
		Columns: []table.Column[portRow]{
			table.Int32s("port", "", "port number", func(r *portRow) int64 { return int64(r.Key) }),
			text("service", "service name in the IANA registry, of TCP first, then UDP, then SCTP; empty if there is none",
				func(r *portRow) string { return iana.Service(r.Key) }),
			packetsColumn("sent_packets", "packets with this source port", func(r *portRow) int64 { return r.Value.Sent.Packets }),
			bytesColumn("sent_bytes", "IP total length of packets with this source port", func(r *portRow) int64 { return r.Value.Sent.Bytes }),
			packetsColumn("received_packets", "packets with this destination port", func(r *portRow) int64 { return r.Value.Received.Packets }),
			bytesColumn("received_bytes", "IP total length of packets with this destination port", func(r *portRow) int64 { return r.Value.Received.Bytes }),
			bytesColumn("tcp_bytes", "part of sent_bytes that is TCP", func(r *portRow) int64 { return r.Value.TCP }),
			bytesColumn("udp_bytes", "part of sent_bytes that is UDP", func(r *portRow) int64 { return r.Value.UDP }),
			bytesColumn("sctp_bytes", "part of sent_bytes that is SCTP", func(r *portRow) int64 { return r.Value.SCTP }),
			table.Int64s("hosts", "addresses", "distinct addresses that sent from or received at the port", func(r *portRow) int64 { return r.Value.hosts }),
		},
	}}
}

func (r *portsReducer) Schema() table.Schema { return r.rollup.Schema() }

func (r *portsReducer) New() pipeline.Partial[flow.Batch] {
	return &portsPartial{
		rollup: r.rollup.New().(*rollup[flow.Batch, uint16, PortMeasure]),
		hosts:  newPortHosts(nil),
		last:   r.last,
	}
}

type portsPartial struct {
	rollup *rollup[flow.Batch, uint16, PortMeasure]
	hosts  portHosts
	file   *spill.File           // where hosts are spilled
	runs   []spill.Run[PortHost] // more of hosts, in files
	memory *spill.Memory
	last   uint16
}

func (p *portsPartial) Add(b flow.Batch) {
	for i := range b.Flows {
		f := &b.Flows[i]
		if f.Ports&packet.SrcPortKnown != 0 && f.SrcPort <= p.last {
			m := p.rollup.at(f.SrcPort)
			m.Sent.Add(f.Counts)
			switch f.Proto {
			case packet.ProtoTCP:
				m.TCP += f.Bytes
			case packet.ProtoUDP:
				m.UDP += f.Bytes
			case packet.ProtoSCTP:
				m.SCTP += f.Bytes
			}
			p.hosts.add(PortHost{f.SrcPort, f.SrcHost()})
		}
		if f.Ports&packet.DstPortKnown != 0 && f.DstPort <= p.last {
			p.rollup.at(f.DstPort).Received.Add(f.Counts)
			p.hosts.add(PortHost{f.DstPort, f.DstHost()})
		}
	}
}

func (p *portsPartial) Merge(other pipeline.Partial[flow.Batch]) {
	o := other.(*portsPartial)
	p.rollup.Merge(o.rollup)
	if p.memory.Over() {
		p.Spill()
		o.Spill()
	}
	o.hosts.each(p.hosts.add)
	o.hosts.free()
	p.runs = append(p.runs, o.runs...)
}

func (p *portsPartial) Table() *table.Table {
	if len(p.runs) == 0 {
		p.hosts.each(func(h PortHost) { p.rollup.at(h.Port).hosts++ })
		p.hosts.free()
		return p.rollup.Table()
	}
	p.Spill()
	var last PortHost // of version 0, which none of the set has
	for h, err := range spill.Merge(p.runs, func(a, b *PortHost) int { return a.compare(*b) }) {
		if err != nil {
			p.memory.Fail(err)
			break
		}
		if *h != last {
			p.rollup.at(h.Port).hosts++
			last = *h
		}
	}
	return p.rollup.Table()
}

// Limit implements [pipeline.Spiller].
func (p *portsPartial) Limit(memory *spill.Memory) {
	p.memory = memory
	p.hosts = newPortHosts(memory.Slabs())
}

// Held implements [pipeline.Spiller]. The ports themselves are too few to count.
func (p *portsPartial) Held() int64 { return p.hosts.held() }

// Spill implements [pipeline.Spiller].
func (p *portsPartial) Spill() {
	keys := p.hosts.sorted()
	p.hosts.free()
	if len(keys) == 0 {
		return
	}
	if p.file == nil {
		f, err := p.memory.Create()
		if err != nil {
			p.memory.Fail(err)
			return
		}
		p.file = f
	}
	w := spill.NewWriter[PortHost](p.file)
	w.Write(keys...)
	run, err := w.Close()
	if err != nil {
		p.memory.Fail(err)
		return
	}
	p.runs = append(p.runs, run)
}

// portsState is the encoded form.
type portsState struct {
	Rows  []byte
	Hosts []PortHost
}

func (p *portsPartial) AppendBinary(b []byte) ([]byte, error) {
	if len(p.runs) > 0 {
		return b, errSpilled
	}
	rows, err := p.rollup.AppendBinary(nil)
	if err != nil {
		return b, err
	}
	return appendGob(b, portsState{rows, p.hosts.sorted()})
}

func (p *portsPartial) UnmarshalBinary(b []byte) error {
	var s portsState
	if err := decodeGob(b, &s); err != nil {
		return fmt.Errorf("ports: %w", err)
	}
	p.hosts.free()
	for _, h := range s.Hosts {
		p.hosts.add(h)
	}
	return p.rollup.UnmarshalBinary(s.Rows)
}
