package synth

import (
	"testing"

	"pgregory.net/rapid"
)

func TestFlowSizes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		packets := rapid.IntRange(1, 20_000).Draw(t, "packets")
		flows := rapid.IntRange(1, packets).Draw(t, "flows")
		sum := 0
		sizes := flowSizes(newRNG(rapid.Uint64().Draw(t, "seed"), 1), packets, flows)
		for _, s := range sizes {
			if s == 0 {
				t.Fatalf("flowSizes(%d, %d): an empty flow", packets, flows)
			}
			sum += int(s)
		}
		if sum != packets || len(sizes) != flows {
			t.Fatalf("flowSizes(%d, %d): %d packets in %d flows", packets, flows, sum, len(sizes))
		}
	})
}
