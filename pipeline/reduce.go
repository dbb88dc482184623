package pipeline

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/flow"
)

// Reduce folds all conversations of m with the given reducers, shard by shard, and
// returns their partials in the reducers' order. It takes the atoms out of m: a Merged
// can be reduced once.
func Reduce(ctx context.Context, m *flow.Merged, reducers []Reducer[flow.Conversation], workers int) ([]Partial[flow.Conversation], error) {
	if len(reducers) == 0 {
		return nil, nil
	}
	partials := make([][]Partial[flow.Conversation], workers)
	var next atomic.Int32
	g, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		ps := makePartials(reducers)
		partials[w] = ps
		goLabelled(ctx, g, "reduce", w, func() error {
			var atoms []flow.Atom
			for ctx.Err() == nil {
				shard := int(next.Add(1)) - 1
				if shard >= flow.NumShards {
					return nil
				}
				for piece := range m.Shard(shard, &atoms) {
					for c := range flow.Conversations(piece) {
						for _, p := range ps {
							p.Add(c)
						}
					}
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
	return mergePartials(partials), nil
}
