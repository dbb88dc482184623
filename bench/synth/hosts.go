package synth

import "encoding/binary"

// host is an address of mixed and headers with what stays the same about it.
type host struct {
	v4    uint32
	ttl   uint8 // as captured: the initial value minus the hops
	flaps bool  // some flows take a path one hop longer
}

// hostPool is the hosts inside the captured network, 10.32.0.0/16, and those
// outside. Low indices are drawn more often.
type hostPool struct {
	local, remote   []host
	localZ, remoteZ *zipf
}

// newHostPool returns n hosts, at least one on each side, a tenth local.
func newHostPool(r *rng, n int) *hostPool {
	locals := min(max(1, n/10), 1<<15)
	p := &hostPool{
		local:  make([]host, locals),
		remote: make([]host, max(1, n-locals)),
	}
	p.localZ, p.remoteZ = newZipf(len(p.local)), newZipf(len(p.remote))
	key := r.u32()
	for i := range p.local {
		// An odd factor permutes the sixteen host bits.
		p.local[i] = host{v4: 10<<24 | 32<<16 | (uint32(i)*40503+key)&0xffff, ttl: initialTTL(r) - uint8(r.below(2))}
	}
	next := uint32(0)
	for i := range p.remote {
		p.remote[i] = host{
			v4:    nextPublic(&next, key),
			ttl:   initialTTL(r) - uint8(r.between(4, 24)),
			flaps: r.chance(60),
		}
	}
	return p
}

// initialTTL returns what an operating system starts with: Linux and other
// Unixes 64, Windows 128, routers 255.
func initialTTL(r *rng) uint8 {
	switch x := r.below(100); {
	case x < 58:
		return 64
	case x < 95:
		return 128
	default:
		return 255
	}
}

// nextPublic returns the next of a sequence of distinct public unicast
// addresses that key selects; n is its state.
func nextPublic(n *uint32, key uint32) uint32 {
	for {
		a := spread(*n, key)
		*n++
		if isPublic(a) {
			return a
		}
	}
}

// isPublic reports whether a is ordinary unicast space: none of the special
// blocks of RFC 6890, no multicast, and no network or broadcast look to it.
func isPublic(a uint32) bool {
	switch first, second := a>>24, a>>16&0xff; {
	case first == 0, first == 10, first == 127, first >= 224,
		first == 100 && second&0xc0 == 64,
		first == 169 && second == 254,
		first == 172 && second&0xf0 == 16,
		first == 192 && (second == 0 || second == 88 || second == 168),
		first == 198 && (second == 18 || second == 19 || second == 51),
		first == 203 && second == 0:
		return false
	}
	return a&0xff != 0 && a&0xff != 0xff
}

// routerMAC is the captured network's way out: every remote address is behind it.
var routerMAC = [6]byte{0x02, 0, 0, 0, 0, 0x01}

// newEndpoint returns the endpoint of an IPv4 address, local or behind the
// router. A station's MAC address and IPv6 address carry its IPv4 address; the
// IPv6 addresses are from the block for documentation (RFC 3849).
func newEndpoint(v4 uint32, local bool, port uint16) endpoint {
	e := endpoint{mac: routerMAC, v4: v4, port: port}
	binary.BigEndian.PutUint32(e.v6[:], 0x20010db8)
	binary.BigEndian.PutUint32(e.v6[12:], v4)
	if local {
		e.mac = [6]byte{0x02, 0x10}
		binary.BigEndian.PutUint32(e.mac[2:], v4)
		e.v6[5] = 0x32
	} else {
		e.v6[5] = byte(v4 >> 24)
	}
	return e
}
