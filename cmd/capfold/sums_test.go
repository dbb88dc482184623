package main

import (
	"path/filepath"
	"testing"
)

// TestSums checks for every capture that no table loses or invents a packet or a byte:
// what one table has in all, another has too.
func TestSums(t *testing.T) {
	for _, path := range append(captures(t), "") {
		paths := []string{path}
		if path == "" {
			paths = captures(t)
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			dir := analyze(t, append(paths, "--ports", "all", "--top", "10000")...)
			of := func(table, column string) int64 { return sum(readTable(t, dir, table), column) }
			for _, equal := range [][][2]string{
				{{"captures", "packets"}, {"timeline", "packets"}, {"protocols", "packets"}, {"packet_sizes", "packets"}},
				{{"captures", "wire_bytes"}, {"timeline", "wire_bytes"}, {"protocols", "wire_bytes"}, {"packet_sizes", "wire_bytes"}},
				{
					{"captures", "ip_packets"},
					{"flows", "packets"},
					{"ttl", "packets"},
					{"hosts", "sent_packets"},
					{"hosts", "received_packets"},
					{"zones", "sent_packets"},
					{"zones", "received_packets"},
					{"host_timeline", "packets"},
					{"host_protocols", "packets"},
				},
				{
					{"captures", "ip_bytes"},
					{"flows", "bytes"},
					{"ttl", "bytes"},
					{"timeline", "bytes"},
					{"protocols", "bytes"},
					{"packet_sizes", "bytes"},
					{"hosts", "sent_bytes"},
					{"hosts", "received_bytes"},
					{"zones", "sent_bytes"},
					{"zones", "received_bytes"},
					{"host_timeline", "bytes"},
					{"host_protocols", "bytes"},
					{"host_transport", "sent_bytes"},
				},
				{{"flows", "wire_bytes"}, {"ttl", "wire_bytes"}, {"hosts", "sent_wire_bytes"}, {"hosts", "received_wire_bytes"}},
				{{"captures", "damaged_regions"}, {"anomalies", "length"}, {"captures", "skipped_bytes"}}, // all 0
			} {
				first := equal[0]
				for _, other := range equal[1:] {
					if a, b := of(first[0], first[1]), of(other[0], other[1]); a != b {
						t.Errorf("sum of %s.%s = %d, of %s.%s = %d, want them equal", first[0], first[1], a, other[0], other[1], b)
					}
				}
			}
			if both, bytes := of("conversations", "ab_bytes")+of("conversations", "ba_bytes"), of("flows", "bytes"); both != bytes {
				t.Errorf("bytes of conversations = %d, of flows %d", both, bytes)
			}
			if conversations, flows := of("conversations", "flows"), len(readTable(t, dir, "flows")); conversations != int64(flows) {
				t.Errorf("flows of conversations = %d, rows of flows %d", conversations, flows)
			}
			checkPorts(t, dir)
			checkSummary(t, dir)
		})
	}
}

// checkPorts adds up flows by port and compares with the table of ports.
func checkPorts(t *testing.T, dir string) {
	t.Helper()
	type traffic struct{ sent, received int64 }
	want := map[int64]traffic{}
	for _, f := range readTable(t, dir, "flows") {
		if f["src_port"] != nil {
			p := want[f.int("src_port")]
			p.sent += f.int("bytes")
			want[f.int("src_port")] = p
		}
		if f["dst_port"] != nil {
			p := want[f.int("dst_port")]
			p.received += f.int("bytes")
			want[f.int("dst_port")] = p
		}
	}
	rows := readTable(t, dir, "ports")
	for _, p := range rows {
		port := p.int("port")
		if got := (traffic{p.int("sent_bytes"), p.int("received_bytes")}); got != want[port] {
			t.Errorf("port %d sent and received %v, want %v, as its flows did", port, got, want[port])
		}
		if over := p.int("tcp_bytes") + p.int("udp_bytes") + p.int("sctp_bytes"); over != p.int("sent_bytes") {
			t.Errorf("port %d sent %d bytes over TCP, UDP and SCTP, want %d", port, over, p.int("sent_bytes"))
		}
	}
	if len(rows) != len(want) {
		t.Errorf("there are %d ports, want %d", len(rows), len(want))
	}
}

// checkSummary compares the three rows of ttl_summary with the histogram.
func checkSummary(t *testing.T, dir string) {
	t.Helper()
	for _, s := range readTable(t, dir, "ttl_summary") {
		var packets, total int64
		for _, r := range readTable(t, dir, "ttl") {
			if s["ip_version"] == nil || s["ip_version"] == r["ip_version"] {
				packets += r.int("packets")
				total += r.int("packets") * r.int("ttl")
			}
		}
		mean := float64(total) / float64(packets)
		got, ok := s["mean"].(float64)
		if whole, isInt := s["mean"].(int64); isInt {
			got, ok = float64(whole), true
		}
		if !ok || packets != s.int("packets") || got != mean {
			t.Errorf("TTLs of IP version %v: %v packets with mean %v, want %d and %v", s["ip_version"], s["packets"], s["mean"], packets, mean)
		}
	}
}
