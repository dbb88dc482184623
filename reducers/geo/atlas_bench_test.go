package geo

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"testing"
)

// someAddresses returns random addresses, of which so many in a hundred are IPv6.
func someAddresses(n, six int) []netip.Addr {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]netip.Addr, n)
	for i := range all {
		if r.IntN(100) < six {
			b := [16]byte{0x20, 0x01 + byte(r.IntN(2))*9}
			for k := 2; k < 16; k++ {
				b[k] = byte(r.Uint32())
			}
			all[i] = netip.AddrFrom16(b)
			continue
		}
		x := r.Uint32()
		all[i] = netip.AddrFrom4([4]byte{byte(x >> 24), byte(x >> 16), byte(x >> 8), byte(x)})
	}
	return all
}

// BenchmarkFind looks random addresses up, which is the worst that hosts can do: no two
// are close to each other in the database. Set CAPFOLD_GEO to a file to measure it.
func BenchmarkFind(b *testing.B) {
	for _, bb := range []struct {
		name string
		six  int
	}{{"IPv4", 0}, {"mixed", 20}} {
		b.Run(bb.name, func(b *testing.B) {
			atlas := Default()
			if path := os.Getenv("CAPFOLD_GEO"); path != "" {
				var err error
				if atlas, err = Open(path); err != nil {
					b.Fatal(err)
				}
			}
			addresses := someAddresses(1<<20, bb.six)
			f := atlas.Finder()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				f.Find(addresses[i&(len(addresses)-1)])
				i++
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "addresses/s")
		})
	}
}
