package xz

import "errors"

var errCorrupt = errors.New("corrupt LZMA2 data")

// decode appends the n bytes that a compressed chunk of a length makes to the window.
func (m *model) decode(w *window, in *input, length, n int) error {
	buf := w.buf[:w.end+n]
	start, end := w.start, w.end
	r := begin(in)
	state := m.state
	rep0, rep1, rep2, rep3 := m.rep[0], m.rep[1], m.rep[2], m.rep[3]
	posMask, litMask := uint32(1)<<m.pb-1, uint32(1)<<m.lp-1
	lc := m.lc
	for end < len(buf) {
		if int(r.at) > length {
			return errCorrupt
		}
		pos := uint32(end - w.zero)
		posState := pos & posMask
		var bit bool
		if r, bit = r.normalize().bit(&m.match[state*posStates+posState]); !bit {
			prev := uint32(0)
			if end > start {
				prev = uint32(buf[end-1])
			}
			p := &m.literals[(pos&litMask<<lc+prev>>(8-lc))%maxLiterals]
			if state < firstRepeat {
				r, buf[end] = r.literal(p)
				state = max(state, 3) - 3
			} else {
				if uint(rep0) >= uint(end-start) {
					return errCorrupt
				}
				from := end - int(rep0) - 1
				r, buf[end] = r.unlike(p, buf[from])
				state -= 3
				if state >= firstRepeat {
					state -= 3
				}
			}
			end++
			continue
		}
		var size uint32
		if r, bit = r.normalize().bit(&m.repeat[state]); !bit {
			rep3, rep2, rep1 = rep2, rep1, rep0
			r, size = r.length(&m.matchLen, posState)
			r, rep0 = r.distance(m, size)
			state = 7 + 3*b2u(state >= firstRepeat)
		} else {
			if r, bit = r.normalize().bit(&m.repeat0[state]); !bit {
				if r, bit = r.normalize().bit(&m.long[state*posStates+posState]); !bit {
					if uint(rep0) >= uint(end-start) {
						return errCorrupt
					}
					from := end - int(rep0) - 1
					buf[end] = buf[from]
					end++
					state = 9 + 2*b2u(state >= firstRepeat)
					continue
				}
			} else if r, bit = r.normalize().bit(&m.repeat1[state]); !bit {
				rep0, rep1 = rep1, rep0
			} else if r, bit = r.normalize().bit(&m.repeat2[state]); !bit {
				rep0, rep1, rep2 = rep2, rep0, rep1
			} else {
				rep0, rep1, rep2, rep3 = rep3, rep0, rep1, rep2
			}
			r, size = r.length(&m.repeatLen, posState)
			state = 8 + 3*b2u(state >= firstRepeat)
		}
		size += minMatch
		if uint(rep0) >= uint(min(end-start, w.size)) || int(size) > len(buf)-end {
			return errCorrupt
		}
		match(buf, end, int(rep0)+1, int(size))
		end += int(size)
	}
	r = r.normalize()
	if int(r.at) != length || r.code != 0 {
		return errCorrupt
	}
	w.end = end
	m.state = state
	m.rep = [4]uint32{rep0, rep1, rep2, rep3}
	return nil
}

func b2u(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// match appends n bytes that are at a distance from the end of what is in buf.
func match(buf []byte, end, distance, n int) {
	from := end - distance
	for to := buf[end : end+n]; len(to) > 0; {
		c := copy(to, buf[from:end])
		to = to[c:]
		end += c
	}
}
