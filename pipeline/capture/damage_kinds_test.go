package capture

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// whole is a capture of packets before it is damaged.
type whole struct {
	name   string
	data   []byte
	starts []int // where packets begin, and where the last one ends
}

// wholes returns a capture of n packets in every format and byte order.
func wholes(n int) (all []whole) {
	for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
		b := newBuilder(order, pcapMicros, 1).frames(n, 60)
		ng := newPcapng(order).iface(1, 0).frames(n, 60)
		all = append(all,
			whole{"pcap " + order.String(), b.out, append(b.starts, len(b.out))},
			whole{"pcapng " + order.String(), ng.out, append(ng.starts[2:], len(ng.out))})
	}
	return all
}

// TestKindsOfDamage damages captures as disks, programs and people do, and checks how
// many packets are left: all that lie beside the damage, and at most two more, since a
// record may be possible that is none, or no more.
func TestKindsOfDamage(t *testing.T) {
	t.Parallel()
	const n = 60
	rng := rand.New(rand.NewPCG(1, 2))
	garbage := make([]byte, 5000)
	for i := range garbage {
		garbage[i] = byte(rng.Uint32())
	}
	over := func(c whole, at int, with []byte) []byte {
		data := slices.Clone(c.data)
		copy(data[at:], with)
		return data
	}
	insert := func(c whole, at int, b []byte) []byte { return slices.Insert(slices.Clone(c.data), at, b...) }
	for _, d := range []struct {
		name   string
		damage func(c whole) []byte
		left   int
	}{
		{"tail of a few zeros", func(c whole) []byte { return append(slices.Clone(c.data), make([]byte, 11)...) }, n},
		{"tail of zeros", func(c whole) []byte { return append(slices.Clone(c.data), make([]byte, 10_000)...) }, n},
		{"zeros from the middle of a packet on", func(c whole) []byte {
			data := slices.Clone(c.data)
			clear(data[c.starts[40]+20:])
			return data
		}, 40},
		{"hole of zeros", func(c whole) []byte { return over(c, c.starts[20], make([]byte, c.starts[30]-c.starts[20])) }, n - 10},
		{"hole of zeros in packets", func(c whole) []byte { return over(c, c.starts[20]+30, make([]byte, c.starts[30]-c.starts[20])) }, n - 11},
		{"garbage in the middle", func(c whole) []byte { return insert(c, c.starts[20], garbage) }, n},
		{"garbage over packets", func(c whole) []byte { return over(c, c.starts[20], garbage[:c.starts[30]-c.starts[20]]) }, n - 10},
		{"garbage behind", func(c whole) []byte { return append(slices.Clone(c.data), garbage...) }, n},
		{"text over a header", func(c whole) []byte { return over(c, c.starts[20], []byte(strings.Repeat("text", 4))) }, n - 1},
		{"ones over a header", func(c whole) []byte { return over(c, c.starts[20], []byte(strings.Repeat("\xff", 16))) }, n - 1},
		{"ones over the first header", func(c whole) []byte { return over(c, c.starts[0], []byte(strings.Repeat("\xff", 16))) }, n - 1},
		{"ones over the last header", func(c whole) []byte { return over(c, c.starts[n-1], []byte(strings.Repeat("\xff", 16))) }, n - 1},
		{"packets that are missing from their middle on", func(c whole) []byte {
			return slices.Delete(slices.Clone(c.data), c.starts[20]+20, c.starts[30]+20)
		}, n - 11},
		{"concatenated", func(c whole) []byte { return slices.Concat(c.data, c.data, c.data) }, 3 * n},
		{"concatenated, the first one cut", func(c whole) []byte { return slices.Concat(c.data[:len(c.data)-5], c.data) }, 2*n - 1},
	} {
		for _, c := range wholes(n) {
			t.Run(d.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				data := d.damage(c)
				checkInvariance(t, data, []int{1, 3}, []int{64, 1000, 0})
				got, err := readAll(t.Context(), []string{writeFile(t, "c", data)}, nil, Options{}, 1)
				if err != nil {
					t.Fatal(err)
				}
				if left := len(got.packets); left < d.left || left > d.left+2 {
					t.Errorf("%d packets, want %d; %+v", left, d.left, got.accounts[0].Anomalies)
				}
			})
		}
	}
}

// TestFormatsConcatenated joins captures of different formats. The second is no part of
// the first, and its records are not read as such.
func TestFormatsConcatenated(t *testing.T) {
	t.Parallel()
	const n = 30
	all := append(wholes(n), whole{"snoop", snoopCapture(4, n), nil})
	for _, a := range all {
		for _, b := range all {
			if strings.Fields(a.name)[0] == strings.Fields(b.name)[0] {
				continue
			}
			t.Run(a.name+" and "+b.name, func(t *testing.T) {
				t.Parallel()
				data := slices.Concat(a.data, b.data)
				checkInvariance(t, data, []int{1, 3}, []int{64, 1000, 0})
				got, err := readAll(t.Context(), []string{writeFile(t, "c", data)}, nil, Options{}, 1)
				if err != nil {
					t.Fatal(err)
				}
				// The header of a snoop capture is possible as that of a record of 2 bytes.
				an, joint := got.accounts[0].Anomalies, int64(len(a.data))
				if len(got.packets) > n+1 || len(an) != 1 || an[0].Offset < joint || an[0].Offset > joint+18 {
					t.Errorf("%d packets, anomalies %+v, want %d and one at %d", len(got.packets), an, n, joint)
				}
			})
		}
	}
}
