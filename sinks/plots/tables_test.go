package plots

import (
	"net/netip"
	"strings"
	"time"

	"github.com/capfold/capfold/pipeline/table"
)

// The tables of tests have the columns that the pictures need, and are made here, since
// sinks know nothing of analyses.

type portRow struct {
	port           int64
	service        string
	tcp, udp, sctp int64
}

func portsTable(rows ...portRow) *table.Table {
	return table.New(table.Schema{Name: "ports"}, []table.Column[portRow]{
		table.Int32s("port", "", "", func(r *portRow) int64 { return r.port }),
		text("service", func(r *portRow) string { return r.service }),
		table.Int64s("sent_bytes", "B", "", func(r *portRow) int64 { return r.tcp + r.udp + r.sctp }),
		table.Int64s("tcp_bytes", "B", "", func(r *portRow) int64 { return r.tcp }),
		table.Int64s("udp_bytes", "B", "", func(r *portRow) int64 { return r.udp }),
		table.Int64s("sctp_bytes", "B", "", func(r *portRow) int64 { return r.sctp }),
	}, table.RowsOf(rows), table.Options[portRow]{})
}

type transportRow struct {
	address, name string
	sent          int64
	source        int64 // its heaviest source port, below 0 for none
}

func transportTable(rows ...transportRow) *table.Table {
	type R = transportRow
	noPort := func(r *R) bool { return r.source < 0 }
	half := func(r *R) int64 { return r.sent/2 + 1 }
	return table.New(table.Schema{Name: "host_transport"}, []table.Column[R]{
		text("address", func(r *R) string { return r.address }),
		table.Int64s("sent_bytes", "B", "", func(r *R) int64 { return r.sent }),
		text("protocol_name", func(r *R) string { return r.name }),
		table.Int32s("protocol", "", "", func(*R) int64 { return 6 }).NullIf(func(*R) bool { return false }),
		table.Int64s("protocol_bytes", "B", "", half).NullIf(func(*R) bool { return false }),
		table.Int32s("source_port", "", "", func(r *R) int64 { return r.source }).NullIf(noPort),
		table.Int64s("source_port_bytes", "B", "", half).NullIf(noPort),
		table.Int32s("destination_port", "", "", func(r *R) int64 { return r.source }).NullIf(noPort),
		table.Int64s("destination_port_bytes", "B", "", half).NullIf(noPort),
	}, table.RowsOf(rows), table.Options[R]{})
}

type timelineRow struct {
	at      time.Time
	rank    int64
	address string
	bytes   int64
}

func timelineTable(rows ...timelineRow) *table.Table {
	type R = timelineRow
	return table.New(table.Schema{Name: "host_timeline"}, []table.Column[R]{
		table.Times("interval_start", "", func(r *R) int64 { return r.at.UnixNano() }),
		table.Int32s("rank", "", "", func(r *R) int64 { return r.rank }),
		text("address", func(r *R) string { return r.address }),
		table.Int64s("bytes", "B", "", func(r *R) int64 { return r.bytes }),
	}, table.RowsOf(rows), table.Options[R]{})
}

type ttlRow struct{ version, ttl, packets int64 }

func ttlTable(rows ...ttlRow) *table.Table {
	return table.New(table.Schema{Name: "ttl"}, []table.Column[ttlRow]{
		table.Int32s("ip_version", "", "", func(r *ttlRow) int64 { return r.version }),
		table.Int32s("ttl", "1", "", func(r *ttlRow) int64 { return r.ttl }),
		table.Int64s("packets", "packets", "", func(r *ttlRow) int64 { return r.packets }),
	}, table.RowsOf(rows), table.Options[ttlRow]{})
}

type hostRow struct {
	address        string
	sent, received int64
}

// blockOf returns what the column country says of an address of these tables.
func blockOf(address string) string {
	a, err := netip.ParseAddr(address)
	switch {
	case err != nil || a.IsGlobalUnicast() && !a.IsPrivate() && !strings.HasPrefix(address, "2001:db8:"):
		return "Unknown"
	case a.IsPrivate():
		return "Private-use"
	}
	return "Other special-purpose"
}

func hostsTable(rows ...hostRow) *table.Table {
	return table.New(table.Schema{Name: "hosts"}, []table.Column[hostRow]{
		text("address", func(r *hostRow) string { return r.address }),
		text("country_code", func(*hostRow) string { return "" }).NullIf(func(*hostRow) bool { return true }),
		text("country", func(r *hostRow) string { return blockOf(r.address) }),
		table.Int64s("sent_bytes", "B", "", func(r *hostRow) int64 { return r.sent }),
		table.Int64s("received_bytes", "B", "", func(r *hostRow) int64 { return r.received }),
	}, table.RowsOf(rows), table.Options[hostRow]{})
}

type zoneRow struct {
	code, country, city string
	latitude, longitude float64 // both 0 for a place that is not known
	sent                int64
}

func zonesTable(rows ...zoneRow) *table.Table {
	type R = zoneRow
	nowhere := func(r *R) bool { return r.latitude == 0 && r.longitude == 0 }
	return table.New(table.Schema{Name: "zones"}, []table.Column[R]{
		text("country_code", func(r *R) string { return r.code }).NullIf(func(r *R) bool { return r.code == "" }),
		text("country", func(r *R) string { return r.country }),
		text("city", func(r *R) string { return r.city }).NullIf(func(r *R) bool { return r.city == "" }),
		table.Doubles("latitude", "degrees", "", func(r *R) float64 { return r.latitude }).NullIf(nowhere),
		table.Doubles("longitude", "degrees", "", func(r *R) float64 { return r.longitude }).NullIf(nowhere),
		table.Int64s("sent_bytes", "B", "", func(r *R) int64 { return r.sent }),
	}, table.RowsOf(rows), table.Options[R]{})
}

func text[R any](name string, value func(*R) string) table.Column[R] {
	return table.Texts(name, "", func(b []byte, r *R) []byte { return append(b, value(r)...) })
}

func input(tables ...*table.Table) Input {
	in := Input{Tables: map[string]*table.Table{}}
	for _, t := range tables {
		in.Tables[t.Schema.Name] = t
	}
	return in
}

var epoch = time.Date(2011, 8, 10, 9, 47, 0, 0, time.UTC)

// usual is a result like many.
func usual() Input {
	var times []timelineRow
	for i := range 90 {
		for rank, address := range []string{"147.32.80.13", "2001:db8:1234:5678:9abc:def0:1234:5678", "10.0.0.1"} {
			if n := int64((i*i*(rank+1))%97) * 1000; n > 30_000 {
				times = append(times, timelineRow{epoch.Add(time.Duration(i) * 10 * time.Second), int64(rank + 1), address, n})
			}
		}
	}
	in := input(
		portsTable(
			portRow{80, "http", 351_000_000, 0, 0}, portRow{53, "domain", 20_000, 2_000_000, 0},
			portRow{443, "https", 900_000, 0, 0}, portRow{7, "echo", 10, 10, 3000}, portRow{23, "telnet", 0, 0, 0},
		),
		transportTable(
			transportRow{"147.32.80.13", "tcp", 115_000_000, 80}, transportRow{"2001:db8:1234:5678:9abc:def0:1234:5678", "udp", 84_000_000, 65535},
			transportRow{"10.0.0.1", "icmp", 900, -1},
		),
		timelineTable(times...),
		ttlTable(ttlRow{4, 57, 1000}, ttlRow{4, 64, 260_000}, ttlRow{4, 128, 70_000}, ttlRow{6, 64, 5000}, ttlRow{6, 255, 12}),
		hostsTable(
			hostRow{"147.32.80.13", 115_000_000, 3_000_000}, hostRow{"2001:db8:1234:5678:9abc:def0:1234:5678", 84_000_000, 2_000_000},
			hostRow{"10.0.0.1", 900, 0}, hostRow{"10.0.0.2", 0, 88_000_000}, hostRow{"8.8.8.8", 1000, 1000},
		),
		zonesTable(
			zoneRow{"CZ", "Czechia", "Prague", 50.08, 14.43, 220_000_000}, zoneRow{"US", "United States of America", "", 39.8, -98.6, 90_000_000},
			zoneRow{"", "Private use", "", 0, 0, 50_000_000}, zoneRow{"SG", "Singapore", "", 1.35, 103.8, 20_000_000},
			zoneRow{"BR", "Brazil", "São Paulo", -23.55, -46.63, 1_000_000}, zoneRow{"JP", "Japan", "", 0, 0, 40_000},
			zoneRow{"NZ", "New Zealand", "", -41, 174, 900_000}, zoneRow{"ZA", "South Africa", "", -29, 24, 6_000_000},
			zoneRow{"DE", "Germany", "", 51.1, 10.4, 70_000_000}, zoneRow{"RU", "Russia", "", 61, 96, 700},
			zoneRow{"", "Unknown", "", 0, 0, 100},
		),
	)
	in.Interval = int64(10 * time.Second)
	return in
}

// hostile is a result whose texts were made to confuse.
func hostile(text string) Input {
	return input(
		portsTable(portRow{80, text, 1000, 200, 3}),
		transportTable(transportRow{text, text, 1000, 80}, transportRow{text, text, 10, 1}),
		timelineTable(timelineRow{epoch, 1, text, 1000}, timelineRow{epoch, 2, text, 500}),
		ttlTable(ttlRow{4, 64, 1}),
		hostsTable(hostRow{text, 1000, 10}, hostRow{text, 5, 6}),
		zonesTable(zoneRow{"CZ", text, text, 50, 14, 1000}, zoneRow{text, text, "", 1000, -1000, 10}, zoneRow{"", text, "", 0, 0, 5}),
	)
}

var hostileTexts = map[string]string{
	"markup":            `</text></svg><script>alert(1)</script><!-- ]]> & "'`,
	"style":             `"/><style>*{display:none}</style><image href="x"/>`,
	"long":              strings.Repeat("long name ", 1000),
	"long without gaps": strings.Repeat("Ω", 10_000),
	"right to left":     "\u202egpj.exe\u202c\u2067abc\u200f\u061c",
	"controls":          "a\x00b\x1b[31mc\nd\x7f\u0085",
	"not UTF-8":         "\xff\xfe\x80abc\xc3",
	"stacked marks":     "e" + strings.Repeat("\u0301\u0489", 500),
	"unknown glyphs":    "東京都 القاهرة 🏴\u200d☠️ \U000F0000",
	"noncharacters":     "\uffff\ufffe\U0001fffe",
	"spaces":            "   \u3000\u2028 ",
	"empty":             "",
}
