package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/capfold/capfold/reducers"
)

// maxPortRows bounds the ports that are printed; the table has all.
const maxPortRows = 40

// results returns the results as text for people.
func (d display) results(f *analyzeFlags, result *reducers.Result, s summaryOf) string {
	v := newView(result)
	var b strings.Builder
	b.WriteString(d.headline(&s.totals))
	section := func(title, body string) {
		if body != "" {
			fmt.Fprintf(&b, "\n%s\n%s", d.paint(title, strong), body)
		}
	}
	measure := strings.ReplaceAll(f.RankBy.String(), "_", " ") + " sent"
	section("Ports by "+measure, d.ports(v))
	section("Top addresses by "+measure, d.hosts(v, result, f.RankBy.String()))
	section("Zones by "+measure, d.zones(v, f))
	section("Transport of the top addresses, in bytes", d.transport(v))
	section("Time to live", d.ttl(v))
	return b.String()
}

// headline says what was read, in two lines.
func (d display) headline(t *totals) string {
	s := d.line(fmt.Sprintf("%s, %s, %s on the wire", count(int64(t.captures), "capture"), count(t.Packets, "packet"), size(t.WireBytes)))
	if t.Packets == 0 {
		return s + "\n"
	}
	span := time.Duration(t.Last - t.First)
	times := fmt.Sprintf("%s to %s (%v)", moment(t.First), moment(t.Last), spanText(span))
	share := fmt.Sprintf("%s of packets are IP, %s", percent(t.IPPackets, t.Packets), size(t.IPBytes))
	if both := times + "; " + share; d.width == 0 || len(both) <= d.width {
		return s + "\n" + d.line(both) + "\n"
	}
	return s + "\n" + d.line(times) + "\n" + d.line(share) + "\n"
}

func (d display) ports(v *view) string {
	c, ok := v.columns("ports", maxPortRows)
	if !ok {
		return ""
	}
	sent := c.column("sent_bytes").Ints
	return d.layout([]column{
		c.number("port", "port"),
		{title: "service", left: true, elide: true, cells: c.texts("service")},
		c.bytes("sent", "sent_bytes"),
		c.amounts("packets", "sent_packets").dropped(3),
		c.bytes("received", "received_bytes").dropped(2),
		c.amounts("hosts", "hosts").dropped(1),
		{left: true, least: 8, usual: 20, most: 40, draw: func(width int) []string { return d.bars(sent, width) }},
	}) + d.more(c.more(), "port")
}

func (d display) hosts(v *view, result *reducers.Result, measure string) string {
	c, ok := v.columns("hosts", len(result.Hosts))
	if !ok {
		return ""
	}
	columns := []column{
		{title: "#", cells: numbered(c.table.Rows)},
		{title: "address", left: true, elide: true, cells: c.texts("address")},
		c.bytes("sent", "sent_bytes"),
		c.bytes("received", "received_bytes").dropped(3),
		c.amounts("peers", "peers").dropped(2),
		c.amounts("flows", "flows").dropped(1),
	}
	if d.sparklines(v, result, measure, 1) != nil { // the time series were made
		columns = append(columns, column{title: "sent over time", short: "over time", left: true, least: 9, usual: 42, most: 60, draw: func(width int) []string {
			lines := make([]string, c.table.Rows)
			copy(lines, d.sparklines(v, result, measure, width))
			return lines
		}})
	}
	return d.layout(columns) + d.more(c.more(), "address")
}

// longestZone bounds the name of a zone, in columns: a database may say anything.
const longestZone = 48

// zones shows where traffic came from, unless it all came from one zone.
func (d display) zones(v *view, f *analyzeFlags) string {
	c, ok := v.columns("zones", f.Top)
	if !ok || c.table.Rows == 1 && c.more() == 0 {
		return ""
	}
	sent := c.column("sent_" + f.RankBy.String()).Ints
	names := make([]string, c.table.Rows)
	for i := range names {
		names[i] = text.Snip(d.foreign(zoneName(c, i)), longestZone, d.dots())
	}
	return d.layout([]column{
		{title: "#", cells: numbered(c.table.Rows)},
		{title: "zone", left: true, elide: true, cells: names},
		c.amounts("hosts", "hosts").dropped(1),
		c.bytes("sent", "sent_bytes"),
		c.bytes("received", "received_bytes").dropped(2),
		{left: true, least: 8, usual: 20, most: 40, draw: func(width int) []string { return d.bars(sent, width) }},
	}) + d.more(c.more(), "zone")
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
	return strings.Join(parts, ", ")
}

func (d display) transport(v *view) string {
	c, ok := v.columns("host_transport", 0)
	if !ok {
		return ""
	}
	noneAs := func(of column, name string) column {
		for i := range c.table.Rows {
			if c.null(name, i) {
				of.cells[i] = d.dash()
				if of.brief != nil {
					of.brief[i] = d.dash()
				}
			}
		}
		return of
	}
	number := func(title, short, name string) column {
		n := c.number(title, name)
		n.short = short
		return noneAs(n, name)
	}
	bytes := func(name string) column { return noneAs(c.bytes("", name), name) }
	return d.layout([]column{
		c.number("#", "rank"),
		{title: "address", left: true, elide: true, cells: c.texts("address")},
		c.bytes("sent", "sent_bytes").dropped(1),
		{title: "protocol", short: "proto", left: true, cells: c.texts("protocol_name")},
		bytes("protocol_bytes").dropped(4),
		number("source port", "from", "source_port"),
		bytes("source_port_bytes").dropped(3),
		number("destination port", "to", "destination_port"),
		bytes("destination_port_bytes").dropped(2),
	})
}

// ttlBin is the width of a bar of the TTL histogram.
const ttlBin = 16

func (d display) ttl(v *view) string {
	s := d.ttlSummary(v)
	c, ok := v.columns("ttl", 0)
	if !ok {
		return s
	}
	var bins [256 / ttlBin]int64
	for i := range c.table.Rows {
		bins[c.int("ttl", i)/ttlBin] += c.int("packets", i)
	}
	var ranges, exact, short []string
	var packets []int64
	for i, n := range bins {
		if n > 0 {
			ranges = append(ranges, fmt.Sprintf("%d%s%d", i*ttlBin, d.dash(), (i+1)*ttlBin-1))
			exact, short = append(exact, humanize.Comma(n)), append(short, amount(n))
			packets = append(packets, n)
		}
	}
	return s + d.layout([]column{
		{title: "TTL", cells: ranges},
		{title: "packets", cells: exact, brief: short},
		{left: true, least: 8, usual: 60, most: 60, draw: func(width int) []string { return d.bars(packets, width) }},
	})
}

func (d display) ttlSummary(v *view) string {
	c, ok := v.columns("ttl_summary", 0)
	if !ok {
		return ""
	}
	var rows []int
	var names []string
	for i := range c.table.Rows {
		name := "all"
		if !c.null("ip_version", i) {
			name = fmt.Sprintf("IPv%d", c.int("ip_version", i))
		} else if c.table.Rows == 2 {
			continue // the same as the only version
		}
		rows, names = append(rows, i), append(names, name)
	}
	ratio := func(title, name string) column {
		cells := make([]string, c.table.Rows)
		for i := range cells {
			cells[i] = fmt.Sprintf("%.3f", c.float(name, i))
		}
		return column{title: title, cells: cells}
	}
	columns := []column{
		c.amounts("packets", "packets"), c.number("min", "min"), c.number("max", "max"),
		ratio("mean", "mean"), ratio("variance", "variance").dropped(3), ratio("stddev", "stddev").dropped(1),
		c.number("mode", "mode").dropped(2),
		c.amounts("above mean", "packets_above_mean").dropped(4), c.amounts("within stddev", "packets_within_stddev").dropped(5),
	}
	for i := range columns {
		columns[i].cells, columns[i].brief = chosen(columns[i].cells, rows), chosen(columns[i].brief, rows)
	}
	return d.layout(append([]column{{left: true, cells: names}}, columns...))
}

// numbered returns the numbers from 1 to n.
func numbered(n int) []string {
	cells := make([]string, n)
	for i := range cells {
		cells[i] = fmt.Sprint(i + 1)
	}
	return cells
}

// chosen returns the elements with the given numbers, or none of none.
func chosen(all []string, numbers []int) []string {
	if all == nil {
		return nil
	}
	some := make([]string, len(numbers))
	for i, n := range numbers {
		some[i] = all[n]
	}
	return some
}

func (d display) more(n int, what string) string {
	if n <= 0 {
		return ""
	}
	return d.paint(fmt.Sprintf("%s and %s", d.dots(), strings.Replace(count(int64(n), what), " ", " more ", 1)), dim) + "\n"
}

// number returns a column of a table as plain numbers.
func (c *columnsOf) number(title, name string) column { return c.formatted(title, name, plain, nil) }

// amounts returns a column of a table as numbers to be read by people.
func (c *columnsOf) amounts(title, name string) column {
	return c.formatted(title, name, humanize.Comma, amount)
}

// bytes returns a column of a table as lengths.
func (c *columnsOf) bytes(title, name string) column {
	return c.formatted(title, name, humanize.Comma, size)
}

func (c *columnsOf) formatted(title, name string, exact, brief func(int64) string) column {
	col := column{title: title}
	for _, n := range c.column(name).Ints {
		col.cells = append(col.cells, exact(n))
		if brief != nil {
			col.brief = append(col.brief, brief(n))
		}
	}
	return col
}

// texts returns the texts of a column.
func (c *columnsOf) texts(name string) []string {
	texts := make([]string, c.table.Rows)
	for i := range texts {
		texts[i] = c.text(name, i)
	}
	return texts
}

// dropped returns the column as one that goes when space is short, the larger the sooner.
func (c column) dropped(drop int) column {
	c.drop = drop
	return c
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

func plain(n int64) string { return fmt.Sprint(n) }

func size(n int64) string { return humanize.Bytes(uint64(n)) }

// amount returns a number in at most six characters.
func amount(n int64) string {
	if n < 100_000 {
		return humanize.Comma(n)
	}
	return strings.ReplaceAll(humanize.SIWithDigits(float64(n), 1, ""), " ", "")
}

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
