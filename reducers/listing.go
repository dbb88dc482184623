package reducers

import (
	"fmt"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/spill"
	"github.com/capfold/capfold/pipeline/table"
)

// Listing is an analysis of which every input makes rows R of its own, that no other
// input adds to. It is a [pipeline.Reducer]. R needs exported fields only.
type Listing[In, R any] struct {
	Doc table.Schema // without fields

	// Fold adds the rows that in makes.
	Fold func(in In, to *table.Store[R])
	// Plan has the order of rows, in which no two are equal, and how they are kept.
	Plan table.Plan[R]
	// Rank orders rows by importance where Plan does not; see [table.Options].
	Rank func(a, b *R) int
	// RankKey orders as Rank does, as far as a number can. It may be nil.
	RankKey func(*R) uint64
	// Top, where Rank and RankKey are set, is how many of the most important rows are wanted.
	Top int

	Columns []table.Column[R]
}

// Schema implements [pipeline.Reducer].
func (l *Listing[In, R]) Schema() table.Schema {
	s := l.Doc
	s.Fields = table.Fields(l.Columns)
	return s
}

// New implements [pipeline.Reducer].
func (l *Listing[In, R]) New() pipeline.Partial[In] {
	return &listing[In, R]{Listing: l, rows: l.newStore()}
}

// maxNoted bounds how many rows are noted as they come, of which three times as many are held.
const maxNoted = 1000

func (l *Listing[In, R]) newStore() *table.Store[R] {
	s := table.NewStore(&l.Plan)
	if l.RankKey != nil && l.Top <= maxNoted {
		s.Note(l.Top, l.Rank, l.RankKey)
	}
	return s
}

type listing[In, R any] struct {
	*Listing[In, R]
	rows   *table.Store[R]
	memory *spill.Memory
}

func (p *listing[In, R]) Add(in In) { p.Fold(in, p.rows) }

func (p *listing[In, R]) Merge(other pipeline.Partial[In]) {
	p.rows.Concat(other.(*listing[In, R]).rows)
}

func (p *listing[In, R]) Table() *table.Table {
	return p.rows.Table(p.Doc, p.Columns, p.memory, table.Options[R]{Rank: p.Rank, RankKey: p.RankKey})
}

// Limit implements [pipeline.Spiller].
func (p *listing[In, R]) Limit(memory *spill.Memory) {
	p.memory = memory
	p.rows.Recycle(memory.Slabs())
}

// Held implements [pipeline.Spiller].
func (p *listing[In, R]) Held() int64 { return p.rows.Held() }

// Spill implements [pipeline.Spiller].
func (p *listing[In, R]) Spill() {
	if err := p.rows.Spill(p.memory); err != nil {
		p.memory.Fail(err)
	}
}

func (p *listing[In, R]) AppendBinary(b []byte) ([]byte, error) {
	if p.rows.Spilled() {
		return b, errSpilled
	}
	return appendGob(b, sortedCopies(p.rows.All(), p.Plan.Order.Compare))
}

func (p *listing[In, R]) UnmarshalBinary(b []byte) error {
	var rows []R
	if err := decodeGob(b, &rows); err != nil {
		return fmt.Errorf("%s: %w", p.Doc.Name, err)
	}
	p.rows = p.newStore()
	p.rows.Add(rows...)
	return nil
}
