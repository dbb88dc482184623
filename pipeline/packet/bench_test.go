package packet

import (
	"testing"
	"time"
)

type benchFrame struct {
	name   string
	link   LinkType
	frame  []byte
	allocs int // at most
}

func benchFrames() []benchFrame {
	payload := make([]byte, 100)
	return []benchFrame{
		{"ethernet/IPv4/TCP", LinkEthernet, cat(ether4(0x0800), ip4h(6, 120), tcph(), payload), 0},
		{"ethernet/IPv4/UDP", LinkEthernet, cat(ether4(0x0800), ip4h(17, 108), udph(), payload), 0},
		{"ethernet/IPv6/TCP", LinkEthernet, cat(ether4(0x86dd), ip6h(6, 120), tcph(), payload), 0},
		{"ethernet/IPv6/hop-by-hop/TCP", LinkEthernet, cat(ether4(0x86dd), ip6h(0, 128), []byte{6, 0, 1, 4, 0, 0, 0, 0}, tcph(), payload), 0},
		{"vlan/IPv4/TCP", LinkEthernet, cat(ether4(0x8100), be16(5), be16(0x0800), ip4h(6, 120), tcph(), payload), 0},
		{"qinq/IPv4/TCP", LinkEthernet, cat(ether4(0x88a8), be16(5), be16(0x8100), be16(6), be16(0x0800), ip4h(6, 120), tcph(), payload), 0},
		{"raw/IPv4/TCP", LinkRaw, cat(ip4h(6, 120), tcph(), payload), 0},
		{"null/IPv4/TCP", LinkNull, cat([]byte{2, 0, 0, 0}, ip4h(6, 120), tcph(), payload), 0},
		{"cooked/IPv4/TCP", LinkLinuxSLL, cat(make([]byte, 14), be16(0x0800), ip4h(6, 120), tcph(), payload), 0},
		{"arp", LinkEthernet, cat(ether4(0x0806), make([]byte, 46)), 0},
		{"llc/IPv4/TCP", LinkEthernet, cat(ether4(148), snap4, ip4h(6, 120), tcph(), payload), 0},
		{"mpls/IPv4/TCP", LinkEthernet, cat(ether4(0x8847), label, ip4h(6, 120), tcph(), payload), 12},
		{"pppoe/IPv4/TCP", LinkEthernet, cat(ether4(0x8864), []byte{0x11, 0, 0, 1, 0, 142, 0, 0x21}, ip4h(6, 120), tcph(), payload), 0},
		{"802.11/IPv4/TCP", LinkDot11, cat(dot11h(), snap4, ip4h(6, 120), tcph(), payload), 16},
	}
}

func BenchmarkDecode(b *testing.B) { benchmarkDecode(b, Outer, benchFrames()) }

// BenchmarkDecodeInner measures what the search for inner headers costs packets without
// any, and each kind of tunnel.
func BenchmarkDecodeInner(b *testing.B) {
	frames := benchFrames()[:3]
	for _, tt := range tunnelsOfEachKind() {
		frames = append(frames, benchFrame{name: tt.name, link: LinkEthernet, frame: tt.frame()})
	}
	benchmarkDecode(b, Inner, frames)
}

func benchmarkDecode(b *testing.B, tunnels Tunnels, frames []benchFrame) {
	for _, f := range frames {
		b.Run(f.name, func(b *testing.B) {
			d := &Decoder{Tunnels: tunnels}
			batch := make([]Summary, 256)
			for i := range batch {
				batch[i].WireLen, batch[i].CapLen = uint32(len(f.frame)), uint32(len(f.frame))
			}
			b.ReportAllocs()
			i := 0
			start := time.Now()
			for b.Loop() {
				d.Decode(f.link, f.frame, &batch[i%len(batch)])
				i++
			}
			b.ReportMetric(float64(i)/time.Since(start).Seconds(), "packets/s")
			if v := batch[0].Verdict; v != Decoded && v != NotIP {
				b.Fatalf("Decode(%v, % x) = %v", f.link, f.frame, v)
			}
		})
	}
}
