package pipeline

import (
	"encoding"

	"github.com/capfold/capfold/pipeline/spill"
	"github.com/capfold/capfold/pipeline/table"
)

// Reducer makes the partial results of one analysis. In is what it folds:
// [packet.Batch], [packet.Capture], [flow.Batch], [flow.Point], or the row of a host.
type Reducer[In any] interface {
	Schema() table.Schema
	New() Partial[In]
}

// Partial is the state of an analysis over a part of the input. The result does not
// depend on how the input was divided, nor on the order of Add and Merge: a partial is
// built from sum, min, max, or, union and histograms only, and one made by New and never
// added to is the identity of Merge. One goroutine at a time may use a Partial.
type Partial[In any] interface {
	// Add folds in; it keeps nothing that in points to.
	Add(in In)
	// Merge adds what other has seen. It owns other from now on, which must come from
	// the same Reducer.
	Merge(other Partial[In])
	// Table returns the rows in a total order. The Partial must not be used afterwards.
	Table() *table.Table

	// The encoding carries the whole state to another process, which decodes it into a
	// partial made by New.
	encoding.BinaryAppender
	encoding.BinaryUnmarshaler
}

// Spiller is a Partial that can put what it holds into files. That changes nothing of its
// results. What goes wrong, it tells the memory.
type Spiller interface {
	// Limit has the partial keep to memory; it is called before anything is added.
	Limit(memory *spill.Memory)
	// Held returns about how many bytes the partial holds and could spill.
	Held() int64
	// Spill moves them to a file.
	Spill()
}
