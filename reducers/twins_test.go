package reducers

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/spill"
)

// traffic is what the plain twins work on.
type traffic struct {
	Options
	packets  []packet.Summary
	captures []packet.Capture
	interval int64 // of time series, not 0
}

// twins are the analyses once more, the straightforward way: out of the packets, without
// atoms, partials or merges. Each returns the rows of its table.
var twins = map[string]func(*traffic) [][]any{
	"captures":       twinCaptures,
	"ports":          twinPorts,
	"hosts":          twinHosts,
	"host_transport": twinHostTransport,
	"host_protocols": twinHostProtocols,
	"host_ports":     twinHostPorts,
	"ttl":            twinTTL,
	"ttl_summary":    twinTTLSummary,
	"timeline":       twinTimeline,
	"host_timeline":  twinHostTimeline,
	"protocols":      twinProtocols,
	"packet_sizes":   twinPacketSizes,
	"conversations":  twinConversations,
	"flows":          twinFlows,
	"anomalies":      twinAnomalies,
	"zones":          twinZones,
}

// TestTwins compares whole runs over random packets with the plain twins.
func TestTwins(t *testing.T) {
	for _, a := range Registry() {
		if name := a.Schema().Name; twins[name] == nil {
			t.Logf("%s has no plain twin to be compared with: add one to twins", name)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, 120)
		limit := rapid.SampledFrom([]int64{0, 1, 1 << 14, 1 << 30}).Draw(t, "memory")
		compareWithTwins(t, &traffic{w.env.Options, w.packets, w.captures, w.interval}, rapid.IntRange(1, 4).Draw(t, "workers"), limit)
	})
}

// fataler is a test of either kind.
type fataler interface {
	Helper()
	Context() context.Context
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// compareWithTwins does it with a limit to memory, 0 for none: then none is used again.
func compareWithTwins(t fataler, tr *traffic, workers int, limit int64) {
	t.Helper()
	run := Run{Options: tr.Options, Interval: tr.interval, Workers: workers, Geo: someAtlas(), Analyses: Registry()}
	if limit > 0 {
		run.Memory = spill.New(limit, workers, "")
		defer run.Memory.Close()
	}
	result, err := run.Analyze(t.Context(), sourceOf(tr.packets, 50), accountsOf(tr.captures))
	if err != nil {
		t.Fatal(err)
	}
	plain := *tr
	plain.interval = result.Interval // its choice is tested where it is made
	if (plain.interval == 0) != (len(tr.packets) == 0) || tr.interval != 0 && plain.interval != 0 && plain.interval != tr.interval {
		t.Fatalf("interval of %d packets = %d, want %d, 0 only without packets", len(tr.packets), result.Interval, tr.interval)
	}
	var hosts []string
	for _, h := range result.Hosts {
		hosts = append(hosts, h.String())
	}
	if diff := gocmp.Diff(texts(plain.top()), hosts); diff != "" {
		t.Fatalf("top hosts by %v (-twin +Analyze):\n%s", tr.RankBy, diff)
	}
	for _, tab := range result.Tables {
		if twin := twins[tab.Schema.Name]; twin != nil {
			if got, want := dump(tab), lines(twin(&plain)); got != want {
				t.Fatalf("%s by %v with ports %v (-twin +Analyze):\n%s", tab.Schema.Name, tr.RankBy, tr.Ports,
					gocmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
			}
		}
	}
}

// address is a host: the IP version and then the address, so that it orders hosts.
type address [17]byte

func source(p *packet.Summary) address      { return addressOf(p.Version, p.Src) }
func destination(p *packet.Summary) address { return addressOf(p.Version, p.Dst) }

func addressOf(version uint8, a packet.Addr) (h address) {
	h[0] = version
	for i := range 8 {
		h[1+i], h[9+i] = byte(a.Hi>>(56-8*i)), byte(a.Lo>>(56-8*i))
	}
	return h
}

func (a address) compare(b address) int { return bytes.Compare(a[:], b[:]) }

func (a address) String() string {
	if a[0] == 4 {
		return fmt.Sprintf("%d.%d.%d.%d", a[13], a[14], a[15], a[16])
	}
	return netip.AddrFrom16([16]byte(a[1:])).String()
}

func texts(hosts []address) (s []string) {
	for _, h := range hosts {
		s = append(s, h.String())
	}
	return s
}

// sum is packets, bytes and wire bytes.
type sum [3]int64

func (s *sum) add(p *packet.Summary) {
	s[0]++
	s[1] += int64(p.Bytes)
	s[2] += int64(p.WireLen)
}

func (s sum) columns() []any { return []any{s[0], s[1], s[2]} }

// by returns the measure that ranks.
func (t *traffic) by(s sum) int64 {
	return map[RankBy]int64{ByPackets: s[0], ByBytes: s[1], ByWireBytes: s[2]}[t.RankBy]
}

// ip calls f with every IP packet.
func (t *traffic) ip(f func(p *packet.Summary)) {
	for i := range t.packets {
		if t.packets[i].Version != 0 {
			f(&t.packets[i])
		}
	}
}

// heaviest returns the keys of m, those that measure most first, and of several the
// smaller one.
func heaviest[K comparable](t *traffic, m map[K]*sum, compare func(a, b K) int) []K {
	return slices.SortedFunc(maps.Keys(m), func(a, b K) int {
		return cmp.Or(cmp.Compare(t.by(*m[b]), t.by(*m[a])), compare(a, b))
	})
}

// at returns m[k], which it makes if need be.
func at[K comparable, V any](m map[K]*V, k K) *V {
	if m[k] == nil {
		m[k] = new(V)
	}
	return m[k]
}

// top returns the hosts that sent most.
func (t *traffic) top() []address {
	sent := map[address]*sum{}
	t.ip(func(p *packet.Summary) { at(sent, source(p)).add(p) })
	hosts := heaviest(t, sent, address.compare)
	return hosts[:min(len(hosts), t.Top)]
}

// period is when the first and the last packet came.
type period struct{ first, last int64 }

// extend makes a period cover an instant; it covers others already unless it is new.
func (s *period) extend(first bool, time int64) {
	if first {
		s.first, s.last = time, time
	}
	s.first, s.last = min(s.first, time), max(s.last, time)
}

func (s period) columns() []any { return []any{micros(s.first), micros(s.last)} }

func micros(ns int64) int64 { return time.Unix(0, ns).UnixMicro() }

func row(groups ...[]any) []any { return slices.Concat(groups...) }
