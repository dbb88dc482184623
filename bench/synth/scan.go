package synth

import "math/bits"

// A scan probes 2^20 addresses on 2^12 ports: packet n aims at the address in
// the low bits of spread(n) and the port in its high bits. spread is a bijection,
// so no two packets have the same target and every one is a new flow.
const (
	scanAddressBits = 20
	scanPortBits    = 32 - scanAddressBits
)

// scanNets are the first halves of the sixteen /16 networks probed.
var scanNets = [1 << (scanAddressBits - 16)]uint32{
	147<<8 | 32, 147<<8 | 33, 147<<8 | 228, 147<<8 | 229, 147<<8 | 230, 147<<8 | 231, 147<<8 | 251, 146<<8 | 102,
	158<<8 | 194, 158<<8 | 196, 160<<8 | 216, 160<<8 | 217, 195<<8 | 113, 195<<8 | 178, 193<<8 | 84, 78<<8 | 128,
}

type scanner struct {
	v4  uint32
	ttl uint8
}

func writeScan(w *writer, o Options) error {
	r := newRNG(o.Seed, 1)
	key := r.u32()
	sources := make([]scanner, o.Hosts)
	next := uint32(0)
	for i := range sources {
		sources[i] = scanner{v4: nextPublic(&next, ^key), ttl: initialTTL(r) - uint8(r.between(6, 26))}
	}
	c := newClock(newRNG(o.Seed, 2), o.Packets)
	p := newPayload()
	s := segment{flags: flagSYN}
	src, dst := newEndpoint(0, false, 0), newEndpoint(0, true, 0)
	base := newTemplate(&src, &dst, protoTCP, false, 0)
	for n := 0; n < o.Packets && w.err == nil; n++ {
		x := r.u64()
		// The product of two uniform numbers: few sources send most probes.
		hi, _ := bits.Mul64((x>>32)*(x&0xffffffff), uint64(len(sources)))
		from := &sources[hi]
		target := spread(uint32(n), key)
		to := scanNets[target>>16&0xf]<<16 | target&0xffff
		s.seq, s.id, s.ttl = uint32(x), uint16(x>>20), from.ttl
		t := base
		t.retarget(from.v4, to, uint16(32768+x>>44&0x6fff), scanPort(target>>scanAddressBits))
		frame := w.frame()
		w.commit(c.tick(), t.fill(frame, &s, p, w.snap))
	}
	return nil
}

// scanPort returns port i of those probed: all system ports and every
// sixteenth-odd beyond, 2^scanPortBits in all, each once.
func scanPort(i uint32) uint16 {
	if i < 1024 {
		return uint16(i)
	}
	return uint16(1024 + (i-1024)*21)
}
