package pipeline

import (
	"context"
	"runtime/pprof"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/spill"
)

// Source hands out the packets of captures.
type Source interface {
	// Read calls fold with batches of packets until none is left that another call has
	// not taken. Every worker makes one call, all at the same time; each runs fold in
	// its own goroutine, and fold keeps nothing of a batch. There it may call forget, too:
	// all that fold has been called with is void then, and comes again, in this call or
	// another one. It ends early when ctx does, with its cause, or when fold fails, with
	// that error.
	Read(ctx context.Context, fold func(packet.Batch) error, forget func()) error
}

// Folded is the result of fold one: the atoms and time series, and the partials of the
// analyses that need every packet, in the order of their reducers.
type Folded struct {
	*flow.Merged
	Packets []Partial[packet.Batch]
}

// Fold folds all packets of src with a number of workers, at least one. The series are
// kept for intervals of the given length in nanoseconds, or, if that is 0, for a length
// that suits the packets' span. Atoms and series keep to memory, which may be nil.
func Fold(ctx context.Context, src Source, reducers []Reducer[packet.Batch], interval int64, workers int, memory *spill.Memory) (*Folded, error) {
	seed := flow.NewSeed()
	tables := make([]*flow.Table, workers)
	partials := make([][]Partial[packet.Batch], workers)
	g, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		begin := func() {
			tables[w], partials[w] = flow.NewTable(seed, interval), makePartials(reducers)
			tables[w].Limit(memory, workers)
		}
		begin()
		goLabelled(ctx, g, "fold", w, func() error {
			return src.Read(ctx, func(b packet.Batch) error {
				tables[w].Add(b)
				for _, p := range partials[w] {
					p.Add(b)
				}
				return tables[w].Err()
			}, func() {
				tables[w].Discard()
				begin()
			})
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	merged := flow.Merge(tables)
	if err := merged.Err(); err != nil {
		return nil, err
	}
	return &Folded{Merged: merged, Packets: mergePartials(partials)}, nil
}

// goLabelled runs work in a goroutine of g that profiles show under its stage.
func goLabelled(ctx context.Context, g *errgroup.Group, stage string, worker int, work func() error) {
	g.Go(func() (err error) {
		labels := pprof.Labels("stage", stage, "worker", strconv.Itoa(worker))
		pprof.Do(ctx, labels, func(context.Context) { err = work() })
		return err
	})
}

func makePartials[In any](reducers []Reducer[In]) []Partial[In] {
	ps := make([]Partial[In], len(reducers))
	for i, r := range reducers {
		ps[i] = r.New()
	}
	return ps
}

// mergePartials merges the partials of every worker into the first worker's, different
// analyses at the same time.
func mergePartials[In any](workers [][]Partial[In]) []Partial[In] {
	into := workers[0]
	var all sync.WaitGroup
	for i := range into {
		all.Go(func() {
			for _, from := range workers[1:] {
				into[i].Merge(from[i])
			}
		})
	}
	all.Wait()
	return into
}
