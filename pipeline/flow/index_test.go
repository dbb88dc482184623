package flow

import (
	"testing"

	"pgregory.net/rapid"
)

// tagged is a key with a hash of its own choice.
type tagged struct {
	key  uint64
	hash uint32
}

func (k tagged) tag(*Seed) uint32 { return k.hash }

// TestIndexIsTheMap compares an index with a map, while it grows and where many keys have
// the same tag or the same place.
func TestIndexIsTheMap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		keys int
		tag  func(key uint64) uint32
	}{
		{"good tags", 20_000, func(key uint64) uint32 { return uint32(Mix(key^0x9e3779b97f4a7c15, 0xd1342543de82ef95)) }},
		{"ascending tags", 20_000, func(key uint64) uint32 { return uint32(key) }},
		{"tags at the end of the slots", 2000, func(key uint64) uint32 { return ^uint32(key % 3) }},
		{"tags that differ above the slots only", 1500, func(key uint64) uint32 { return uint32(key) << 20 }},
		{"three tags", 1500, func(key uint64) uint32 { return uint32(key % 3) }},
		{"one tag", 1000, func(uint64) uint32 { return 0 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var x index[tagged, int]
			want := map[uint64]uint32{}
			for i := range c.keys {
				key := uint64(i) * 3
				if n, ok := x.find(c.tag(key), tagged{key, c.tag(key)}); ok {
					t.Fatalf("find(%d) before it was added = %d, true", key, n)
				}
				// Add a key, and come back to an earlier one.
				for _, key := range []uint64{key, uint64(i*i%(i+1)) * 3} {
					n, added := x.locate(nil, c.tag(key), tagged{key, c.tag(key)})
					w, known := want[key]
					if !known {
						w = uint32(len(want))
						want[key] = w
					}
					if n != w || added == known {
						t.Fatalf("locate(%d) = %d, %t, want %d, %t", key, n, added, w, !known)
					}
					cell := x.cell(n)
					if cell.key.key != key || added && cell.value != 0 {
						t.Fatalf("cell %d is %+v, want the key %d and no value", n, cell, key)
					}
					cell.value = int(key) + 1
				}
			}
			if int(x.n) != len(want) {
				t.Errorf("%d cells, want %d", x.n, len(want))
			}
			for key, w := range want {
				if n, ok := x.find(c.tag(key), tagged{key, c.tag(key)}); n != w || !ok {
					t.Errorf("find(%d) = %d, %t, want %d, true", key, n, ok, w)
				}
				if got := x.cell(w).value; got != int(key)+1 {
					t.Errorf("value of %d = %d, want %d", key, got, key+1)
				}
			}
			checkSlots(t, &x)
		})
	}
}

// checkSlots checks what index promises of its slots.
func checkSlots[K hashed, V any](t *testing.T, x *index[K, V]) {
	t.Helper()
	used := uint64(0)
	seen := make([]bool, x.n)
	mask := uint32(len(x.slots) - 1)
	for _, slot := range x.slots {
		if slot == 0 {
			continue
		}
		used++
		n := slot&mask - 1
		switch {
		case n >= x.n || seen[n]:
			t.Errorf("a slot names cell %d, of %d, which does not exist or comes twice", n, x.n)
			continue
		case (x.cell(n).key.tag(nil)^slot)&^mask != 0:
			t.Errorf("slot %#x of %d has other bits of the hash than the key of its cell, %#x", slot, len(x.slots), x.cell(n).key.tag(nil))
		}
		seen[n] = true
	}
	size := uint64(len(x.slots))
	if used != uint64(x.n) || size&(size-1) != 0 || used*4 > size*3 {
		t.Errorf("%d of %d slots are used for %d cells, want one each, in a power of two, at most three quarters", used, size, x.n)
	}
}

func TestIndexOfAnyKeys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var x index[tagged, struct{}]
		want := map[uint16]uint32{}
		bits := rapid.IntRange(0, 16).Draw(t, "bits of a tag")
		for _, key := range rapid.SliceOfN(rapid.Uint16(), 0, 300).Draw(t, "keys") {
			tag := uint32(key) * 0x9e3779b1 >> (32 - bits)
			n, added := x.locate(nil, tag, tagged{uint64(key), tag})
			w, known := want[key]
			if !known {
				w = uint32(len(want))
				want[key] = w
			}
			if n != w || added == known {
				t.Fatalf("locate(%d) = %d, %t, want %d, %t", key, n, added, w, !known)
			}
		}
	})
}

func TestZeroIndexIsEmpty(t *testing.T) {
	t.Parallel()
	var x index[tagged, int]
	if n, ok := x.find(0, tagged{}); ok {
		t.Errorf("find in the zero index = %d, true, want false", n)
	}
}

// TestIndexDoesNotOverflow pretends that an index is full: a cell more could not be told
// from another one.
func TestIndexDoesNotOverflow(t *testing.T) {
	t.Parallel()
	x := index[tagged, int]{n: maxCells}
	defer func() {
		if got, want := recover(), "flow: more than 3·2^30 cells in one shard"; got != want {
			t.Errorf("add to a full index panics with %v, want %s", got, want)
		}
	}()
	x.add(tagged{key: 1})
}

// TestCellsDoNotMove keeps a pointer while the index grows.
func TestCellsDoNotMove(t *testing.T) {
	t.Parallel()
	var x index[tagged, int]
	x.locate(nil, 0, tagged{})
	first := x.cell(0)
	for i := range 10_000 {
		x.locate(nil, uint32(i), tagged{uint64(i), uint32(i)})
	}
	if x.cell(0) != first {
		t.Error("cell 0 moved while the index grew")
	}
}
