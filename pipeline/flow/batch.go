package flow

import "github.com/capfold/capfold/pipeline/packet"

// Batch is some conversations, whole ones. Its slices share their memory: Flows are those
// of all conversations, one conversation after the other, and Atoms those of all flows.
type Batch struct {
	Conversations []Conversation
	Flows         []Flow
	Atoms         []Atom
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

// Divide returns the batch of atoms, for who has them from elsewhere than [Merged.Shard]. They are in the order that shards have them in: by
// conversation, first those from the smaller host to the larger one, and then by
// [Key.Compare].
func Divide(atoms []Atom) Batch {
	var buf Buffer
	return buf.divide(atoms)
}

// divide is Divide in the memory of b.
func (b *Buffer) divide(atoms []Atom) Batch {
	b.sum(atoms)
	conversations := b.conversations[:0]
	for rest := b.flows; len(rest) > 0; {
		first := &rest[0].Key
		x, y := pair(first.Src, first.Dst)
		conversations = append(conversations, Conversation{
			A: packet.Host{Addr: x, Version: first.Version},
			B: packet.Host{Addr: y, Version: first.Version},
		})
		c := &conversations[len(conversations)-1]
		rest = c.Forward.take(rest, x, y, first.Version)
		if x != y {
			rest = c.Back.take(rest, y, x, first.Version)
		}
	}
	b.conversations = conversations
	return Batch{Conversations: conversations, Flows: b.flows, Atoms: atoms}
}

// take makes w the way of the first flows, which are those from src to dst, and returns
// the others.
func (w *Way) take(flows []Flow, src, dst packet.Addr, version uint8) (rest []Flow) {
	n := 0
	for ; n < len(flows) && flows[n].between(src, dst, version); n++ {
		f := &flows[n]
		if n == 0 {
			w.Value, w.TTLMin, w.TTLMax = f.Value, f.TTL, f.TTLMax
			continue
		}
		w.Value.Merge(&f.Value)
		w.TTLMin, w.TTLMax = min(w.TTLMin, f.TTL), max(w.TTLMax, f.TTLMax)
	}
	w.Flows = flows[:n:n]
	return flows[n:]
}

// sum sets b.flows to the sums of atoms, those of a flow being neighbours.
func (b *Buffer) sum(atoms []Atom) {
	flows := b.flows[:0]
	for i := range atoms {
		a := &atoms[i]
		if n := len(flows); n > 0 && a.SameFlow(&flows[n-1].Key) {
			f := &flows[n-1]
			f.Value.Merge(&a.Value)
			f.TTLMax = max(f.TTLMax, a.TTL)
			continue
		}
		flows = append(flows, Flow{a.Key, a.Value, a.TTL})
	}
	b.flows = flows
}

// pair returns the smaller of two addresses and the larger one.
func pair(src, dst packet.Addr) (a, b packet.Addr) {
	if src.Compare(dst) <= 0 {
		return src, dst
	}
	return dst, src
}

// between reports whether k is of packets from src to dst.
func (k *Key) between(src, dst packet.Addr, version uint8) bool {
	return k.Src == src && k.Dst == dst && k.Version == version
}
