package xz

// maxUnpacked is the length of what a chunk decompresses to, at most.
const maxUnpacked = 1 << 21

// longWindow is how long a window is made at once, since growing would leave behind what
// it was before.
const longWindow = 16 << 20

// window is what has been decompressed, as far back as it is needed.
type window struct {
	buf   []byte
	size  int // of the dictionary, by the block's header
	start int // in buf: where the dictionary begins
	read  int // in buf: what Read has returned
	end   int // in buf: what there is
	zero  int // in buf, perhaps in front of it: where positions count from
}

// open begins a block. It keeps the memory.
func (w *window) open(size int) {
	*w = window{buf: w.buf, size: size}
}

// reset begins a dictionary.
func (w *window) reset() { w.start, w.zero = w.end, w.end }

// room makes room for n more bytes, when all that there is has been read. Memory grows
// with what is decompressed, not with what the header says: the pages of a long window
// that are not written are none yet.
func (w *window) room(n int) {
	if w.end+n <= len(w.buf) {
		return
	}
	slack := max(min(w.size, 8*maxUnpacked), maxUnpacked)
	if full := w.size + slack; len(w.buf) < full {
		grown := max(w.end+n, min(4*len(w.buf), full))
		if grown > longWindow {
			grown = max(w.end+n, full)
		}
		buf := make([]byte, grown)
		copy(buf, w.buf[:w.end])
		w.buf = buf
		return
	}
	keep := min(w.end-w.start, w.size)
	cut := w.end - keep
	copy(w.buf, w.buf[cut:w.end])
	w.start, w.read, w.end, w.zero = 0, keep, keep, w.zero-cut
}
