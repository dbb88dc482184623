package frames

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// order is what a test writes numbers with.
type order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// pcapng returns a section with an Ethernet interface in units of a 2^-10th of a second,
// a raw IP one in microseconds, and a packet of each kind of block.
func pcapng(o order) []byte {
	var out []byte
	block := func(kind uint32, body []byte) {
		length := uint32(12 + len(body))
		out = o.AppendUint32(o.AppendUint32(out, kind), length)
		out = o.AppendUint32(append(out, body...), length)
	}
	numbers := func(values ...uint32) (b []byte) {
		for _, v := range values {
			b = o.AppendUint32(b, v)
		}
		return b
	}
	two := func(a, b uint16) []byte { return o.AppendUint16(o.AppendUint16(nil, a), b) }
	block(sectionHeader, append(append(numbers(0x1a2b3c4d), two(1, 0)...), numbers(0xffffffff, 0xffffffff)...))
	block(interfaceBlock, append(append(append(two(Ethernet, 0), numbers(6)...), append(two(9, 1), 0x8a, 0, 0, 0)...), numbers(0)...))
	block(interfaceBlock, append(two(101, 0), numbers(0)...))
	block(5, numbers(1, 2, 3)) // statistics
	block(enhancedPacket, append(numbers(0, 0, 3<<10+512, 5, 70), "enhan\x00\x00\x00"...))
	block(enhancedPacket, append(numbers(1, 1, 0, 4, 4), "rawp"...))
	block(simplePacket, append(numbers(8), "simple\x00\x00"...))
	block(obsoletePacket, append(append(two(0, 0), numbers(0, 1<<10, 4, 4)...), "obso"...))
	return out
}

func read(t *testing.T, data []byte) ([]Frame, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "capture")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	var all []Frame
	err := Each(path, func(f Frame) error {
		all = append(all, f)
		return nil
	})
	return all, err
}

func TestPcapng(t *testing.T) {
	want := []Frame{
		{3_500_000_000, []byte("enhan"), 70, Ethernet},
		{4_294_967_296_000, []byte("rawp"), 4, 101},
		{0, []byte("simple"), 8, Ethernet},
		{1_000_000_000, []byte("obso"), 4, Ethernet},
	}
	for name, o := range map[string]order{"little": binary.LittleEndian, "big": binary.BigEndian} {
		t.Run(name, func(t *testing.T) {
			got, err := read(t, pcapng(o))
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("error %v, frames (-want +got):\n%s", err, diff)
			}
		})
	}
}

func write(t *testing.T, frames ...Frame) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "written.pcap")
	w, err := Create(path, Ethernet)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range frames {
		w.Write(f)
	}
	bytes := w.Bytes
	if err := w.Close(nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != bytes {
		t.Fatalf("Bytes says %d of a file of %v, %v", bytes, info.Size(), err)
	}
	return path
}

var three = []Frame{
	{1_000_001_000, []byte("one"), 3, Ethernet},
	{2_000_002_000, []byte("second"), 1500, Ethernet},
	{3_999_999_000, []byte{}, 60, Ethernet},
}

func TestPcap(t *testing.T) {
	data, err := os.ReadFile(write(t, three...))
	if err != nil {
		t.Fatal(err)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"plain": data, "gzip": zipped.Bytes()} {
		t.Run(name, func(t *testing.T) {
			got, err := read(t, data)
			if diff := cmp.Diff(three, got); diff != "" || err != nil {
				t.Errorf("error %v, frames (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestDamage(t *testing.T) {
	pcap, err := os.ReadFile(write(t, three...))
	if err != nil {
		t.Fatal(err)
	}
	large := bytes.Clone(pcap)
	binary.LittleEndian.PutUint32(large[24+16+3+8:], 1<<30)
	ng := pcapng(binary.LittleEndian)
	for _, c := range []struct {
		name string
		data []byte
		want int
	}{
		{"a record cut", pcap[:24+16+3+16+2], 1},
		{"a record header cut", pcap[:24+16+3+5], 1},
		{"an impossible length", large, 1},
		{"a block cut", ng[:len(ng)-3], 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := read(t, c.data)
			if len(got) != c.want || err == nil || errors.Is(err, io.EOF) {
				t.Errorf("%d frames and error %v, want %d and an error", len(got), err, c.want)
			}
		})
	}
	if _, err := read(t, []byte("# a table\tof text")); !errors.Is(err, errNoCapture) {
		t.Errorf("error of a text: %v", err)
	}
}

func TestCut(t *testing.T) {
	whole := write(t, three...)
	mixed := filepath.Join(t.TempDir(), "mixed.pcapng")
	if err := os.WriteFile(mixed, pcapng(binary.BigEndian), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, capture string
		n, want       int64
	}{
		{"some", whole, 2, 2},
		{"more than there are", whole, 9, 3},
		{"of the link type of the first", mixed, 9, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cut.pcap")
			n, err := Cut(c.capture, path, c.n)
			if n != c.want || err != nil {
				t.Fatalf("Cut(%d) = %d, %v, want %d", c.n, n, err, c.want)
			}
			count := int64(0)
			if err := Each(path, func(Frame) error { count++; return nil }); err != nil || count != n {
				t.Errorf("the file has %d frames, %v, want %d", count, err, n)
			}
		})
	}
	prefix := filepath.Join(t.TempDir(), "prefix.pcap")
	if _, err := Cut(whole, prefix, 2); err != nil {
		t.Fatal(err)
	}
	a, _ := os.ReadFile(whole)
	b, _ := os.ReadFile(prefix)
	if len(b) == 0 || !bytes.HasPrefix(a, b) {
		t.Error("what Cut wrote is no prefix of the capture")
	}
}

func TestToPcapng(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.pcap")
	w, err := Create(path, Ethernet)
	if err != nil {
		t.Fatal(err)
	}
	want := []Frame{
		{At: 1_700_000_000_123_456_000, Data: []byte("four"), Length: 4, Link: Ethernet},
		{At: 1_700_000_001_000_000_000, Data: []byte("seven.."), Length: 1500, Link: Ethernet},
		{At: 1_700_000_002_999_999_000, Data: []byte{}, Length: 60, Link: Ethernet},
	}
	for _, f := range want {
		w.Write(f)
	}
	if err := w.Close(nil); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	converted := filepath.Join(t.TempDir(), "a.pcapng")
	if err := Make(converted, func(w io.Writer) error { return ToPcapng(w, in) }); err != nil {
		t.Fatal(err)
	}
	var got []Frame
	if err := Each(converted, func(f Frame) error { got = append(got, f); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("frames of the pcapng file (-want +got):\n%s", diff)
	}
}

func TestMakeFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := Make(path, func(io.Writer) error { return io.ErrNoProgress }); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("Make = %v, want %v", err, io.ErrNoProgress)
	}
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) > 0 {
		t.Errorf("files left: %q, %v", left, err)
	}
}
