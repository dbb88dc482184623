package synth

import (
	"errors"
	"slices"
)

// moments is the sum and the sum of squares of the TTLs of all packets.
type moments struct{ sum, squares int64 }

func (m *moments) add(packets int, ttl uint8) {
	n, t := int64(packets), int64(ttl)
	m.sum += n * t
	m.squares += n * t * t
}

// target returns the moments that n packets must have for the published mean and
// variance, exact to 1/n.
func (c *campus) target(n int64) moments {
	sum := (n*campusTTL.mean + 500) / 1000
	squares := n*campusTTL.variance/1000 + sum*sum/n
	// t² and t have the same parity, so their sums do.
	squares += (squares ^ sum) & 1
	return moments{sum, squares}
}

// solveTTL gives every packet a TTL. Hosts inside, and the heaviest senders,
// have theirs; the hosts outside get an initial TTL and a number of hops, and are
// given others until the moments nearly fit. The rest is two hosts whose path
// changes by one hop towards the end.
func (c *campus) solveTTL() error {
	counts := make([]int, len(c.hosts))
	var have moments
	for i := range c.packets {
		p := &c.packets[i]
		if p.ttl == 0 {
			counts[c.flows[p.flow].src]++
		} else {
			have.add(1, p.ttl)
		}
	}
	c.at64(counts)
	var free []int
	for i := range c.hosts {
		h := &c.hosts[i]
		if counts[i] == 0 {
			continue
		}
		if h.free {
			h.ttl = c.remoteTTL()
			free = append(free, i)
		}
		have.add(counts[i], h.ttl)
	}
	want := c.target(int64(len(c.packets)))
	have = c.approach(want, have, counts, free)
	for i := range c.packets {
		if p := &c.packets[i]; p.ttl == 0 {
			p.ttl = c.hosts[c.flows[p.flow].src].ttl
		}
	}
	return c.settle(want, have, counts, free)
}

// remoteTTL returns the TTL of a host outside, in the proportions that the mean
// and the variance ask for.
func (c *campus) remoteTTL() uint8 {
	hops := uint8(c.r.between(3, 10) + c.r.below(12))
	switch x := c.r.below(1000); {
	case x < 430:
		return 64 - hops
	case x < 945:
		return 128 - hops
	default:
		return 255 - hops
	}
}

// at64 turns desktops inside into ones that begin with 64 until enough packets
// do.
func (c *campus) at64(counts []int) {
	enough := campusTTL.at64 + campusTTL.at64/20
	for i, h := range c.hosts {
		if h.ttl == 64 {
			enough -= counts[i]
		}
	}
	for _, i := range c.clients {
		if enough <= 0 {
			return
		}
		if h := &c.hosts[i]; h.ttl != 64 {
			h.ttl = 64
			enough -= counts[i]
		}
	}
}

// approach redraws the TTLs of free hosts, keeping what brings the moments
// nearer to those wanted, and returns what they came to.
func (c *campus) approach(want, have moments, counts, free []int) moments {
	// The distance is Euclidean: a sum of absolute values has ridges on which no
	// single change helps. Scaled so that the square of any possible distance
	// fits, and one of the sum counts for about what it does to the spread.
	distance := func(m moments) int64 {
		sum := m.sum - want.sum
		spread := ((m.squares - want.squares) - 2*campusTTL.mean/1000*sum) / 8
		return 64*sum*sum + spread*spread
	}
	best := distance(have)
	for range 400_000 {
		if best < 500*500 {
			break
		}
		i := free[c.r.below(len(free))]
		h := &c.hosts[i]
		ttl := c.remoteTTL()
		m := have
		m.add(-counts[i], h.ttl)
		m.add(counts[i], ttl)
		if d := distance(m); d < best {
			best, have, h.ttl = d, m, ttl
		}
	}
	return have
}

var errTTL = errors.New("no assignment of TTLs has the published moments")

// settle changes the TTLs of single packets of two hosts, one with a low TTL and
// one with a high TTL, by one until the moments are exactly those wanted: first
// the sum; then the squares by pairs of packets moved together or apart, which
// leave the sum alone.
func (c *campus) settle(want, have moments, counts, free []int) error {
	low, err := c.path(counts, free, 40, 61)
	if err != nil {
		return err
	}
	high, err := c.path(counts, free, 100, 125)
	if err != nil {
		return err
	}
	a, b := int64(low.ttl), int64(high.ttl)
	step := 2*(b-a) + 2 // what one pair moved apart adds to the squares
	move := func(p *path, by int) {
		have.add(-1, p.ttl)
		have.add(1, uint8(int(p.ttl)+by))
		p.move(c, by)
	}
	for range 1 << 14 {
		sum, squares := want.sum-have.sum, want.squares-have.squares
		spread := squares - 2*campusTTL.mean/1000*sum
		switch {
		case sum == 0 && squares == 0:
			return nil
		case low.left() < 2 || high.left() < 2:
			return errTTL
		case sum > 0 && spread > 0:
			move(high, 1)
		case sum > 0:
			move(low, 1)
		case sum < 0 && spread > 0:
			move(low, -1)
		case sum < 0:
			move(high, -1)
		case squares >= step:
			move(low, -1)
			move(high, 1)
		case squares < 0:
			move(low, 1)
			move(high, -1)
		default: // a pair of one TTL moved apart adds two
			move(low, 1)
			move(low, -1)
		}
	}
	return errTTL
}

// path is the packets of one host, from the last to the first, whose TTL may
// change by one.
type path struct {
	ttl     uint8
	packets []int32
}

// path returns the packets of the free host that has most of those with a TTL
// of lo to hi.
func (c *campus) path(counts, free []int, lo, hi uint8) (*path, error) {
	best := -1
	for _, i := range free {
		if t := c.hosts[i].ttl; t >= lo && t <= hi && (best < 0 || counts[i] > counts[best]) {
			best = i
		}
	}
	if best < 0 {
		return nil, errTTL
	}
	p := &path{ttl: c.hosts[best].ttl}
	for i := range c.packets {
		if f := &c.flows[c.packets[i].flow]; int(f.src) == best && f.ttl == 0 {
			p.packets = append(p.packets, int32(i))
		}
	}
	slices.Reverse(p.packets)
	return p, nil
}

// left returns how many packets can still be moved.
func (p *path) left() int { return len(p.packets) }

// move changes the TTL of the next packet.
func (p *path) move(c *campus, by int) {
	i := p.packets[0]
	p.packets = p.packets[1:]
	c.packets[i].ttl = uint8(int(p.ttl) + by)
}
