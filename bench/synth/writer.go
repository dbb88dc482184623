package synth

import (
	"encoding/binary"
	"io"
)

const (
	fileHeaderLen   = 24
	recordHeaderLen = 16

	// maxFrame bounds what a template may write: an Ethernet frame with a VLAN
	// tag and a 1500 byte packet, and room to spare.
	maxFrame = 2048

	// maxSnapLen is the largest snap length readers accept (tcpdump's limit).
	maxSnapLen = 262144

	writeBuffer = 1 << 20
)

// writer writes pcap records through one reused buffer. The first error stays
// in err; later frames are then counted but go nowhere, and the generators stop
// at their next look.
type writer struct {
	out   io.Writer
	buf   []byte
	pos   int
	snap  int
	stats Stats
	err   error
}

// newWriter returns a writer that has buffered the file header.
func newWriter(out io.Writer, snap int) *writer {
	w := &writer{out: out, buf: make([]byte, writeBuffer), snap: snap}
	h := w.buf[:fileHeaderLen]
	binary.LittleEndian.PutUint32(h[0:], 0xa1b2c3d4) // microseconds
	binary.LittleEndian.PutUint16(h[4:], 2)          // version 2.4
	binary.LittleEndian.PutUint16(h[6:], 4)
	binary.LittleEndian.PutUint32(h[16:], uint32(snap))
	binary.LittleEndian.PutUint32(h[20:], 1) // LINKTYPE_ETHERNET
	w.pos = fileHeaderLen
	w.stats.Bytes = fileHeaderLen
	return w
}

// frame returns room for one frame of at most maxFrame bytes, to be filled
// before commit. It holds whatever an earlier frame left there.
func (w *writer) frame() []byte {
	if len(w.buf)-w.pos < recordHeaderLen+maxFrame {
		w.flush()
	}
	at := w.pos + recordHeaderLen
	return w.buf[at : at+maxFrame : at+maxFrame]
}

// commit writes the record of the frame filled last, wire bytes long and seen
// at micros since the epoch; beyond the snap length it is cut off.
func (w *writer) commit(micros int64, wire int) {
	captured := min(wire, w.snap)
	h := w.buf[w.pos : w.pos+recordHeaderLen : w.pos+recordHeaderLen]
	binary.LittleEndian.PutUint32(h[0:], uint32(micros/1e6))
	binary.LittleEndian.PutUint32(h[4:], uint32(micros%1e6))
	binary.LittleEndian.PutUint32(h[8:], uint32(captured))
	binary.LittleEndian.PutUint32(h[12:], uint32(wire))
	w.pos += recordHeaderLen + captured
	w.stats.Packets++
	w.stats.Bytes += int64(recordHeaderLen + captured)
	w.stats.WireBytes += int64(wire)
}

// flush hands the buffered bytes to out.
func (w *writer) flush() {
	if w.err == nil {
		_, w.err = w.out.Write(w.buf[:w.pos])
	}
	w.pos = 0
}
