package reducers

import (
	"iter"
	"runtime"
	"sync"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/reducers/geo"
)

// minComplete is the number of rows below which completing them elsewhere is not worth it.
// A guess.
const minComplete = 1 << 12

// complete has Complete called with rows that nothing will be added to any more, on as
// many processors as there are.
func (r *Rollup[In, K, V]) complete(rows *table.Rows[Row[K, V]]) {
	if r.Complete == nil || rows.Len() == 0 {
		return
	}
	part := max(minComplete, (rows.Len()+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for from := 0; from < rows.Len(); from += part {
		run := func() {
			r.Complete(func(yield func(*Row[K, V]) bool) {
				for i := from; i < min(from+part, rows.Len()) && yield(rows.At(i)); i++ {
				}
			})
		}
		if from+part >= rows.Len() {
			run()
		} else {
			all.Go(run)
		}
	}
	all.Wait()
}

// HostRow is a host with all that is known of it, as [Analysis.Hosts] get them.
type HostRow = Row[packet.Host, HostMeasure]

// hostsRollup is what hosts are rolled up by.
type hostsRollup = Rollup[flow.Batch, packet.Host, HostMeasure]

// hostFold looks up where hosts are, and folds them with the analyses of hosts, while the
// table of hosts is made.
type hostFold struct {
	geo      *geo.Atlas
	reducers []pipeline.Reducer[HostRow]

	mu   sync.Mutex
	idle []*hostWorker // that nobody uses now
}

// hostWorker is what one goroutine has.
type hostWorker struct {
	finder   *geo.Finder
	partials []pipeline.Partial[HostRow]
}

// take returns a worker that is nobody else's until it is put back.
func (f *hostFold) take() *hostWorker {
	f.mu.Lock()
	defer f.mu.Unlock()
	if last := len(f.idle) - 1; last >= 0 {
		w := f.idle[last]
		f.idle = f.idle[:last]
		return w
	}
	w := &hostWorker{finder: f.geo.Finder()}
	for _, r := range f.reducers {
		w.partials = append(w.partials, r.New())
	}
	return w
}

func (f *hostFold) put(w *hostWorker) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idle = append(f.idle, w)
}

// complete is [Rollup.Complete] of hosts.
func (f *hostFold) complete(rows iter.Seq[*HostRow]) {
	w := f.take()
	defer f.put(w)
	for r := range rows {
		r.Value.place = w.finder.Find(r.Key.Netip())
		for _, p := range w.partials {
			p.Add(*r)
		}
	}
}

// merged returns the partials, in the order of reducers, when all hosts are complete.
func (f *hostFold) merged() []pipeline.Partial[HostRow] {
	merged := f.take()
	for _, w := range f.idle {
		for i, p := range w.partials {
			merged.partials[i].Merge(p)
		}
	}
	return merged.partials
}
