package reducers

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/reducers/iana"
)

func twinPorts(t *traffic) (rows [][]any) {
	last := map[Ports]uint16{SystemPorts: 1023, RegisteredPorts: 49151, AllPorts: 65535}[t.Ports]
	sent, received := map[uint16]*sum{}, map[uint16]*sum{}
	over := map[uint16]map[uint8]int64{}
	hosts := map[uint16]map[address]bool{}
	t.ip(func(p *packet.Summary) {
		for _, end := range []struct {
			known packet.Ports
			port  uint16
			sums  map[uint16]*sum
			host  address
		}{
			{packet.SrcPortKnown, p.SrcPort, sent, source(p)},
			{packet.DstPortKnown, p.DstPort, received, destination(p)},
		} {
			if p.Ports&end.known == 0 || end.port > last {
				continue
			}
			if hosts[end.port] == nil {
				hosts[end.port], over[end.port] = map[address]bool{}, map[uint8]int64{}
				at(sent, end.port)
				at(received, end.port)
			}
			end.sums[end.port].add(p)
			hosts[end.port][end.host] = true
			if end.known == packet.SrcPortKnown {
				over[end.port][p.Proto] += int64(p.Bytes)
			}
		}
	})
	for _, port := range heaviest(t, sent, cmp.Compare[uint16]) {
		s, r := sent[port], received[port]
		rows = append(rows, []any{
			int64(port), iana.Service(port), s[0], s[1], r[0], r[1],
			over[port][6], over[port][17], over[port][132], int64(len(hosts[port])),
		})
	}
	return rows
}

func twinHosts(t *traffic) (rows [][]any) {
	type host struct {
		sent, received sum
		peers          map[address]bool
		flows          map[five]bool
		period
		ttls []uint8
	}
	hosts, sent := map[address]*host{}, map[address]*sum{}
	t.ip(func(p *packet.Summary) {
		for _, a := range []address{source(p), destination(p)} {
			h := at(hosts, a)
			h.extend(h.flows == nil, p.Time)
			if h.flows == nil {
				h.peers, h.flows = map[address]bool{}, map[five]bool{}
			}
			h.flows[fiveOf(p)] = true
			for _, b := range []address{source(p), destination(p)} {
				if b != a {
					h.peers[b] = true
				}
			}
		}
		s := hosts[source(p)]
		s.sent.add(p)
		s.ttls = append(s.ttls, p.TTL)
		hosts[destination(p)].received.add(p)
	})
	for a, h := range hosts {
		sent[a] = &h.sent
	}
	for _, a := range heaviest(t, sent, address.compare) {
		h := hosts[a]
		ttls := []any{nil, nil}
		if len(h.ttls) > 0 {
			ttls = []any{int64(slices.Min(h.ttls)), int64(slices.Max(h.ttls))}
		}
		rows = append(rows, row([]any{a.String()}, h.sent.columns(), h.received.columns(),
			[]any{int64(len(h.peers)), int64(len(h.flows))}, h.period.columns(), ttls, twinPlace(a).columns()))
	}
	return rows
}

// parts sums up what a host sent by what of tells of a packet, a negative number where
// that is nothing.
func (t *traffic) parts(host address, of func(*packet.Summary) int) map[int]*sum {
	parts := map[int]*sum{}
	t.ip(func(p *packet.Summary) {
		if n := of(p); source(p) == host && n >= 0 {
			at(parts, n).add(p)
		}
	})
	return parts
}

func protocolOf(p *packet.Summary) int        { return int(p.Proto) }
func sourcePortOf(p *packet.Summary) int      { return fiveOf(p).from }
func destinationPortOf(p *packet.Summary) int { return fiveOf(p).to }

func plainProtocolName(n int) string {
	return cmp.Or(iana.Protocol(uint8(n)), fmt.Sprintf("proto-%d", n))
}

func twinHostTransport(t *traffic) (rows [][]any) {
	for i, host := range t.top() {
		r := []any{int64(i + 1), host.String()}
		var sent int64
		for _, s := range t.parts(host, protocolOf) {
			sent += s[1]
		}
		r = append(r, sent)
		for _, of := range []func(*packet.Summary) int{protocolOf, sourcePortOf, destinationPortOf} {
			parts := t.parts(host, of)
			if len(parts) == 0 {
				r = append(r, nil, nil)
				continue
			}
			most := heaviest(t, parts, cmp.Compare[int])[0]
			r = append(r, int64(most))
			if len(r) == 4 {
				r = append(r, plainProtocolName(most))
			}
			r = append(r, parts[most][1])
		}
		rows = append(rows, r)
	}
	return rows
}

func twinHostProtocols(t *traffic) (rows [][]any) {
	for i, host := range t.top() {
		parts := t.parts(host, protocolOf)
		for _, n := range heaviest(t, parts, cmp.Compare[int]) {
			rows = append(rows, row([]any{int64(i + 1), host.String(), int64(n), plainProtocolName(n)}, parts[n].columns()))
		}
	}
	return rows
}

func twinHostPorts(t *traffic) (rows [][]any) {
	for i, host := range t.top() {
		for _, direction := range []string{"source", "destination"} {
			parts := t.parts(host, map[string]func(*packet.Summary) int{"source": sourcePortOf, "destination": destinationPortOf}[direction])
			for _, n := range heaviest(t, parts, cmp.Compare[int]) {
				rows = append(rows, row([]any{int64(i + 1), host.String(), direction, int64(n), iana.Service(uint16(n))}, parts[n].columns()))
			}
		}
	}
	return rows
}
