package reducers

import (
	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/reducers/iana"
)

func (e *Env) rankColumn() table.Column[facetRow] {
	return table.Int32s("rank", "1", "place among the addresses by what they sent", func(r *facetRow) int64 { return int64(r.Key.Rank) })
}

func (e *Env) addressColumn() table.Column[facetRow] {
	return hostColumn("address", "IP address", func(r *facetRow) packet.Host { return e.Hosts[r.Key.Rank-1] })
}

func hostProtocols(e *Env) pipeline.Reducer[flow.Batch] {
	r := breakdown(e, table.Schema{
		Name: "host_protocols", Row: "top address and IP protocol",
		Order: "rank; measure of --rank-by, descending; protocol", Groups: []string{"rank"},
		Doc: "What the top addresses sent, by IP protocol.",
	}, ByProtocol)
	r.Columns = columns([]table.Column[facetRow]{
		e.rankColumn(), e.addressColumn(),
		table.Int32s("protocol", "", "IANA protocol number", func(r *facetRow) int64 { return int64(r.Key.Number) }),
		text("protocol_name", "IANA keyword of the protocol", func(r *facetRow) string { return protocolName(uint8(r.Key.Number)) }),
	}, countsColumns("", " sent", func(r *facetRow) *flow.Counts { return &r.Value }))
	return r
}

func hostPorts(e *Env) pipeline.Reducer[flow.Batch] {
	r := breakdown(e, table.Schema{
		Name: "host_ports", Row: "top address, direction and port",
		Order:  "rank; source before destination; measure of --rank-by, descending; port",
		Groups: []string{"rank", "direction"},
		Doc:    "What the top addresses sent, by source port and by destination port, across TCP, UDP and SCTP.",
	}, BySourcePort, ByDestinationPort)
	r.Columns = columns([]table.Column[facetRow]{
		e.rankColumn(), e.addressColumn(),
		text("direction", `"source" or "destination": which port of the packets sent`, func(r *facetRow) string {
			if r.Key.Facet == BySourcePort {
				return "source"
			}
			return "destination"
		}),
		table.Int32s("port", "", "port number", func(r *facetRow) int64 { return int64(r.Key.Number) }),
		text("service", "service name in the IANA registry; empty if there is none", func(r *facetRow) string { return iana.Service(r.Key.Number) }),
	}, countsColumns("", " sent", func(r *facetRow) *flow.Counts { return &r.Value }))
	return r
}

// hostTransport shows of each facet of a host the heaviest part.
func hostTransport(e *Env) pipeline.Reducer[flow.Batch] {
	type row struct {
		rank     int
		sent     flow.Counts
		heaviest [numFacets]facetRow
		has      [numFacets]bool
	}
	bytesOf := func(r *row, f Facet) int64 { return r.heaviest[f].Value.Bytes }
	number := func(name, doc string, f Facet) table.Column[row] {
		return table.Int32s(name, "", doc, func(r *row) int64 { return int64(r.heaviest[f].Key.Number) }).
			NullIf(func(r *row) bool { return !r.has[f] })
	}
	bytes := func(name, doc string, f Facet) table.Column[row] {
		return bytesColumn(name, doc, func(r *row) int64 { return bytesOf(r, f) }).
			NullIf(func(r *row) bool { return !r.has[f] })
	}
	b := breakdown(e, table.Schema{
		Name: "host_transport", Row: "top address", Order: "rank",
		Doc: "Transport-level facts of the addresses that sent most: the heaviest IP protocol, source " +
			"port and destination port of each, ports across protocols. Ties go to the smaller number.",
	}, ByProtocol, BySourcePort, ByDestinationPort)
	cols := []table.Column[row]{
		table.Int32s("rank", "1", "place among the addresses by what they sent", func(r *row) int64 { return int64(r.rank) }),
		hostColumn("address", "IP address", func(r *row) packet.Host { return e.Hosts[r.rank-1] }),
		bytesColumn("sent_bytes", "IP total length of packets sent", func(r *row) int64 { return r.sent.Bytes }),
		number("protocol", "IANA number of the heaviest protocol", ByProtocol),
		text("protocol_name", "IANA keyword of the heaviest protocol", func(r *row) string {
			return protocolName(uint8(r.heaviest[ByProtocol].Key.Number))
		}),
		bytes("protocol_bytes", "bytes sent over it", ByProtocol),
		number("source_port", "heaviest source port; null if no packet had one", BySourcePort),
		bytes("source_port_bytes", "bytes sent from it", BySourcePort),
		number("destination_port", "heaviest destination port; null if no packet had one", ByDestinationPort),
		bytes("destination_port_bytes", "bytes sent to it", ByDestinationPort),
	}
	b.Doc.Fields = table.Fields(cols)
	// Of ports, all but the heaviest go before anything is sorted.
	b.Finish = func(parts *table.Rows[facetRow]) *table.Rows[facetRow] {
		heaviest, kept := make([][numFacets]*facetRow, len(e.Hosts)), &table.Rows[facetRow]{}
		for i := range parts.Len() {
			p := parts.At(i)
			if p.Key.Facet == ByProtocol {
				*kept.Push() = *p
				continue
			}
			h := &heaviest[p.Key.Rank-1][p.Key.Facet]
			if *h == nil || b.Compare(p, *h) < 0 {
				*h = p
			}
		}
		for i := range heaviest {
			for _, p := range heaviest[i] {
				if p != nil {
					*kept.Push() = *p
				}
			}
		}
		parts.Release()
		return kept
	}
	b.Project = func(doc table.Schema, parts *table.Rows[facetRow]) *table.Table {
		var rows []row
		for i := range parts.Len() { // rows of a host are together, the heaviest of a facet first
			p := *parts.At(i)
			if len(rows) == 0 || rows[len(rows)-1].rank != p.Key.Rank {
				rows = append(rows, row{rank: p.Key.Rank})
			}
			r, f := &rows[len(rows)-1], p.Key.Facet
			if !r.has[f] {
				r.has[f], r.heaviest[f] = true, p
			}
			if f == ByProtocol {
				r.sent.Add(p.Value)
			}
		}
		return table.New(doc, cols, table.RowsOf(rows), table.Options[row]{})
	}
	return b
}
