package slab

import (
	"sync"
	"testing"
)

type row struct {
	a int64
	_ [3]uint16
	_ struct{ d uint8 }
}

func TestValuesFillASlab(t *testing.T) {
	t.Parallel()
	s := new(Slab)
	rows := Of[row](s)
	if n := Fit[row](); n != Len/16 || len(rows) != n || cap(rows) != n {
		t.Errorf("%d rows of 16 bytes, capacity %d, Fit says %d", len(rows), cap(rows), n)
	}
	for i := range rows {
		rows[i] = row{a: int64(i)}
		if At[row](s, i) != &rows[i] {
			t.Fatalf("At(%d) is not value %d", i, i)
		}
	}
	if rows[0].a != 0 || rows[len(rows)-1].a != int64(len(rows)-1) {
		t.Errorf("first and last row: %v, %v", rows[0], rows[len(rows)-1])
	}
	if From(rows) != s || From(rows[:0]) != s {
		t.Error("From does not return the slab")
	}
}

func TestPoolHandsOutWhatItWasGiven(t *testing.T) {
	t.Parallel()
	var p Pool
	seen := map[*Slab]bool{}
	var taken []*Slab
	for range 5000 {
		s := p.Get()
		if seen[s] {
			t.Fatal("a slab in use was handed out")
		}
		seen[s] = true
		taken = append(taken, s)
	}
	p.Put(taken[:3000]...)
	p.Put(taken[3000:]...)
	if got, want := p.Idle(), int64(len(taken)*Len); got != want {
		t.Errorf("%d bytes are idle, want %d", got, want)
	}
	for range taken {
		if !seen[p.Get()] {
			t.Fatal("a new slab was made though there are free ones")
		}
	}
	if got := p.Idle(); got != 0 {
		t.Errorf("%d bytes are idle, want none", got)
	}
	p.Put(taken...)
	p.Drop()
	if seen[p.Get()] || p.Idle() != 0 {
		t.Error("a slab was kept that had been dropped")
	}
}

func TestDropKeepsSlabsOfBlocksInUse(t *testing.T) {
	t.Parallel()
	var p Pool
	seen := map[*Slab]bool{}
	var taken []*Slab
	for range 3 * perBlock {
		s := p.Get()
		seen[s] = true
		taken = append(taken, s)
	}
	used := perBlock + 3 // one of the second block
	p.Put(taken[used+1:]...)
	p.Put(taken[:used]...)
	p.Drop()
	if got, want := p.Idle(), int64((perBlock-1)*Len); got != want {
		t.Errorf("%d bytes are idle, want %d: those of the block in use", got, want)
	}
	for range perBlock - 1 {
		if s := p.Get(); s == taken[used] || !seen[s] {
			t.Fatal("Get returns another slab than those of the block in use that are idle")
		}
	}
	if seen[p.Get()] {
		t.Error("a slab of a block was kept that had been dropped")
	}
}

func TestAdoptedSlabsAreUsedAndDropped(t *testing.T) {
	t.Parallel()
	for _, use := range []bool{true, false} {
		var p, o Pool
		seen := map[*Slab]bool{}
		var taken []*Slab
		for range 2*perBlock + 3 {
			s := o.Get()
			seen[s] = true
			taken = append(taken, s)
			p.Get() // stays in use
		}
		o.Put(taken...)
		p.Adopt(&o)
		if got, want := p.Idle(), int64(3*perBlock*Len); got != want || o.Idle() != 0 {
			t.Errorf("Idle() = %d and %d, want %d, all blocks of the other pool, and none there", got, o.Idle(), want)
		}
		if use {
			for range 3 * perBlock {
				delete(seen, p.Get())
			}
			if len(seen) > 0 {
				t.Errorf("%d slabs of the other pool were not used", len(seen))
			}
			continue
		}
		p.Drop()
		if got, want := p.Idle(), int64((perBlock-3)*Len); got != want {
			t.Errorf("%d bytes are idle after Drop, want %d, none of the other pool", got, want)
		}
	}
}

func TestDonatedMemoryIsUsedAndDropped(t *testing.T) {
	t.Parallel()
	for _, use := range []bool{true, false} {
		var p Pool
		memory := make([]uint32, 3*Len/4+5)
		p.Donate(memory[:Len/4-1]) // too little
		p.Donate(memory)
		if got, want := p.Idle(), int64(3*Len); got != want {
			t.Errorf("%d bytes are idle, want %d", got, want)
		}
		if !use {
			p.Drop()
			if got := p.Idle(); got != 0 {
				t.Errorf("%d bytes are idle after Drop, want none", got)
			}
			continue
		}
		for i := range uint64(3) {
			p.Get()[0] = i + 1
		}
		if sum := memory[0] + memory[Len/4] + memory[2*Len/4]; sum != 6 || p.Idle() != 0 {
			t.Errorf("the numbers of three slabs in the memory have the sum %d, want 6", sum)
		}
	}
}

func TestPoolConcurrently(t *testing.T) {
	t.Parallel()
	var p Pool
	var all sync.WaitGroup
	for worker := range uint64(8) {
		all.Go(func() {
			for range 200 {
				a, b := p.Get(), p.Get()
				a[0], b[0] = worker, worker
				if a == b || a[0] != worker || b[0] != worker {
					t.Error("two users of one slab")
				}
				p.Put(a, b)
			}
		})
	}
	all.Wait()
}

func TestNilPool(t *testing.T) {
	t.Parallel()
	var p *Pool
	p.Put(p.Get())
	p.Donate(make([]uint32, Len))
	p.Adopt(&Pool{})
	p.Drop()
	if a, b := p.Get(), p.Get(); a == b {
		t.Error("a nil pool handed a slab out twice")
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	panics := func(check func()) (did bool) {
		defer func() { did = recover() != nil }()
		check()
		return false
	}
	for name, c := range map[string]struct {
		check func()
		want  bool
	}{
		"row":           {Check[row], false},
		"array":         {Check[[2]row], false},
		"whole slab":    {Check[Slab], false},
		"pointer":       {Check[struct{ p *int }], true},
		"string":        {Check[struct{ s [1]string }], true},
		"slice":         {Check[[]int], true},
		"interface":     {Check[struct{ v any }], true},
		"more than fit": {Check[[2]Slab], true},
		"no pointers":   {Check[struct{ p [0]*int }], false},
	} {
		if got := panics(c.check); got != c.want {
			t.Errorf("%s: Check panics: %v, want %v", name, got, c.want)
		}
	}
}
