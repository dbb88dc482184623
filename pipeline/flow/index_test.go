package flow

import (
	"testing"

	"pgregory.net/rapid"
)

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
			var x index[uint64, int]
			want := map[uint64]uint32{}
			for i := range c.keys {
				key := uint64(i) * 3
				if n, ok := x.find(c.tag(key), key); ok {
					t.Fatalf("find(%d) before it was added = %d, true", key, n)
				}
				// Add a key, and come back to an earlier one.
				for _, key := range []uint64{key, uint64(i*i%(i+1)) * 3} {
					n, added := x.locate(c.tag(key), key)
					w, known := want[key]
					if !known {
						w = uint32(len(want))
						want[key] = w
					}
					if n != w || added == known {
						t.Fatalf("locate(%d) = %d, %t, want %d, %t", key, n, added, w, !known)
					}
					cell := x.cell(n)
					if cell.key != key || added && cell.value != 0 {
						t.Fatalf("cell %d is %+v, want the key %d and no value", n, cell, key)
					}
					cell.value = int(key) + 1
				}
			}
			if int(x.n) != len(want) {
				t.Errorf("%d cells, want %d", x.n, len(want))
			}
			for key, w := range want {
				if n, ok := x.find(c.tag(key), key); n != w || !ok {
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
func checkSlots[K comparable, V any](t *testing.T, x *index[K, V]) {
	t.Helper()
	used := uint64(0)
	seen := make([]bool, x.n)
	for _, slot := range x.slots {
		if slot == 0 {
			continue
		}
		used++
		if n := uint32(slot) - 1; n >= x.n || seen[n] {
			t.Errorf("a slot names cell %d, of %d, which does not exist or comes twice", n, x.n)
		} else {
			seen[n] = true
		}
	}
	size := uint64(len(x.slots))
	if used != uint64(x.n) || size&(size-1) != 0 || used*4 > size*3 {
		t.Errorf("%d of %d slots are used for %d cells, want one each, in a power of two, at most three quarters", used, size, x.n)
	}
}

func TestIndexOfAnyKeys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var x index[uint16, struct{}]
		want := map[uint16]uint32{}
		bits := rapid.IntRange(0, 16).Draw(t, "bits of a tag")
		for _, key := range rapid.SliceOfN(rapid.Uint16(), 0, 300).Draw(t, "keys") {
			tag := uint32(key) * 0x9e3779b1 >> (32 - bits)
			n, added := x.locate(tag, key)
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
	var x index[int, int]
	if n, ok := x.find(0, 0); ok {
		t.Errorf("find in the zero index = %d, true, want false", n)
	}
}

// TestIndexDoesNotOverflow pretends that an index is full: a cell more could not be told
// from another one.
func TestIndexDoesNotOverflow(t *testing.T) {
	t.Parallel()
	x := index[int, int]{n: maxCells}
	defer func() {
		if got, want := recover(), "flow: more than 2^32 cells in one shard"; got != want {
			t.Errorf("add to a full index panics with %v, want %s", got, want)
		}
	}()
	x.add(1)
}

// TestCellsDoNotMove keeps a pointer while the index grows.
func TestCellsDoNotMove(t *testing.T) {
	t.Parallel()
	var x index[int, int]
	x.locate(0, 0)
	first := x.cell(0)
	for i := range 10_000 {
		x.locate(uint32(i), i)
	}
	if x.cell(0) != first {
		t.Error("cell 0 moved while the index grew")
	}
}
