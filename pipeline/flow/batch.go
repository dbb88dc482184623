package flow

import (
	"iter"

	"github.com/capfold/capfold/pipeline/packet"
)

// Batch is some conversations, whole ones. Its slices share their memory: Flows are those
// of all conversations, one conversation after the other.
type Batch struct {
	Conversations []Conversation
	Flows         []Flow
	// Mixed are the atoms of those flows whose packets differ in their TTL, flow by flow, by
	// TTL. Any other flow is an atom by itself.
	Mixed []Atom
}

// Conversation is all flows of an unordered pair of hosts, A being the smaller. A host that
// talks to itself has no flows back.
type Conversation struct {
	A, B    packet.Host
	Forward Way // from A to B
	Back    Way // from B to A
}

// Way is one direction of a conversation.
type Way struct {
	Flows []Flow // in order of [Key.Compare]
	// Value is the sum over all flows; it is zero if there are none.
	Value
	TTLMin, TTLMax uint8
}

// Flow is the sum of atoms that differ in their TTL at most. The TTL of its key is the
// smallest.
type Flow struct {
	Key
	Value
	TTLMax uint8
}

// Mixed reports whether the packets of f differ in their TTL.
func (f *Flow) Mixed() bool { return f.TTL != f.TTLMax }

// Atoms yields the atoms of all flows, flow by flow, by TTL.
func (b *Batch) Atoms() iter.Seq[Atom] {
	return func(yield func(Atom) bool) {
		mixed := b.Mixed
		for i := range b.Flows {
			f := &b.Flows[i]
			if !f.Mixed() {
				if !yield(Atom{f.Key, f.Value}) {
					return
				}
				continue
			}
			for ; len(mixed) > 0 && mixed[0].SameFlow(&f.Key); mixed = mixed[1:] {
				if !yield(mixed[0]) {
					return
				}
			}
		}
	}
}

// Divide returns the batch of atoms, for tests that have them from elsewhere than
// [Merged.Shard]. They are in the order that shards have them in: by conversation, first
// those from the smaller host to the larger one, and then by [Key.Compare].
func Divide(atoms []Atom) (all Batch) {
	p := newPieces(&Buffer{}, len(atoms)+1, func(b Batch, _ int) bool {
		all = b
		return true
	})
	for i := range atoms {
		p.add(&atoms[i])
	}
	p.end()
	return all
}

// pair returns the smaller of two addresses and the larger one.
func pair(src, dst packet.Addr) (a, b packet.Addr) {
	if src.Compare(dst) <= 0 {
		return src, dst
	}
	return dst, src
}
