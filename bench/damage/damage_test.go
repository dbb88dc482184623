package main

import (
	"testing"

	"github.com/capfold/capfold/bench/internal/process"
)

// TestDamage checks small captures with much damage.
func TestDamage(t *testing.T) {
	t.Parallel()
	capfold, err := process.Capfold(t.Context(), "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range kinds(options{bytes: 4e6, every: 10_007, seed: 1}) {
		t.Run(o.String(), func(t *testing.T) {
			t.Parallel()
			r, err := check(o, t.TempDir(), capfold)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d packets, %d of %d whole ones counted, %d regions, farthest %d", r.packets, r.counted, r.whole, r.regions, r.farthest)
			if err := r.fault(); err != nil {
				t.Error(err)
			}
		})
	}
}
