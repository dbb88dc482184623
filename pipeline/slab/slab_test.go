package slab

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
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
	for _, s := range taken {
		s[0], s[len(s)-1] = 1, 1
	}
	p.Put(taken...)
	p.Drop()
	if got := p.Idle(); got != 0 && givesBack {
		t.Errorf("%d bytes are idle after Drop, want none", got)
	}
	for range taken {
		s := p.Get()
		if !seen[s] {
			t.Fatal("a new slab was made though some have been dropped")
		}
		if (s[0] != 0 || s[len(s)-1] != 0) && givesBack {
			t.Fatal("a slab has been dropped and is not zero")
		}
	}
}

func TestShrink(t *testing.T) {
	t.Parallel()
	if !givesBack {
		t.Skip("no memory can be given back here")
	}
	const surplus = 2 * shrinkBy
	var p Pool
	var taken []*Slab
	for range spare + 4*shrinkBy {
		s := p.Get()
		s[0], s[len(s)-1] = 1, 1
		taken = append(taken, s)
	}
	idle := func(when string, want int) {
		t.Helper()
		if got := int(p.Idle() / Len); got != want {
			t.Errorf("%s: %d slabs are idle, want %d", when, got, want)
		}
	}
	put := func(n int) {
		p.Put(taken[:n]...)
		taken = taken[n:]
	}
	put(spare)
	p.Shrink(surplus * Len)
	idle("with as many as are spare", spare)
	put(shrinkBy - 1)
	idle("with too few to be given back", spare+shrinkBy-1)
	put(1)
	idle("with enough", spare)
	put(shrinkBy + 2)
	idle("with more than are to be given back", spare+2)
	put(shrinkBy)
	idle("when all has been given back", spare+2+shrinkBy)
	for _, s := range taken {
		if s[0] != 1 || s[len(s)-1] != 1 {
			t.Fatal("a slab in use has been given back")
		}
	}
	zeros, seen := 0, map[*Slab]bool{}
	for range spare + 2 + shrinkBy + surplus {
		s := p.Get()
		if seen[s] || slices.Contains(taken, s) {
			t.Fatal("a slab in use was handed out")
		}
		if seen[s] = true; s[0] == 0 && s[len(s)-1] == 0 {
			zeros++
		}
	}
	if zeros != surplus {
		t.Errorf("%d slabs have been given back, want %d", zeros, surplus)
	}
}

func TestDroppedSlabsAreUsedAgain(t *testing.T) {
	t.Parallel()
	var p Pool
	seen := map[*Slab]bool{}
	var taken []*Slab
	for range 3 * minRegion / Len { // all of the first two regions
		s := p.Get()
		s[0], s[len(s)-1] = 1, 1
		seen[s] = true
		taken = append(taken, s)
	}
	used := taken[17]
	for i, s := range taken {
		if i != 17 {
			p.Put(s)
		}
	}
	p.Drop()
	if got := p.Idle(); got != 0 && givesBack {
		t.Errorf("%d bytes are idle after Drop, want none", got)
	}
	if used[0] != 1 || used[len(used)-1] != 1 {
		t.Error("Drop has changed a slab that is in use")
	}
	for range len(taken) - 1 {
		s := p.Get()
		if s == used || !seen[s] {
			t.Fatal("Get returns another slab than those that were dropped")
		}
		delete(seen, s)
		s[0], s[len(s)-1] = 2, 2
	}
	if used[0] != 1 {
		t.Error("a slab in use was handed out")
	}
}

func TestZeros(t *testing.T) {
	t.Parallel()
	var p Pool
	dirty := p.Get()
	dirty[0] = 1
	p.Put(dirty)
	few := Zeros[uint32](&p, Len/4-1) // not a slab
	var all [][]uint32
	for _, n := range []int{1, 2, 8, minRegion / Len, 1} {
		all = append(all, Zeros[uint32](&p, n*Len/4))
	}
	for i, z := range append(all, few) {
		for j := range z {
			if z[j] != 0 {
				t.Fatalf("number %d of list %d is %d, want 0", j, i, z[j])
			}
			z[j] = uint32(i + 1)
		}
	}
	for i, z := range all {
		if z[0] != uint32(i+1) || z[len(z)-1] != uint32(i+1) {
			t.Errorf("list %d shares memory with another one", i)
		}
		before := p.Idle()
		PutZeros(&p, z)
		if got, want := p.Idle()-before, int64(4*len(z)); got != want {
			t.Errorf("list %d leaves %d bytes idle, want %d", i, got, want)
		}
	}
	if before := p.Idle(); true {
		PutZeros(&p, few)
		PutZeros[uint32](&p, nil)
		if p.Idle() != before {
			t.Error("memory of the heap was taken for slabs")
		}
	}
}

// TestDropGivesBackWholePages drops slabs where pages are longer than these.
func TestDropGivesBackWholePages(t *testing.T) {
	defer func(n uintptr) { pageLen = n }(pageLen)
	for _, pageLen = range []uintptr{Len, 4 * Len, 16 * Len} {
		r := rand.New(rand.NewPCG(1, uint64(pageLen)))
		var p Pool
		used := map[*Slab]bool{}
		for range 2 * minRegion / Len {
			s := p.Get()
			s[0], s[len(s)-1] = 7, 7
			used[s] = true
		}
		free := 0
		for s := range used {
			if r.IntN(40) > 0 {
				delete(used, s)
				p.Put(s)
				free++
			}
		}
		p.Drop()
		for s := range used {
			if s[0] != 7 || s[len(s)-1] != 7 {
				t.Fatalf("pages of %d bytes: a slab in use was given back", pageLen)
			}
		}
		given := 0
		for _, c := range p.cold {
			given += len(c)
			if address(&c[0])%pageLen != 0 || uintptr(len(c))*Len%pageLen != 0 {
				t.Errorf("pages of %d bytes: %d slabs at %#x were given back", pageLen, len(c), address(&c[0]))
			}
		}
		if kept := int(p.Idle() / Len); kept+given < free || givesBack && given == 0 {
			t.Errorf("pages of %d bytes: of %d slabs %d are kept and %d given back", pageLen, free, kept, given)
		}
	}
}

// TestMappedMemoryIsBounded uses and drops the same amount of memory again and again.
func TestMappedMemoryIsBounded(t *testing.T) {
	if !givesBack {
		t.Skip("memory cannot be given back")
	}
	const inUse = 8 << 20
	var p Pool
	for range 100 {
		zeros := Zeros[uint32](&p, 1<<20/4)
		if slices.Max(zeros) != 0 {
			t.Fatal("Zeros returns others")
		}
		for i := range zeros {
			zeros[i] = 1
		}
		var slabs []*Slab
		for range (inUse - 1<<20) / Len {
			s := p.Get()
			s[0] = 1
			slabs = append(slabs, s)
		}
		p.Put(slabs...)
		PutZeros(&p, zeros)
		p.Drop()
	}
	mapped := 0
	for _, m := range p.mapped.all {
		mapped += len(m.slabs)
	}
	if mapped > 3*inUse {
		t.Errorf("%d MiB are mapped for %d MiB that were in use at a time", mapped>>20, inUse>>20)
	}
}

// TestMemoryIsGivenBack makes a pool that nobody can reach, whose regions are given back, and
// one that is in use all the time, whose regions are not.
func TestMemoryIsGivenBack(t *testing.T) {
	before := unmapped.Load()
	kept := &Pool{}
	slab := kept.Get()
	slab[0] = 1
	func() {
		p := &Pool{}
		for range minRegion/Len + 1 {
			p.Get()[0] = 1
		}
	}()
	const want = minRegion + 2*minRegion // of two regions, and those of other tests' pools
	for start := time.Now(); unmapped.Load()-before < want && time.Since(start) < time.Minute; time.Sleep(time.Millisecond) {
		runtime.GC()
	}
	if got := unmapped.Load() - before; got < want {
		t.Errorf("%d bytes were given back, want %d", got, want)
	}
	if slab[0] != 1 {
		t.Error("memory that is in use was given back")
	}
	runtime.KeepAlive(kept)
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
	PutZeros(p, Zeros[uint32](p, Len))
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
