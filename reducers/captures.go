package reducers

import (
	"fmt"
	"strings"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
)

func captures(*Env) pipeline.Reducer[packet.Capture] {
	type row = Row[string, packet.Capture]
	number := func(name, unit, doc string, value func(*packet.Capture) int64) table.Column[row] {
		return table.Int64s(name, unit, doc, func(r *row) int64 { return value(&r.Value) })
	}
	return &Rollup[packet.Capture, string, packet.Capture]{
		Doc: table.Schema{
			Name: "captures", Row: "input file", Order: "path",
			Doc: "What was read, and what could not be: the account of every input.",
		},
		Fold: func(c packet.Capture, at func(string) *packet.Capture) {
			mergeCapture(at(c.Path), &c)
		},
		Merge:   mergeCapture,
		Compare: func(a, b *row) int { return strings.Compare(a.Key, b.Key) },
		Columns: columns([]table.Column[row]{
			text("path", "path as given", func(r *row) string { return strings.ToValidUTF8(r.Key, "\uFFFD") }),
			text("format", `capture format: "pcap" with microseconds, "pcap-ns" with nanoseconds, "pcap-kuznetzov", "pcap-aix", "pcap-ixia", "pcapng" or "snoop"; a compressed one ends in .gz, .zst, .bz2, .xz or .lz4`, func(r *row) string { return r.Value.Format }),
			text("link_types", "link types, by number, with commas between", func(r *row) string { return r.Value.LinkNames(",") }),
			number("packets", "packets", "packets in the file", func(c *packet.Capture) int64 { return c.Packets }),
			number("captured_bytes", "B", "bytes of frames that are present in the file", func(c *packet.Capture) int64 { return c.CapturedBytes }),
			number("wire_bytes", "B", "original length of frames", func(c *packet.Capture) int64 { return c.WireBytes }),
			number("ip_packets", "packets", "packets with an IP header whose addresses could be read", func(c *packet.Capture) int64 { return c.IPPackets }),
			number("ip_bytes", "B", "IP total length of these", func(c *packet.Capture) int64 { return c.IPBytes }),
		}, timeColumns(
			func(r *row) *int64 { return &r.Value.First },
			func(r *row) *int64 { return &r.Value.Last },
			func(r *row) bool { return r.Value.Packets == 0 },
		),
			[]table.Column[row]{
				number("truncated_packets", "packets", "packets captured shorter than they were", func(c *packet.Capture) int64 { return c.Truncated }),
				number("dropped_packets", "packets", "packets that the capture says it dropped, where it says so (pcapng)", func(c *packet.Capture) int64 { return c.Dropped }),
				number("unknown_blocks", "1", "blocks of a pcapng file that are custom or of an unknown type, which were passed over", func(c *packet.Capture) int64 { return c.UnknownBlocks }),
				number("skipped_bytes", "B", "bytes of damaged regions, without compression", func(c *packet.Capture) int64 { return c.SkippedBytes }),
				number("damaged_regions", "1", "damaged regions, which are rows of anomalies", func(c *packet.Capture) int64 { return c.DamagedRegions }),
				text("sha256", "SHA-256 of the file as it is stored, with --sha256", func(r *row) string { return r.Value.SHA256 }).
					NullIf(func(r *row) bool { return r.Value.SHA256 == "" }),
			}),
	}
}

// mergeCapture adds from to into, which may be the zero Capture. Sums cannot overflow
// here: whoever made the accounts checked that.
func mergeCapture(into, from *packet.Capture) {
	if into.Path == "" {
		into.Path, into.Format, into.SHA256 = from.Path, from.Format, from.SHA256
	}
	into.Merge(from)
}

// Region is a damaged region and the input that it is in.
type Region struct {
	Path string
	packet.Anomaly
}

func anomalies(*Env) pipeline.Reducer[packet.Capture] {
	columns := []table.Column[Region]{
		text("path", "path as given", func(r *Region) string { return strings.ToValidUTF8(r.Path, "\uFFFD") }),
		table.Int64s("offset", "B", "where the region begins in the file, without compression", func(r *Region) int64 { return r.Offset }),
		table.Int64s("length", "B", "its length; 0 where a file can be decompressed no further", func(r *Region) int64 { return r.Length }),
		text("reason", "what is wrong there: "+reasons(), func(r *Region) string { return string(r.Reason) }),
		text("detail", "the values that show it", func(r *Region) string { return r.Detail }),
	}
	return &Rollup[packet.Capture, string, packet.Damage]{
		Doc: table.Schema{
			Name: "anomalies", Row: "damaged region", Order: "path, offset", Fields: table.Fields(columns),
			Doc: fmt.Sprintf("Regions of the inputs that could not be read and were skipped; of an input with more than %d, the last row stands for all others.", packet.MaxAnomalies),
		},
		Fold: func(c packet.Capture, at func(string) *packet.Damage) {
			if c.DamagedRegions > 0 {
				at(c.Path).Merge(&c.Damage)
			}
		},
		Merge:   (*packet.Damage).Merge,
		Compare: func(a, b *Row[string, packet.Damage]) int { return strings.Compare(a.Key, b.Key) },
		Project: func(doc table.Schema, damage *table.Rows[Row[string, packet.Damage]]) *table.Table {
			rows := &table.Rows[Region]{}
			for i := range damage.Len() {
				d := damage.At(i)
				for _, a := range d.Value.Listed() {
					*rows.Push() = Region{d.Key, a}
				}
			}
			return table.New(doc, columns, rows, table.Options[Region]{})
		},
	}
}

// reasons lists what the column reason may hold.
func reasons() string {
	names := make([]string, len(packet.Reasons))
	for i, r := range packet.Reasons {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}
