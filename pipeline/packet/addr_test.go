package packet

import (
	"math/rand/v2"
	"testing"
)

// TestHostText compares the form of IPv4 addresses with package netip's.
func TestHostText(t *testing.T) {
	check := func(h Host) {
		t.Helper()
		const before = "at "
		if got, want := string(h.AppendTo([]byte(before))), before+h.Netip().String(); got != want {
			t.Fatalf("AppendTo of %v = %q, want %q", h, got, want)
		}
	}
	for i := range uint32(256) {
		for shift := 0; shift < 32; shift += 8 {
			check(Host{Addr4(i << shift), 4})
			check(Host{Addr4(i << shift), 6})
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		check(Host{Addr4(random.Uint32()), 4})
	}
	check(Host{Addr{Lo: 1}, 4}) // in no IPv4-mapped form
}

func BenchmarkHostText(b *testing.B) {
	text := make([]byte, 0, 64)
	h := Host{Addr4(0x93205401), 4}
	for b.Loop() {
		h.Addr.Lo ^= 0x01010101 << 3
		text = h.AppendTo(text[:0])
	}
}
