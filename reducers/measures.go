package reducers

import (
	"strconv"

	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/reducers/iana"
)

// Span is the time from a first to a last packet, in nanoseconds since the epoch. The
// zero Span has no packets and is the identity of Merge.
type Span struct {
	First, Last int64
	Any         bool
}

// Merge widens s to cover o.
func (s *Span) Merge(o Span) {
	switch {
	case !o.Any:
	case !s.Any:
		*s = o
	default:
		s.First, s.Last = min(s.First, o.First), max(s.Last, o.Last)
	}
}

// TTLs is a range of TTLs. The zero TTLs is empty and is the identity of Merge.
type TTLs struct {
	Min, Max uint8
	Any      bool
}

// Merge widens t to cover o.
func (t *TTLs) Merge(o TTLs) {
	switch {
	case !o.Any:
	case !t.Any:
		*t = o
	default:
		t.Min, t.Max = min(t.Min, o.Min), max(t.Max, o.Max)
	}
}

// spanOf and ttlsOf return the time and the TTLs of packets that went one way.

func spanOf(w *flow.Way) Span { return Span{w.First, w.Last, len(w.Flows) > 0} }
func ttlsOf(w *flow.Way) TTLs { return TTLs{w.TTLMin, w.TTLMax, len(w.Flows) > 0} }

// protocolName returns the IANA keyword of a protocol, or "proto-N".
func protocolName(number uint8) string {
	if name := iana.Protocol(number); name != "" {
		return name
	}
	return "proto-" + strconv.Itoa(int(number))
}

// hostKey orders hosts as far as a number can: IPv6 ones by the upper half of their
// addresses but for its last bit.
func hostKey(h packet.Host) uint64 {
	if h.Version == 4 {
		return uint64(h.Addr.As4())
	}
	return 1<<63 | h.Addr.Hi>>1
}

// Columns that many tables have.

func packetsColumn[R any](name, doc string, value func(*R) int64) table.Column[R] {
	return table.Int64s(name, "packets", doc, value)
}

func bytesColumn[R any](name, doc string, value func(*R) int64) table.Column[R] {
	return table.Int64s(name, "B", doc, value)
}

// countsColumns returns the columns packets, bytes and wire_bytes, with a prefix to
// their names and a phrase on which packets they are of. The counts are a field of the row.
func countsColumns[R any](prefix, which string, counts func(*R) *flow.Counts) []table.Column[R] {
	return []table.Column[R]{
		table.Int64Field(prefix+"packets", "packets", "packets"+which, func(r *R) *int64 { return &counts(r).Packets }),
		table.Int64Field(prefix+"bytes", "B", "IP total length of packets"+which, func(r *R) *int64 { return &counts(r).Bytes }),
		table.Int64Field(prefix+"wire_bytes", "B", "original frame length of packets"+which, func(r *R) *int64 { return &counts(r).WireBytes }),
	}
}

// timeColumns returns the columns of the first and the last packet's times, which are fields
// of the row, and null where there is no packet.
func timeColumns[R any](first, last func(*R) *int64, none func(*R) bool) []table.Column[R] {
	return []table.Column[R]{
		table.TimeField("first_time", "time of the first packet", first).NullIf(none),
		table.TimeField("last_time", "time of the last packet", last).NullIf(none),
	}
}

// spanColumns returns the columns of a span that is a field of the row.
func spanColumns[R any](span func(*R) *Span) []table.Column[R] {
	return timeColumns(
		func(r *R) *int64 { return &span(r).First },
		func(r *R) *int64 { return &span(r).Last },
		func(r *R) bool { return !span(r).Any },
	)
}

// ttlsColumns returns the columns of TTLs that are a field of the row.
func ttlsColumns[R any](ttls func(*R) *TTLs) []table.Column[R] {
	none := func(r *R) bool { return !ttls(r).Any }
	return []table.Column[R]{
		table.Int32Field("ttl_min", "1", "smallest TTL or hop limit of packets sent", func(r *R) *uint8 { return &ttls(r).Min }).NullIf(none),
		table.Int32Field("ttl_max", "1", "largest TTL or hop limit of packets sent", func(r *R) *uint8 { return &ttls(r).Max }).NullIf(none),
	}
}

func hostColumn[R any](name, doc string, host func(*R) packet.Host) table.Column[R] {
	return addressColumn(name, doc, hostKeys(host))
}

// hostKeys returns the keys of columns of the addresses of a host.
func hostKeys[R any](host func(*R) packet.Host) *table.Keys[R] {
	return table.KeysOf(func(r *R) table.Key {
		h := host(r)
		return table.Key{High: h.Addr.Hi, Low: h.Addr.Lo, Kind: h.Version}
	})
}

// addressColumn returns a column of addresses as text. An IPv4 one differs from the IPv6
// one that is its IPv4-mapped form.
func addressColumn[R any](name, doc string, hosts *table.Keys[R]) table.Column[R] {
	return table.KeyedTexts(name, doc, hosts, func(b []byte, k table.Key) []byte {
		return packet.Host{Addr: packet.Addr{Hi: k.High, Lo: k.Low}, Version: k.Kind}.AppendTo(b)
	})
}

func text[R any](name, doc string, value func(*R) string) table.Column[R] {
	return table.Texts(name, doc, func(b []byte, r *R) []byte { return append(b, value(r)...) })
}

// columns joins single columns and groups of them.
func columns[R any](groups ...[]table.Column[R]) []table.Column[R] {
	var all []table.Column[R]
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}
