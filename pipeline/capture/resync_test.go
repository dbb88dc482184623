package capture

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/packet"
)

// TestDamagedRegionOfAnyLength loses the records for as long as a search for them reads
// at a time, a little less and a little more, in the middle of a capture and at its end.
func TestDamagedRegionOfAnyLength(t *testing.T) {
	t.Parallel()
	for _, n := range []int{scanLen - 1, scanLen, scanLen + 1, scanLen + 2, 2*scanLen + 1} {
		for _, behind := range []int{0, 12} {
			t.Run(fmt.Sprintf("%d bytes/%d records behind", n, behind), func(t *testing.T) {
				t.Parallel()
				b := newPcap().frames(3, 10)
				b.out = append(b.out, make([]byte, n)...)
				checkInvariance(t, b.frames(behind, 10).out, []int{2}, []int{0, 3 * scanLen / 2})
			})
		}
	}
}

// TestSeveralDamagedRegions damages every twelfth record in another way.
func TestSeveralDamagedRegions(t *testing.T) {
	t.Parallel()
	for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
		b := newBuilder(order, pcapMicros, 1).frames(200, 30)
		for i := 5; i < len(b.starts); i += 12 {
			at := b.starts[i]
			switch i / 12 % 4 {
			case 0:
				b.edit(at+recordCaptured, 1<<31)
			case 1:
				clear(b.out[at : at+recordLen])
			case 2:
				b.edit(at+recordCaptured, 200_000)
			case 3:
				clear(b.out[at:b.starts[i+2]])
			}
		}
		want, err := twin("", b.out)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(want.accounts[0].Anomalies); n < 4 {
			t.Fatalf("the test's capture has %d anomalies, want several", n)
		}
		checkInvariance(t, b.out, workerCounts, []int{7, 16, 64, 100, 1000, 0})
	}
}

// TestConcatenatedCaptures joins captures of every kind, as cat does.
func TestConcatenatedCaptures(t *testing.T) {
	t.Parallel()
	part := func(order byteOrder, magic, link uint32) []byte {
		return newBuilder(order, magic, link).frames(15, 20).out
	}
	parts := [][]byte{
		part(binary.LittleEndian, pcapMicros, 1), part(binary.BigEndian, pcapMicros, 1), part(binary.LittleEndian, pcapNanos, 101),
		part(binary.BigEndian, pcapNanos, 147), newPcap().out, newPcap().out, part(binary.LittleEndian, pcapMicros, 1),
	}
	all := slices.Concat(parts...)
	t.Run("whole", func(t *testing.T) {
		t.Parallel()
		checkInvariance(t, all, workerCounts, splitSizes)
	})
	t.Run("cut", func(t *testing.T) {
		t.Parallel()
		for n := range pcapHeaderLen + recordLen {
			checkInvariance(t, all[:len(parts[0])+n], []int{3}, []int{100, 1000})
		}
	})
	t.Run("header that is not supported", func(t *testing.T) {
		t.Parallel()
		for _, b := range []*builder{newPcap().edit(4, 2|2<<16), newPcap().edit(20, 1<<16), newBuilder(binary.BigEndian, pcapMicros, 1).edit(4, 1<<16)} {
			checkInvariance(t, slices.Concat(parts[0], b.frames(15, 20).out), []int{3}, []int{16, 100, 0})
		}
	})
	t.Run("behind damage", func(t *testing.T) {
		t.Parallel()
		first := newPcap().frames(15, 20)
		first.edit(first.starts[12]+recordCaptured, 1<<31)
		checkInvariance(t, slices.Concat(first.out, parts[1], parts[2]), []int{3}, []int{16, 100, 0})
	})
}

// TestSearchForRecordsEndsWithItsContext cancels a search that would take hours.
func TestSearchForRecordsEndsWithItsContext(t *testing.T) {
	t.Parallel()
	path := writeFile(t, "c.pcap", newPcap().frames(20, 20).out)
	if err := os.Truncate(path, 1<<42); err != nil {
		t.Skip("no files with holes:", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	r, err := Open(ctx, []string{path}, nil, Options{SplitSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	// The first worker's packets come while the second one, or the first in its second
	// split, is already searching or is about to.
	g, gctx := errgroup.WithContext(ctx)
	for range 2 {
		g.Go(func() error {
			return r.Read(gctx, func(packet.Batch) error { cancel(errEnough); return nil }, nil)
		})
	}
	if err := g.Wait(); !errors.Is(err, errEnough) {
		t.Errorf("Read(zeros without end) = %v, want %v", err, errEnough)
	}
}

// TestCloseAfterReadHasFailed leaves no file open.
func TestCloseAfterReadHasFailed(t *testing.T) {
	t.Parallel()
	path := writeFile(t, "c.pcap", newPcap().frames(100, 20).out)
	r, err := Open(t.Context(), []string{path}, nil, Options{SplitSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	in := r.inputs[0]
	if err := r.Read(t.Context(), func(packet.Batch) error { return errEnough }, nil); !errors.Is(err, errEnough) {
		t.Fatalf("Read = %v, want %v", err, errEnough)
	}
	if err := r.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if in.file.open != nil {
		t.Errorf("%s is still open after Close", path)
	}
}
