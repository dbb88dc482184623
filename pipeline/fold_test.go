package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/spill"
	"github.com/capfold/capfold/pipeline/table"
)

var workerCounts = []int{1, 2, 3, 8}

// memory is a Source of batches. As long as there are batches enough, it makes sure that
// every worker has one before any worker gets a second.
type memory struct {
	batches []packet.Batch
	workers int
	next    atomic.Int64
	start   sync.WaitGroup
}

func newMemory(batches []packet.Batch, workers int) *memory {
	m := &memory{batches: batches, workers: workers}
	if len(batches) < workers {
		m.workers = 0 // too few to deal
	}
	m.start.Add(m.workers)
	return m
}

func (m *memory) Read(ctx context.Context, fold func(packet.Batch) error, _ func()) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n := int(m.next.Add(1)) - 1
		if n >= len(m.batches) {
			return nil
		}
		if n < m.workers {
			m.start.Done()
			m.start.Wait()
		}
		if err := fold(m.batches[n]); err != nil {
			return err
		}
	}
}

// sourceFunc is a Source that is a function.
type sourceFunc func(ctx context.Context, fold func(packet.Batch) error) error

func (f sourceFunc) Read(ctx context.Context, fold func(packet.Batch) error, _ func()) error {
	return f(ctx, fold)
}

// hasty is a Source that makes every worker fold all batches, forget them, and fold its
// share.
type hasty struct{ *memory }

func (h hasty) Read(ctx context.Context, fold func(packet.Batch) error, forget func()) error {
	for _, b := range h.batches {
		if err := fold(b); err != nil {
			return err
		}
	}
	forget()
	return h.memory.Read(ctx, fold, forget)
}

// tally is a Reducer, and a Partial of another one: sums under names.
type tally[In any] struct {
	add  func(sums map[string]int64, in In)
	sums map[string]int64
}

func (t tally[In]) Schema() table.Schema                 { return table.Schema{} }
func (t tally[In]) New() Partial[In]                     { return &tally[In]{t.add, map[string]int64{}} }
func (t *tally[In]) Add(in In)                           { t.add(t.sums, in) }
func (t *tally[In]) Table() *table.Table                 { panic("not used") }
func (t *tally[In]) UnmarshalBinary([]byte) error        { panic("not used") }
func (t *tally[In]) AppendBinary([]byte) ([]byte, error) { panic("not used") }

func (t *tally[In]) Merge(other Partial[In]) {
	for name, n := range other.(*tally[In]).sums {
		t.sums[name] += n
	}
}

// sumsOf returns what partials of tallies have summed up.
func sumsOf[In any](partials []Partial[In]) []map[string]int64 {
	var all []map[string]int64
	for _, p := range partials {
		all = append(all, p.(*tally[In]).sums)
	}
	return all
}

var packetReducers = []Reducer[packet.Batch]{
	tally[packet.Batch]{add: func(sums map[string]int64, b packet.Batch) {
		sums["batches"]++
		for i := range b {
			sums[fmt.Sprintf("version %d", b[i].Version)]++
		}
	}},
	tally[packet.Batch]{add: func(sums map[string]int64, b packet.Batch) {
		for i := range b {
			sums["wire bytes"] += int64(b[i].WireLen)
		}
	}},
}

// conversationReducers count what is right only if conversations come whole and once.
var conversationReducers = []Reducer[flow.Batch]{
	tally[flow.Batch]{add: func(sums map[string]int64, b flow.Batch) {
		for _, c := range b.Conversations {
			sums[fmt.Sprintf("%v – %v", c.A, c.B)]++
		}
	}},
	tally[flow.Batch]{add: func(sums map[string]int64, b flow.Batch) {
		for _, f := range b.Flows {
			sums["flows"]++
			sums["packets"] += f.Packets
			sums["bytes"] += f.Bytes
		}
		for range b.Atoms() {
			sums["atoms"]++
		}
	}},
}

// traffic returns batches of packets between few hosts.
func traffic(batches int) []packet.Batch {
	rng := rand.New(rand.NewPCG(1, 1))
	all := make([]packet.Batch, batches)
	for i := range all {
		all[i] = make(packet.Batch, rng.IntN(300))
		for j := range all[i] {
			length := uint32(rng.IntN(1500))
			all[i][j] = packet.Summary{
				Version: []uint8{4, 4, 6, 0}[rng.IntN(4)],
				Src:     packet.Addr4(rng.Uint32N(20)), Dst: packet.Addr4(rng.Uint32N(20)),
				SrcPort: uint16(rng.IntN(3)), DstPort: uint16(rng.IntN(3)), Ports: packet.SrcPortKnown | packet.DstPortKnown,
				Proto: packet.ProtoUDP, TTL: uint8(rng.IntN(2)), Bytes: length, WireLen: length + 14,
				Time: 1e18 + rng.Int64N(3600e9),
			}
		}
	}
	return all
}

// twin folds and reduces packets without flow or pipeline.
func twin(batches []packet.Batch) (packets, conversations []map[string]int64) {
	packets = []map[string]int64{{"batches": int64(len(batches))}, {}}
	conversations = []map[string]int64{{}, {}}
	atoms, flows := map[flow.Key]bool{}, map[flow.Key]bool{}
	for _, b := range batches {
		for _, s := range b {
			packets[0][fmt.Sprintf("version %d", s.Version)]++
			packets[1]["wire bytes"] += int64(s.WireLen)
			if s.Version == 0 {
				continue
			}
			k := flow.Key{
				Src: s.Src, Dst: s.Dst, SrcPort: s.SrcPort, DstPort: s.DstPort,
				Proto: s.Proto, TTL: s.TTL, Version: s.Version, Ports: s.Ports,
			}
			atoms[k] = true
			k.TTL = 0
			flows[k] = true
			x, y := k.SrcHost(), k.DstHost()
			if x.Compare(y) > 0 {
				x, y = y, x
			}
			conversations[0][fmt.Sprintf("%v – %v", x, y)] = 1
			conversations[1]["packets"]++
			conversations[1]["bytes"] += int64(s.Bytes)
		}
	}
	if len(atoms) > 0 {
		conversations[1]["atoms"], conversations[1]["flows"] = int64(len(atoms)), int64(len(flows))
	}
	return packets, conversations
}

// TestResultsDoNotDependOnWorkers folds and reduces with any number of them.
func TestResultsDoNotDependOnWorkers(t *testing.T) {
	t.Parallel()
	for _, batches := range [][]packet.Batch{traffic(60), traffic(2), {{}}, nil} {
		wantPackets, wantConversations := twin(batches)
		if batches == nil {
			wantPackets[0] = map[string]int64{}
		}
		var points []flow.Point
		for i, workers := range append(workerCounts, 200) {
			folded, err := Fold(t.Context(), newMemory(batches, workers), packetReducers, 0, workers, nil)
			if err != nil {
				t.Fatalf("Fold(%d batches, %d workers): %v", len(batches), workers, err)
			}
			if d := gocmp.Diff(wantPackets, sumsOf(folded.Packets)); d != "" {
				t.Errorf("Fold(%d batches, %d workers): packets, -want +got:\n%s", len(batches), workers, d)
			}
			var senders []packet.Host
			for h := range folded.Senders(-1, func(c *flow.Counts) int64 { return c.Bytes }) {
				senders = append(senders, h)
			}
			if got := series(folded, senders); i == 0 {
				points = got
			} else if d := gocmp.Diff(points, got); d != "" {
				t.Errorf("Fold(%d batches, %d workers): points, -one worker +got:\n%s", len(batches), workers, d)
			}
			got, err := Reduce(t.Context(), folded.Merged, conversationReducers, workers, nil)
			if err != nil {
				t.Fatalf("Reduce(%d batches, %d workers): %v", len(batches), workers, err)
			}
			if d := gocmp.Diff(wantConversations, sumsOf(got)); d != "" {
				t.Errorf("Reduce(%d batches, %d workers): -want +got:\n%s", len(batches), workers, d)
			}
		}
	}
}

// TestForgetting folds batches that are void and then the others, with and without room.
func TestForgetting(t *testing.T) {
	t.Parallel()
	batches := traffic(60)
	wantPackets, wantConversations := twin(batches)
	for _, limit := range []int64{1 << 10, 1 << 30} {
		for _, workers := range workerCounts {
			memory := spill.New(limit, workers, t.TempDir())
			folded, err := Fold(t.Context(), hasty{newMemory(batches, workers)}, packetReducers, 0, workers, memory)
			if err != nil {
				t.Fatal(err)
			}
			if d := gocmp.Diff(wantPackets, sumsOf(folded.Packets)); d != "" {
				t.Errorf("Fold(forgetting, %d workers, %d bytes): packets, -want +got:\n%s", workers, limit, d)
			}
			total := int64(0)
			for p := range folded.Points(nil) {
				total += p.Packets
			}
			got, err := Reduce(t.Context(), folded.Merged, conversationReducers, workers, memory)
			if err != nil {
				t.Fatal(err)
			}
			if d := gocmp.Diff(wantConversations, sumsOf(got)); d != "" {
				t.Errorf("Reduce(%d workers, %d bytes): -want +got:\n%s", workers, limit, d)
			}
			if want := wantPackets[0]["version 0"] + wantPackets[0]["version 4"] + wantPackets[0]["version 6"]; total != want {
				t.Errorf("%d workers, %d bytes: %d packets in the series of all, want %d", workers, limit, total, want)
			}
			if err := memory.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// series returns all points, summed and in order.
func series(f *Folded, hosts []packet.Host) []flow.Point {
	type key struct {
		host  packet.Host
		start int64
	}
	sums := map[key]flow.Counts{}
	for p := range f.Points(hosts) {
		c := sums[key{p.Host, p.Start}]
		c.Add(p.Counts)
		sums[key{p.Host, p.Start}] = c
	}
	points := []flow.Point{{Start: f.Interval()}}
	for k, c := range sums {
		points = append(points, flow.Point{Host: k.host, Start: k.start, Counts: c})
	}
	slices.SortFunc(points[1:], func(a, b flow.Point) int { return cmp.Or(a.Host.Compare(b.Host), cmp.Compare(a.Start, b.Start)) })
	return points
}

// TestNoReducers folds for the atoms alone, and reduces for nothing.
func TestNoReducers(t *testing.T) {
	t.Parallel()
	batches := traffic(5)
	folded, err := Fold(t.Context(), newMemory(batches, 2), nil, 0, 2, nil)
	if err != nil || len(folded.Packets) != 0 {
		t.Fatalf("Fold(no reducers) = %d partials, %v, want none", len(folded.Packets), err)
	}
	if got, err := Reduce(t.Context(), folded.Merged, nil, 2, nil); err != nil || len(got) != 0 {
		t.Errorf("Reduce(no reducers) = %d partials, %v, want none", len(got), err)
	}
	_, want := twin(batches)
	got, err := Reduce(t.Context(), folded.Merged, conversationReducers, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(want, sumsOf(got)); d != "" {
		t.Errorf("Reduce, -want +got:\n%s", d)
	}
}

var errFault = errors.New("fault")

// TestSourcesErrorEndsFold fails one worker's Read; the others wait for their context.
func TestSourcesErrorEndsFold(t *testing.T) {
	t.Parallel()
	for _, workers := range workerCounts {
		var calls atomic.Int32
		src := sourceFunc(func(ctx context.Context, fold func(packet.Batch) error) error {
			if int(calls.Add(1)) == workers {
				return errFault
			}
			<-ctx.Done()
			return context.Cause(ctx)
		})
		folded, err := Fold(t.Context(), src, packetReducers, 0, workers, nil)
		if err != errFault || folded != nil { //nolint:errorlint // the very error, not wrapped
			t.Errorf("Fold(a source that fails, %d workers) = %v, %v, want nil, %v", workers, folded, err, errFault)
		}
	}
}

func TestFoldEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, workers := range workerCounts {
		for _, before := range []bool{true, false} {
			ctx, cancel := context.WithCancelCause(t.Context())
			if before {
				cancel(errFault)
			}
			stop := tally[packet.Batch]{add: func(map[string]int64, packet.Batch) { cancel(errFault) }}
			folded, err := Fold(ctx, newMemory(traffic(50), workers), []Reducer[packet.Batch]{stop}, 0, workers, nil)
			if !errors.Is(err, errFault) || folded != nil {
				t.Errorf("Fold(%d workers, cancelled before: %t) = %v, %v, want nil, %v", workers, before, folded, err, errFault)
			}
			cancel(nil)
		}
	}
}

func TestReduceEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, workers := range workerCounts {
		for _, before := range []bool{true, false} {
			ctx, cancel := context.WithCancelCause(t.Context())
			folded, err := Fold(ctx, newMemory(traffic(50), workers), nil, 0, workers, nil)
			if err != nil {
				t.Fatal(err)
			}
			if before {
				cancel(errFault)
			}
			stop := tally[flow.Batch]{add: func(map[string]int64, flow.Batch) { cancel(errFault) }}
			got, err := Reduce(ctx, folded.Merged, []Reducer[flow.Batch]{stop}, workers, nil)
			if !errors.Is(err, errFault) || got != nil {
				t.Errorf("Reduce(%d workers, cancelled before: %t) = %v, %v, want nil, %v", workers, before, got, err, errFault)
			}
			cancel(nil)
		}
	}
}

// TestTooManyIntervalsForAnyWorkers asks for intervals so short that there are too many:
// whether that is an error must not depend on how many workers share them.
func TestTooManyIntervalsForAnyWorkers(t *testing.T) {
	t.Parallel()
	const most, length = 1 << 20, 1 << 12
	batches := make([]packet.Batch, most/length)
	for i := range batches {
		batches[i] = make(packet.Batch, length)
		for j := range batches[i] {
			batches[i][j].Time = int64(i*length + j)
		}
	}
	for _, workers := range []int{1, 3} {
		if workers > 1 {
			if _, err := Fold(t.Context(), newMemory(batches, workers), nil, 1, workers, nil); err != nil {
				t.Errorf("Fold(%d intervals, %d workers) = %v, want nil", most, workers, err)
			}
		}
		more := append(slices.Clip(batches), packet.Batch{{Time: -1}})
		_, err := Fold(t.Context(), newMemory(more, workers), nil, 1, workers, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "interval of 1ns is too short: ") {
			t.Errorf("Fold(%d intervals, %d workers) = %v, want that the interval is too short", most+1, workers, err)
		}
	}
}

// TestTooManyIntervalsEndFoldEarly has a source that would go on: memory is not spent on
// intervals that cannot become a result.
func TestTooManyIntervalsEndFoldEarly(t *testing.T) {
	t.Parallel()
	const most = 1 << 20
	packets := int64(0)
	src := sourceFunc(func(_ context.Context, fold func(packet.Batch) error) error {
		batch := make(packet.Batch, 1<<12)
		for packets < 2*most {
			for i := range batch {
				batch[i].Time = packets
				packets++
			}
			if err := fold(batch); err != nil {
				return err
			}
		}
		return errFault
	})
	if _, err := Fold(t.Context(), src, nil, 1, 1, nil); err == nil || errors.Is(err, errFault) || packets > most+1<<12 {
		t.Errorf("Fold(a source without end) = %v after %d packets, want that the interval is too short after %d", err, packets, most)
	}
}
