package reducers

import (
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/reducers/geo"
)

// BenchmarkHostFold looks hosts up and folds them into zones, on one core.
func BenchmarkHostFold(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([]HostRow, 100_000)
	for i := range rows {
		rows[i].Key = packet.Host{Addr: packet.Addr4(r.Uint32()), Version: 4}
		rows[i].Value.Sent = flow.Counts{Packets: 1, Bytes: 40, WireBytes: 54}
	}
	all := iter.Seq[*HostRow](func(yield func(*HostRow) bool) {
		for i := range rows {
			if !yield(&rows[i]) {
				return
			}
		}
	})
	e := &Env{Geo: geo.Default()}
	b.ReportAllocs()
	for b.Loop() {
		f := &hostFold{geo: e.Geo, reducers: []pipeline.Reducer[HostRow]{zones(e)}}
		f.complete(all)
	}
	b.ReportMetric(float64(b.N)*float64(len(rows))/b.Elapsed().Seconds(), "hosts/s")
}
