package reducers

import (
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/packet"
)

// TestLawsWithMoreRegionsThanAreListed checks the laws on accounts of parts that have
// more damaged regions, together and alone, than a table has of an input.
func TestLawsWithMoreRegionsThanAreListed(t *testing.T) {
	t.Parallel()
	var parts []packet.Capture
	for i, n := range []int{packet.MaxAnomalies - 5, 3, 2000, packet.MaxAnomalies + 7, 0} {
		c := packet.Capture{Path: []string{"a", "b"}[i/3], Format: "pcap"}
		for j := range n {
			c.SkippedBytes += int64(j)
			c.AddRegion(packet.Anomaly{Offset: int64(j*100 + i), Length: int64(j), Reason: packet.BadLength, Detail: fmt.Sprint(i)})
		}
		parts = append(parts, c)
	}
	want := lines(twinAnomalies(&traffic{captures: parts}))
	fold := func(parts ...packet.Capture) pipeline.Partial[packet.Capture] {
		p := anomalies(&Env{}).New()
		for _, c := range parts {
			p.Add(captureForm.clone(c))
		}
		return p
	}
	decoded := fold()
	if b, err := fold(parts...).AppendBinary(nil); err != nil {
		t.Fatal(err)
	} else if err := decoded.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	merged := func(a, b pipeline.Partial[packet.Capture]) pipeline.Partial[packet.Capture] {
		a.Merge(b)
		return a
	}
	for name, p := range map[string]pipeline.Partial[packet.Capture]{
		"in order":        fold(parts...),
		"in another":      fold(parts[2], parts[4], parts[0], parts[3], parts[1]),
		"decoded":         decoded,
		"merged":          merged(fold(parts[:2]...), fold(parts[2:]...)),
		"merged from end": merged(fold(parts[2:]...), fold(parts[:2]...)),
		"merged in turn":  merged(fold(parts[1]), merged(merged(fold(parts[0]), fold(parts[3:]...)), fold(parts[2]))),
	} {
		if got := dump(p.Table()); got != want {
			t.Errorf("%s: anomalies, -twin +table:\n%s", name, gocmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
		}
	}
}
