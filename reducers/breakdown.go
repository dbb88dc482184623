package reducers

import (
	"cmp"
	"slices"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
)

// Facet is a way to break down what a host sent.
type Facet uint8

// The facets.
const (
	ByProtocol Facet = iota
	BySourcePort
	ByDestinationPort
	numFacets
)

// FacetKey is one part of what a top host sent: its protocol, or one of its ports,
// across protocols.
type FacetKey struct {
	Rank   int // of the host, from 1
	Facet  Facet
	Number uint16
}

type facetRow = Row[FacetKey, flow.Counts]

// breakdownRollup is the reducer of a breakdown.
type breakdownRollup struct {
	*Rollup[flow.Batch, FacetKey, flow.Counts]
	facets []Facet
}

// breakdown is a rollup of what the top hosts sent by facets, rows of a host together
// and the heaviest first.
func breakdown(e *Env, doc table.Schema, facets ...Facet) breakdownRollup {
	ranks := e.ranks()
	add := func(sent []flow.Flow, rank int, at func(FacetKey) *flow.Counts) {
		for i := range sent {
			sum := &sent[i]
			for _, f := range facets {
				k := FacetKey{Rank: rank, Facet: f}
				switch f {
				case ByProtocol:
					k.Number = uint16(sum.Proto)
				case BySourcePort:
					if sum.Ports&packet.SrcPortKnown == 0 {
						continue
					}
					k.Number = sum.SrcPort
				case ByDestinationPort:
					if sum.Ports&packet.DstPortKnown == 0 {
						continue
					}
					k.Number = sum.DstPort
				}
				at(k).Add(sum.Counts)
			}
		}
	}
	return breakdownRollup{facets: facets, Rollup: &Rollup[flow.Batch, FacetKey, flow.Counts]{
		Doc:   doc,
		Slabs: e.Slabs,
		Hash: func(secret *[2]uint64, k FacetKey) uint64 {
			return hashWords(secret, uint64(k.Rank)<<8|uint64(k.Facet), uint64(k.Number))
		},
		Fold: func(b flow.Batch, at func(FacetKey) *flow.Counts) {
			for i := range b.Conversations {
				c := &b.Conversations[i]
				if rank := ranks.rank(c.A); rank != 0 {
					add(c.Forward.Flows, rank, at)
				}
				if rank := ranks.rank(c.B); rank != 0 {
					add(c.Back.Flows, rank, at)
				}
			}
		},
		Merge: func(into, from *flow.Counts) { into.Add(*from) },
		SortKeys: []func(*facetRow) uint64{
			func(r *facetRow) uint64 { return uint64(r.Key.Rank)<<8 | uint64(r.Key.Facet) },
			func(r *facetRow) uint64 { return e.RankBy.key(&r.Value) },
		},
		Compare: func(a, b *facetRow) int {
			return cmp.Or(
				cmp.Compare(a.Key.Rank, b.Key.Rank),
				cmp.Compare(a.Key.Facet, b.Key.Facet),
				e.RankBy.descending(&a.Value, &b.Value),
				cmp.Compare(a.Key.Number, b.Key.Number))
		},
		SameGroup: func(a, b *facetRow) bool { return a.Key.Rank == b.Key.Rank && a.Key.Facet == b.Key.Facet },
	}}
}

// covers reports whether o breaks down by no facet that b does not.
func (b breakdownRollup) covers(o breakdownRollup) bool {
	return !slices.ContainsFunc(o.facets, func(f Facet) bool { return !slices.Contains(b.facets, f) })
}

// partOf returns what folding everything would have made of b, from what it made of
// another breakdown that covers b.
func (b breakdownRollup) partOf(folded pipeline.Partial[flow.Batch]) pipeline.Partial[flow.Batch] {
	p := newRollup(b.Rollup)
	rows := &folded.(*rollup[flow.Batch, FacetKey, flow.Counts]).rows
	for i := range rows.Len() {
		if r := rows.At(i); slices.Contains(b.facets, r.Key.Facet) {
			*p.newRow(r.Key) = r.Value
		}
	}
	return p
}

// foldOnce returns those of some reducers that are to be folded, which breakdowns that
// another one covers are not, and what makes the partials of all out of theirs.
func foldOnce(all []pipeline.Reducer[flow.Batch]) (once []pipeline.Reducer[flow.Batch], expand func([]pipeline.Partial[flow.Batch]) []pipeline.Partial[flow.Batch]) {
	var widest breakdownRollup
	for _, r := range all {
		if b, ok := r.(breakdownRollup); ok && len(b.facets) > len(widest.facets) {
			widest = b
		}
	}
	covered := func(r pipeline.Reducer[flow.Batch]) bool {
		b, ok := r.(breakdownRollup)
		return ok && b.Rollup != widest.Rollup && widest.covers(b)
	}
	once = slices.DeleteFunc(slices.Clone(all), covered)
	return once, func(folded []pipeline.Partial[flow.Batch]) []pipeline.Partial[flow.Batch] {
		partials := make([]pipeline.Partial[flow.Batch], len(all))
		var from pipeline.Partial[flow.Batch] // of the widest
		for i, r := range all {
			if covered(r) {
				continue
			}
			partials[i] = shift(&folded)
			if b, ok := r.(breakdownRollup); ok && b.Rollup == widest.Rollup {
				from = partials[i]
			}
		}
		for i, r := range all {
			if covered(r) {
				partials[i] = r.(breakdownRollup).partOf(from)
			}
		}
		return partials
	}
}
