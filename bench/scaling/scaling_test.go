package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/capfold/capfold/bench/internal/captures"
	"github.com/capfold/capfold/bench/internal/process"
	"github.com/capfold/capfold/pipeline/capture"
	"github.com/capfold/capfold/pipeline/packet"
)

// TestMain lets the test program be the processes that measure and simulate.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == process.Mode || os.Args[1] == simulateMode) {
		if err := dispatch(context.Background(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// near compares figures that were worked out.
var near = cmpopts.EquateApprox(0, 1e-9)

func TestReadStages(t *testing.T) {
	const printed = `warning: a.pcap: 3 damaged regions
      stage     time      CPU  busy
       open   5.0 ms  10.0 ms  2.00
       fold  90.0 ms 170.0 ms  1.89
        all  95.0 ms 180.0 ms  1.89
captures: 2.2 GiB, 3,000,000 packets
`
	got, err := readStages(strings.NewReader(printed))
	if err != nil {
		t.Fatal(err)
	}
	got = withStart(got, process.Cost{Wall: 100 * time.Millisecond, CPU: 182 * time.Millisecond})
	want := []stage{{"open", 0.005, 0.01}, {"fold", 0.09, 0.17}, {startStage, 0.005, 0.002}}
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Errorf("stages of a run (-want +got):\n%s", diff)
	}
	for _, text := range []string{"", "fold 90.0 ms 170.0 ms 1.89\n", "fold 9.0.0 ms 170.0 ms 1.89\n"} {
		if s, err := readStages(strings.NewReader(text)); err == nil {
			t.Errorf("readStages(%q) = %v, want an error", text, s)
		}
	}
}

func TestMedianStages(t *testing.T) {
	got := medianStages([][]stage{{{"fold", 3, 9}}, {{"fold", 1, 7}}, {{"fold", 2, 8}}})
	if diff := cmp.Diff([]stage{{"fold", 2, 8}}, got); diff != "" {
		t.Errorf("medians (-want +got):\n%s", diff)
	}
}

func TestDivide(t *testing.T) {
	for _, c := range []struct {
		name             string
		of               stage
		serial, parallel float64
	}{
		{"all parallel", stage{Wall: 1, CPU: 2}, 0, 2},
		{"all serial", stage{Wall: 1, CPU: 1}, 1, 0},
		{"half the time alone", stage{Wall: 2, CPU: 3}, 1, 2},
		{"waiting is no work", stage{Wall: 2, CPU: 0.5}, 0.5, 0},
		{"by the clock's steps more than two processors", stage{Wall: 1, CPU: 2.1}, 0, 2.1},
	} {
		t.Run(c.name, func(t *testing.T) {
			serial, parallel := c.of.divide(2)
			if diff := cmp.Diff([]float64{c.serial, c.parallel}, []float64{serial, parallel}, near); diff != "" {
				t.Errorf("divide of %+v (-want +got):\n%s", c.of, diff)
			}
		})
	}
}

func TestSpeedUps(t *testing.T) {
	w := whole{One: []float64{1, 2, 4}, Two: []float64{0.5, 1.25, 2}, Both: []float64{1, 2.5, 5}}
	capfold, machine, share := w.speedUps()
	if diff := cmp.Diff([]float64{2, 1.6, 1}, []float64{capfold, machine, share}, near); diff != "" {
		t.Errorf("speed-ups (-want +got):\n%s", diff)
	}
}

func TestEven(t *testing.T) {
	for _, c := range []struct {
		parts int64
		n     int
		want  float64
	}{{128, 1, 1}, {128, 64, 64}, {128, 96, 64}, {128, 128, 128}, {10, 64, 10}, {0, 4, 1}} {
		if got := even(c.parts, c.n); got != c.want {
			t.Errorf("even(%d, %d) = %v, want %v", c.parts, c.n, got, c.want)
		}
	}
}

// TestModel works a run out whose parts are round numbers.
func TestModel(t *testing.T) {
	c := &captureReport{
		Packets: 1_000_000, Bytes: 616_000_000, Splits: 1200,
		Simulated: []simulated{
			{Workers: 1, Fold: 1.0, Close: 0.01, Senders: 0, Shards: 0.5},
			{Workers: 2, Fold: 1.2, Close: 0.01, Senders: 0.01, Shards: 0.6},
			{Workers: 4, Fold: 1.6, Close: 0.02, Senders: 0.02, Shards: 1.2},
		},
	}
	w := whole{Kind: everything, Stages: []stage{
		{"fold", 1.1, 2.1},       // 0.1 + 2.0
		{"merge", 0.1, 0.1},      // 0.1 + 0
		{"reduce", 0.3, 0.6},     // 0 + 0.6
		{startStage, 0.05, 0.06}, // nobody else is there: 0.06
	}}
	m := c.model(w, []int{1, 2, 4})
	wantStages := []share{{"fold", 0.1, 2}, {"merge", 0.1, 0}, {"reduce", 0, 0.6}, {startStage, 0.04, 0.02}}
	if diff := cmp.Diff(wantStages, m.Stages, near); diff != "" {
		t.Errorf("stages (-want +got):\n%s", diff)
	}
	const traffic = 616e6 + 512e6
	want := []prediction{
		{Cores: 1, Wall: 0.1 + 1.8 + 0.1 + 0.5 + 0.06, Fold: 0.1 + 1.8, Serial: 0.26, Divided: 2.3, SpeedUp: 1, Bound: 1, Traffic: traffic / 1.9},
		{Cores: 2, Wall: 0.1 + 1 + 0.1 + 0.3 + 0.06, Fold: 1.1, Serial: 0.26, Divided: 1.3, SpeedUp: 2.56 / 1.56, Bound: 2.3 / 1.3, Traffic: traffic / 1.1},
		{Cores: 4, Wall: 0.02 + 0.1 + 0.6 + 0.1 + 0.3 + 0.06, Fold: 0.7, Serial: 0.28, Divided: 0.9, SpeedUp: 2.56 / 1.18, Bound: 2.3 / 0.9, Traffic: traffic / 0.7},
	}
	if diff := cmp.Diff(want, m.Predictions, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Errorf("predictions (-want +got):\n%s", diff)
	}
	w.Kind = foldOnly // which looks for no senders
	if got, want := c.model(w, []int{4}).Predictions[0].Wall, 1.17; math.Abs(got-want) > 1e-9 {
		t.Errorf("prediction without senders: %v s, want %v", got, want)
	}
}

// TestModelOfNothing is of a capture so short that clocks do not tell.
func TestModelOfNothing(t *testing.T) {
	c := &captureReport{Packets: 1, Bytes: 100, Splits: 1}
	w := whole{Kind: foldOnly, Stages: []stage{{"fold", 0.001, 0.001}, {"reduce", 0, 0}, {startStage, 0.01, 0}}}
	for _, p := range c.model(w, []int{1, 2, 4}).Predictions {
		if _, err := json.Marshal(p); err != nil || p.SpeedUp != 1 || p.Bound != 1 {
			t.Errorf("prediction %+v, %v, want no speed-up", p, err)
		}
	}
}

func TestMedianSimulated(t *testing.T) {
	got := medianSimulated([]simulated{
		{Workers: 2, Held: 5, Fold: 3, Close: 1, Senders: 4, Shards: 9}, {Workers: 2, Held: 5, Fold: 1, Close: 3, Senders: 6, Shards: 7}, {Workers: 2, Held: 5, Fold: 2, Close: 2, Senders: 5, Shards: 8},
	})
	if diff := cmp.Diff(simulated{Workers: 2, Held: 5, Fold: 2, Close: 2, Senders: 5, Shards: 8}, got); diff != "" {
		t.Errorf("medians (-want +got):\n%s", diff)
	}
}

// TestSimulate has workers meet the same flows, each of them all.
func TestSimulate(t *testing.T) {
	const flows = 50
	splits := make([][]packet.Summary, 8)
	for i := range splits {
		for port := range uint16(flows) {
			splits[i] = append(splits[i], packet.Summary{
				Time: 1e18 + int64(i), Src: packet.Addr{Lo: 1}, Dst: packet.Addr{Lo: 2}, Version: 6, Proto: 17,
				SrcPort: port, Ports: packet.SrcPortKnown, TTL: 64, Bytes: 100, WireLen: 114, CapLen: 114,
			})
		}
	}
	for _, c := range []struct {
		workers int
		held    int64
	}{{1, flows}, {2, 2 * flows}, {8, 8 * flows}, {20, 8 * flows}} {
		got := simulate(splits, c.workers)
		if got.Atoms != flows || got.Held != c.held || got.Workers != c.workers {
			t.Errorf("simulate with %d workers: %d atoms, %d held, want %d, %d", c.workers, got.Atoms, got.Held, flows, c.held)
		}
	}
}

// TestDeal has all splits be dealt once, those of a run to one worker.
func TestDeal(t *testing.T) {
	splits := make([][]packet.Summary, 40)
	for i := range splits {
		splits[i] = make([]packet.Summary, 10)
	}
	got := deal(splits, 2)
	want := [][]int{
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 22, 23, 24, 25, 29, 30, 33, 34, 36, 38},
		{10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 26, 27, 28, 31, 32, 35, 37, 39},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("deal(40 splits, 2 workers), -want +got:\n%s", diff)
	}
}

// TestLibrary makes captures of both formats and has them read.
func TestLibrary(t *testing.T) {
	l := captures.Library{Dir: t.TempDir(), Packets: 5000, Log: io.Discard}
	want := int64(-1)
	for _, name := range []string{"mixed", "mixed.pcapng"} {
		path, err := l.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		splits, err := decode(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		packets, n, err := count(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if want := (info.Size() + capture.DefaultSplitSize - 1) / capture.DefaultSplitSize; n != want || int64(len(splits)) != want {
			t.Errorf("%s: %d splits, %d of packets, want %d", name, n, len(splits), want)
		}
		decoded := int64(0)
		for _, s := range splits {
			decoded += int64(len(s))
		}
		if decoded != packets || want >= 0 && packets != want {
			t.Errorf("%s: %d packets, %d decoded, want %d", name, packets, decoded, want)
		}
		want = packets
		if again, err := l.Open(name); err != nil || again != path {
			t.Errorf("opened again: %q, %v, want %q", again, err, path)
		}
	}
	if _, err := l.Open(filepath.Join(l.Dir, "none.pcap")); err == nil {
		t.Error("a file that is not there is opened")
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{
		{"-rounds", "0"},
		{"-workers", "0"},
		{"-cores", "two"},
		{"-parts", "everything"},
		{"-parts", "model,whole"},
		{"-cores", "1,4"},
	} {
		if o, err := parseFlags(args, io.Discard); err == nil {
			t.Errorf("parseFlags(%q) = %+v, want an error", args, o)
		}
	}
}

// TestBench runs the program on a small capture, with a program that it builds.
func TestBench(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds capfold")
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "scaling.json")
	var stdout, stderr bytes.Buffer
	err := dispatch(t.Context(), []string{
		"-dir", dir, "-captures", "headers", "-packets", "3000", "-rounds", "1", "-workers", "1,3", "-cores", "1,2,16", "-json", out,
	}, &stdout, &stderr)
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	for _, want := range []string{
		"### headers-3000.pcap: 3,000 packets", "| fold only |", "| everything written |", "\n| 3 |", "\n| 16 |", "fold only, as measured on 2 processors",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("%q is not in what is printed:\n%s", want, stdout.String())
		}
	}
	if strings.Contains(stdout.String(), fmt.Sprint(math.NaN())) {
		t.Errorf("figures are missing:\n%s", stdout.String())
	}
	if info, err := os.Stat(out); err != nil || info.Size() == 0 {
		t.Errorf("the JSON file: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "run-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
