package capture

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline/packet"
)

// TestOpenSaysWhatIsWrong opens what people take for a capture.
func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	header := func(edit func(b *builder)) string {
		b := newPcap()
		edit(b)
		return string(b.out)
	}
	whole := string(newPcap().out)
	zero := strings.Repeat("\x00", 100)
	for _, c := range []struct{ name, data, want string }{
		{"empty", "", "offset 0: not a capture: the file is empty"},
		{"1 byte", whole[:1], "offset 0: not a capture: no known format begins with d4"},
		{"3 bytes", whole[:3], "offset 0: not a capture: no known format begins with d4 c3 b2"},
		{"4 bytes", whole[:4], "offset 4: pcap header cut: it has 4 of 24 bytes"},
		{"23 bytes", whole[:23], "offset 23: pcap header cut: it has 23 of 24 bytes"},
		{"text", "Lorem ipsum dolor sit amet, consetetur sadipscing elitr", "offset 0: not a capture: no known format begins with 4c 6f 72 65"},
		{"zeros", zero, "offset 0: not a capture: no known format begins with 00 00 00 00"},
		{"pcapng, cut", "\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c\x2b\x1a", "offset 12: pcapng section header cut: it has 12 of 28 bytes"},
		{"pcapng without a byte order", "\x0a\x0d\x0d\x0a" + zero, "offset 8: not a capture: the byte order mark of a pcapng section header cannot be 00 00 00 00"},
		{"pcapng 2.1", "\x0a\x0d\x0d\x0a\x00\x00\x00\x1c\x1a\x2b\x3c\x4d\x00\x02\x00\x01" + zero, "offset 12: not supported: pcapng version 2.1"},
		{"snoop, cut", "snoop\x00\x00\x00\x00\x00\x00\x02", "offset 12: snoop header cut: it has 12 of 16 bytes"},
		{"snoop 3", "snoop\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x04", "offset 8: not supported: snoop version 3"},
		{"snoop of HDLC", "snoop\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x05", "offset 12: not supported: snoop data link type 5"},
		{"ERF", "\x00\x00\x00\x80\x00\x2f\x68\x59\x02\x04\x00\x50\x00\x00\x00\x40" + zero, "offset 0: not supported: ERF capture, by the look of it (Endace)"},
		{"ZIP", "PK\x03\x04" + zero, "offset 0: not supported: ZIP archive"},
		{"NetMon 1", "RTSS" + zero, "offset 0: not supported: Microsoft Network Monitor capture"},
		{"NetMon 2", "GMBU" + zero, "offset 0: not supported: Microsoft Network Monitor capture"},
		{"modified pcap", "\x34\xcd\xb2\xa1" + zero, "offset 4: not supported: modified pcap (Kuznetzov), version 0.0"},
		{"modified pcap, big-endian", "\xa1\xb2\xcd\x34" + zero, "offset 4: not supported: modified pcap (Kuznetzov), version 0.0"},
		{"Ixia's pcap, cut", "\xac\x01\x00\x1c\x02\x00\x04\x00" + zero[:16], "offset 24: pcap header cut: it has 24 of 28 bytes"},
		{"FDDI of AIX", header(func(b *builder) { b.edit(4, 2|2<<16).edit(20, 15) }), "offset 20: not supported: AIX capture of FDDI"},
		{"version 1.4", header(func(b *builder) { b.edit(4, 1|4<<16) }), "offset 4: not supported: pcap version 1.4"},
		{"version 543.1", header(func(b *builder) { b.edit(4, 543|1<<16) }), "offset 4: not supported: pcap version 543.1"},
		{"link type of 17 bits", header(func(b *builder) { b.edit(20, 1<<16|1) }), "offset 20: not a capture: link type 65537, where 65535 is the last"},
		{"link type of 26 bits", header(func(b *builder) { b.edit(20, 1<<32-1) }), "offset 20: not a capture: link type 67108863, where 65535 is the last"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := writeFile(t, "x.pcap", []byte(c.data))
			if _, err := Open(t.Context(), []string{path}, nil, Options{}); err == nil || err.Error() != path+": "+c.want {
				t.Errorf("Open(%q) =\n%v, want\n%s: %s", c.data, err, path, c.want)
			}
			stdin := iotest.OneByteReader(strings.NewReader(c.data))
			if _, err := Open(t.Context(), []string{Stdin}, stdin, Options{}); err == nil || err.Error() != "standard input: "+c.want {
				t.Errorf("Open(stream %q) =\n%v, want\nstandard input: %s", c.data, err, c.want)
			}
		})
	}
}

func TestOpenOfWhatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing.pcap")
	good := writeFile(t, "good.pcap", newPcap().out)
	text := writeFile(t, "text.pcap", []byte("text"))
	for _, c := range []struct {
		name  string
		paths []string
		want  string
		is    error
	}{
		{"missing", []string{missing}, "open " + missing + ": no such file or directory", os.ErrNotExist},
		{"directory", []string{dir}, dir + ": a directory without a capture: it is empty", nil},
		{"twice", []string{good, missing, good}, good + ": is given twice", nil},
		{"standard input twice", []string{Stdin, Stdin}, "-: is given twice", nil},
		{
			"every fault is named",
			[]string{missing, good, text},
			"open " + missing + ": no such file or directory\n" + text + ": offset 0: not a capture: no known format begins with 74 65 78 74",
			os.ErrNotExist,
		},
	} {
		_, err := Open(t.Context(), c.paths, bytes.NewReader(newPcap().out), Options{})
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: Open(%q) =\n%v, want\n%s", c.name, c.paths, err, c.want)
		}
		if c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: Open(%q) = %v, which is not %v", c.name, c.paths, err, c.is)
		}
	}
}

func TestOpenAcceptsVersionsFrom23(t *testing.T) {
	t.Parallel()
	for _, minor := range []uint16{3, 4} {
		for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
			b := newBuilder(order, pcapMicros, 1)
			order.PutUint16(b.out[6:], minor)
			checkInvariance(t, b.frames(10, 10).out, []int{2}, []int{0})
		}
	}
}

// TestShortestCaptures reads captures that end in or right behind the first record header.
func TestShortestCaptures(t *testing.T) {
	t.Parallel()
	for n := 24; n <= 40; n++ {
		checkInvariance(t, newPcap().raw(1, 2, 0, 60, nil).out[:n], []int{1, 3}, []int{1, 24, 25, 39, 0})
	}
}

// TestOrderOfInputsDoesNotMatter opens the same files in every order.
func TestOrderOfInputsDoesNotMatter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var paths []string
	var want result
	for i, b := range []*builder{
		newPcap(), newPcap().frames(20, 100), newBuilder(binary.BigEndian, pcapNanos, 101).frames(30, 10), newPcap().frames(1, 1),
	} {
		data := b.out[:len(b.out)-i%2] // the second and the last are cut
		path := filepath.Join(dir, string("bcda"[i]))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := twin(path, data)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
		want.packets = append(want.packets, r.packets...)
		want.accounts = append(want.accounts, r.accounts...)
	}
	slices.SortFunc(want.accounts, func(a, b packet.Capture) int { return strings.Compare(a.Path, b.Path) })
	for order := range permutations(paths) {
		for _, workers := range []int{1, 3} {
			got, err := readAll(t.Context(), order, nil, Options{SplitSize: 200}, workers)
			if err != nil {
				t.Fatalf("Read(%q, %d workers): %v", order, workers, err)
			}
			if d := difference(want, got, false); d != "" {
				t.Errorf("Read(%q, %d workers): %s", order, workers, d)
			}
		}
	}
}

// permutations yields s in every order.
func permutations(s []string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		if len(s) < 2 {
			yield(s)
			return
		}
		for i := range s {
			rest := slices.Delete(slices.Clone(s), i, i+1)
			for p := range permutations(rest) {
				if !yield(append([]string{s[i]}, p...)) {
					return
				}
			}
		}
	}
}

// TestFileThatShrinks truncates a file after Open has seen its length.
func TestFileThatShrinks(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{"pcap": newPcap().frames(300, 50).out, "pcapng": ngEthernet().frames(300, 50).out} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkShrinks(t, data)
		})
	}
}

func checkShrinks(t *testing.T, data []byte) {
	t.Helper()
	for _, c := range []struct {
		name           string
		split, workers int
		left           int64
		want           string // "": the offset depends on which worker comes first
	}{
		{"one split", 0, 1, 10_000, "offset 10000: the file has become shorter while it was read"},
		{"to the header", 0, 1, 24, "offset 24: the file has become shorter while it was read"},
		{"to nothing", 0, 1, 0, "offset 0: the file has become shorter while it was read"},
		{"by a byte", 0, 1, int64(len(data)) - 1, ""},
		{"many splits", 1000, 1, 10_000, "offset 10000: the file has become shorter while it was read"},
		{"many workers", 1000, 3, 10_000, ""},
		{"splits of a byte", 1, 3, 10_000, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := writeFile(t, "c.pcap", data)
			r, err := Open(t.Context(), []string{path}, nil, Options{SplitSize: c.split})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if err := os.Truncate(path, c.left); err != nil {
				t.Fatal(err)
			}
			_, err = readOpen(t.Context(), r, c.workers)
			if err == nil {
				t.Fatalf("Read(truncated to %d of %d bytes) = nil, want an error", c.left, len(data))
			}
			got := err.Error()
			if !strings.HasPrefix(got, path+": offset ") || !strings.HasSuffix(got, c.want) ||
				!strings.HasSuffix(got, ": the file has become shorter while it was read") {
				t.Errorf("Read(truncated to %d of %d bytes) = %s, want %s: %s", c.left, len(data), got, path, c.want)
			}
		})
	}
}

// TestGrowingFile appends to a file after Open, as a running capture does: what counts
// is its length when it was opened.
func TestGrowingFile(t *testing.T) {
	t.Parallel()
	for _, data := range [][]byte{newPcap().frames(300, 50).out, ngEthernet().frames(300, 50).out} {
		path := writeFile(t, "c.pcap", data[:20_000])
		want, err := twin(path, data[:20_000])
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data[:20_000])
		want.accounts[0].SHA256 = hex.EncodeToString(sum[:])
		for _, workers := range []int{1, 2} {
			if err := os.WriteFile(path, data[:20_000], 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := Open(t.Context(), []string{path}, nil, Options{SplitSize: 1000, SHA256: true})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := readOpen(t.Context(), r, workers)
			if err := errors.Join(err, r.Close()); err != nil {
				t.Fatal(err)
			}
			if d := difference(want, got, workers == 1); d != "" {
				t.Errorf("Read(grown from 20000 to %d bytes, %d workers): %s", len(data), workers, d)
			}
		}
	}
}

func TestSHA256(t *testing.T) {
	t.Parallel()
	for _, c := range streamCaptures() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sum := sha256.Sum256(c.data)
			want := hex.EncodeToString(sum[:])
			path := writeFile(t, "c.pcap", c.data)
			for _, in := range []string{path, Stdin} {
				for _, split := range []int{100, 1000, 0} {
					got, err := readAll(t.Context(), []string{in}, bytes.NewReader(c.data), Options{SplitSize: split, SHA256: true}, 2)
					if err != nil {
						t.Fatal(err)
					}
					if g := got.accounts[0].SHA256; g != want {
						t.Errorf("SHA256 of %s with splits of %d bytes = %q, want %q", in, split, g, want)
					}
				}
			}
		})
	}
}

// TestSHA256OfFileThatShrinks truncates a file between its packets and its hash, which
// must not be that of a part.
func TestSHA256OfFileThatShrinks(t *testing.T) {
	t.Parallel()
	path := writeFile(t, "c.pcap", newPcap().frames(20, 20).out)
	r, err := Open(t.Context(), []string{path}, nil, Options{SHA256: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Read(t.Context(), func(packet.Batch) error { return nil }, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	want := path + ": offset 100: the file has become shorter while it was read"
	if a, err := r.Captures(t.Context()); err == nil || err.Error() != want {
		t.Errorf("Captures = %v, %v, want %s", a, err, want)
	}
}

func TestProgressReachesTotal(t *testing.T) {
	t.Parallel()
	data := newPcap().frames(100, 50).out
	damaged := newPcap().frames(100, 50)
	damaged.edit(damaged.starts[50]+recordCaptured, 1<<31)
	a := writeFile(t, "a.pcap", data)
	b := writeFile(t, "b.pcap", damaged.out)
	for _, c := range []struct {
		name  string
		paths []string
		known bool
		bytes int
		packs int64
	}{
		{"files", []string{a, b}, true, 2 * len(data), 199},
		{"stream", []string{Stdin}, false, len(damaged.out), 99},
		{"both", []string{a, Stdin, b}, false, 3 * len(data), 298},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := Open(t.Context(), c.paths, bytes.NewReader(damaged.out), Options{SplitSize: 300})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if got := r.Total(); c.known && got != int64(c.bytes) || !c.known && got >= 0 {
				t.Errorf("Total() = %d, want %d, known %t", got, c.bytes, c.known)
			}
			if n, p := r.Progress(); n != 0 || p != 0 {
				t.Errorf("Progress() before Read = %d, %d, want 0, 0", n, p)
			}
			if _, err := readOpen(t.Context(), r, 3); err != nil {
				t.Fatal(err)
			}
			if n, p := r.Progress(); n != int64(c.bytes) || p != c.packs {
				t.Errorf("Progress() = %d, %d, want %d, %d", n, p, c.bytes, c.packs)
			}
		})
	}
}

// TestNoPathsNoPackets reads nothing at all.
func TestNoPathsNoPackets(t *testing.T) {
	t.Parallel()
	got, err := readAll(t.Context(), nil, nil, Options{}, 3)
	if err != nil || len(got.packets) != 0 || len(got.accounts) != 0 {
		t.Errorf("Read(no paths) = %+v, %v, want nothing", got, err)
	}
}

// TestReadAfterTheEnd gives a worker that comes too late nothing.
func TestReadAfterTheEnd(t *testing.T) {
	t.Parallel()
	data := newPcap().frames(10, 10).out
	r, err := Open(t.Context(), []string{writeFile(t, "c.pcap", data), Stdin}, bytes.NewReader(data), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	packets := 0
	for range 3 {
		if err := r.Read(t.Context(), func(b packet.Batch) error { packets += len(b); return nil }, nil); err != nil {
			t.Fatal(err)
		}
	}
	if packets != 20 {
		t.Errorf("three Reads in a row had %d packets, want 20", packets)
	}
}

// TestBatchesAreBounded reads more packets than fit into a batch.
func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	data := newPcap().frames(3*batchLen+1, 0).out
	for _, path := range []string{writeFile(t, "c.pcap", data), Stdin} {
		r, err := Open(t.Context(), []string{path}, bytes.NewReader(data), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var lengths []int
		if err := r.Read(t.Context(), func(b packet.Batch) error { lengths = append(lengths, len(b)); return nil }, nil); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]int{batchLen, batchLen, batchLen, 1}, lengths); d != "" {
			t.Errorf("batches of %s, -want +got:\n%s", path, d)
		}
		if err := errors.Join(r.Close(), r.Close()); err != nil {
			t.Errorf("Close twice = %v, want nil", err)
		}
	}
}

// TestHashEndsWithItsContext cancels the second pass over a file.
func TestHashEndsWithItsContext(t *testing.T) {
	t.Parallel()
	r, err := Open(t.Context(), []string{writeFile(t, "c.pcap", newPcap().out)}, nil, Options{SHA256: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := readOpen(t.Context(), r, 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	cancel(stop)
	if _, err := r.Captures(ctx); !errors.Is(err, stop) {
		t.Errorf("Captures(cancelled) = %v, want %v", err, stop)
	}
}
