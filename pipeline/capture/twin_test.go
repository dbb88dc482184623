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
	order, unit, link, ok := twinHeader(data)
	if !ok {
		return result{}, errors.New("no header that is supported")
	}
	format := "pcap"
	if unit == 1 {
		format = "pcap-ns"
	}
	r := result{}
	a := packet.Capture{Path: path, Format: format, Links: []packet.LinkType{link}, FileBytes: int64(len(data))}
	decoder := packet.NewDecoder()
	at := 24
	lost := func(n int, reason packet.Reason, detail string, args ...any) {
		a.Anomalies = append(a.Anomalies, packet.Anomaly{
			Offset: int64(at), Length: int64(n), Reason: reason, Detail: fmt.Sprintf(detail, args...),
		})
		a.SkippedBytes += int64(n)
		at += n
	}
	// rest is how far it is to the next chain of plausible records.
	rest := func() int {
		for next := at + 1; next < len(data); next++ {
			if plausible(order, unit, link, data[next:]) {
				return next - at
			}
		}
		return len(data) - at
	}
	for at < len(data) {
		b := data[at:]
		if len(b) < 16 {
			lost(rest(), packet.CutRecord, "the capture ends after %d bytes of a record of at least 16", len(b))
			continue
		}
		captured, original := order.Uint32(b[8:]), order.Uint32(b[12:])
		if captured > link.MaxFrame() || captured == 0 {
			if o, u, l, ok := twinHeader(b); ok {
				order, unit, link = o, u, l
				if !slices.Contains(a.Links, l) {
					a.Links = append(a.Links, l)
					slices.Sort(a.Links)
				}
				lost(24, packet.EmbeddedHeader, "a file header in the place of a record: another capture begins here")
				continue
			}
			if len(b) < 24 && slices.Contains(twinMagics, string(b[:4])) {
				lost(rest(), packet.CutRecord, "the capture ends after %d bytes of a record of at least 24", len(b))
				continue
			}
		}
		if captured > link.MaxFrame() {
			lost(rest(), packet.BadLength, "a captured length of %d, where link type %v allows %d", captured, link, link.MaxFrame())
			continue
		}
		if string(b[:16]) == string(make([]byte, 16)) {
			lost(rest(), packet.ZeroFilled, "zeros in the place of a record header")
			continue
		}
		if uint32(len(b)-16) < captured {
			lost(rest(), packet.CutRecord, "the capture ends after %d bytes of a record of at least %d", len(b), 16+captured)
			continue
		}
		s := packet.Summary{
			Time:   int64(order.Uint32(b))*1e9 + int64(order.Uint32(b[4:]))*unit,
			CapLen: captured, WireLen: original,
		}
		decoder.Decode(link, b[16:16+captured], &s)
		r.packets = append(r.packets, s)
		at += 16 + int(captured)
	}
	a.RecordBytes = int64(len(data)) - a.SkippedBytes
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

var twinMagics = []string{"\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d"}

// twinHeader reads a file header.
func twinHeader(b []byte) (order binary.ByteOrder, unit int64, link packet.LinkType, ok bool) {
	if len(b) < 24 {
		return nil, 0, 0, false
	}
	order, unit = binary.LittleEndian, int64(time.Microsecond)
	switch i := slices.Index(twinMagics, string(b[:4])); i {
	case -1:
		return nil, 0, 0, false
	case 1:
		order = binary.BigEndian
	case 2:
		unit = 1
	case 3:
		order, unit = binary.BigEndian, 1
	}
	ok = order.Uint16(b[4:]) == 2 && order.Uint16(b[6:]) >= 3 && order.Uint32(b[20:])<<6>>22 == 0
	return order, unit, packet.LinkType(order.Uint32(b[20:])), ok
}

// plausible reports whether eight plausible records follow, or fewer that end with b.
func plausible(order binary.ByteOrder, unit int64, link packet.LinkType, b []byte) bool {
	for n := range 8 {
		if len(b) == 0 {
			return n > 0
		}
		if len(b) < 16 {
			return false
		}
		fraction, captured, original := int64(order.Uint32(b[4:])), order.Uint32(b[8:]), order.Uint32(b[12:])
		if fraction*unit >= 1e9 || original == 0 || captured > original || original > 1<<20 || captured > link.MaxFrame() {
			return false
		}
		if int(captured) > len(b)-16 {
			return n == 7
		}
		b = b[16+captured:]
	}
	return true
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
