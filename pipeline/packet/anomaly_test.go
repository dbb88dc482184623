package packet

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestReasonsAreAll compares the list of reasons with the constants that there are.
func TestReasonsAreAll(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "anomaly.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want []Reason
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Reason" {
				text, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				want = append(want, Reason(text))
			}
		}
		return true
	})
	if !slices.Equal(Reasons, want) {
		t.Errorf("Reasons = %q, the constants are %q", Reasons, want)
	}
}

// regions returns n regions, of which every third has the offset of the one before.
func regions(n int) []Anomaly {
	all := make([]Anomaly, n)
	for i := range all {
		all[i] = Anomaly{int64(i-i%3/2) * 100, int64(i % 50), Reasons[i%3], fmt.Sprintf("region %d", i)}
	}
	return all
}

// TestDamageMerges divides regions among parts and merges these in any order.
func TestDamageMerges(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 10, MaxAnomalies, MaxAnomalies + 1, MaxAnomalies + 2, 3 * MaxAnomalies} {
		all := regions(n)
		want := Damage{DamagedRegions: int64(n)}
		for _, a := range all {
			want.SkippedBytes += a.Length
		}
		slices.SortFunc(all, func(a, b Anomaly) int { return a.compare(&b) })
		want.Anomalies = all[:min(n, MaxAnomalies+1)]
		for _, parts := range []int{1, 2, 7, 50} {
			var left []*Damage
			for range parts {
				left = append(left, &Damage{})
			}
			run := 0
			for i, a := range all {
				if i%40 == 0 { // as neighbours are mostly in one part
					run = rng.IntN(parts)
				}
				left[run].SkippedBytes += a.Length
				left[run].AddRegion(a)
			}
			for len(left) > 1 {
				rng.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
				left[0].Merge(left[len(left)-1])
				left = left[:len(left)-1]
			}
			got := *left[0]
			if d := gocmp.Diff(want.Anomalies, got.Anomalies); d != "" && n > 0 {
				t.Fatalf("%d regions in %d parts, merged, -want +got:\n%s", n, parts, d)
			}
			if got.DamagedRegions != want.DamagedRegions || got.SkippedBytes != want.SkippedBytes {
				t.Errorf("%d regions in %d parts, merged, are %d of %d bytes, want %d of %d", n, parts,
					got.DamagedRegions, got.SkippedBytes, want.DamagedRegions, want.SkippedBytes)
			}
		}
	}
}

// TestListedStandsForAll checks that no region and no byte is missing from the list.
func TestListedStandsForAll(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, MaxAnomalies, MaxAnomalies + 1, MaxAnomalies + 2, 2 * MaxAnomalies} {
		var d Damage
		for _, a := range regions(n) {
			d.AddRegion(a)
			d.SkippedBytes += a.Length
		}
		listed := d.Listed()
		bytes := int64(0)
		for _, a := range listed {
			bytes += a.Length
		}
		if len(listed) > MaxAnomalies+1 || bytes != d.SkippedBytes {
			t.Errorf("Listed(%d regions) has %d, of %d bytes, want at most %d, of %d", n, len(listed), bytes, MaxAnomalies+1, d.SkippedBytes)
		}
		if !slices.IsSortedFunc(listed, func(a, b Anomaly) int { return cmp.Compare(a.Offset, b.Offset) }) {
			t.Errorf("Listed(%d regions) is not in order", n)
		}
		rest := n - MaxAnomalies
		if rest < 2 {
			if len(listed) != n {
				t.Errorf("Listed(%d regions) has %d", n, len(listed))
			}
			continue
		}
		last := listed[MaxAnomalies]
		if want := fmt.Sprintf("%d damaged regions from here on, whose lengths are added up", rest); last.Reason != FurtherRegions ||
			last.Detail != want || last.Offset != d.Anomalies[MaxAnomalies].Offset {
			t.Errorf("Listed(%d regions) ends with %+v, want %s", n, last, want)
		}
	}
}
