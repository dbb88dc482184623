package table

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline/slab"
)

type wide struct{ key, rest int }

func (w *wide) compare(o *wide) int {
	return cmp.Or(cmp.Compare(w.key, o.key), cmp.Compare(w.rest, o.rest))
}

func all(l *Rows[wide]) []wide {
	s := make([]wide, 0, l.Len())
	for i := range l.Len() {
		s = append(s, *l.At(i))
	}
	return s
}

func randomRows(r *rand.Rand, n int, slabs *slab.Pool) *Rows[wide] {
	l := &Rows[wide]{}
	l.Recycle(slabs)
	for i := range n {
		*l.Push() = wide{r.IntN(1 + n/3), i}
	}
	return l
}

func TestRowsConcat(t *testing.T) {
	chunk := chunkRows[wide]()
	lengths := []int{0, 1, chunk - 1, chunk, chunk + 1, 2*chunk - 1, 3 * chunk}
	r := rand.New(rand.NewPCG(1, 2))
	slabs := &slab.Pool{}
	for _, pools := range [][2]*slab.Pool{{nil, nil}, {slabs, slabs}, {slabs, nil}, {nil, slabs}} {
		for _, a := range lengths {
			for _, b := range lengths {
				x, y := randomRows(r, a, pools[0]), randomRows(r, b, pools[1])
				want := append(all(x), all(y)...)
				x.Concat(y)
				*x.Push() = wide{-1, -1}
				want = append(want, wide{-1, -1})
				other := randomRows(r, 3*chunk, slabs) // in what was given back
				got := all(x)
				byValue := func(a, b wide) int { return a.compare(&b) }
				slices.SortFunc(want, byValue)
				slices.SortFunc(got, byValue)
				if diff := gocmp.Diff(want, got, gocmp.AllowUnexported(wide{})); diff != "" {
					t.Fatalf("Concat of %d and %d rows (-want +got):\n%s", a, b, diff)
				}
				if got := len(x.run(0, x.Len())); got != min(chunk, x.Len()) {
					t.Errorf("Concat of %d and %d rows: first run has %d", a, b, got)
				}
				other.Release()
				x.Release()
			}
		}
	}
}
