package reducers

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/reducers/iana"
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
		compareWithTwins(t, &traffic{w.env.Options, w.packets, w.captures, w.interval}, rapid.IntRange(1, 4).Draw(t, "workers"))
	})
}

// fataler is a test of either kind.
type fataler interface {
	Helper()
	Context() ctx
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func compareWithTwins(t fataler, tr *traffic, workers int) {
	t.Helper()
	run := Run{Options: tr.Options, Interval: tr.interval, Workers: workers, Analyses: Registry()}
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

func twinPorts(t *traffic) (rows [][]any) {
	last := map[Ports]uint16{SystemPorts: 1023, RegisteredPorts: 49151, AllPorts: 65535}[t.Ports]
	sent, received := map[uint16]*sum{}, map[uint16]*sum{}
	over := map[uint16]map[uint8]int64{}
	hosts := map[uint16]map[address]bool{}
	t.ip(func(p *packet.Summary) {
		for _, end := range []struct {
			known packet.Ports
			port  uint16
			sums  map[uint16]*sum
			host  address
		}{
			{packet.SrcPortKnown, p.SrcPort, sent, source(p)},
			{packet.DstPortKnown, p.DstPort, received, destination(p)},
		} {
			if p.Ports&end.known == 0 || end.port > last {
				continue
			}
			if hosts[end.port] == nil {
				hosts[end.port], over[end.port] = map[address]bool{}, map[uint8]int64{}
				at(sent, end.port)
				at(received, end.port)
			}
			end.sums[end.port].add(p)
			hosts[end.port][end.host] = true
			if end.known == packet.SrcPortKnown {
				over[end.port][p.Proto] += int64(p.Bytes)
			}
		}
	})
	for _, port := range heaviest(t, sent, cmp.Compare[uint16]) {
		s, r := sent[port], received[port]
		rows = append(rows, []any{
			int64(port), iana.Service(port), s[0], s[1], r[0], r[1],
			over[port][6], over[port][17], over[port][132], int64(len(hosts[port])),
		})
	}
	return rows
}

// five is a directed 5-tuple. Ports that are not known are -1.
type five struct {
	src, dst address
	proto    uint8
	from, to int
}

func fiveOf(p *packet.Summary) five {
	f := five{source(p), destination(p), p.Proto, -1, -1}
	if p.Ports&packet.SrcPortKnown != 0 {
		f.from = int(p.SrcPort)
	}
	if p.Ports&packet.DstPortKnown != 0 {
		f.to = int(p.DstPort)
	}
	return f
}

func twinHosts(t *traffic) (rows [][]any) {
	type host struct {
		sent, received sum
		peers          map[address]bool
		flows          map[five]bool
		period
		ttls []uint8
	}
	hosts, sent := map[address]*host{}, map[address]*sum{}
	t.ip(func(p *packet.Summary) {
		for _, a := range []address{source(p), destination(p)} {
			h := at(hosts, a)
			h.extend(h.flows == nil, p.Time)
			if h.flows == nil {
				h.peers, h.flows = map[address]bool{}, map[five]bool{}
			}
			h.flows[fiveOf(p)] = true
			for _, b := range []address{source(p), destination(p)} {
				if b != a {
					h.peers[b] = true
				}
			}
		}
		s := hosts[source(p)]
		s.sent.add(p)
		s.ttls = append(s.ttls, p.TTL)
		hosts[destination(p)].received.add(p)
	})
	for a, h := range hosts {
		sent[a] = &h.sent
	}
	for _, a := range heaviest(t, sent, address.compare) {
		h := hosts[a]
		ttls := []any{nil, nil}
		if len(h.ttls) > 0 {
			ttls = []any{int64(slices.Min(h.ttls)), int64(slices.Max(h.ttls))}
		}
		rows = append(rows, row([]any{a.String()}, h.sent.columns(), h.received.columns(),
			[]any{int64(len(h.peers)), int64(len(h.flows))}, h.period.columns(), ttls))
	}
	return rows
}

// parts sums up what a host sent by what of tells of a packet, a negative number where
// that is nothing.
func (t *traffic) parts(host address, of func(*packet.Summary) int) map[int]*sum {
	parts := map[int]*sum{}
	t.ip(func(p *packet.Summary) {
		if n := of(p); source(p) == host && n >= 0 {
			at(parts, n).add(p)
		}
	})
	return parts
}

func protocolOf(p *packet.Summary) int        { return int(p.Proto) }
func sourcePortOf(p *packet.Summary) int      { return fiveOf(p).from }
func destinationPortOf(p *packet.Summary) int { return fiveOf(p).to }

func plainProtocolName(n int) string {
	return cmp.Or(iana.Protocol(uint8(n)), fmt.Sprintf("proto-%d", n))
}

func twinHostTransport(t *traffic) (rows [][]any) {
	for i, host := range t.top() {
		r := []any{int64(i + 1), host.String()}
		var sent int64
		for _, s := range t.parts(host, protocolOf) {
			sent += s[1]
		}
		r = append(r, sent)
		for _, of := range []func(*packet.Summary) int{protocolOf, sourcePortOf, destinationPortOf} {
			parts := t.parts(host, of)
			if len(parts) == 0 {
				r = append(r, nil, nil)
				continue
			}
			most := heaviest(t, parts, cmp.Compare[int])[0]
			r = append(r, int64(most))
			if len(r) == 4 {
				r = append(r, plainProtocolName(most))
			}
			r = append(r, parts[most][1])
		}
		rows = append(rows, r)
	}
	return rows
}

func twinHostProtocols(t *traffic) (rows [][]any) {
	for i, host := range t.top() {
		parts := t.parts(host, protocolOf)
		for _, n := range heaviest(t, parts, cmp.Compare[int]) {
			rows = append(rows, row([]any{int64(i + 1), host.String(), int64(n), plainProtocolName(n)}, parts[n].columns()))
		}
	}
	return rows
}

func twinHostPorts(t *traffic) (rows [][]any) {
	for i, host := range t.top() {
		for _, direction := range []string{"source", "destination"} {
			parts := t.parts(host, map[string]func(*packet.Summary) int{"source": sourcePortOf, "destination": destinationPortOf}[direction])
			for _, n := range heaviest(t, parts, cmp.Compare[int]) {
				rows = append(rows, row([]any{int64(i + 1), host.String(), direction, int64(n), iana.Service(uint16(n))}, parts[n].columns()))
			}
		}
	}
	return rows
}

func twinTTL(t *traffic) (rows [][]any) {
	ttls := map[[2]uint8]*sum{}
	t.ip(func(p *packet.Summary) { at(ttls, [2]uint8{p.Version, p.TTL}).add(p) })
	for _, k := range slices.SortedFunc(maps.Keys(ttls), func(a, b [2]uint8) int { return bytes.Compare(a[:], b[:]) }) {
		rows = append(rows, row([]any{int64(k[0]), int64(k[1])}, ttls[k].columns()))
	}
	return rows
}

// twinTTLSummary computes the moments by their definitions, in rational numbers.
func twinTTLSummary(t *traffic) (rows [][]any) {
	for _, version := range []uint8{4, 6, 0} {
		var ttls []uint8
		t.ip(func(p *packet.Summary) {
			if version == 0 || p.Version == version {
				ttls = append(ttls, p.TTL)
			}
		})
		if len(ttls) == 0 {
			continue
		}
		// Of equal TTLs one is worked on, and counts as many times.
		times, n := map[uint8]int64{}, big.NewRat(int64(len(ttls)), 1)
		for _, x := range ttls {
			times[x]++
		}
		mean, variance := new(big.Rat), new(big.Rat)
		square := func(x uint8) *big.Rat {
			d := new(big.Rat).Sub(big.NewRat(int64(x), 1), mean)
			return d.Mul(d, d)
		}
		for x, m := range times {
			mean.Add(mean, big.NewRat(int64(x)*m, 1))
		}
		mean.Quo(mean, n)
		for x, m := range times {
			variance.Add(variance, new(big.Rat).Mul(square(x), big.NewRat(m, 1)))
		}
		variance.Quo(variance, n)
		var above, within int64
		mode := ttls[0]
		for x, m := range times {
			if big.NewRat(int64(x), 1).Cmp(mean) > 0 {
				above += m
			}
			if square(x).Cmp(variance) <= 0 {
				within += m
			}
			if m > times[mode] || m == times[mode] && x < mode {
				mode = x
			}
		}
		of := any(int64(version))
		if version == 0 {
			of = nil
		}
		m, _ := mean.Float64()
		v, _ := variance.Float64()
		rows = append(rows, []any{
			of, int64(slices.Min(ttls)), int64(slices.Max(ttls)), m, v, math.Sqrt(v),
			int64(mode), int64(len(ttls)), above, within,
		})
	}
	return rows
}

// start returns the beginning of the interval that an instant is in.
func (t *traffic) start(time int64) int64 { return time - (time%t.interval+t.interval)%t.interval }

func twinTimeline(t *traffic) (rows [][]any) {
	intervals := map[int64]*sum{}
	for i := range t.packets {
		at(intervals, t.start(t.packets[i].Time)).add(&t.packets[i])
	}
	for _, start := range slices.Sorted(maps.Keys(intervals)) {
		rows = append(rows, row([]any{micros(start)}, intervals[start].columns()))
	}
	return rows
}

func twinHostTimeline(t *traffic) (rows [][]any) {
	top := t.top()
	intervals := map[[2]int64]*sum{}
	t.ip(func(p *packet.Summary) {
		if i := slices.Index(top, source(p)); i >= 0 {
			at(intervals, [2]int64{t.start(p.Time), int64(i)}).add(p)
		}
	})
	for _, k := range slices.SortedFunc(maps.Keys(intervals), func(a, b [2]int64) int { return slices.Compare(a[:], b[:]) }) {
		rows = append(rows, row([]any{micros(k[0]), k[1] + 1, top[k[1]].String()}, intervals[k].columns()))
	}
	return rows
}

func twinProtocols(t *traffic) (rows [][]any) {
	paths := map[string]*sum{}
	for i := range t.packets {
		p := &t.packets[i]
		path := p.Path.String()
		if p.Version != 0 {
			path += "/" + plainProtocolName(int(p.Proto))
		}
		at(paths, path).add(p)
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		rows = append(rows, row([]any{path}, paths[path].columns()))
	}
	return rows
}

func twinPacketSizes(t *traffic) (rows [][]any) {
	bins := []int64{0, 64, 128, 256, 512, 1024, 1515, 1519, 2048, 4096, 9217, 65536}
	for i, least := range bins {
		most, largest := int64(math.MaxInt64), any(nil)
		if i+1 < len(bins) {
			most = bins[i+1] - 1
			largest = most
		}
		var s sum
		for j := range t.packets {
			if n := int64(t.packets[j].WireLen); n >= least && n <= most {
				s.add(&t.packets[j])
			}
		}
		if s[0] > 0 {
			rows = append(rows, row([]any{least, largest}, s.columns()))
		}
	}
	return rows
}

func twinConversations(t *traffic) (rows [][]any) {
	type conversation struct {
		sums  [2]sum // from the smaller address, and back
		flows map[five]bool
		period
	}
	pairs, both := map[[2]address]*conversation{}, map[[2]address]*sum{}
	t.ip(func(p *packet.Summary) {
		a, b, back := source(p), destination(p), 0
		if a.compare(b) > 0 {
			a, b, back = b, a, 1
		}
		c := at(pairs, [2]address{a, b})
		c.extend(c.flows == nil, p.Time)
		if c.flows == nil {
			c.flows = map[five]bool{}
		}
		c.flows[fiveOf(p)] = true
		c.sums[back].add(p)
		at(both, [2]address{a, b}).add(p)
	})
	compare := func(x, y [2]address) int { return cmp.Or(x[0].compare(y[0]), x[1].compare(y[1])) }
	for _, k := range heaviest(t, both, compare) {
		c := pairs[k]
		rows = append(rows, row([]any{k[0].String(), k[1].String()}, c.sums[0].columns(), c.sums[1].columns(),
			[]any{int64(len(c.flows))}, c.period.columns()))
	}
	return rows
}

func twinFlows(t *traffic) (rows [][]any) {
	type flows struct {
		sum
		period
		flags uint8
		ttls  []uint8
	}
	all := map[five]*flows{}
	t.ip(func(p *packet.Summary) {
		f := at(all, fiveOf(p))
		f.extend(len(f.ttls) == 0, p.Time)
		f.sum.add(p)
		f.flags |= p.TCPFlags
		f.ttls = append(f.ttls, p.TTL)
	})
	// A port that is not known is ordered as port 0, in front of the one that is.
	compare := func(a, b five) int {
		return cmp.Or(a.src.compare(b.src), a.dst.compare(b.dst), cmp.Compare(a.proto, b.proto),
			cmp.Compare(max(a.from, 0), max(b.from, 0)), cmp.Compare(max(a.to, 0), max(b.to, 0)),
			cmp.Compare(a.to, b.to), cmp.Compare(a.from, b.from))
	}
	port := func(n int) any {
		if n < 0 {
			return nil
		}
		return int64(n)
	}
	for _, k := range slices.SortedFunc(maps.Keys(all), compare) {
		f := all[k]
		rows = append(rows, row(
			[]any{k.src.String(), k.dst.String(), [16]byte(k.src[1:]), [16]byte(k.dst[1:]), port(k.from), port(k.to), int64(k.proto)},
			f.sum.columns(), f.period.columns(), []any{int64(f.flags), int64(slices.Min(f.ttls)), int64(slices.Max(f.ttls))}))
	}
	return rows
}

func twinCaptures(t *traffic) (rows [][]any) {
	var paths []string
	for _, c := range t.captures {
		paths = append(paths, c.Path)
	}
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		var sum packet.Capture
		var links []string
		anomalies := 0
		for _, c := range t.captures {
			if c.Path != path {
				continue
			}
			if c.Packets > 0 && (sum.Packets == 0 || c.First < sum.First) {
				sum.First = c.First
			}
			if c.Packets > 0 && (sum.Packets == 0 || c.Last > sum.Last) {
				sum.Last = c.Last
			}
			sum.Format, sum.SHA256 = c.Format, c.SHA256
			sum.Packets += c.Packets
			sum.CapturedBytes += c.CapturedBytes
			sum.WireBytes += c.WireBytes
			sum.IPPackets += c.IPPackets
			sum.IPBytes += c.IPBytes
			sum.Truncated += c.Truncated
			sum.SkippedBytes += c.SkippedBytes
			anomalies += len(c.Anomalies)
			for l := range packet.LinkType(300) {
				if slices.Contains(c.Links, l) && !slices.Contains(links, l.String()) {
					links = append(links, l.String())
				}
			}
		}
		slices.SortFunc(links, func(a, b string) int { return cmp.Compare(linkNumber(a), linkNumber(b)) })
		span, hash := []any{nil, nil}, any(nil)
		if sum.Packets > 0 {
			span = period{sum.First, sum.Last}.columns()
		}
		if sum.SHA256 != "" {
			hash = sum.SHA256
		}
		rows = append(rows, row([]any{
			strings.ToValidUTF8(path, "\uFFFD"), sum.Format, strings.Join(links, ","),
			sum.Packets, sum.CapturedBytes, sum.WireBytes, sum.IPPackets, sum.IPBytes,
		}, span, []any{sum.Truncated, sum.SkippedBytes, int64(anomalies), hash}))
	}
	return rows
}

func linkNumber(name string) packet.LinkType {
	for l := range packet.LinkType(300) {
		if l.String() == name {
			return l
		}
	}
	return 0
}

func twinAnomalies(t *traffic) (rows [][]any) {
	type region struct {
		path string
		packet.Anomaly
	}
	var regions []region
	for _, c := range t.captures {
		for _, a := range c.Anomalies {
			regions = append(regions, region{c.Path, a})
		}
	}
	slices.SortFunc(regions, func(a, b region) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.Offset, b.Offset)) })
	for _, r := range regions {
		rows = append(rows, []any{strings.ToValidUTF8(r.path, "\uFFFD"), r.Offset, r.Length, string(r.Reason), r.Detail})
	}
	return rows
}

var _ = flow.NumShards
