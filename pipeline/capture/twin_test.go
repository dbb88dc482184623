package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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
	switch {
	case strings.HasPrefix(string(data), "\x0a\x0d\x0d\x0a"):
		return twinPcapng(path, data)
	case strings.HasPrefix(string(data), "snoop\x00\x00\x00"):
		return twinSnoop(path, data)
	}
	h, ok := twinHeader(data)
	if !ok {
		return result{}, errors.New("no header that is supported")
	}
	r := result{}
	a := packet.Capture{Path: path, Format: h.format, Links: []packet.LinkType{h.link}, FileBytes: int64(len(data))}
	decoder := packet.NewDecoder()
	at := h.length
	lost := func(n int, reason packet.Reason, detail string, args ...any) {
		twinLost(&a, at, at+n, reason, fmt.Sprintf(detail, args...))
		at += n
	}
	// rest is how far it is to the next chain of plausible records.
	rest := func() int {
		for next := at + 1; next < len(data); next++ {
			if h.plausible(data[next:]) {
				return next - at
			}
		}
		return len(data) - at
	}
	for at < len(data) {
		b := data[at:]
		if len(b) < h.record {
			lost(rest(), packet.CutRecord, "a record of at least %d bytes, where the capture has %d left", h.record, len(b))
			continue
		}
		captured, original := h.lengths(b)
		link := h.link
		if captured > link.MaxFrame() || captured == 0 {
			if o, ok := twinHeader(b); ok && slices.Contains(twinMagics[:4], string(b[:4])) {
				h = o
				if !slices.Contains(a.Links, h.link) {
					a.Links = append(a.Links, h.link)
					slices.Sort(a.Links)
				}
				lost(24, packet.EmbeddedHeader, "a file header in the place of a record: another capture begins here")
				continue
			}
		}
		if captured > link.MaxFrame() {
			lost(rest(), packet.BadLength, "a captured length of %d, where link type %v allows %d", captured, link, link.MaxFrame())
			continue
		}
		if len(b) >= 128 && string(b[:128]) == string(make([]byte, 128)) {
			lost(rest(), packet.ZeroFilled, "zeros in the place of a record header")
			continue
		}
		if len(b)-h.record < int(captured) {
			lost(rest(), packet.CutRecord, "a record of at least %d bytes, where the capture has %d left", h.record+int(captured), len(b))
			continue
		}
		if h.swallows(b, h.record+int(captured)) {
			lost(rest(), packet.BadLength, "a captured length of %d, but other records begin within these bytes", captured)
			continue
		}
		s := packet.Summary{
			Time:   int64(h.order.Uint32(b))*1e9 + int64(h.order.Uint32(b[4:]))*h.unit,
			CapLen: captured, WireLen: original,
		}
		decoder.Decode(link, b[h.record:h.record+int(captured)], &s)
		r.packets = append(r.packets, s)
		at += h.record + int(captured)
	}
	return r.finish(a), nil
}

// twinLost adds a damaged region to the account of a capture.
func twinLost(a *packet.Capture, from, to int, reason packet.Reason, detail string) {
	if reason == packet.CutRecord && int64(to) < a.FileBytes {
		reason = packet.BadLength
	}
	a.Anomalies = append(a.Anomalies, packet.Anomaly{Offset: int64(from), Length: int64(to - from), Reason: reason, Detail: detail})
	a.SkippedBytes += int64(to - from)
	a.DamagedRegions++
}

// finish completes the account of the packets.
func (r result) finish(a packet.Capture) result {
	a.RecordBytes, a.StoredBytes = a.FileBytes-a.SkippedBytes, a.FileBytes
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
	a.Anomalies = a.Anomalies[:min(len(a.Anomalies), packet.MaxAnomalies+1)]
	r.accounts = []packet.Capture{a}
	return r
}

// readAll opens captures and reads them with a number of workers.
func readAll(ctx context.Context, paths []string, stdin io.Reader, o Options, workers int) (result, error) {
	o.Workers = workers
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
			}, func() { shares[w] = nil })
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
