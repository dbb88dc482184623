package reducers

import (
	"cmp"
	"slices"

	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/slab"
)

// set is a set of keys, with open addressing. The zero K is none of them.
type set[K comparable] struct {
	hash  func(K) uint64
	slots slots[K]
	n     int
	slabs *slab.Pool // where slots come from
}

func (s *set[K]) add(key K) {
	if 4*s.n >= 3*s.slots.n {
		s.grow()
	}
	for i := uint32(s.hash(key)); ; i++ {
		switch slot := s.slots.at(i); *slot {
		case key:
			return
		case *new(K):
			*slot = key
			s.n++
			return
		}
	}
}

func (s *set[K]) grow() {
	old := s.slots
	s.slots, s.n = makeSlots[K](s.slabs, old.n), 0
	for i := range old.n {
		if key := *old.at(uint32(i)); key != *new(K) {
			s.add(key)
		}
	}
	old.free(s.slabs)
}

func (s *set[K]) each(f func(K)) {
	for i := range s.slots.n {
		if key := *s.slots.at(uint32(i)); key != *new(K) {
			f(key)
		}
	}
}

// PortHost is a host that sent from or received at a port.
type PortHost struct {
	Port uint16
	Host packet.Host
}

func (p PortHost) compare(o PortHost) int {
	if c := cmp.Compare(p.Port, o.Port); c != 0 {
		return c
	}
	return p.Host.Compare(o.Host)
}

// portHosts is a set of hosts of ports. Those of IPv4, which most are, take a word each.
type portHosts struct {
	v4   set[uint64] // see add
	v6   set[PortHost]
	last PortHost // that was added
}

// newPortHosts returns an empty set that has its memory from slabs.
func newPortHosts(slabs *slab.Pool) portHosts {
	secret := newSecret()
	return portHosts{
		v4: set[uint64]{
			hash:  func(k uint64) uint64 { return flow.Mix(k^secret[0], secret[1]|1) },
			slabs: slabs,
		},
		v6: set[PortHost]{
			hash:  func(k PortHost) uint64 { return hashHost(&secret, k.Host) + uint64(k.Port)*secret[1] },
			slabs: slabs,
		},
	}
}

// free gives the memory of the set back, which is empty then.
func (s *portHosts) free() {
	s.v4.slots.free(s.v4.slabs)
	s.v6.slots.free(s.v6.slabs)
	*s = newPortHosts(s.v4.slabs)
}

func (s *portHosts) add(k PortHost) {
	if k == s.last { // as nearly always where flows have a port in common
		return
	}
	s.last = k
	if k.Host.Version == 4 {
		s.v4.add(1<<63 | uint64(k.Port)<<32 | uint64(k.Host.Addr.As4()))
	} else {
		s.v6.add(k)
	}
}

// each calls f with every host of a port, in no order.
func (s *portHosts) each(f func(PortHost)) {
	s.v4.each(func(k uint64) { f(PortHost{uint16(k >> 32), packet.Host{Addr: packet.Addr4(uint32(k)), Version: 4}}) })
	s.v6.each(f)
}

// sorted returns the set in order.
func (s *portHosts) sorted() []PortHost {
	keys := make([]PortHost, 0, s.v4.n+s.v6.n)
	s.each(func(k PortHost) { keys = append(keys, k) })
	slices.SortFunc(keys, PortHost.compare)
	return keys
}

// held returns how many bytes the set takes.
func (s *portHosts) held() int64 { return s.v4.slots.held() + s.v6.slots.held() }
