package capture

import (
	"encoding/binary"
	"slices"
)

// ngBuilder writes pcapng captures, for tests that need them wrong or strange.
type ngBuilder struct {
	order  byteOrder
	out    []byte
	starts []int // where blocks begin
}

// newPcapng begins a section.
func newPcapng(order byteOrder) *ngBuilder { return (&ngBuilder{}).section(order) }

// numbers are fields of a block: uint16, uint32, uint64, or bytes as they are.
func (b *ngBuilder) append(out []byte, numbers ...any) []byte {
	for _, n := range numbers {
		switch n := n.(type) {
		case uint16:
			out = b.order.AppendUint16(out, n)
		case uint32:
			out = b.order.AppendUint32(out, n)
		case uint64:
			out = b.order.AppendUint64(out, n)
		case []byte:
			out = append(out, n...)
		default:
			panic(n)
		}
	}
	return out
}

// block appends a block of the fields, padded.
func (b *ngBuilder) block(kind uint32, fields ...any) *ngBuilder {
	body := padded(b.append(nil, fields...))
	length := uint32(len(body) + 12)
	b.starts = append(b.starts, len(b.out))
	b.out = b.append(b.out, kind, length, body, length)
	return b
}

func padded(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }

// option returns an option, padded.
func (b *ngBuilder) option(code uint16, value ...any) []byte {
	v := b.append(nil, value...)
	return padded(b.append(nil, code, uint16(len(v)), v))
}

// section appends the header of a section with a comment of odd length.
func (b *ngBuilder) section(order byteOrder) *ngBuilder {
	b.order = order
	return b.block(ngSection, uint32(byteOrderMark), uint16(1), uint16(0), ^uint64(0), b.option(1, []byte("a comment")), b.option(0))
}

// iface appends an interface description.
func (b *ngBuilder) iface(link uint16, snap uint32, options ...[]byte) *ngBuilder {
	return b.block(ngInterface, link, uint16(0), snap, slices.Concat(options...))
}

// enhanced appends an enhanced packet block.
func (b *ngBuilder) enhanced(id uint32, ticks uint64, frame []byte, original int, options ...[]byte) *ngBuilder {
	return b.block(ngEnhanced, id, uint32(ticks>>32), uint32(ticks), uint32(len(frame)), uint32(original),
		padded(slices.Clone(frame)), slices.Concat(options...))
}

// old appends an old packet block.
func (b *ngBuilder) old(id, drops uint16, ticks uint64, frame []byte) *ngBuilder {
	return b.block(ngOldPacket, id, drops, uint32(ticks>>32), uint32(ticks), uint32(len(frame)), uint32(len(frame)), padded(slices.Clone(frame)))
}

// simple appends a simple packet block.
func (b *ngBuilder) simple(frame []byte, original int) *ngBuilder {
	return b.block(ngSimple, uint32(original), frame)
}

// frames appends n packets of interface 0 that differ, with payloads of up to size bytes.
func (b *ngBuilder) frames(n, size int) *ngBuilder {
	for i := range n {
		f := udpFrame(i, make([]byte, i*37%(size+1)))
		b.enhanced(0, 1e15+uint64(i), f, len(f))
	}
	return b
}

// edit puts v at an offset of the capture, as a number.
func (b *ngBuilder) edit(off int, v uint32) *ngBuilder {
	b.order.PutUint32(b.out[off:], v)
	return b
}

// ngEthernet begins a capture of one Ethernet interface.
func ngEthernet() *ngBuilder { return newPcapng(binary.LittleEndian).iface(1, 0) }

// ngCarrier is a capture of n packets with the given payload.
func ngCarrier(n int, payload []byte) *ngBuilder {
	b := ngEthernet()
	for i := range n {
		f := udpFrame(i, append(make([]byte, i*5), payload...))
		b.enhanced(0, uint64(i), f, len(f))
	}
	return b
}

// ngZoo appends a section with blocks of all kinds.
func (b *ngBuilder) zoo(order byteOrder) *ngBuilder {
	b.section(order)
	b.iface(1, 60, b.option(2, []byte("eth0")), b.option(9, []byte{9}), b.option(0))
	b.iface(101, 0, b.option(9, []byte{0x80 | 20}), b.option(14, uint64(1<<63)))
	b.iface(147, 1<<16, b.option(9, []byte{0x7f}), b.option(14, ^uint64(99)))
	for i := range 12 {
		f := udpFrame(i, make([]byte, i))
		b.enhanced(uint32(i%3), uint64(i)<<50, f[:len(f)-i], len(f), b.option(2, uint32(0)), b.option(1, []byte("odd")))
		b.old(uint16(i%3), []uint16{0, 5, 0xffff}[i%3], 1e9, f)
		b.simple(f[:min(60, len(f))], len(f))
		b.simple(nil, 0)
		b.enhanced(0, 0, nil, 60).enhanced(0, 1, nil, 0)
		switch i {
		case 2:
			b.block(0xbad, uint32(32473), []byte("custom")).block(0x40000bad, uint32(32473))
		case 4:
			b.block(4711, make([]byte, 100)).block(0).block(1<<31, []byte("local"))
		case 6:
			b.block(4, uint16(1), uint16(9), []byte("\x7f\x00\x00\x01host\x00\x00\x00\x00"), uint32(0))
			b.block(9, []byte("__REALTIME_TIMESTAMP=0\n")).block(10, uint32(0x544c534b), uint32(4), []byte("keys"))
		case 8, 10:
			b.block(5, uint32(1), uint64(0), b.option(4, uint64(100)), b.option(5, uint64(i)), b.option(7, uint64(3)))
			b.block(5, uint32(0), uint64(0), b.option(5, uint64(20-i))) // runs backwards
			b.block(5, uint32(99), uint64(0), b.option(5, uint64(1)))
		}
	}
	return b
}

// ngCaptures are pcapng captures that are whole.
func ngCaptures() []namedCapture {
	le, be := binary.LittleEndian, binary.BigEndian
	var all []namedCapture
	add := func(name string, b *ngBuilder) { all = append(all, namedCapture{name, b.out}) }

	add("nothing but a section header", newPcapng(be))
	add("no packets", ngEthernet())
	add("one packet", ngEthernet().frames(1, 0))
	add("small packets", ngEthernet().frames(100, 60))
	add("big-endian", newPcapng(be).iface(1, 0).frames(50, 100))
	add("blocks of all kinds", (&ngBuilder{}).zoo(le))
	add("sections of both byte orders", (&ngBuilder{}).zoo(be).zoo(le).zoo(le).zoo(be))
	add("sections of one packet", func() *ngBuilder {
		b := newPcapng(be).iface(1, 0).frames(1, 9)
		for i := range 20 {
			b.section([]byteOrder{le, be}[i%2]).iface(1, 0).frames(1, i)
		}
		return b
	}())
	add("interfaces in the middle", func() *ngBuilder {
		b := ngEthernet()
		for i := range 40 {
			f := udpFrame(i, make([]byte, 20))
			b.frames(3, 20).iface(uint16(i), 0, b.option(9, []byte{byte(i)})).enhanced(uint32(i+1), 1e15, f, len(f))
		}
		return b
	}())
	add("statistics all the time", func() *ngBuilder {
		b := ngEthernet().iface(1, 0)
		for i := range 60 {
			b.frames(2, 20).block(5, uint32(i%2), uint64(0), b.option(5, uint64(i)), b.option(7, uint64(i%7)))
		}
		return b.block(5, uint32(1), uint64(0), b.option(5, uint64(1<<63))).block(5, uint32(0), uint64(0), b.option(5, ^uint64(0)), b.option(7, uint64(1)))
	}())
	add("lengths without the padding", func() *ngBuilder {
		b := ngEthernet()
		for i := range 40 {
			f := udpFrame(i, make([]byte, i%8))
			b.enhanced(0, 5, f, len(f))
			at := b.starts[len(b.starts)-1]
			n := uint32(len(b.out)-at) - uint32(i%4)
			b.edit(at+4, n).edit(len(b.out)-4, n)
		}
		return b
	}())
	add("options that are not whole", func() *ngBuilder {
		b := newPcapng(le)
		b.iface(1, 0, []byte{9, 0, 1, 0, 9}, []byte{0, 0, 0, 14, 0, 8})
		b.iface(1, 0, []byte{9, 0, 200, 0}).iface(1, 0, []byte{1, 0}).iface(1, 0, b.option(9, []byte{3, 3}), b.option(14, uint32(1)))
		return b.frames(20, 9)
	}())

	inner := ngEthernet().frames(12, 30)
	add("capture in a capture", ngCarrier(4, inner.out))
	add("blocks in a capture", ngCarrier(4, inner.out[inner.starts[2]:]))
	add("big-endian blocks in a capture", ngCarrier(4, newPcapng(be).iface(1, 0).frames(12, 9).out))
	add("capture in a capture in a capture", ngCarrier(3, ngCarrier(3, inner.out).out))
	add("pcap in a pcapng", ngCarrier(3, newPcap().frames(12, 30).out))
	add("zero pages", ngCarrier(8, make([]byte, 8192)))
	add("numbers that repeat", ngCarrier(3, slices.Repeat([]byte{16, 0, 0, 0}, 500)))
	add("jumbo frames", ngCarrier(5, make([]byte, 100<<10)))
	add("zero-length packets", func() *ngBuilder {
		b := ngEthernet()
		for i := range 150 {
			b.enhanced(0, uint64(i), nil, 60)
		}
		return b
	}())
	add("long block of another kind", ngEthernet().frames(9, 9).block(4711, make([]byte, 1<<20)).frames(9, 9))
	return all
}

// variantCaptures are captures in variants of pcap, and snoop ones.
func variantCaptures() []namedCapture {
	var all []namedCapture
	for _, v := range []struct {
		name          string
		magic         uint32
		version, link uint32
		swap          bool
		extra         int // bytes of the record header
	}{
		{"version 2.2", pcapMicros, 2 | 2<<16, 1, true, 0},
		{"version 2.3", pcapMicros, 2 | 3<<16, 1, false, 0},
		{"version 2.3 with the lengths of 2.2", pcapNanos, 2 | 3<<16, 1, true, 0},
		{"version 543.0", pcapMicros, 543, 1, true, 0},
		{"AIX Ethernet", pcapMicros, 2 | 2<<16, 6, true, 0},
		{"AIX loopback", pcapMicros, 2 | 2<<16, 24, true, 0},
		{"Kuznetzov", pcapPatched, 2 | 4<<16, 1, false, 8},
		{"Ixia with nanoseconds", ixiaNanos, 2 | 4<<16, 1, false, 0},
		{"Ixia with microseconds", ixiaMicros, 2 | 4<<16, 1, false, 0},
	} {
		for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
			b := newBuilder(order, v.magic, v.link)
			order.PutUint16(b.out[4:], uint16(v.version))
			order.PutUint16(b.out[6:], uint16(v.version>>16))
			if v.magic == ixiaNanos || v.magic == ixiaMicros {
				b.out = append(b.out, 1, 2, 3, 4)
			}
			for i := range 60 {
				frame := udpFrame(i, make([]byte, i))
				captured, original := uint32(len(frame)-i%3), uint32(len(frame))
				body := append(make([]byte, v.extra), frame[:captured]...)
				if v.swap {
					captured, original = original, captured
				}
				b.raw(1e9, uint32(i), captured, original, body)
			}
			all = append(all, namedCapture{v.name + " " + order.String(), b.out})
		}
	}
	for _, link := range []uint32{4, 9, 1<<31 + 5} {
		all = append(all, namedCapture{"snoop", snoopCapture(link, 60)})
	}
	return all
}

func snoopCapture(link uint32, n int) []byte {
	be := binary.BigEndian
	out := be.AppendUint32(be.AppendUint32([]byte(snoopMagic), 2), link)
	for i := range n {
		frame := udpFrame(i, make([]byte, i))
		captured := len(frame) - i%3
		record := 24 + captured + -captured&3 + i%2*16
		for _, v := range []int{len(frame), captured, record, i, 1e9, i} {
			out = be.AppendUint32(out, uint32(v))
		}
		out = append(append(out, frame[:captured]...), make([]byte, record-24-captured)...)
	}
	return out
}
