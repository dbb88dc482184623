package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/capfold/capfold/bench/internal/captures"
	"github.com/capfold/capfold/bench/internal/process"
	"github.com/capfold/capfold/bench/peers/frames"
	"github.com/capfold/capfold/bench/synth"
)

// TestMain lets the test program be the process that measures.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == process.Mode || os.Args[1] == bareMode) {
		if err := dispatch(context.Background(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(func() int {
		var err error
		if programs, err = os.MkdirTemp("", "peers"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		code := m.Run()
		if err := os.RemoveAll(programs); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return code
	}())
}

// programs is where the test's programs are built.
var programs string

type builtPrograms struct {
	capfold, loop string
	err           error
}

// built builds them once.
var built = sync.OnceValue(func() (b builtPrograms) {
	b.capfold, b.loop, b.err = options{library: library{Library: captures.Library{Dir: programs}}}.build(context.Background())
	return b
})

// trial returns options for tiny captures and the programs built for them.
func trial(t *testing.T) (options, *environment) {
	t.Helper()
	o, err := parseFlags([]string{"-rounds", "1", "-packets", "300", "-limit", "100", "-dir", t.TempDir()}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	b := built()
	if b.err != nil {
		t.Fatal(b.err)
	}
	o.capfold = b.capfold
	env, err := newEnvironment(b.capfold, b.loop, o.python, 5*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return o, env
}

// differing are the peers whose answers to ordinary traffic differ from capfold's.
var differing = map[string]bool{"argus + racluster": true, "ndpiReader": true}

func TestEveryPeer(t *testing.T) {
	o, env := trial(t)
	mixed, office := filepath.Join(o.library.Dir, "mixed.pcap"), filepath.Join(o.library.Dir, "office.pcap")
	o.library.Log = &bytes.Buffer{}
	if err := o.library.Synthesize(mixed, "mixed", synth.Options{Packets: 100}); err != nil {
		t.Fatal(err)
	}
	if _, err := frames.Cut("../../testdata/campus-net.pcap", office, 60); err != nil { // ARP among them
		t.Fatal(err)
	}
	if err := writeScripts(o.library.Dir); err != nil {
		t.Fatal(err)
	}
	ask := &oracle{env, map[question]answer{}}
	for _, p := range everyone() {
		t.Run(p.name, func(t *testing.T) {
			if what := env.missing(t.Context(), p); what != "" {
				t.Skipf("no %s: %s", what, p.install)
			}
			if p.name == boundedName && !env.hasFlag(t.Context(), "--memory") {
				t.Skip("this capfold has no --memory")
			}
			for _, capture := range []string{mixed, office} {
				spent, stdout, err := env.run(t.Context(), p, job{capture, t.TempDir(), o.library.Dir}, true)
				if err != nil {
					t.Fatal(err)
				}
				if spent.Wall <= 0 || spent.CPU < 0 || spent.Memory <= 0 {
					t.Errorf("it cost %+v", spent)
				}
				if p.answer == nil {
					continue
				}
				theirs, err := p.answer(stdout)
				if err != nil {
					t.Fatal(err)
				}
				verdict, err := ask.check(t.Context(), p, capture, theirs)
				if err != nil || !differing[p.name] && !strings.HasPrefix(verdict, "same: ") {
					t.Errorf("the answer to %s: %s, %v", label(capture), verdict, err)
				}
			}
		})
	}
}

func TestBench(t *testing.T) {
	o, _ := trial(t)
	o.peers, o.captures = []string{"bare", "gopacket"}, []string{"scan", realName}
	o.library.corpus = folder(t)
	o.json = filepath.Join(o.library.Dir, "report.json")
	var stdout, stderr bytes.Buffer
	if err := o.bench(t.Context(), &stdout, &stderr); err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	for _, want := range []string{
		"### scan: 300 packets", "### real: 300 packets", "| first 100 |", "same question: *capfold, top hosts and ports*",
		"| capfold, top hosts and ports | ", "| scan | gopacket loop | capfold is faster ≥ 5 × | everything written ", "packets/s ≥ 4 million", "start-up ≤ 10 ms",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in:\n%s", want, &stdout)
		}
	}
	text, err := os.ReadFile(o.json)
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Captures []struct {
			Name    string
			Results []struct {
				Peer   string
				Runs   []process.Cost
				Median map[string]*float64
			}
		}
	}
	if err := json.Unmarshal(text, &r); err != nil || len(r.Captures) != 2 || len(r.Captures[0].Results) != 11 {
		t.Errorf("report %v, %v", r, err)
	}
	left, _ := filepath.Glob(filepath.Join(o.library.Dir, "run-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAbsent(t *testing.T) {
	o, _ := trial(t)
	o.peers, o.captures, o.targets = []string{"no such peer"}, []string{realName}, false
	o.library.corpus = filepath.Join(t.TempDir(), "none")
	var stdout bytes.Buffer
	if err := o.bench(t.Context(), &stdout, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stdout.String(), "real: left out: no folder of captures") {
		t.Errorf("not said that a capture is left out:\n%s", &stdout)
	}
	r := report{Peers: []peerReport{{Name: "x", Missing: "xprog", Install: "apt-get install x"}}}
	stdout.Reset()
	r.writeHead(&stdout)
	if want := "**x**: not installed (xprog), `apt-get install x`"; !strings.Contains(stdout.String(), want) {
		t.Errorf("no %q in:\n%s", want, &stdout)
	}
}

func TestMeasureFails(t *testing.T) {
	_, env := trial(t)
	step := func(args ...string) error {
		path, err := env.resolve(args[0])
		if err != nil {
			return err
		}
		args[0] = path
		_, err = env.step(t.Context(), args, t.TempDir(), os.DevNull)
		return err
	}
	if err := step("sh", "-c", "echo what is wrong >&2; exit 3"); err == nil || !strings.Contains(err.Error(), "what is wrong") {
		t.Errorf("error of a command that fails: %v", err)
	}
	if err := step("no-such-program"); err == nil {
		t.Error("no error of a program that is not there")
	}
	env.timeout = 50 * time.Millisecond
	if err := step("sleep", "60"); err == nil || !strings.Contains(err.Error(), "ended after 50ms") {
		t.Errorf("error of a command that takes too long: %v", err)
	}
}
