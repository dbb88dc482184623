// Package reducers holds capfold's analyses: what is made of packets, conversations, time
// series and the accounts of captures. An analysis is one file here and one line in
// [Registry].
package reducers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/slab"
	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/reducers/geo"
)

// Analysis makes one table. Exactly one of its functions is set: it says what the
// analysis folds, and is called once in a run, when all that it may ask of [Env] is known.
type Analysis struct {
	// Captures folds the account of every input.
	Captures func(*Env) pipeline.Reducer[packet.Capture]
	// Packets folds every packet, while the capture is read: for what the atoms forget.
	// It is the one kind whose cost grows with the packets; Env.Top is not known yet.
	Packets func(*Env) pipeline.Reducer[packet.Batch]
	// Conversations folds the merged flow atoms.
	Conversations func(*Env) pipeline.Reducer[flow.Batch]
	// Hosts folds every host once, when all is known of it and where it is.
	Hosts func(*Env) pipeline.Reducer[HostRow]
	// Points folds the time series of all packets and of the top hosts.
	Points func(*Env) pipeline.Reducer[flow.Point]

	// Large marks a table whose length grows with the traffic: the summary, and JSON
	// unless asked for more, have its top rows only.
	Large bool
}

// Registry returns all analyses, in the order in which their tables are listed.
func Registry() []Analysis {
	return []Analysis{
		{Captures: captures},
		{Conversations: ports},
		{Conversations: hosts, Large: true},
		{Conversations: hostTransport},
		{Conversations: hostProtocols},
		{Conversations: hostPorts, Large: true},
		{Conversations: ttl},
		{Conversations: ttlSummary},
		{Points: timeline},
		{Points: hostTimeline},
		{Hosts: zones},
		{Packets: protocols},
		{Packets: packetSizes},
		{Conversations: conversations, Large: true},
		{Conversations: flows, Large: true},
		{Captures: anomalies},
	}
}

// Schema returns the schema of the analysis's table.
func (a Analysis) Schema() table.Schema {
	e := &Env{}
	switch {
	case a.Captures != nil:
		return a.Captures(e).Schema()
	case a.Packets != nil:
		return a.Packets(e).Schema()
	case a.Conversations != nil:
		return a.Conversations(e).Schema()
	case a.Hosts != nil:
		return a.Hosts(e).Schema()
	default:
		return a.Points(e).Schema()
	}
}

// Options are what the user chooses about results. The zero value ranks ten hosts by
// bytes and reports the system ports.
type Options struct {
	Top    int    // hosts to look at closely; 0 means DefaultTop
	RankBy RankBy // what makes a host or conversation important
	Ports  Ports  // which ports have a row in the table of ports
}

// DefaultTop is how many hosts are ranked unless the user says otherwise.
const DefaultTop = 10

// Env is what an analysis may ask about its run.
type Env struct {
	Options
	// Geo says where hosts are; nil knows special addresses only.
	Geo *geo.Atlas
	// Hosts are the hosts that sent most, by Options.RankBy, the first first. They are
	// known when all packets have been folded, and to analyses of what comes then.
	Hosts []packet.Host
	// Slabs are where rows may be, nil for none.
	Slabs *slab.Pool
}

// ranks returns the place of each top host, counted from 1.
func (e *Env) ranks() *ranks {
	r := &ranks{of: make(map[packet.Host]int, len(e.Hosts))}
	for i, h := range e.Hosts {
		r.of[h] = i + 1
		bit := filterBit(h)
		r.filter[bit/64] |= 1 << (bit % 64)
	}
	return r
}

// ranks are the places of hosts.
type ranks struct {
	of map[packet.Host]int
	// filter tells most of the many hosts without a place from the few with one.
	filter [1 << 6]uint64
}

// filterBit returns the bit of ranks.filter that stands for h, and others.
func filterBit(h packet.Host) uint64 { return (h.Addr.Hi ^ h.Addr.Lo) * 0x9e3779b97f4a7c15 >> 52 }

// rank returns the place of h, counted from 1, or 0 if it has none.
func (r *ranks) rank(h packet.Host) int {
	bit := filterBit(h)
	if r.filter[bit/64]>>(bit%64)&1 == 0 {
		return 0
	}
	return r.of[h]
}

// RankBy is the measure that rankings go by.
type RankBy int

// The measures of RankBy.
const (
	ByBytes     RankBy = iota // IP total length
	ByWireBytes               // original frame length
	ByPackets
)

var rankByNames = []string{ByBytes: "bytes", ByWireBytes: "wire_bytes", ByPackets: "packets"}

func (r RankBy) String() string { return rankByNames[r] }

// Set implements pflag.Value.
func (r *RankBy) Set(name string) error { return setName(r, rankByNames, name) }

// Type implements pflag.Value.
func (RankBy) Type() string { return "measure" }

// of returns the measure of c.
func (r RankBy) of(c *flow.Counts) int64 {
	switch r {
	case ByWireBytes:
		return c.WireBytes
	case ByPackets:
		return c.Packets
	default:
		return c.Bytes
	}
}

// descending orders a before b if it measures more.
func (r RankBy) descending(a, b *flow.Counts) int { return cmp.Compare(r.of(b), r.of(a)) }

// key orders as descending does, for sorting.
func (r RankBy) key(c *flow.Counts) uint64 { return ^uint64(r.of(c)) }

// Ports is a range of port numbers from 0.
type Ports int

// The ranges of the IANA registry (RFC 6335 §6).
const (
	SystemPorts     Ports = iota // 0–1023
	RegisteredPorts              // 0–49151
	AllPorts                     // 0–65535
)

var portsNames = []string{SystemPorts: "system", RegisteredPorts: "registered", AllPorts: "all"}

func (p Ports) String() string { return portsNames[p] }

// Set implements pflag.Value.
func (p *Ports) Set(name string) error { return setName(p, portsNames, name) }

// Type implements pflag.Value.
func (Ports) Type() string { return "range" }

// last returns the last port of the range.
func (p Ports) last() uint16 { return [...]uint16{1023, 49151, 65535}[p] }

func setName[T ~int](to *T, names []string, name string) error {
	i := slices.Index(names, name)
	if i < 0 {
		return fmt.Errorf("%q is none of %s", name, strings.Join(names, ", "))
	}
	*to = T(i)
	return nil
}
