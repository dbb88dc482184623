package reducers

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/capfold/capfold/pipeline/packet"
)

func twinCaptures(t *traffic) (rows [][]any) {
	var paths []string
	for _, c := range t.captures {
		paths = append(paths, c.Path)
	}
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		var sum packet.Capture
		var links []string
		anomalies := 0
		for _, c := range t.captures {
			if c.Path != path {
				continue
			}
			if c.Packets > 0 && (sum.Packets == 0 || c.First < sum.First) {
				sum.First = c.First
			}
			if c.Packets > 0 && (sum.Packets == 0 || c.Last > sum.Last) {
				sum.Last = c.Last
			}
			sum.Format, sum.SHA256 = c.Format, c.SHA256
			sum.Packets += c.Packets
			sum.CapturedBytes += c.CapturedBytes
			sum.WireBytes += c.WireBytes
			sum.IPPackets += c.IPPackets
			sum.IPBytes += c.IPBytes
			sum.Truncated += c.Truncated
			if sum.Dropped += c.Dropped; sum.Dropped < 0 {
				sum.Dropped = math.MaxInt64 // an overflow
			}
			sum.UnknownBlocks += c.UnknownBlocks
			sum.SkippedBytes += c.SkippedBytes
			anomalies += int(c.DamagedRegions)
			for l := range packet.LinkType(300) {
				if slices.Contains(c.Links, l) && !slices.Contains(links, l.String()) {
					links = append(links, l.String())
				}
			}
		}
		slices.SortFunc(links, func(a, b string) int { return cmp.Compare(linkNumber(a), linkNumber(b)) })
		span, hash := []any{nil, nil}, any(nil)
		if sum.Packets > 0 {
			span = period{sum.First, sum.Last}.columns()
		}
		if sum.SHA256 != "" {
			hash = sum.SHA256
		}
		rows = append(rows, row([]any{
			strings.ToValidUTF8(path, "\uFFFD"), sum.Format, strings.Join(links, ","),
			sum.Packets, sum.CapturedBytes, sum.WireBytes, sum.IPPackets, sum.IPBytes,
		}, span, []any{sum.Truncated, sum.Dropped, sum.UnknownBlocks, sum.SkippedBytes, int64(anomalies), hash}))
	}
	return rows
}

func linkNumber(name string) packet.LinkType {
	for l := range packet.LinkType(300) {
		if l.String() == name {
			return l
		}
	}
	return 0
}

func twinAnomalies(t *traffic) (rows [][]any) {
	var paths []string
	for _, c := range t.captures {
		paths = append(paths, c.Path)
	}
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		var regions []packet.Anomaly
		total, bytes := int64(0), int64(0)
		for _, c := range t.captures {
			if c.Path == path {
				regions = append(regions, c.Anomalies...)
				total += c.DamagedRegions
				bytes += c.SkippedBytes
			}
		}
		slices.SortFunc(regions, func(a, b packet.Anomaly) int { return cmp.Compare(a.Offset, b.Offset) })
		path = strings.ToValidUTF8(path, "\uFFFD")
		for i, r := range regions {
			if i == packet.MaxAnomalies && total > packet.MaxAnomalies+1 {
				detail := fmt.Sprintf("%d damaged regions from here on, whose lengths are added up", total-packet.MaxAnomalies)
				rows = append(rows, []any{path, r.Offset, bytes, "further_regions", detail})
				break
			}
			bytes -= r.Length
			rows = append(rows, []any{path, r.Offset, r.Length, string(r.Reason), r.Detail})
		}
	}
	return rows
}
