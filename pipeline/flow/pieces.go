package flow

import (
	"slices"

	"github.com/capfold/capfold/pipeline/packet"
)

// Buffer is memory for what is made of a shard, to be used again for another one. The zero
// Buffer is ready to use; one goroutine at a time may.
type Buffer struct {
	conversations []Conversation
	extents       []extent // of conversations
	flows         []Flow
	mixed         []Atom
	sorter        sorter
}

// extent says where the flows of a conversation are. They begin where those of the
// conversation before it end.
type extent struct {
	back int // where the flows back begin
	end  int
}

// pieceLen is about how many atoms are handed on at a time: few enough that they, and what
// hosts have for them, stay in the first-level cache. Half as many make no difference. There
// are more if a single conversation has more.
const pieceLen = 1 << 8

// pieces puts conversations together out of atoms in order, the parts of an atom one after
// the other, and hands them on.
type pieces struct {
	*Buffer
	length int // of a piece, about
	atoms  int // of the piece
	yield  func(b Batch, atoms int) bool
	ended  bool
}

func newPieces(buf *Buffer, length int, yield func(b Batch, atoms int) bool) *pieces {
	p := &pieces{Buffer: buf, length: length, yield: yield}
	p.clear()
	return p
}

func (p *pieces) clear() {
	p.conversations, p.extents, p.flows, p.mixed = p.conversations[:0], p.extents[:0], p.flows[:0], p.mixed[:0]
	p.atoms = 0
}

// add adds a part of an atom, and reports whether more are wanted.
func (p *pieces) add(a *Atom) bool {
	begins := true
	if n := len(p.flows); n > 0 {
		last := &p.flows[n-1].Key
		if last.SameFlow(&a.Key) {
			p.more(a.TTL, &a.Value)
			return true
		}
		begins = !sameConversation(last, &a.Key)
	}
	if begins {
		p.begin()
	}
	f := p.flow()
	f.Key, f.Value = a.Key, a.Value
	p.file(begins, a.Src.Compare(a.Dst) > 0)
	return !p.ended
}

// sameConversation reports whether keys have the same unordered pair of hosts.
func sameConversation(x, y *Key) bool {
	return x.Version == y.Version && (x.Src == y.Src && x.Dst == y.Dst || x.Src == y.Dst && x.Dst == y.Src)
}

// loadAhead is how many cells are loaded ahead of their use: so many loads are under way at
// a time. A guess.
const loadAhead = 32

// addPlaces adds what the cells at places have, which are in order.
func addPlaces[K packed](p *pieces, seed *Seed, tables []*atoms[K], places []place) {
	if len(places) == 0 {
		return
	}
	var cells [loadAhead]*cell[K, value]
	last := place{pair: ^places[0].pair}
	for len(places) > 0 && !p.ended {
		n := min(len(places), loadAhead)
		sum := uint64(0)
		for i, at := range places[:n] {
			c := tables[at.table].cell(at.cell)
			cells[i%loadAhead] = c
			sum += uint64(c.value.host)
		}
		sink(sum)
		for i := range places[:n] {
			at, c := &places[i], cells[i%loadAhead]
			differs := at.rest ^ last.rest
			if at.pair == last.pair && differs>>ttlBits == 0 {
				v := tables[at.table].value(seed, c)
				p.more(uint8(at.rest), &v)
				continue
			}
			begins := at.pair != last.pair || differs&other != 0
			if begins {
				p.begin()
			}
			f := p.flow()
			c.key.unpack(&f.Key)
			f.Value = tables[at.table].value(seed, c)
			p.file(begins, at.rest&back != 0)
			last = *at
		}
		places = places[n:]
	}
}

// begin says that a conversation begins: what is there is handed on if it is long enough.
func (p *pieces) begin() {
	if p.atoms >= p.length {
		p.end()
	}
}

// flow returns the next flow, of which the key and the value are to be set.
func (p *pieces) flow() *Flow {
	n := len(p.flows)
	if n == cap(p.flows) {
		p.flows = slices.Grow(p.flows, 1)
	}
	p.flows = p.flows[:n+1]
	return &p.flows[n]
}

// file says that the next flow is set, where it belongs.
func (p *pieces) file(begins, back bool) {
	n := len(p.flows)
	f := &p.flows[n-1]
	f.TTLMax = f.TTL
	p.atoms++
	if begins {
		a, b := f.Src, f.Dst
		if back {
			a, b = b, a
		}
		p.conversations = append(p.conversations, Conversation{
			A: packet.Host{Addr: a, Version: f.Version},
			B: packet.Host{Addr: b, Version: f.Version},
		})
		p.extents = append(p.extents, extent{back: n - 1})
	}
	e := &p.extents[len(p.extents)-1]
	e.end = n
	if !back {
		e.back = n
	}
}

// more adds a part of an atom to the latest flow: of its latest atom, or of another one,
// of a larger TTL.
func (p *pieces) more(ttl uint8, v *Value) {
	f := &p.flows[len(p.flows)-1]
	switch {
	case ttl != f.TTLMax:
		if !f.Mixed() {
			p.mixed = append(p.mixed, Atom{f.Key, f.Value})
		}
		k := f.Key
		k.TTL = ttl
		p.mixed = append(p.mixed, Atom{k, *v})
		f.TTLMax = ttl
		p.atoms++
	case f.Mixed():
		p.mixed[len(p.mixed)-1].Value.Merge(v)
	}
	f.Value.Merge(v)
}

// end hands on what is there.
func (p *pieces) end() {
	if len(p.flows) > 0 && !p.ended {
		p.ended = !p.yield(p.batch(), p.atoms)
	}
	p.clear()
}

// batch returns the batch of what is there.
func (p *pieces) batch() Batch {
	from := 0
	for i := range p.conversations {
		c, e := &p.conversations[i], p.extents[i]
		c.Forward.sum(p.flows[from:e.back:e.back])
		c.Back.sum(p.flows[e.back:e.end:e.end])
		from = e.end
	}
	return Batch{Conversations: p.conversations, Flows: p.flows, Mixed: p.mixed}
}

// sum makes w the way of flows.
func (w *Way) sum(flows []Flow) {
	w.Flows = flows
	for i := range flows {
		f := &flows[i]
		if i == 0 {
			w.Value, w.TTLMin, w.TTLMax = f.Value, f.TTL, f.TTLMax
			continue
		}
		w.Value.Merge(&f.Value)
		w.TTLMin, w.TTLMax = min(w.TTLMin, f.TTL), max(w.TTLMax, f.TTLMax)
	}
}
