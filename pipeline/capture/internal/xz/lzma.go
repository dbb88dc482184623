package xz

const (
	states       = 12
	firstRepeat  = 7 // states below follow a literal
	posStates    = 16
	minMatch     = 2
	maxMatch     = 273
	lenStates    = 4 // of distances, by length
	slotBits     = 6
	firstModel   = 4  // slots below are distances
	firstAlign   = 14 // slots from here on have direct bits
	alignBits    = 4
	distances    = 1<<(firstAlign/2) - firstAlign + 1
	literalProbs = 0x300
	maxLiterals  = 1 << 4 // sets of probabilities
)

// lengths is the model of the lengths of matches or of repeats.
type lengths struct {
	choice [2]prob
	low    [posStates][8]prob
	mid    [posStates][8]prob
	high   [256]prob
}

// model is what the symbols so far make likely.
type model struct {
	match      [states * posStates]prob
	repeat     [states]prob
	repeat0    [states]prob
	repeat1    [states]prob
	repeat2    [states]prob
	long       [states * posStates]prob
	slots      [lenStates][1 << slotBits]prob
	distances  [distances]prob
	align      [1 << alignBits]prob
	matchLen   lengths
	repeatLen  lengths
	literals   [maxLiterals][literalProbs]prob
	state      uint32
	rep        [4]uint32 // the latest distances, less 1
	lc, lp, pb uint32
}

func fill(p []prob) {
	for i := range p {
		p[i] = probStart
	}
}

func (l *lengths) reset() {
	fill(l.choice[:])
	for i := range posStates {
		fill(l.low[i][:])
		fill(l.mid[i][:])
	}
	fill(l.high[:])
}

// reset forgets all that was learnt, but not the properties.
func (m *model) reset() {
	fill(m.match[:])
	fill(m.repeat[:])
	fill(m.repeat0[:])
	fill(m.repeat1[:])
	fill(m.repeat2[:])
	fill(m.long[:])
	for i := range m.slots {
		fill(m.slots[i][:])
	}
	fill(m.distances[:])
	fill(m.align[:])
	m.matchLen.reset()
	m.repeatLen.reset()
	for i := range m.literals[:1<<(m.lc+m.lp)] {
		fill(m.literals[i][:])
	}
	m.state, m.rep = 0, [4]uint32{}
}

// properties sets how contexts are made from positions and bytes.
func (m *model) properties(b byte) bool {
	m.lc, m.lp, m.pb = uint32(b%9), uint32(b/9%5), uint32(b/45)
	return m.pb <= 4 && m.lc+m.lp <= 4
}

// literal reads a byte.
func (r rangeDecoder) literal(p *[literalProbs]prob) (rangeDecoder, byte) {
	var zero uint32
	s := uint32(1)
	for s < 1<<8 {
		q := &p[s]
		r, zero = r.normalize().choose(q)
		s = learn(q, zero, s)
	}
	return r, byte(s)
}

// unlike reads a byte behind a match, with the one that would have continued it.
func (r rangeDecoder) unlike(p *[literalProbs]prob, match byte) (rangeDecoder, byte) {
	var zero uint32
	s := uint32(1)
	m := uint32(match)
	offset := uint32(1 << 8)
	for s < 1<<8 {
		m <<= 1
		same := m & offset
		q := &p[(offset+same+s)%literalProbs]
		r, zero = r.normalize().choose(q)
		offset &= same ^ zero
		s = learn(q, zero, s)
	}
	return r, byte(s)
}

// length reads a length less minMatch.
func (r rangeDecoder) length(l *lengths, posState uint32) (rangeDecoder, uint32) {
	r, bit := r.normalize().bit(&l.choice[0])
	if !bit {
		return r.three(&l.low[posState%posStates], 0)
	}
	if r, bit = r.normalize().bit(&l.choice[1]); !bit {
		return r.three(&l.mid[posState%posStates], 8)
	}
	var zero uint32
	s := uint32(1)
	for s < 1<<8 {
		q := &l.high[s]
		r, zero = r.normalize().choose(q)
		s = learn(q, zero, s)
	}
	return r, s - 1<<8 + 16
}

func (r rangeDecoder) three(p *[8]prob, base uint32) (rangeDecoder, uint32) {
	var zero uint32
	s := uint32(1)
	for s < 8 {
		q := &p[s]
		r, zero = r.normalize().choose(q)
		s = learn(q, zero, s)
	}
	return r, s - 8 + base
}

// distance reads a distance less 1.
func (r rangeDecoder) distance(m *model, length uint32) (rangeDecoder, uint32) {
	var zero uint32
	p := &m.slots[min(length, lenStates-1)]
	s := uint32(1)
	for s < 1<<slotBits {
		q := &p[s]
		r, zero = r.normalize().choose(q)
		s = learn(q, zero, s)
	}
	slot := s - 1<<slotBits
	if slot < firstModel {
		return r, slot
	}
	n := slot/2 - 1
	d := (2 | slot&1) << n
	reverse := m.distances[:]
	base := d - slot
	if slot >= firstAlign {
		high := uint32(0)
		for range n - alignBits {
			r = r.normalize()
			r.rng >>= 1
			r.code -= r.rng
			mask := -(r.code >> 31)
			r.code += r.rng & mask
			high = high<<1 + 1 + mask
		}
		d += high << alignBits
		reverse, base, n = m.align[:], 0, alignBits
	}
	s = 1
	for i := range n {
		q := &reverse[base+s]
		r, zero = r.normalize().choose(q)
		s = learn(q, zero, s)
		d += s & 1 << i
	}
	return r, d
}
