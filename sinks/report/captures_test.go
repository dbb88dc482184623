package report

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/capfold/capfold/bench/synth"
	"github.com/capfold/capfold/pipeline/capture"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/reducers"
	"github.com/capfold/capfold/reducers/geo"
	"github.com/capfold/capfold/sinks"
)

// analyze returns the result of a capture. It has no totals, as that of a version that
// stored none: they come from the table of captures.
func analyze(t *testing.T, data []byte) Input {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.pcap")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	r, err := capture.Open(ctx, []string{path}, nil, capture.Options{SplitSize: capture.DefaultSplitSize, Buffers: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	run := reducers.Run{Workers: 2, Analyses: reducers.Registry(), Geo: geo.Default()}
	result, err := run.Analyze(ctx, r, func() ([]packet.Capture, error) { return r.Captures(ctx) })
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Version: "test", Tables: map[string]*table.Table{}}
	for _, c := range result.Captures {
		in.Inputs = append(in.Inputs, sinks.Input{Path: c.Path, Format: c.Format, Bytes: c.StoredBytes, Packets: c.Packets})
	}
	for _, t := range result.Tables {
		in.Tables[t.Schema.Name] = t
	}
	return in
}

// pcapHeader begins a capture of Ethernet frames.
var pcapHeader = []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0}

// ipv6Capture returns a capture of UDP over IPv6, and nothing else.
func ipv6Capture() []byte {
	b := bytes.Clone(pcapHeader)
	server := netip.MustParseAddr("2a00:1450:4001:800::1").As16()
	for i := range 200 {
		client := netip.MustParseAddr("2001:db8::1").As16()
		client[15] = byte(1 + i%9)
		payload := 8 + i*5%700
		b = binary.LittleEndian.AppendUint32(b, uint32(1_700_000_000+i))
		b = append(b, 0, 0, 0, 0)
		for range 2 {
			b = binary.LittleEndian.AppendUint32(b, uint32(14+40+payload))
		}
		b = append(b, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 0x86, 0xdd, 0x60, 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(payload))
		b = append(b, 17, byte(64-i%3))
		if i%2 == 0 {
			b = append(append(b, client[:]...), server[:]...)
		} else {
			b = append(append(b, server[:]...), client[:]...)
		}
		b = append(b, 1, 187, 0x9c, byte(i), byte(payload>>8), byte(payload), 0, 0)
		b = append(b, make([]byte, payload-8)...)
	}
	return b
}

// TestCaptures opens the reports of captures that are unlike each other.
func TestCaptures(t *testing.T) {
	ctx := browser(t)
	var campus bytes.Buffer
	if _, err := synth.Write(&campus, "campus-2011", synth.Options{}); err != nil {
		t.Fatal(err)
	}
	recorded, err := os.ReadFile(filepath.Join("..", "..", "testdata", "campus-net.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	noMap := []string{"addresses", "conversations", "ports", "protocols", "scatter", "sizes", "time", "time-all", "ttl"}
	for _, tt := range []struct {
		name   string
		data   []byte
		charts []string
	}{
		{"campus-2011", campus.Bytes(), allCharts},
		{"recorded, private addresses", recorded, noMap},
		{"damaged", append(append(bytes.Clone(recorded[:100_000]), make([]byte, 5000)...), recorded[100_000:200_000]...), noMap},
		{"empty", pcapHeader, nil},
		{"IPv6 only", ipv6Capture(), allCharts},
	} {
		t.Run(tt.name, func(t *testing.T) {
			html := write(t, analyze(t, tt.data))
			for _, w := range []window{desktop, phone} {
				p := open(ctx, t, html, w)
				wantSections(t, p)
				wantCharts(t, p, tt.charts...)
				if out := p.overflow(); len(out) > 0 {
					t.Errorf("out of the window: %q", out)
				}
			}
		})
	}
}
