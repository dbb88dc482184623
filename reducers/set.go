package reducers

import (
	"cmp"
	"slices"

	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
)

// set is a set of keys, with open addressing. The zero K is none of them.
type set[K comparable] struct {
	hash  func(K) uint64
	slots []K
	n     int
}

func (s *set[K]) add(key K) {
	if 4*s.n >= 3*len(s.slots) {
		s.grow()
	}
	mask := uint64(len(s.slots) - 1)
	for i := s.hash(key) & mask; s.slots[i] != key; i = (i + 1) & mask {
		if s.slots[i] == *new(K) {
			s.slots[i] = key
			s.n++
			return
		}
	}
}

func (s *set[K]) grow() {
	old := s.slots
	s.slots, s.n = make([]K, max(minSlots, 2*len(old))), 0
	for _, key := range old {
		if key != *new(K) {
			s.add(key)
		}
	}
}

func (s *set[K]) each(f func(K)) {
	for _, key := range s.slots {
		if key != *new(K) {
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

func newPortHosts() portHosts {
	secret := newSecret()
	return portHosts{
		v4: set[uint64]{hash: func(k uint64) uint64 { return flow.Mix(k^secret[0], secret[1]|1) }},
		v6: set[PortHost]{hash: func(k PortHost) uint64 { return hashHost(&secret, k.Host) + uint64(k.Port)*secret[1] }},
	}
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
func (s *portHosts) held() int64 { return sliceLen(s.v4.slots) + sliceLen(s.v6.slots) }
