package synth

import (
	"os"
	"strconv"
	"testing"
)

// TestMixedShares checks what the profile's Doc promises. Set SYNTH_PACKETS to
// look at a capture of another size.
func TestMixedShares(t *testing.T) {
	o := Options{Packets: 300_000}
	if n, err := strconv.Atoi(os.Getenv("SYNTH_PACKETS")); err == nil {
		o.Packets = n
	}
	b, s := capture(t, "mixed", o)
	var tcp, udp, icmp, v6, vlan, arp int
	flows, atoms, hosts := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var first, last int64
	each(t, b, func(r *record) {
		if first == 0 {
			first = r.time.UnixMicro()
		}
		last = r.time.UnixMicro()
		if r.arp {
			arp++
			return
		}
		switch r.proto {
		case protoTCP:
			tcp++
		case protoUDP:
			udp++
		default:
			icmp++
		}
		if r.v6 {
			v6++
		}
		if r.vlan {
			vlan++
		}
		flows[r.key()] = true
		atoms[r.atom()] = true
		hosts[r.src] = true
		hosts[r.dst] = true
	})
	n := float64(s.Packets)
	for _, c := range []struct {
		name        string
		got, lo, hi float64
	}{
		{"tcp", float64(tcp) / n, 0.82, 0.88},
		{"udp", float64(udp) / n, 0.10, 0.16},
		{"icmp", float64(icmp) / n, 0.005, 0.02},
		{"ipv6", float64(v6) / n, 0.07, 0.13},
		{"vlan", float64(vlan) / n, 0.01, 0.03},
		{"arp", float64(arp) / n, 0.002, 0.003},
		{"mean frame", float64(s.WireBytes) / n, 740, 830},
		{"flows per packet", float64(len(flows)) / n, 0.065, 0.067},
		{"atoms per packet", float64(len(atoms)) / n, 0.083, 0.094},
		{"seconds", float64(last-first) / 1e6, 570, 630},
	} {
		t.Logf("%s: %.4f", c.name, c.got)
		if c.got < c.lo || c.got > c.hi {
			t.Errorf("Write(mixed, %+v): %s = %.4f, want %.4f to %.4f", o, c.name, c.got, c.lo, c.hi)
		}
	}
	t.Logf("flows %d atoms %d hosts %d, %d bytes", len(flows), len(atoms), len(hosts), s.Bytes)
}
