package plots

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"
)

// edges are inputs at the edge of what can be drawn.
func edges() map[string]Input {
	byRank := func(rank string) Input {
		in := usual()
		in.RankBy = rank
		return in
	}
	largest := int64(math.MaxInt64)
	list := map[string]Input{
		"usual":           usual(),
		"by packets":      byRank("packets"),
		"by wire bytes":   byRank("wire_bytes"),
		"by what we lack": byRank("<luck>"),
		"nothing":         input(portsTable(), transportTable(), timelineTable(), ttlTable(), hostsTable(), zonesTable()),
		"one of each": input(portsTable(portRow{80, "http", 1, 0, 0}), transportTable(transportRow{"::1", "tcp", 1, 0}),
			timelineTable(timelineRow{epoch, 1, "::1", 1}), ttlTable(ttlRow{6, 64, 1}), hostsTable(hostRow{"::1", 1, 1}),
			zonesTable(zoneRow{"CZ", "Czechia", "", 50, 14, 1})),
		"zeros": input(portsTable(portRow{80, "http", 0, 0, 0}), transportTable(transportRow{"::1", "", 0, -1}),
			timelineTable(timelineRow{epoch, 1, "::1", 0}, timelineRow{epoch, 2, "::2", 0}), ttlTable(ttlRow{4, 0, 1}, ttlRow{4, 300, 1}, ttlRow{4, 5, 0}),
			hostsTable(hostRow{"0.0.0.0", 0, 0}), zonesTable(zoneRow{"", "Unknown", "", 0, 0, 0})),
		"the largest": input(portsTable(portRow{65535, "", largest, 0, 0}), transportTable(transportRow{"::1", "tcp", largest, 65535}),
			timelineTable(timelineRow{epoch, 1, "::1", largest}), ttlTable(ttlRow{4, 255, largest}),
			hostsTable(hostRow{"::1", largest, largest}), zonesTable(zoneRow{"ZZ", "Nowhere", "", 90, 180, largest})),
		"far apart": input(timelineTable(timelineRow{time.Unix(0, 0), 1, "::1", 5}, timelineRow{time.Unix(0, math.MaxInt64), 1, "::1", 7})),
		"far apart in seconds": {
			Tables:   input(timelineTable(timelineRow{time.Unix(0, 0), 1, "::1", 5}, timelineRow{time.Unix(0, math.MaxInt64), 1, "::1", 7})).Tables,
			Interval: int64(time.Second),
		},
		"places that are none": input(zonesTable(zoneRow{"CZ", "a", "", math.NaN(), 14, 5}, zoneRow{"DE", "b", "", math.Inf(1), math.Inf(-1), 5},
			zoneRow{"AQ", "Antarctica", "", -85, 0, 9}, zoneRow{"", "", "", 0, 0, 9}, zoneRow{"FR", "", "Paris", 48, 2, 9})),
	}
	var equal []hostRow
	var ports []portRow
	var zones []zoneRow
	for i := range 5000 {
		equal = append(equal, hostRow{fmt.Sprintf("10.0.%d.%d", i/256, i%256), 1000, 1000})
		ports = append(ports, portRow{int64(i), "", 1000, 1000, 1000})
		zones = append(zones, zoneRow{"CZ", "Czechia", "Prague", 50, 14, 1000})
	}
	list["all equal"] = input(portsTable(ports...), hostsTable(equal...), zonesTable(zones...))
	for name, text := range hostileTexts {
		list["hostile, "+name] = hostile(text)
	}
	return list
}

// render draws a picture, or returns nil if a table is missing.
func render(t *testing.T, name, format string, in Input) []byte {
	t.Helper()
	var b bytes.Buffer
	err := Draw(&b, name, format, in)
	if missing := (*MissingError)(nil); errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		t.Fatalf("Draw(%s, %s) = %v", name, format, err)
	}
	return b.Bytes()
}
