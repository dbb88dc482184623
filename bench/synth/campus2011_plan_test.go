package synth

import (
	"testing"

	"pgregory.net/rapid"
)

func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		least := rapid.IntRange(20, 60).Draw(t, "least")
		total := rapid.IntRange(least, 200_000).Draw(t, "total")
		r := newRNG(rapid.Uint64().Draw(t, "seed"), 1)
		lo := rapid.IntRange(0, 1500).Draw(t, "lo")
		sum := 0
		for _, s := range split(nil, total, least, 0, func() int { return r.between(lo, 1500) }) {
			if int(s.length) < least || s.length > 1500 {
				t.Fatalf("split(%d, %d): a packet of %d bytes", total, least, s.length)
			}
			sum += int(s.length)
		}
		if sum != total {
			t.Fatalf("split(%d, %d): %d bytes", total, least, sum)
		}
	})
}

func TestCurve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rates := rapid.SliceOfN(rapid.IntRange(0, 100), 1, 50).Draw(t, "rates")
		rates[0]++
		c := newCurve(rates...)
		a, b := rapid.Uint32().Draw(t, "a"), rapid.Uint32().Draw(t, "b")
		if a <= b && c.at(a) > c.at(b) {
			t.Fatalf("curve %v: at(%d) = %d, at(%d) = %d", rates, a, c.at(a), b, c.at(b))
		}
	})
}
