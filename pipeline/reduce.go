package pipeline

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/spill"
)

// Reduce folds all conversations of m with the given reducers, shard by shard, and
// returns their partials in the reducers' order. It takes the atoms out of m: a Merged
// can be reduced once. The partials keep to memory, which may be nil.
func Reduce(ctx context.Context, m *flow.Merged, reducers []Reducer[flow.Batch], workers int, memory *spill.Memory) ([]Partial[flow.Batch], error) {
	if len(reducers) == 0 {
		return nil, nil
	}
	partials := make([][]Partial[flow.Batch], workers)
	var next atomic.Int32
	g, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		ps := makePartials(reducers)
		partials[w] = ps
		holders := newHolders(ps, memory, workers)
		goLabelled(ctx, g, "reduce", w, func() error {
			var buf flow.Buffer
			for ctx.Err() == nil {
				shard := int(next.Add(1)) - 1
				if shard >= flow.NumShards {
					return nil
				}
				for batch := range m.Shard(shard, &buf) {
					for _, p := range ps {
						p.Add(batch)
					}
					holders.keepToMemory()
				}
			}
			return context.Cause(ctx)
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if err := m.Err(); err != nil {
		return nil, err
	}
	merged := mergePartials(partials)
	return merged, memory.Err()
}

// holders are the partials of a worker that can spill.
type holders struct {
	partials []Spiller
	memory   *spill.Memory
	share    int64 // what they may hold whatever others do
	held     int64 // what memory knows of
}

func newHolders[In any](ps []Partial[In], memory *spill.Memory, workers int) *holders {
	h := &holders{memory: memory}
	if memory == nil {
		return h
	}
	h.share = memory.Share(4 * workers)
	for _, p := range ps {
		if s, ok := p.(Spiller); ok {
			s.Limit(memory)
			h.partials = append(h.partials, s)
		}
	}
	return h
}

// keepToMemory spills what holds most, and so on, until enough has been.
func (h *holders) keepToMemory() {
	h.account()
	for h.held > 0 && h.held >= h.share && h.memory.Over() {
		largest := slices.MaxFunc(h.partials, func(a, b Spiller) int { return cmp.Compare(a.Held(), b.Held()) })
		before := h.held
		largest.Spill()
		if h.account(); h.held >= before {
			return // it could not
		}
	}
}

// account tells the memory what is held.
func (h *holders) account() {
	held := int64(0)
	for _, p := range h.partials {
		held += p.Held()
	}
	h.memory.Hold(held - h.held)
	h.held = held
}
