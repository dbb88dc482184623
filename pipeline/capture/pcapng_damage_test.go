package capture

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline/packet"
)

// damagedCapture is a capture with one anomaly.
type damagedCapture struct {
	name   string
	data   []byte
	offset int
	reason packet.Reason
}

// ngDamaged are captures with one block that cannot be.
func ngDamaged() []damagedCapture {
	var all []damagedCapture
	add := func(name string, b *ngBuilder, which int, reason packet.Reason) {
		all = append(all, damagedCapture{name, b.out, b.starts[which], reason})
	}
	orders := []byteOrder{binary.LittleEndian, binary.BigEndian}
	for _, order := range orders {
		for _, which := range []int{2, 20, 30, 41} { // the last is the last but none
			base := func() *ngBuilder { return newPcapng(order).iface(1, 0).frames(40, 30) }
			edit := func(off int, v uint32, reason packet.Reason) {
				b := base()
				add(fmt.Sprintf("%v/block %d/%d at %d", order, which, v, off), b.edit(b.starts[which]+off, v), which, reason)
			}
			for _, length := range []uint32{0, 4, 11, 28, 1 << 24, 1<<31 - 1, 1 << 31, 1<<32 - 4, 1<<32 - 1} {
				edit(4, length, packet.BadLength)
			}
			edit(20, 1<<18, packet.BadLength)
			edit(20, 1<<32-1, packet.BadLength)
			edit(8, 1, packet.UnknownInterface)
			edit(8, 1<<32-1, packet.UnknownInterface)
			edit(0, ngSection, packet.BadSection)
			b := base()
			end := len(b.out)
			if which < 41 {
				end = b.starts[which+1]
			}
			add(fmt.Sprintf("%v/block %d/trailing length", order, which), b.edit(end-4, 1<<20), which, packet.LengthsDiffer)
		}
	}
	other := func(order byteOrder) byteOrder { return orders[(slices.Index(orders, order)+1)%2] }
	for _, order := range orders {
		b := newPcapng(order).iface(1, 0).frames(20, 9).section(other(order)).iface(1, 0).frames(20, 9)
		add("section of the other order behind damage", newBuilderFrom(b, order).edit(b.starts[21]+4, 1<<20), 21, packet.BadLength)
		b = newPcapng(order).iface(1, 0).frames(20, 9).section(order)
		add("version", b.edit(b.starts[22]+12, 7|7<<16).iface(1, 0).frames(20, 9), 22, packet.BadSection)
		b = newPcapng(order).iface(1, 0).frames(20, 9).section(order)
		add("byte order", b.edit(b.starts[22]+8, 0).iface(1, 0).frames(20, 9), 22, packet.BadSection)
		add("no interface", newPcapng(order).frames(20, 9).iface(1, 0).frames(9, 9), 1, packet.UnknownInterface)
		add("no interface at all", newPcapng(order).frames(20, 9), 1, packet.UnknownInterface)
		add("no interface for a simple packet", newPcapng(order).simple([]byte{1, 2, 3}, 3).iface(1, 0).frames(9, 9), 1, packet.UnknownInterface)
		add("simple packet that is too long", ngEthernet().simple([]byte{1, 2, 3}, 5).frames(9, 9), 2, packet.BadLength)
		add("too much behind a packet", ngEthernet().enhanced(0, 0, []byte{1}, 1, make([]byte, maxOptions+4)).frames(9, 9), 2, packet.BadLength)
		add("too short for an interface", newPcapng(order).block(1, uint32(1)).iface(1, 0).frames(9, 9), 1, packet.BadLength)
		add("too short for statistics", ngEthernet().block(5, uint32(1)).frames(9, 9), 2, packet.BadLength)
		b = newPcapng(order).iface(1, 0).frames(20, 9)
		b.out = append(b.out, make([]byte, 5000)...)
		b.starts = append(b.starts, len(b.out)-5000)
		add("zeros", b.frames(9, 9), 22, packet.BadLength)
	}
	return all
}

// newBuilderFrom returns b with another byte order for its edits.
func newBuilderFrom(b *ngBuilder, order byteOrder) *ngBuilder {
	return &ngBuilder{order: order, out: b.out, starts: b.starts}
}

func TestPcapngDamage(t *testing.T) {
	t.Parallel()
	for _, c := range ngDamaged() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			checkDamage(t, c.data, c.offset, c.reason)
		})
	}
}

// TestCutPcapng cuts a capture at every byte of its last block, of each kind.
func TestCutPcapng(t *testing.T) {
	t.Parallel()
	frame := udpFrame(1, make([]byte, 5))
	for name, last := range map[string]func(*ngBuilder) *ngBuilder{
		"section":   func(b *ngBuilder) *ngBuilder { return b.section(binary.BigEndian) },
		"interface": func(b *ngBuilder) *ngBuilder { return b.iface(1, 0, b.option(9, []byte{9})) },
		"enhanced":  func(b *ngBuilder) *ngBuilder { return b.frames(1, 0) },
		"old":       func(b *ngBuilder) *ngBuilder { return b.old(0, 0, 0, frame) },
		"simple":    func(b *ngBuilder) *ngBuilder { return b.simple(frame, len(frame)) },
		"custom":    func(b *ngBuilder) *ngBuilder { return b.block(0xbad, uint32(1), frame) },
	} {
		b := last(ngEthernet().frames(12, 30))
		at := b.starts[len(b.starts)-1]
		for end := at + 1; end < len(b.out); end++ {
			t.Run(fmt.Sprintf("%s/after %d bytes", name, end-at), func(t *testing.T) {
				t.Parallel()
				checkDamage(t, b.out[:end], at, packet.CutRecord)
			})
		}
	}
}

// TestPcapngDamageAnywhere overwrites, removes and repeats bytes at random, the same
// ones in every run.
func TestPcapngDamageAnywhere(t *testing.T) {
	t.Parallel()
	var small [][]byte
	for _, c := range slices.Concat(ngCaptures(), variantCaptures()) {
		if len(c.data) < 20_000 {
			small = append(small, c.data)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		data := slices.Clone(small[rng.IntN(len(small))])
		for range 1 + rng.IntN(3) {
			from := 28 + rng.IntN(len(data)-27)
			to := from + rng.IntN(min(len(data)-from, 60)+1)
			switch rng.IntN(4) {
			case 0:
				for i := from; i < to; i++ {
					data[i] = byte(rng.Uint32())
				}
			case 1:
				clear(data[from:to])
			case 2:
				data = slices.Delete(data, from, to)
			case 3:
				data = slices.Insert(data, from, data[from:to]...)
			}
		}
		checkInvariance(t, data, []int{1 + rng.IntN(4)}, []int{1 + rng.IntN(99), 100 + rng.IntN(2000)})
		if t.Failed() {
			t.Fatalf("the damaged capture was % x", data)
		}
	}
}

// TestMoreRegionsThanAreListed reads a capture whose packets are all of interfaces that
// are not described.
func TestMoreRegionsThanAreListed(t *testing.T) {
	t.Parallel()
	b := ngEthernet().frames(9, 9)
	const n = packet.MaxAnomalies + 500
	for i := range n {
		b.enhanced(uint32(1+i%3), 0, []byte{1}, 1)
	}
	b.frames(9, 9)
	checkInvariance(t, b.out, []int{1, 3}, []int{1000, 64 << 10, 0})
	got, err := readAll(t.Context(), []string{writeFile(t, "c", b.out)}, nil, Options{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if d := got.accounts[0].Damage; d.DamagedRegions != n || d.SkippedBytes != 36*n || len(d.Anomalies) != packet.MaxAnomalies+1 {
		t.Errorf("%d regions of %d bytes, %d of them listed, want %d of %d, %d", d.DamagedRegions, d.SkippedBytes, len(d.Anomalies), n, 36*n, packet.MaxAnomalies+1)
	}
}

func TestPcapngAnomalySaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	frame := []byte{1, 2, 3, 4}
	for _, c := range []struct {
		name  string
		build func(b *ngBuilder)
		want  packet.Anomaly
	}{
		{"interface", func(b *ngBuilder) { b.enhanced(7, 0, frame, 4) }, packet.Anomaly{
			Length: 36, Reason: "interface_unknown", Detail: "a packet of interface 7, where 1 are described",
		}},
		{"length", func(b *ngBuilder) { b.enhanced(0, 0, frame, 4).edit(b.starts[2]+4, 8) }, packet.Anomaly{
			Length: 36, Reason: "record_length_invalid", Detail: "a block of type 0x6 with a length of 8 and a captured length of 0",
		}},
		{"captured", func(b *ngBuilder) { b.old(0, 0, 0, frame).edit(b.starts[2]+20, 5) }, packet.Anomaly{
			Length: 36, Reason: "record_length_invalid", Detail: "a block of type 0x2 with a length of 36 and a captured length of 5",
		}},
		{"simple", func(b *ngBuilder) { b.simple(frame, 300) }, packet.Anomaly{
			Length: 20, Reason: "record_length_invalid", Detail: "a block of type 0x3 with a length of 20 and an original length of 300",
		}},
		{"trailer", func(b *ngBuilder) { b.block(99).edit(len(b.out)-4, 7) }, packet.Anomaly{
			Length: 12, Reason: "block_lengths_differ", Detail: "a block of type 0x63 and length 12 that does not end with its length",
		}},
		{"byte order mark", func(b *ngBuilder) { b.section(b.order).edit(b.starts[2]+8, 0x12345678) }, packet.Anomaly{
			Length: 48, Reason: "section_header_invalid", Detail: "a section header with the byte order mark 0x78563412",
		}},
		{"version", func(b *ngBuilder) { b.section(b.order).edit(b.starts[2]+12, 2|1<<16) }, packet.Anomaly{
			Length: 48, Reason: "section_header_invalid", Detail: "a section header of version 2.1, which is not supported",
		}},
	} {
		b := ngEthernet()
		c.build(b)
		c.want.Offset = int64(b.starts[2])
		got, err := readAll(t.Context(), []string{writeFile(t, "c", b.frames(9, 9).out)}, nil, Options{}, 1)
		if err != nil {
			t.Fatalf("%s: Read: %v", c.name, err)
		}
		if d := cmp.Diff([]packet.Anomaly{c.want}, got.accounts[0].Anomalies); d != "" {
			t.Errorf("%s: anomalies, -want +got:\n%s", c.name, d)
		}
	}
}
