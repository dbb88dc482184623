package capture

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// builder writes classic captures, for tests that need them wrong.
type builder struct {
	order  byteOrder
	out    []byte
	starts []int // where records begin
}

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// newBuilder begins a capture with a magic number in the given byte order and a link type.
func newBuilder(order byteOrder, magic, link uint32) *builder {
	b := &builder{order: order}
	b.out = order.AppendUint32(b.out, magic)
	b.out = order.AppendUint16(b.out, 2)
	b.out = order.AppendUint16(b.out, 4)
	b.out = append(b.out, make([]byte, 8)...) // time zone and accuracy
	b.out = order.AppendUint32(b.out, 1<<18)
	b.out = order.AppendUint32(b.out, link)
	return b
}

// newPcap begins what most captures are: microseconds, little-endian, Ethernet.
func newPcap() *builder { return newBuilder(binary.LittleEndian, pcapMicros, 1) }

// raw appends a record with any header.
func (b *builder) raw(seconds, fraction, captured, original uint32, body []byte) *builder {
	b.starts = append(b.starts, len(b.out))
	for _, v := range []uint32{seconds, fraction, captured, original} {
		b.out = b.order.AppendUint32(b.out, v)
	}
	b.out = append(b.out, body...)
	return b
}

// record appends a whole frame.
func (b *builder) record(seconds, fraction uint32, frame []byte) *builder {
	return b.raw(seconds, fraction, uint32(len(frame)), uint32(len(frame)), frame)
}

// frames appends n frames that differ, with payloads of up to size bytes.
func (b *builder) frames(n, size int) *builder {
	for i := range n {
		b.record(uint32(1e9+i), uint32(i*7), udpFrame(i, make([]byte, i*37%(size+1))))
	}
	return b
}

// edit puts v at an offset of the capture, as a number.
func (b *builder) edit(off int, v uint32) *builder {
	b.order.PutUint32(b.out[off:], v)
	return b
}

// udpFrame is an Ethernet frame of a UDP packet whose ports, addresses and TTL depend on i.
func udpFrame(i int, payload []byte) []byte {
	b := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(min(28+len(payload), 0xffff)))
	b = append(b, 0, 0, 0, 0, byte(i%256), packetUDP, 0, 0)
	b = append(b, 10, 0, byte(i>>8), byte(i), 192, 0, 2, byte(i>>4))
	b = binary.BigEndian.AppendUint16(b, uint16(i))
	b = binary.BigEndian.AppendUint16(b, 53)
	b = binary.BigEndian.AppendUint16(b, uint16(min(8+len(payload), 0xffff)))
	return append(append(b, 0, 0), payload...)
}

const packetUDP = 17

// carrier is a capture of n packets with the given payload, each padded by another
// number of bytes, so that what the payload holds comes at every alignment.
func carrier(n int, payload []byte) *builder {
	b := newPcap()
	for i := range n {
		b.record(uint32(1e9+i), uint32(i), udpFrame(i, append(make([]byte, i*5), payload...)))
	}
	return b
}

type namedCapture struct {
	name string
	data []byte
}

// captures are captures in which the beginning of a record is hard to guess, or whose
// values are at the ends of their ranges. All of them are whole.
func captures() []namedCapture {
	var all []namedCapture
	add := func(name string, b *builder) { all = append(all, namedCapture{name, b.out}) }

	add("no packets", newPcap())
	add("one packet", newPcap().frames(1, 0))
	add("small packets", newPcap().frames(100, 60))
	add("many small packets", newPcap().frames(3000, 60))
	for _, o := range []struct {
		name  string
		order byteOrder
	}{{"little-endian", binary.LittleEndian}, {"big-endian", binary.BigEndian}} {
		add(o.name+" nanoseconds", newBuilder(o.order, pcapNanos, 1).frames(50, 100))
		add(o.name+" microseconds", newBuilder(o.order, pcapMicros, 1).frames(50, 100))
	}
	add("unknown link type", newBuilder(binary.LittleEndian, pcapMicros, 147).frames(30, 20))
	add("check sequence length in the link type", newBuilder(binary.BigEndian, pcapMicros, 1|4<<28|1<<26).frames(30, 20))

	// Captures inside captures: every one of the inner records begins a chain of plausible ones.
	inner := newPcap().frames(12, 30)
	add("capture in a capture", carrier(4, inner.out))
	add("capture in a capture in a capture", carrier(4, carrier(3, inner.out).out))
	add("big-endian capture in a little-endian one", carrier(4, newBuilder(binary.BigEndian, pcapMicros, 1).frames(12, 30).out))
	add("empty records in a capture", carrier(3, emptyRecords(100)))
	add("records of one byte in a capture", carrier(3, bytes.Repeat(append(emptyHeader(1), 0), 60)))
	add("false chain that runs into damage", carrier(3, append(emptyRecords(9), emptyHeader(1<<20)...)))
	add("false chain that claims more than the file", carrier(3, append(emptyRecords(9), emptyHeader(200<<10)...)))
	add("false chain that joins the true one", joiningChain())

	add("payload of zero pages", carrier(8, make([]byte, 8192)))
	zeros := newPcap()
	for range 400 {
		zeros.raw(0, 0, 0, 0, nil)
	}
	add("records of nothing but zeros", zeros)
	empty := newPcap().frames(5, 10)
	for i := range 200 {
		empty.raw(uint32(i), 0, 0, 60, nil)
	}
	add("packets of length 0", empty.frames(5, 10))

	jumbo := newPcap()
	for i, n := range []int{9000, 60, 9000, 64 << 10, 0, 256<<10 - 42, 100, 256<<10 - 42, 9000} {
		jumbo.record(uint32(i), 0, udpFrame(i, make([]byte, n)))
	}
	add("jumbo frames", jumbo)
	add("zeros in frames longer than a split", carrier(3, make([]byte, 200<<10)))
	usb := newBuilder(binary.LittleEndian, pcapMicros, 189).frames(10, 30)
	add("USB transfer", usb.record(1, 1, make([]byte, 700<<10)).frames(10, 30))

	clocks := newPcap()
	for i := range 100 {
		clocks.record([]uint32{0, 1<<32 - 1, 2e9 - uint32(i), 1<<31 - 1, 1}[i%5], 999_999-uint32(i), udpFrame(i, nil))
	}
	add("clocks that run backwards, from 1970 to 2106", clocks)
	odd := newPcap()
	for i := range 60 {
		frame := udpFrame(i, make([]byte, 30))
		odd.raw(1, 1<<32-1, uint32(len(frame)), 1, frame)                   // fraction too large, captured more than there was
		odd.raw(1<<32-1, 1<<32-1, uint32(len(frame)), 1<<32-1, frame)       // original length beyond what is plausible
		odd.raw(1, 5, uint32(10+i%40), uint32(len(frame)), frame[:10+i%40]) // cut to a snap length
	}
	add("headers that are possible but not plausible", odd)
	return all
}

// emptyHeader is the header of a plausible record that has captured n bytes.
func emptyHeader(n uint32) []byte {
	var h []byte
	for _, v := range []uint32{1, 1, n, max(60, n)} {
		h = binary.LittleEndian.AppendUint32(h, v)
	}
	return h
}

func emptyRecords(n int) []byte { return bytes.Repeat(emptyHeader(0), n) }

// joiningChain is a capture with a payload in which false records begin whose last one
// ends where a true record does.
func joiningChain() *builder {
	b := newPcap()
	for i := range 3 {
		tail := make([]byte, 40)
		b.record(uint32(i), 0, udpFrame(i, slices.Concat(emptyRecords(9), emptyHeader(uint32(len(tail))), tail)))
		b.frames(12, 20)
	}
	return b
}
