package reducers

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/packet"
)

// memory is a source of packets in memory. It overwrites each batch after its fold.
type memory struct {
	mu      sync.Mutex
	batches []packet.Batch
}

// sourceOf returns a source of copies of packets, in batches of the given length.
func sourceOf(packets []packet.Summary, length int) *memory {
	m := &memory{}
	for b := range slices.Chunk(packets, length) {
		m.batches = append(m.batches, slices.Clone(b))
	}
	return m
}

func (m *memory) take() packet.Batch {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.batches) == 0 {
		return nil
	}
	b := m.batches[0]
	m.batches = m.batches[1:]
	return b
}

func (m *memory) Read(ctx context.Context, fold func(packet.Batch) error, _ func()) error {
	for b := m.take(); b != nil; b = m.take() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := fold(b); err != nil {
			return err
		}
		scribble(b)
	}
	return nil
}

func accountsOf(captures []packet.Capture) func() ([]packet.Capture, error) {
	return func() ([]packet.Capture, error) {
		copies := slices.Clone(captures)
		for i := range copies {
			copies[i] = captureForm.clone(copies[i])
		}
		return copies, nil
	}
}

// TestRunWorkers checks that neither the number of workers, nor how packets come to them,
// nor which other analyses there are shows in a table.
func TestRunWorkers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, 100)
		tables := func(workers, batch int, analyses []Analysis) map[string]string {
			run := Run{Options: w.env.Options, Interval: w.interval, Workers: workers, Geo: w.env.Geo, Analyses: analyses}
			result, err := run.Analyze(t.Context(), sourceOf(w.packets, batch), accountsOf(w.captures))
			if err != nil {
				t.Fatal(err)
			}
			all := map[string]string{}
			for i, tab := range result.Tables {
				if want := analyses[i].Schema().Name; tab.Schema.Name != want {
					t.Fatalf("table %d of %d workers = %s, want %s", i, workers, tab.Schema.Name, want)
				}
				all[tab.Schema.Name] = dump(tab)
			}
			return all
		}
		want := tables(1, len(w.packets)+1, Registry())
		check := func(how string, got map[string]string) {
			for name, text := range got {
				if text != want[name] {
					t.Fatalf("%s: %s =\n%s\nwant\n%s", how, name, text, want[name])
				}
			}
		}
		for _, workers := range []int{1, 2, 3, 8} {
			w.rand.Shuffle(len(w.packets), func(i, j int) { w.packets[i], w.packets[j] = w.packets[j], w.packets[i] })
			check("other workers", tables(workers, 1+w.rand.IntN(20), Registry()))
		}
		some := slices.DeleteFunc(Registry(), func(Analysis) bool { return w.rand.IntN(2) == 0 })
		w.rand.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		check("some analyses", tables(2, 20, some))
	})
}

// TestManyRows compares with the twins where tables are long enough to be sorted in parts
// and sets to be cleaned.
func TestManyRows(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	r := rand.New(rand.NewPCG(1, 2))
	packets := make([]packet.Summary, 120_000) // each worker divides its rows
	for i := range packets {
		p := &packets[i]
		*p = packet.Summary{
			Src: packet.Addr4(0x0a000000 + r.Uint32N(3000)), Dst: packet.Addr4(0x0a000000 + r.Uint32N(20)), Version: 4,
			SrcPort: uint16(r.Uint32N(60_000)), DstPort: uint16(r.Uint32N(100)), Ports: packet.SrcPortKnown | packet.DstPortKnown,
			Proto: packet.ProtoUDP, TTL: uint8(64 + r.Uint32N(2)), Bytes: 28 + r.Uint32N(50), Path: somePaths[4][0],
			Time: aSecond + r.Int64N(1e9),
		}
		p.WireLen = p.Bytes + 14
		p.CapLen = p.WireLen
		if i%3 == 0 {
			p.Version, p.Path = 6, somePaths[6][0]
			p.Src = packet.Addr{Hi: 0xfd << 56, Lo: uint64(r.Uint32N(100_000))}
		}
	}
	c := packet.Capture{Path: "many.pcap", Format: "pcap"}
	c.Count(packets)
	compareWithTwins(t, &traffic{Options{Top: 3, Ports: AllPorts}, packets, []packet.Capture{c}, 0}, 3, 1<<30)
}

func TestRunErrors(t *testing.T) {
	cause, broken := errors.New("interrupted"), errors.New("broken")
	packets := []packet.Summary{{Version: 4, Src: packet.Addr4(1), Dst: packet.Addr4(2), Proto: 1, Bytes: 20, Time: 1}}
	for _, tt := range []struct {
		name     string
		source   func(cancel func(error)) readFunc
		accounts func(cancel func(error)) error
		want     error
	}{
		{"source fails", func(func(error)) readFunc {
			return func(context.Context, func(packet.Batch) error) error { return broken }
		}, nil, broken},
		{"accounts fail", nil, func(func(error)) error { return broken }, broken},
		{"cancelled while reading", func(cancel func(error)) readFunc {
			return func(ctx context.Context, _ func(packet.Batch) error) error {
				cancel(cause)
				<-ctx.Done()
				return context.Cause(ctx)
			}
		}, nil, cause},
		{"cancelled after reading", nil, func(cancel func(error)) error {
			cancel(cause)
			return nil
		}, cause},
	} {
		for _, workers := range []int{1, 3} {
			t.Run(tt.name, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				var src pipeline.Source = sourceOf(packets, 1)
				if tt.source != nil {
					src = tt.source(cancel)
				}
				run := Run{Workers: workers, Analyses: Registry()}
				result, err := run.Analyze(ctx, src, func() ([]packet.Capture, error) {
					if tt.accounts == nil {
						return nil, nil
					}
					return nil, tt.accounts(cancel)
				})
				if !errors.Is(err, tt.want) || result != nil {
					t.Errorf("Analyze with %d workers = %v, %v, want no result and %v", workers, result, err, tt.want)
				}
			})
		}
	}
}

// readFunc is a source that is nothing but its Read.
type readFunc func(context.Context, func(packet.Batch) error) error

func (f readFunc) Read(ctx context.Context, fold func(packet.Batch) error, _ func()) error {
	return f(ctx, fold)
}

// TestRunDefaults checks that the zero options are ready to use.
func TestRunDefaults(t *testing.T) {
	var packets []packet.Summary
	for i := range uint32(30) {
		packets = append(packets, packet.Summary{Version: 4, Src: packet.Addr4(i), Dst: packet.Addr4(99), Proto: 1, Bytes: 100 - i})
	}
	run := Run{Workers: 1, Analyses: Registry()}
	result, err := run.Analyze(t.Context(), sourceOf(packets, 10), accountsOf(nil))
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Hosts) != DefaultTop || result.Hosts[0].Addr != packet.Addr4(0) {
		t.Errorf("top hosts = %v, want the first %d of the senders", result.Hosts, DefaultTop)
	}
}
