package capture

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/packet"
)

// result is what was read of some captures.
type result struct {
	packets  []packet.Summary // worker by worker, in order
	accounts []packet.Capture
}

// twin reads a capture as the format says, record after record. It is what Reader is
// compared with and shares no code with it but the decoder of frames.
func twin(path string, data []byte) (result, error) {
	if len(data) < 24 {
		return result{}, errors.New("no header")
	}
	var order binary.ByteOrder = binary.LittleEndian
	unit, format := int64(time.Microsecond), "pcap"
	switch string(data[:4]) {
	case "\xd4\xc3\xb2\xa1":
	case "\xa1\xb2\xc3\xd4":
		order = binary.BigEndian
	case "\x4d\x3c\xb2\xa1":
		unit, format = 1, "pcap-ns"
	case "\xa1\xb2\x3c\x4d":
		order, unit, format = binary.BigEndian, 1, "pcap-ns"
	default:
		return result{}, errors.New("no magic number")
	}
	if order.Uint16(data[4:]) != 2 || order.Uint16(data[6:]) < 3 || order.Uint32(data[20:])<<6>>22 != 0 {
		return result{}, errors.New("not supported")
	}
	link := packet.LinkType(order.Uint32(data[20:]))
	r := result{}
	a := packet.Capture{Path: path, Format: format, Links: []packet.LinkType{link}, FileBytes: int64(len(data))}
	decoder := packet.NewDecoder()
	damaged := func(at int, reason packet.Reason, detail string, args ...any) {
		rest := int64(len(data) - at)
		a.SkippedBytes = rest
		a.Anomalies = []packet.Anomaly{{Offset: int64(at), Length: rest, Reason: reason, Detail: fmt.Sprintf(detail, args...)}}
	}
	at := 24
	for at < len(data) {
		rest := data[at:]
		if len(rest) < 16 {
			damaged(at, packet.CutRecord, "the capture ends after %d bytes of a record of at least 16", len(rest))
			break
		}
		captured, original := order.Uint32(rest[8:]), order.Uint32(rest[12:])
		if captured > link.MaxFrame() {
			damaged(at, packet.BadLength, "a captured length of %d, where link type %v allows %d", captured, link, link.MaxFrame())
			break
		}
		if uint32(len(rest)-16) < captured {
			damaged(at, packet.CutRecord, "the capture ends after %d bytes of a record of at least %d", len(rest), 16+captured)
			break
		}
		s := packet.Summary{
			Time:   int64(order.Uint32(rest))*1e9 + int64(order.Uint32(rest[4:]))*unit,
			CapLen: captured, WireLen: original,
		}
		decoder.Decode(link, rest[16:16+captured], &s)
		r.packets = append(r.packets, s)
		at += 16 + int(captured)
	}
	a.RecordBytes = int64(at)
	for i, s := range r.packets {
		if i == 0 || s.Time < a.First {
			a.First = s.Time
		}
		if i == 0 || s.Time > a.Last {
			a.Last = s.Time
		}
		if s.Version != 0 {
			a.IPPackets++
		}
		if s.CapLen < s.WireLen {
			a.Truncated++
		}
		a.Packets++
		a.CapturedBytes += int64(s.CapLen)
		a.WireBytes += int64(s.WireLen)
		a.IPBytes += int64(s.Bytes)
		a.Verdicts[s.Verdict]++
	}
	r.accounts = []packet.Capture{a}
	return r, nil
}

// readAll opens captures and reads them with a number of workers.
func readAll(ctx context.Context, paths []string, stdin io.Reader, o Options, workers int) (result, error) {
	r, err := Open(ctx, paths, stdin, o)
	if err != nil {
		return result{}, err
	}
	got, err := readOpen(ctx, r, workers)
	return got, errors.Join(err, r.Close())
}

// readOpen reads with a number of workers, as pipeline.Fold does.
func readOpen(ctx context.Context, r *Reader, workers int) (result, error) {
	shares := make([][]packet.Summary, workers)
	g, gctx := errgroup.WithContext(ctx)
	for w := range workers {
		g.Go(func() error {
			return r.Read(gctx, func(b packet.Batch) error {
				shares[w] = append(shares[w], b...)
				return nil
			})
		})
	}
	if err := g.Wait(); err != nil {
		return result{}, err
	}
	accounts, err := r.Captures(ctx)
	return result{slices.Concat(shares...), accounts}, err
}

// difference returns how got differs from want, where ordered in the order of packets
// too, or "".
func difference(want, got result, ordered bool) string {
	if d := cmp.Diff(want.accounts, got.accounts); d != "" {
		return "accounts, -want +got:\n" + d
	}
	if len(want.packets) != len(got.packets) {
		return fmt.Sprintf("%d packets, want %d", len(got.packets), len(want.packets))
	}
	if ordered {
		for i, w := range want.packets {
			if g := got.packets[i]; g != w {
				return fmt.Sprintf("packet %d is %+v, want %+v", i, g, w)
			}
		}
		return ""
	}
	w, g := multiset(want.packets), multiset(got.packets)
	if !maps.Equal(w, g) {
		for s, n := range w {
			if g[s] != n {
				return fmt.Sprintf("packet %+v comes %d times, want %d", s, g[s], n)
			}
		}
	}
	return ""
}

func multiset(packets []packet.Summary) map[packet.Summary]int {
	m := make(map[packet.Summary]int, len(packets))
	for _, s := range packets {
		m[s]++
	}
	return m
}

// writeFile writes a file into a new directory and returns its path.
func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
