package report

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

// hostileNames are what a capture, a path or a database may hold to be in the way.
var hostileNames = []string{
	`</script><script>document.title="owned"</script>`,
	`<img src="https://example.org/x.png" onerror="document.title='owned'">`,
	"<!-- comment", "]]>", `"quoted" 'and' \back\`, "a\u202egpj.exe", "\u2066isolate", "\u061cmark",
	"nul\x00bell\x07", "line\nfeed\r\ttab", "\u2028\u2029", "\xff\xfe\x80", "zero\u200bwidth\ufeff",
	"=HYPERLINK(\"http://example.org\")", "{a|rich} {b} {c}", "${x} `y` %s %d", "שלום עולם", "𝓬𝓪𝓶𝓹𝓾𝓼", "z̴̡̛a̷l̶g̴o̷",
	strings.Repeat("long ", 2000), strings.Repeat("x", 10_000), strings.Repeat("<b>", 3000),
}

// column makes a field: "name type", a question mark behind it where values may be nil.
func field(text string) table.Field {
	name, rest, _ := strings.Cut(text, " ")
	f := table.Field{Name: name, Doc: "meaning of " + name}
	f.Nullable = strings.HasSuffix(rest, "?")
	if err := f.Type.UnmarshalText([]byte(strings.TrimSuffix(rest, "?"))); err != nil {
		panic(err)
	}
	return f
}

// makeTable returns a table of rows of values: int, int64, float64, string or nil.
func makeTable(name string, fields []string, rows ...[]any) *table.Table {
	var columns []table.Column[[]any]
	for i, text := range fields {
		f := field(text)
		number := func(r *[]any) int64 {
			switch n := (*r)[i].(type) {
			case int:
				return int64(n)
			case int64:
				return n
			}
			return 0
		}
		var c table.Column[[]any]
		switch f.Type {
		case table.Int32:
			c = table.Int32s(f.Name, "", f.Doc, number)
		case table.Int64:
			c = table.Int64s(f.Name, "B", f.Doc, number)
		case table.Timestamp:
			c = table.Times(f.Name, f.Doc, func(r *[]any) int64 { return number(r) * 1000 })
		case table.Double:
			c = table.Doubles(f.Name, "1", f.Doc, func(r *[]any) float64 { x, _ := (*r)[i].(float64); return x })
		default:
			c = table.Texts(f.Name, f.Doc, func(b []byte, r *[]any) []byte { s, _ := (*r)[i].(string); return append(b, s...) })
		}
		if f.Nullable {
			c = c.NullIf(func(r *[]any) bool { return (*r)[i] == nil })
		}
		columns = append(columns, c)
	}
	return table.New(table.Schema{Name: name, Doc: "What " + name + " is."}, columns, table.RowsOf(rows), table.Options[[]any]{})
}

// start is when the made-up traffic begins, in µs since the epoch.
const start = int64(1_700_000_000_000_000)

// country of the made-up hosts.
type country struct {
	code, name, city    any
	latitude, longitude any
}

var countries = []country{
	{"CZ", "Czechia", "Prague", 50.08, 14.42},
	{"US", "United States", "Ashburn", 39.04, -77.49},
	{"DE", "Germany", "Frankfurt", 50.11, 8.68},
	{"SG", "Singapore", nil, 1.35, 103.82}, // has no outline
	{"BR", "Brazil", "São Paulo", -23.55, -46.63},
	{"JP", "Japan", "Tokyo", 35.68, 139.69},
	{"ZA", "South Africa", nil, -30.56, 22.94},
	{nil, "Private use", nil, nil, nil},
	{nil, "Unknown", nil, nil, nil},
	{"AU", "Australia", "Sydney", -33.87, 151.21},
}

// sample returns a result of all tables with the given number of hosts. Texts are those of
// names, in turn, or harmless ones if there are none.
func sample(hosts int, names ...string) Input {
	turn := 0
	name := func(harmless string) string {
		if len(names) == 0 {
			return harmless
		}
		turn++
		return names[turn%len(names)]
	}
	address := func(i int) string {
		if i%7 == 3 {
			return netip.AddrFrom16([16]byte{0x20, 1, 0x0d, 0xb8, 13: byte(i >> 16), 14: byte(i >> 8), 15: byte(i)}).String()
		}
		return netip.AddrFrom4([4]byte{byte(10 + i%3*60), byte(i >> 16), byte(i >> 8), byte(i)}).String()
	}
	sent := func(i int) int64 { return int64(900_000_000) / int64(i+1) / int64(i/10+1) }
	received := func(i int) int64 {
		if i%9 == 5 {
			return 0
		}
		return sent(hosts-1-i)/3 + int64(i)
	}
	var hostRows, conversations, transport, protocols, ports, hostTimes, times, ttl, zones [][]any
	for i := range hosts {
		c := countries[i%len(countries)]
		if len(names) > 0 && i < 100 {
			c.name, c.city = name(""), name("")
		}
		hostRows = append(hostRows, []any{
			address(i), sent(i) / 900, sent(i), received(i) / 400, received(i), 1 + i%50, 2 + i%70,
			start + int64(i), start + 3_600_000_000, 50 + i%10, 64, c.name, c.city, c.latitude, c.longitude,
		})
		if i > 0 && len(conversations) < 8000 {
			conversations = append(conversations, []any{
				address(i % 20), address(i), sent(i) / 900, sent(i), sent(i), sent(i) / 1800, sent(i) / 2, sent(i) / 2, 1 + i%8, start, start + int64(i),
			})
		}
	}
	for i, c := range countries {
		zones = append(zones, []any{c.code, name(c.name.(string)), c.city, c.latitude, c.longitude, hosts / 10, sent(i), sent(9-i) / 5, sent(i) / 700})
	}
	for rank := 1; rank <= min(12, hosts); rank++ {
		all := sent(rank - 1)
		transport = append(transport, []any{rank, address(rank - 1), all, 6, name("tcp"), all / 2, 443, all / 2, nil, nil})
		for p := range 3 {
			protocols = append(protocols, []any{rank, address(rank - 1), []int{6, 17, 1}[p], name([]string{"tcp", "udp", "icmp"}[p]), all / 900 / int64(p+1), all / int64(p+1), all / int64(p+1)})
		}
		for _, direction := range []string{"source", "destination"} {
			for p := range 30 {
				ports = append(ports, []any{rank, address(rank - 1), direction, 80 + p, name("http"), all / 900 / int64(p+1), all / int64(p+1), all / int64(p+1)})
			}
		}
	}
	for i := range 120 {
		at := start/30_000_000*30_000_000 + int64(i)*30_000_000
		times = append(times, []any{at, 1000 + 37*i%400, 900_000 + 90_000*(i%17), 1_000_000 + 90_000*(i%17)})
		for rank := 1; rank <= min(12, hosts); rank++ {
			if (i+rank)%5 != 0 {
				hostTimes = append(hostTimes, []any{at, rank, address(rank - 1), 10 + i, 100_000/rank + 7000*(i%11), 120_000 / rank})
			}
		}
	}
	for i, packets := range map[int]int{30: 400, 52: 9000, 57: 20_000, 64: 100_000, 116: 30_000, 128: 45_000, 242: 70, 255: 900} {
		ttl = append(ttl, []any{4, i, packets, packets * 700, packets * 720})
	}
	portRows := [][]any{}
	for i := range 40 {
		portRows = append(portRows, []any{i + 20, name("service"), sent(i) / 900, sent(i), sent(i) / 1000, sent(i) / 9, sent(i) - sent(i)/4, sent(i) / 4, 0, 1 + i})
	}
	counts := []string{"packets int64", "bytes int64", "wire_bytes int64"}
	with := func(fields ...string) []string { return append(fields, counts...) }
	path := name("captures/office.pcap")
	in := Input{
		Version: "0.0.0-test",
		Options: map[string]any{
			"top": 12, "rank_by": "bytes", "ports": "system", "interval_ns": 0, "tables": []string{"all"},
			"geo": []map[string]any{{"type": "country ipvAll", "build_epoch": 1_781_654_400, "sha256": "ab", "attribution": "Number Resource Organization (nro.net), CC BY 4.0"}},
		},
		Inputs: []sinks.Input{{Path: path, Format: "pcap", Bytes: 123_456_789, Packets: 200_000}, {Path: name("b.pcapng"), Format: "pcapng", Bytes: 99, Packets: 1}},
		Totals: map[string]any{
			"captures": 2, "packets": 200_001, "captured_bytes": 100_000_000, "wire_bytes": 180_000_000, "ip_packets": 199_000, "ip_bytes": 170_000_000,
			"truncated_packets": 12, "skipped_bytes": 4096, "damaged_regions": 3, "interval_ns": int64(30_000_000_000),
			"first_time": "2023-11-14T22:13:20.000000Z", "last_time": "2023-11-14T23:13:20.500000Z",
			"verdicts": map[string]int64{"decoded": 198_000, "not_ip": 1001, "ip_header_cut": 1000},
		},
		Tables: map[string]*table.Table{},
	}
	for _, t := range []*table.Table{
		makeTable("captures", []string{"path string", "format string", "packets int64", "dropped_packets int64", "first_time timestamp?", "sha256 string?"},
			[]any{path, "pcap", 200_000, 5, start, nil}, []any{name("b.pcapng"), "pcapng", 1, 0, nil, "abc"}),
		makeTable("ports", []string{"port int32", "service string", "sent_packets int64", "sent_bytes int64", "received_packets int64", "received_bytes int64", "tcp_bytes int64", "udp_bytes int64", "sctp_bytes int64", "hosts int64"}, portRows...),
		makeTable("hosts", []string{
			"address string", "sent_packets int64", "sent_bytes int64", "received_packets int64", "received_bytes int64", "peers int64", "flows int64",
			"first_time timestamp?", "last_time timestamp?", "ttl_min int32?", "ttl_max int32?", "country string?", "city string?", "latitude double?", "longitude double?",
		}, hostRows...),
		makeTable("host_transport", []string{
			"rank int32", "address string", "sent_bytes int64", "protocol int32?", "protocol_name string", "protocol_bytes int64?",
			"source_port int32?", "source_port_bytes int64?", "destination_port int32?", "destination_port_bytes int64?",
		}, transport...),
		makeTable("host_protocols", with("rank int32", "address string", "protocol int32", "protocol_name string"), protocols...),
		makeTable("host_ports", with("rank int32", "address string", "direction string", "port int32", "service string"), ports...),
		makeTable("ttl", with("ip_version int32", "ttl int32"), sortedBySecond(ttl)...),
		makeTable("ttl_summary", []string{
			"ip_version int32?", "min int32", "max int32", "mean double", "variance double", "stddev double", "mode int32", "packets int64", "packets_above_mean int64", "packets_within_stddev int64",
		}, []any{4, 30, 255, 84.9, 900.0, 30.0, 64, 205_370, 75_970, 150_000}, []any{nil, 30, 255, 84.9, 900.0, 30.0, 64, 205_370, 75_970, 150_000}),
		makeTable("timeline", with("interval_start timestamp"), times...),
		makeTable("host_timeline", with("interval_start timestamp", "rank int32", "address string"), hostTimes...),
		makeTable("protocols", with("path string"), []any{"ether/arp", 1001, 0, 60_060}, []any{"ether/ipv4/tcp", 150_000, 140_000_000, 150_000_000},
			[]any{"ether/ipv4/udp", 48_000, 28_000_000, 29_000_000}, []any{name("ether/ipv6/ipv6-icmp"), 1000, 100_000, 120_000}),
		makeTable("packet_sizes", []string{"size_min int64", "size_max int64?", "packets int64", "bytes int64", "wire_bytes int64"},
			[]any{0, 63, 90_000, 1_000_000, 2_000_000}, []any{64, 127, 60_000, 3_000_000, 4_000_000}, []any{65536, nil, 4, 400_000, 400_000}),
		makeTable("conversations", []string{
			"a string", "b string", "ab_packets int64", "ab_bytes int64", "ab_wire_bytes int64", "ba_packets int64", "ba_bytes int64", "ba_wire_bytes int64",
			"flows int64", "first_time timestamp", "last_time timestamp",
		}, conversations...),
		makeTable("flows", []string{"src string"}, []any{"10.0.0.1"}),
		makeTable("zones", []string{
			"country_code string?", "country string", "city string?", "latitude double?", "longitude double?", "hosts int64", "sent_bytes int64", "received_bytes int64", "packets int64",
		}, zones...),
		makeTable("anomalies", []string{"path string", "offset int64", "length int64", "reason string", "detail string"},
			[]any{path, 24, 96, name("record_cut"), name("detail")}, []any{path, 9000, 4000, name("zero_filled"), name("detail")}),
	} {
		in.Tables[t.Schema.Name] = t
	}
	return in
}

// sortedBySecond sorts rows by their second value, an int.
func sortedBySecond(rows [][]any) [][]any {
	sorted := make([][]any, 0, len(rows))
	for i := range 256 {
		for _, r := range rows {
			if r[1] == i {
				sorted = append(sorted, r)
			}
		}
	}
	if len(sorted) != len(rows) {
		panic(fmt.Sprint("rows without a place: ", rows))
	}
	return sorted
}
