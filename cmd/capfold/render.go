package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/capfold/capfold/reducers"
)

// maxPortRows bounds the ports that are printed; the table has all.
const maxPortRows = 40

// render returns the results as text for people, of the given width in columns.
func render(f *analyzeFlags, result *reducers.Result, s summaryOf, width int) string {
	v := newView(result)
	var b strings.Builder
	b.WriteString(headline(&s.totals))
	section := func(title, body string) {
		if body != "" {
			fmt.Fprintf(&b, "\n%s\n%s", title, body)
		}
	}
	measure := strings.ReplaceAll(f.RankBy.String(), "_", " ") + " sent"
	section("Ports by "+measure, renderPorts(v))
	section("Top addresses by "+measure, renderHosts(v, result, f.RankBy.String(), width))
	section("Zones by "+measure, renderZones(v, f))
	section("Transport of the top addresses, in bytes", renderTransport(v, width))
	section("Time to live", renderTTL(v, width))
	return b.String()
}

// headline says what was read, in two lines.
func headline(t *totals) string {
	s := fmt.Sprintf("%s, %s, %s on the wire", count(int64(t.captures), "capture"), count(t.Packets, "packet"), size(t.WireBytes))
	if t.Packets == 0 {
		return s + "\n"
	}
	span := time.Duration(t.Last - t.First)
	s += fmt.Sprintf("\n%s to %s (%v)", moment(t.First), moment(t.Last), spanText(span))
	s += fmt.Sprintf("; %s of packets are IP, %s\n", percent(t.IPPackets, t.Packets), size(t.IPBytes))
	return s
}

func renderPorts(v *view) string {
	c, ok := v.columns("ports", maxPortRows)
	if !ok {
		return ""
	}
	t := newTable(table.Row{"port", "service", "sent", "packets", "received", "hosts", ""}, 1, 3, 4, 5, 6)
	most := int64(0)
	for i := range c.table.Rows {
		most = max(most, c.int("sent_bytes", i))
	}
	for i := range c.table.Rows {
		sent := c.int("sent_bytes", i)
		t.AppendRow(table.Row{
			c.int("port", i), c.text("service", i), humanize.Comma(sent), humanize.Comma(c.int("sent_packets", i)),
			humanize.Comma(c.int("received_bytes", i)), humanize.Comma(c.int("hosts", i)), bar(sent, most, 20),
		})
	}
	return t.Render() + "\n" + more(c.more(), "port")
}

func renderHosts(v *view, result *reducers.Result, measure string, width int) string {
	c, ok := v.columns("hosts", len(result.Hosts))
	if !ok {
		return ""
	}
	t := newTable(table.Row{"#", "address", "sent", "received", "peers", "flows", "sent over time"}, 1, 3, 4, 5, 6)
	lines := sparklines(v, result, measure, max(10, min(60, width-78)))
	for i := range c.table.Rows {
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		t.AppendRow(table.Row{
			i + 1, c.text("address", i), humanize.Comma(c.int("sent_bytes", i)), humanize.Comma(c.int("received_bytes", i)),
			humanize.Comma(c.int("peers", i)), humanize.Comma(c.int("flows", i)), line,
		})
	}
	return t.Render() + "\n" + more(c.more(), "address")
}

// longestZone bounds the name of a zone, in characters: a database may say anything.
const longestZone = 48

// renderZones shows where traffic came from, unless it all came from one zone.
func renderZones(v *view, f *analyzeFlags) string {
	c, ok := v.columns("zones", f.Top)
	if !ok || c.table.Rows == 1 && c.more() == 0 {
		return ""
	}
	measure := "sent_" + f.RankBy.String()
	t := newTable(table.Row{"#", "zone", "hosts", "sent", "received", ""}, 1, 3, 4, 5)
	most := c.int(measure, 0)
	for i := range c.table.Rows {
		t.AppendRow(table.Row{
			i + 1, zoneName(c, i), humanize.Comma(c.int("hosts", i)), humanize.Comma(c.int("sent_bytes", i)),
			humanize.Comma(c.int("received_bytes", i)), bar(c.int(measure, i), most, 20),
		})
	}
	return t.Render() + "\n" + more(c.more(), "zone")
}

// zoneName returns the name of a zone, the smallest part of it first.
func zoneName(c *columnsOf, row int) string {
	var parts []string
	for _, name := range []string{"city", "region", "country"} {
		part := printable(c.text(name, row))
		if c.null(name, row) || len(parts) > 0 && parts[len(parts)-1] == part {
			continue // a city is often a region too
		}
		parts = append(parts, part)
	}
	name := []rune(strings.Join(parts, ", "))
	if len(name) > longestZone {
		name = append(name[:longestZone-1], '…')
	}
	return string(name)
}

// wideTransport is the width in columns that the transport table needs for exact figures.
const wideTransport = 104

func renderTransport(v *view, width int) string {
	c, ok := v.columns("host_transport", 0)
	if !ok {
		return ""
	}
	amount := humanize.Comma
	header := table.Row{"#", "address", "sent", "protocol", "", "source port", "", "destination port", ""}
	if width < wideTransport {
		amount = size
		header = table.Row{"#", "address", "sent", "proto", "", "src port", "", "dst port", ""}
	}
	t := newTable(header, 1, 3, 5, 6, 7, 8, 9)
	cell := func(name string, i int) string {
		if c.null(name, i) {
			return "–"
		}
		if strings.HasSuffix(name, "_bytes") {
			return amount(c.int(name, i))
		}
		return fmt.Sprint(c.int(name, i))
	}
	for i := range c.table.Rows {
		t.AppendRow(table.Row{
			c.int("rank", i), c.text("address", i), cell("sent_bytes", i),
			c.text("protocol_name", i), cell("protocol_bytes", i),
			cell("source_port", i), cell("source_port_bytes", i),
			cell("destination_port", i), cell("destination_port_bytes", i),
		})
	}
	return t.Render() + "\n"
}

// ttlBin is the width of a bar of the TTL histogram.
const ttlBin = 16

func renderTTL(v *view, width int) string {
	var b strings.Builder
	if c, ok := v.columns("ttl_summary", 0); ok {
		t := newTable(table.Row{"", "packets", "min", "max", "mean", "variance", "stddev", "mode", "above mean", "within stddev"}, 2, 3, 4, 5, 6, 7, 8, 9, 10)
		for i := range c.table.Rows {
			name := "all"
			if !c.null("ip_version", i) {
				name = fmt.Sprintf("IPv%d", c.int("ip_version", i))
			} else if c.table.Rows == 2 {
				continue // the same as the only version
			}
			t.AppendRow(table.Row{
				name, humanize.Comma(c.int("packets", i)), c.int("min", i), c.int("max", i),
				fmt.Sprintf("%.3f", c.float("mean", i)), fmt.Sprintf("%.3f", c.float("variance", i)), fmt.Sprintf("%.3f", c.float("stddev", i)),
				c.int("mode", i), humanize.Comma(c.int("packets_above_mean", i)), humanize.Comma(c.int("packets_within_stddev", i)),
			})
		}
		b.WriteString(t.Render() + "\n")
	}
	c, ok := v.columns("ttl", 0)
	if !ok {
		return b.String()
	}
	var bins [256 / ttlBin]int64
	most := int64(0)
	for i := range c.table.Rows {
		bin := &bins[c.int("ttl", i)/ttlBin]
		*bin += c.int("packets", i)
		most = max(most, *bin)
	}
	t := newTable(table.Row{"TTL", "packets", ""}, 1, 2)
	for i, n := range bins {
		if n > 0 {
			t.AppendRow(table.Row{fmt.Sprintf("%d–%d", i*ttlBin, (i+1)*ttlBin-1), humanize.Comma(n), bar(n, most, min(60, max(20, width-40)))})
		}
	}
	b.WriteString(t.Render() + "\n")
	return b.String()
}

// newTable returns a table in the style of all printed tables, with the numbered
// columns, from 1, aligned to the right.
func newTable(header table.Row, right ...int) table.Writer {
	t := table.NewWriter()
	style := table.StyleLight
	style.Options = table.Options{SeparateHeader: true}
	style.Format.Header = text.FormatDefault
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	t.SetStyle(style)
	t.AppendHeader(header)
	configs := make([]table.ColumnConfig, len(right))
	for i, n := range right {
		configs[i] = table.ColumnConfig{Number: n, Align: text.AlignRight, AlignHeader: text.AlignRight}
	}
	t.SetColumnConfigs(configs)
	t.SuppressTrailingSpaces()
	return t
}

func more(n int, what string) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("… and %s\n", strings.Replace(count(int64(n), what), " ", " more ", 1))
}

// count says how many of something there are.
func count(n int64, what string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(what, "s"):
		what += "es"
	default:
		what += "s"
	}
	return humanize.Comma(n) + " " + what
}

// bar returns a bar that is width columns long where n is most.
func bar(n, most int64, width int) string {
	if most <= 0 || n <= 0 {
		return ""
	}
	eighths := int(math.Round(float64(n) / float64(most) * float64(width) * 8))
	full, rest := eighths/8, eighths%8
	s := strings.Repeat("█", full)
	if rest > 0 {
		s += string([]rune(" ▏▎▍▌▋▊▉")[rest])
	}
	if s == "" {
		s = "▏"
	}
	return s
}

// sparklines draws what each top host sent over time, the tallest block being the most
// that the host sent in the time of one column.
func sparklines(v *view, result *reducers.Result, measure string, width int) []string {
	c, ok := v.columns("host_timeline", 0)
	all, ok2 := v.columns("timeline", 0)
	if !ok || !ok2 || result.Interval == 0 {
		return nil
	}
	micros := max(1, result.Interval/int64(time.Microsecond))
	first := all.int("interval_start", 0)
	last := all.int("interval_start", all.table.Rows-1)
	intervals := (last-first)/micros + 1
	// Every column has the same number of intervals, or steady traffic would ripple.
	each := (intervals + int64(width) - 1) / int64(width)
	width = int((intervals + each - 1) / each)
	series := make([][]int64, len(result.Hosts))
	for i := range series {
		series[i] = make([]int64, width)
	}
	for i := range c.table.Rows {
		column := (c.int("interval_start", i) - first) / micros / each
		series[c.int("rank", i)-1][column] += c.int(measure, i)
	}
	lines := make([]string, len(series))
	for i, values := range series {
		most := int64(0)
		for _, n := range values {
			most = max(most, n)
		}
		var b strings.Builder
		for _, n := range values {
			if n == 0 {
				b.WriteByte(' ')
			} else {
				b.WriteRune([]rune("▁▂▃▄▅▆▇█")[min(7, int(float64(n)/float64(most)*8))])
			}
		}
		lines[i] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

func size(n int64) string { return humanize.Bytes(uint64(n)) }

func percent(part, whole int64) string {
	p := 100 * float64(part) / float64(whole)
	if part < whole && p > 99.9 {
		return ">99.9 %"
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", p), ".0") + " %"
}

func moment(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02 15:04:05 UTC") }

// spanText returns a length of time in units that suit it.
func spanText(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day:
		return fmt.Sprintf("%.1f days", float64(d)/float64(day))
	case d > time.Minute:
		return d.Round(time.Second).String()
	case d > time.Second:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(time.Microsecond).String()
}
