package frames

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// PcapngExtra is by how much a packet's block is longer than its record in a pcap file,
// but for padding.
const PcapngExtra = 16

// AppendPcapngHead appends a section header and the description of an interface, in
// microseconds.
func AppendPcapngHead(b []byte, link uint16) []byte {
	o := binary.LittleEndian
	for _, n := range []uint32{sectionHeader, 28, 0x1a2b3c4d, 1, 1<<32 - 1, 1<<32 - 1, 28} { // version 1.0, any length
		b = o.AppendUint32(b, n)
	}
	for _, n := range []uint32{interfaceBlock, 20, uint32(link), 0, 20} {
		b = o.AppendUint32(b, n)
	}
	return b
}

// AppendPcapngPacket appends an enhanced packet block of the only interface.
func AppendPcapngPacket(b []byte, f Frame) []byte {
	padding := -len(f.Data) & 3
	length := uint32(32 + len(f.Data) + padding)
	micros := uint64(f.At / 1e3)
	for _, n := range []uint32{enhancedPacket, length, 0, uint32(micros >> 32), uint32(micros), uint32(len(f.Data)), uint32(f.Length)} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	b = append(append(b, f.Data...), make([]byte, padding)...)
	return binary.LittleEndian.AppendUint32(b, length)
}

// ToPcapng writes the frames of a capture, which are all of the first one's link type, as
// pcapng.
func ToPcapng(out io.Writer, in io.Reader) error {
	r, err := NewReader(in)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<20)
	var block []byte
	for first := true; ; first = false {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			return w.Flush()
		} else if err != nil {
			return err
		}
		if block = block[:0]; first {
			block = AppendPcapngHead(block, f.Link)
		}
		block = AppendPcapngPacket(block, f)
		w.Write(block)
	}
}
