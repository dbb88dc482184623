package table

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
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

func randomRows(r *rand.Rand, n int) *Rows[wide] {
	l := &Rows[wide]{}
	for i := range n {
		*l.Push() = wide{r.IntN(1 + n/3), i}
	}
	return l
}

func TestRowsConcat(t *testing.T) {
	lengths := []int{0, 1, chunkRows - 1, chunkRows, chunkRows + 1, 2*chunkRows - 1, 3 * chunkRows}
	r := rand.New(rand.NewPCG(1, 2))
	for _, a := range lengths {
		for _, b := range lengths {
			x, y := randomRows(r, a), randomRows(r, b)
			want := append(all(x), all(y)...)
			x.Concat(y)
			*x.Push() = wide{-1, -1}
			want = append(want, wide{-1, -1})
			got := all(x)
			byValue := func(a, b wide) int { return a.compare(&b) }
			slices.SortFunc(want, byValue)
			slices.SortFunc(got, byValue)
			if diff := gocmp.Diff(want, got, gocmp.AllowUnexported(wide{})); diff != "" {
				t.Fatalf("Concat of %d and %d rows (-want +got):\n%s", a, b, diff)
			}
			if got := len(x.run(0, x.Len())); got != min(chunkRows, x.Len()) {
				t.Errorf("Concat of %d and %d rows: first run has %d", a, b, got)
			}
		}
	}
}
