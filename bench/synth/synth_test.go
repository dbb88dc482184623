package synth

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/digests.txt")

// small returns options that make a profile's capture quick to decode.
func small(p Profile) Options {
	if p.Defaults.Packets == 0 {
		return Options{}
	}
	return Options{Packets: 60_000}
}

// TestDigests pins the bytes of a capture of each profile: they are the same on
// every machine, and a change that alters them is seen to.
func TestDigests(t *testing.T) {
	const path = "testdata/digests.txt"
	var got strings.Builder
	for _, p := range Profiles() {
		b, _ := capture(t, p.Name, small(p))
		fmt.Fprintf(&got, "%s %x\n", p.Name, sha256.Sum256(b))
	}
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("digests (-want +got; -update if meant):\n%s", diff)
	}
}

func TestSeed(t *testing.T) {
	for _, p := range Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			o := small(p)
			first, _ := capture(t, p.Name, o)
			again, _ := capture(t, p.Name, o)
			if !bytes.Equal(first, again) {
				t.Errorf("Write(%q, %+v) twice: captures differ", p.Name, o)
			}
			o.Seed = 2
			if other, _ := capture(t, p.Name, o); bytes.Equal(first, other) {
				t.Errorf("Write(%q) with seeds 1 and 2: captures are the same", p.Name)
			}
		})
	}
}

// TestWellFormed looks at every packet of every profile: lengths that agree with
// each other, checksums, times, and the Stats that Write returned.
func TestWellFormed(t *testing.T) {
	for _, p := range Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			b, s := capture(t, p.Name, small(p))
			got := Stats{Bytes: int64(len(b))}
			var last time.Time
			each(t, b, func(r *record) {
				got.Packets++
				got.WireBytes += int64(r.wire)
				if r.time.Before(last) {
					t.Fatalf("packet %d: time %v is before %v", got.Packets, r.time, last)
				}
				last = r.time
				if !r.arp {
					checkPacket(t, r)
				}
			})
			if diff := cmp.Diff(got, s); diff != "" {
				t.Errorf("Stats (-counted +returned):\n%s", diff)
			}
			if n := small(p).Packets; n != 0 && int(s.Packets) != n {
				t.Errorf("packets = %d, want %d", s.Packets, n)
			}
		})
	}
}

// checkPacket fails the test if an IP packet contradicts itself.
func checkPacket(t *testing.T, r *record) {
	t.Helper()
	link := etherLen
	if r.vlan {
		link += vlanLen
	}
	least := map[uint8]int{protoTCP: 20, protoUDP: 8, protoICMP: 8, protoICMPv6: 8}[r.proto]
	network := ipv4Len
	if r.v6 {
		network = ipv6Len
	}
	switch {
	case r.src == "":
		t.Fatalf("frame %x: neither IP nor ARP", r.frame)
	case least == 0 || r.length < network+least || r.length > 1500:
		t.Fatalf("frame %x: protocol %d, IP total length %d", r.frame, r.proto, r.length)
	case r.wire != max(minFrame, link+r.length):
		t.Fatalf("frame %x: wire length %d, IP total length %d", r.frame, r.wire, r.length)
	case r.transportHeaderLen < least || r.length < network+r.transportHeaderLen:
		t.Fatalf("frame %x: transport header of %d bytes", r.frame, r.transportHeaderLen)
	case r.checksumIP != 0 && !r.v6:
		t.Fatalf("frame %x: wrong IPv4 checksum", r.frame)
	case r.ttl == 0:
		t.Fatalf("frame %x: TTL 0", r.frame)
	case r.captured == r.wire && r.transportChecksum() != 0:
		t.Fatalf("frame %x: wrong transport checksum", r.frame)
	}
}

// TestMixedConnections checks that TCP flows begin with SYN, say FIN only at the
// end, and keep their place in the sequence space.
func TestMixedConnections(t *testing.T) {
	b, _ := capture(t, "mixed", Options{Packets: 60_000})
	type side struct {
		next uint32
		fin  bool
	}
	sides, flows := map[string]*side{}, map[string]int{}
	finished := 0
	each(t, b, func(r *record) {
		if r.tcp == nil {
			return
		}
		k := r.key()
		if flows[k]++; flows[k] == 1 && (!r.tcp.SYN || r.tcp.ACK) {
			t.Fatalf("frame %x: first of its flow, but no SYN", r.frame)
		}
		dir := r.atom()
		s := sides[dir]
		switch {
		case s == nil:
			s = &side{next: r.tcp.Seq}
			sides[dir] = s
		case r.tcp.SYN:
			s.next = r.tcp.Seq
		case s.fin && !r.tcp.ACK:
			t.Fatalf("frame %x: after FIN", r.frame)
		}
		if r.tcp.Seq != s.next {
			t.Fatalf("frame %x: sequence number %d, want %d", r.frame, r.tcp.Seq, s.next)
		}
		s.next += uint32(len(r.tcp.Payload))
		if r.tcp.SYN {
			s.next++
		}
		if r.tcp.FIN {
			s.next++
			s.fin = true
			finished++
		}
	})
	if finished < 1000 {
		t.Errorf("FINs = %d, want at least 1000", finished)
	}
}

// TestScanDistinct checks that every packet of scan is a flow of its own.
func TestScanDistinct(t *testing.T) {
	o := Options{Packets: 300_000, Hosts: 2000}
	b, _ := capture(t, "scan", o)
	flows, sources := map[string]bool{}, map[string]bool{}
	each(t, b, func(r *record) {
		if r.tcp == nil || !r.tcp.SYN || r.tcp.ACK {
			t.Fatalf("frame %x: not a SYN", r.frame)
		}
		flows[r.key()] = true
		sources[r.src] = true
	})
	if len(flows) != o.Packets {
		t.Errorf("five-tuples = %d, want %d", len(flows), o.Packets)
	}
	if n := len(sources); n < o.Hosts*9/10 || n > o.Hosts {
		t.Errorf("sources = %d, want nearly %d", n, o.Hosts)
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name, profile string
		o             Options
		want          string // "" for no error
	}{
		{"unknown profile", "office", Options{}, `usage: unknown profile "office"`},
		{"fixed packets", "campus-2011", Options{Packets: 10}, "usage: profile campus-2011: option packets is fixed by this profile"},
		{"fixed flows", "scan", Options{Flows: 10}, "usage: profile scan: option flows is fixed by this profile"},
		{"fixed snap length", "campus-2011", Options{SnapLen: 64}, "usage: profile campus-2011: option snap length is fixed by this profile"},
		{"negative", "mixed", Options{Packets: -1}, "usage: profile mixed: option packets: -1 is not in 1..4294967296"},
		{"too long", "mixed", Options{SnapLen: 1 << 20}, "usage: profile mixed: option snap length: 1048576 is not in 1..262144"},
		{"more flows than packets", "headers", Options{Packets: 5, Flows: 6}, "usage: profile headers: option flows: 6 flows need more than 5 packets"},
		{"one packet", "mixed", Options{Packets: 1}, ""},
		{"one host", "mixed", Options{Packets: 1000, Hosts: 1}, ""},
		{"one flow", "headers", Options{Packets: 1000, Flows: 1}, ""},
		{"every packet a flow", "mixed", Options{Packets: 1000, Flows: 1000}, ""},
		{"one source", "scan", Options{Packets: 1000, Hosts: 1}, ""},
		{"short frames", "mixed", Options{Packets: 1000, SnapLen: 20}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Write(io.Discard, c.profile, c.o)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("Write(%q, %+v): %v", c.profile, c.o, err)
			case c.want == "" && int(s.Packets) != c.o.Packets:
				t.Errorf("Write(%q, %+v): %d packets", c.profile, c.o, s.Packets)
			case c.want != "" && (err == nil || err.Error() != c.want || !errors.Is(err, ErrUsage)):
				t.Errorf("Write(%q, %+v): error %v, want %s", c.profile, c.o, err, c.want)
			}
		})
	}
}

// failing accepts some bytes, then nothing.
type failing struct{ left int }

var errFull = errors.New("disk full")

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestWriteError(t *testing.T) {
	for _, p := range Profiles() {
		s, err := Write(&failing{left: 3 << 20}, p.Name, Options{})
		if !errors.Is(err, errFull) || !strings.Contains(err.Error(), p.Name) || errors.Is(err, ErrUsage) || s != (Stats{}) {
			t.Errorf("Write(%q) to a full disk = %+v, %v", p.Name, s, err)
		}
	}
}

// TestAllocs checks that nothing is allocated per packet.
func TestAllocs(t *testing.T) {
	for _, name := range []string{"mixed", "headers", "scan"} {
		n := testing.AllocsPerRun(1, func() {
			if _, err := Write(io.Discard, name, Options{Packets: 100_000}); err != nil {
				t.Fatal(err)
			}
		})
		if n > 50 {
			t.Errorf("Write(%q) of 100000 packets: %v allocations, want at most 50", name, n)
		}
	}
}
