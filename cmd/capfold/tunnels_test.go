package main

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestTunnels: the flag reaches the decoder, and nothing but the packets' headers depends
// on it.
func TestTunnels(t *testing.T) {
	capture := filepath.Join("..", "..", "testdata", "tunnel.pcap")
	paths := map[string][]string{
		"outer": {"ether/ipv4/gre", "ether/ipv4/ipv4", "ether/ipv4/ipv6", "ether/ipv4/udp"},
		"inner": {
			"ether/ipv4/gre/ipv4/icmp", "ether/ipv4/gre/ipv4/tcp", "ether/ipv4/gre/ipv6/ipv6-icmp",
			"ether/ipv4/ipv4/icmp", "ether/ipv4/ipv4/tcp", "ether/ipv4/ipv6/ipv6-icmp", "ether/ipv4/ipv6/tcp",
			"ether/ipv4/udp", "ether/ipv4/udp/vxlan/ether/ipv4/icmp", "ether/ipv4/udp/vxlan/ether/ipv4/tcp",
		},
	}
	for tunnels, want := range paths {
		rows := readTable(t, analyze(t, "--tunnels", tunnels, capture), "protocols")
		var got []string
		for _, r := range rows {
			got = append(got, r["path"].(string))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("--tunnels %s: paths %q, want %q", tunnels, got, want)
		}
		if n := sum(rows, "packets"); n != 95 {
			t.Errorf("--tunnels %s: %d packets, want 95", tunnels, n)
		}
	}
}
