package capture

import (
	"encoding/binary"
	"fmt"
	"os"
	"testing"
)

// BenchmarkPcapng reads the captures of BenchmarkSplitSize in this format: a section, an
// interface and an enhanced packet block for each packet.
func BenchmarkPcapng(b *testing.B) {
	for _, c := range benchCaptures {
		path, s := synthetic(b, c.profile, c.packets)
		for _, format := range []string{"pcap", "pcapng"} {
			size := s.Bytes
			if format == "pcapng" {
				path, size = toPcapng(b, path)
			}
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("%s/%s/workers=%d", c.profile, format, workers), func(b *testing.B) {
					b.SetBytes(size)
					packets := int64(0)
					for b.Loop() {
						packets += readForSpeed(b, path, 0, workers)
					}
					b.ReportMetric(float64(packets)/b.Elapsed().Seconds(), "packets/s")
				})
			}
		}
	}
}

// toPcapng writes a little-endian pcap capture again, as a pcapng one.
func toPcapng(b *testing.B, path string) (string, int64) {
	b.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	le := binary.LittleEndian
	ng := ngEthernet()
	for at := pcapHeaderLen; at < len(data); {
		h := data[at:]
		captured := le.Uint32(h[recordCaptured:])
		ticks := uint64(le.Uint32(h))*1e6 + uint64(le.Uint32(h[recordFraction:]))
		ng.enhanced(0, ticks, h[recordLen:recordLen+captured], int(le.Uint32(h[recordOriginal:])))
		at += recordLen + int(captured)
	}
	path += "ng"
	if err := os.WriteFile(path, ng.out, 0o600); err != nil {
		b.Fatal(err)
	}
	return path, int64(len(ng.out))
}
