package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"os"
	"slices"

	"github.com/capfold/capfold/bench/peers/frames"
	"github.com/capfold/capfold/bench/synth"
	"github.com/capfold/capfold/pipeline/packet"
)

// options say which capture is made and how it is damaged.
type options struct {
	profile string // of synth
	pcapng  bool
	bytes   int64 // length of the capture, about
	every   int64 // the distance of damaged bytes
	seed    uint64
}

func (o options) String() string {
	format := "pcap"
	if o.pcapng {
		format = "pcapng"
	}
	return o.profile + ", " + format
}

// packets returns how many packets make a capture as long.
func (o options) packets() int {
	length := int64(800)
	if o.profile == "headers" {
		length = 100
	}
	if o.pcapng {
		length += frames.PcapngExtra
	}
	return int(o.bytes / length)
}

// seed makes prints of packets that can be compared inside of one process.
var seed = maphash.MakeSeed()

// damaged is a capture that was made and damaged.
type damaged struct {
	path    string
	records int
	flipped []int64  // where bytes are wrong, in order
	whole   []uint64 // prints of packets in whose records none is, in order
}

const (
	recordHeader = 16
	fileHeader   = 24
)

// make writes a damaged capture. Its file header is whole.
func (o options) make(path string) (*damaged, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	m := &maker{options: o, out: bufio.NewWriterSize(f, 1<<20), rng: rand.New(rand.NewPCG(o.seed, 1))}
	m.damaged.path = path
	r, w := io.Pipe()
	go func() {
		_, err := synth.Write(w, o.profile, synth.Options{Packets: o.packets()})
		w.CloseWithError(err)
	}()
	err = m.run(bufio.NewReaderSize(r, 1<<20))
	_ = r.Close() // ends synth, if it has not come to its end
	if err = errors.Join(err, m.out.Flush(), f.Close()); err != nil {
		return nil, err
	}
	slices.Sort(m.damaged.whole)
	return &m.damaged, nil
}

// maker copies a capture and damages it on the way.
type maker struct {
	options
	damaged
	out     *bufio.Writer
	offset  int64
	rng     *rand.Rand
	decoder packet.Decoder
	record  []byte
}

func (m *maker) run(r io.Reader) error {
	head := make([]byte, fileHeader)
	if _, err := io.ReadFull(r, head); err != nil {
		return err
	}
	if m.pcapng {
		head = frames.AppendPcapngHead(nil, frames.Ethernet)
	}
	if int64(len(head)) >= m.every {
		return fmt.Errorf("every %d bytes one is wrong, so the file header is no longer one", m.every)
	}
	if err := m.write(head); err != nil {
		return err
	}
	frame := make([]byte, recordHeader+1<<16)
	for {
		if _, err := io.ReadFull(r, frame[:recordHeader]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		n := recordHeader + int(binary.LittleEndian.Uint32(frame[8:]))
		if _, err := io.ReadFull(r, frame[recordHeader:n]); err != nil {
			return err
		}
		if err := m.packet(frame[:n]); err != nil {
			return err
		}
	}
}

// packet writes a record, of a pcap capture that is whole.
func (m *maker) packet(record []byte) error {
	s := m.summary(record)
	m.record = append(m.record[:0], record...)
	if m.pcapng {
		m.record = frames.AppendPcapngPacket(m.record[:0], frames.Frame{At: s.Time, Data: record[recordHeader:], Length: int(s.WireLen)})
	}
	flips := len(m.flipped)
	err := m.write(m.record)
	if m.records++; len(m.flipped) == flips {
		m.whole = append(m.whole, maphash.Comparable(seed, s))
	}
	return err
}

// summary returns what capfold should find in a record of a pcap capture.
func (m *maker) summary(record []byte) (s packet.Summary) {
	number := func(at int) uint32 { return binary.LittleEndian.Uint32(record[at:]) }
	s.Time = int64(number(0))*1e9 + int64(number(4))*1e3
	s.CapLen, s.WireLen = number(8), number(12)
	m.decoder.Decode(packet.LinkType(1), record[recordHeader:], &s)
	return s
}

// write writes b and, on the way, makes bytes wrong. It owns b.
func (m *maker) write(b []byte) error {
	for at := (m.offset/m.every+1)*m.every - 1; at < m.offset+int64(len(b)); at += m.every {
		b[at-m.offset] ^= byte(1 + m.rng.IntN(255))
		m.flipped = append(m.flipped, at)
	}
	m.offset += int64(len(b))
	_, err := m.out.Write(b)
	return err
}
