package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// pcaps are small inputs by the names of their kinds, good and bad ones. The good ones
// are three UDP packets from port 53 of 10.0.0.1 to 10.0.0.2, a second apart.
var pcaps = map[string]func() []byte{
	"good":       func() []byte { return pcapOf(pcapOptions{}) },
	"big-endian": func() []byte { return pcapOf(pcapOptions{order: binary.BigEndian}) },
	"nano":       func() []byte { return pcapOf(pcapOptions{magic: 0xa1b23c4d}) },
	"snapped":    func() []byte { return pcapOf(pcapOptions{snap: 40}) },
	"pcapng":     pcapng,
	"user-link":  func() []byte { return pcapOf(pcapOptions{link: 147}) },
	"no-packets": func() []byte { return pcapOf(pcapOptions{})[:24] },

	// The second record, 58 bytes from offset 82 on, is damaged.
	"bad-length":        func() []byte { return poke(pcapOf(pcapOptions{}), 93, 0xff) },
	"many-regions":      manyRegions, // behind the good packets as pcapng
	"cut-record":        func() []byte { return pcapOf(pcapOptions{})[:120] },
	"cut-record-header": func() []byte { return pcapOf(pcapOptions{})[:90] },

	"empty":        func() []byte { return nil },
	"three-bytes":  func() []byte { return pcapOf(pcapOptions{})[:3] },
	"cut-header":   func() []byte { return pcapOf(pcapOptions{})[:10] },
	"old-version":  func() []byte { return poke(pcapOf(pcapOptions{}), 4, 1) },
	"no-link":      func() []byte { return poke(pcapOf(pcapOptions{}), 22, 1) },
	"text":         func() []byte { return []byte("This is no capture.\n") },
	"zstd":         func() []byte { return []byte("\x28\xb5\x2f\xfd and so on") },
	"gzip":         gzipped,
	"zip":          func() []byte { return []byte("PK\x03\x04 and so on") },
	"hundred":      func() []byte { return pcapOf(pcapOptions{packets: 100}) },
	"other-sender": func() []byte { return pcapOf(pcapOptions{sender: 9, packets: 5}) },
	"world":        func() []byte { return world },
}

func pcapKinds() string { return strings.Join(slices.Sorted(maps.Keys(pcaps)), ", ") }

// pcapOptions vary a capture; the zero value is the good one.
type pcapOptions struct {
	order   binary.ByteOrder
	magic   uint32
	link    uint32
	snap    uint32
	packets int
	sender  byte
}

const frameLen = 42 // Ethernet, IPv4 and UDP headers without payload

func pcapOf(o pcapOptions) []byte {
	if o.order == nil {
		o.order = binary.LittleEndian
	}
	if o.magic == 0 {
		o.magic = 0xa1b2c3d4
	}
	if o.link == 0 {
		o.link = 1
	}
	if o.snap == 0 {
		o.snap = 65535
	}
	if o.packets == 0 {
		o.packets = 3
	}
	if o.sender == 0 {
		o.sender = 1
	}
	numbers := func(b []byte, ns ...uint32) []byte {
		for _, n := range ns {
			b = append(b, 0, 0, 0, 0)
			o.order.PutUint32(b[len(b)-4:], n)
		}
		return b
	}
	b := numbers(nil, o.magic)
	b = append(b, 0, 0, 0, 0)
	o.order.PutUint16(b[4:], 2)
	o.order.PutUint16(b[6:], 4)
	b = numbers(b, 0, 0, o.snap, o.link)
	for i := range uint32(o.packets) {
		captured := min(frameLen, o.snap)
		b = numbers(b, 1_313_000_000+i, 500_000, captured, frameLen)
		b = append(b, frame(o.sender)[:captured]...)
	}
	return b
}

// world is a capture of packets from some places to 10.0.0.2, one from the first, two from
// the second and so on.
var world = func() []byte {
	b := pcapOf(pcapOptions{packets: 6})
	const header, record = 24, 16
	for i, from := range []string{
		"\x08\x01\x01\x01", "\x08\x02\x02\x02", "\x08\x02\x02\x02", "\x08\x03\x03\x03", "\x08\x03\x03\x03", "\x08\x03\x03\x03",
	} {
		copy(b[header+i*(record+frameLen)+record+26:], from)
	}
	return b
}()

// frame returns a UDP packet from port 53 of 10.0.0.sender to port 4000 of 10.0.0.2.
func frame(sender byte) []byte {
	f := make([]byte, frameLen)
	copy(f[12:], "\x08\x00\x45\x00\x00\x1c") // IPv4, 28 bytes
	f[22], f[23] = 64, 17
	copy(f[26:], []byte{10, 0, 0, sender, 10, 0, 0, 2, 0, 53, 0x0f, 0xa0, 0, 8})
	return f
}

func poke(b []byte, at int, value byte) []byte {
	b[at] = value
	return b
}

// pcapng returns the packets of the good capture as pcapng (draft-ietf-opsawg-pcapng): a
// section header, the description of an interface, and a block for each packet.
func pcapng() []byte {
	var b []byte
	block := func(kind uint32, body ...[]byte) {
		content := bytes.Join(body, nil)
		for len(content)%4 > 0 {
			content = append(content, 0)
		}
		length := binary.LittleEndian.AppendUint32(nil, uint32(len(content)+12))
		b = binary.LittleEndian.AppendUint32(b, kind)
		b = slices.Concat(b, length, content, length)
	}
	block(0x0a0d0d0a, []byte("\x4d\x3c\x2b\x1a\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"))
	block(1, []byte{1, 0, 0, 0, 0xff, 0xff, 0, 0}) // Ethernet, snap length 65535, microseconds
	for i := range uint64(3) {
		time := (1_313_000_000+i)*1_000_000 + 500_000
		var head []byte
		for _, n := range []uint32{0, uint32(time >> 32), uint32(time), frameLen, frameLen} {
			head = binary.LittleEndian.AppendUint32(head, n)
		}
		block(6, head, frame(1))
	}
	return b
}

// manyRegions returns the packets of the good capture and 100 of an interface that is not
// described.
func manyRegions() []byte {
	b := pcapng()
	for range 100 {
		for _, n := range []uint32{6, 36, 1, 0, 0, 1, 1, 0, 36} {
			b = binary.LittleEndian.AppendUint32(b, n)
		}
	}
	return b
}

func gzipped() []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(pcapOf(pcapOptions{})); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// pcap returns a capture of a kind.
func pcap(kind string) ([]byte, error) {
	build, ok := pcaps[kind]
	if !ok {
		return nil, fmt.Errorf("unknown kind of capture %q; there are %s", kind, pcapKinds())
	}
	return build(), nil
}
