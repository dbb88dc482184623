package synth

import (
	"io"
	"testing"
)

// BenchmarkWrite measures each profile on one goroutine: MB/s of capture file
// and packets/s.
func BenchmarkWrite(b *testing.B) {
	for _, p := range Profiles() {
		b.Run(p.Name, func(b *testing.B) {
			var o Options
			if p.Defaults.Packets != 0 {
				o.Packets = 1_000_000
			}
			b.ReportAllocs()
			var packets, bytes int64
			for b.Loop() {
				s, err := Write(io.Discard, p.Name, o)
				if err != nil {
					b.Fatal(err)
				}
				packets += s.Packets
				bytes += s.Bytes
			}
			b.ReportMetric(float64(packets)/b.Elapsed().Seconds(), "packets/s")
			b.ReportMetric(float64(bytes)/1e6/b.Elapsed().Seconds(), "MB/s")
		})
	}
}
