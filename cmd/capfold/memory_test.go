package main

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// TestSameWithinMemory folds a capture of more flows than fit into the least memory, and
// into all there is: the results are the same bytes, and no temporary file is left.
func TestSameWithinMemory(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "scan.pcap")
	capfold(t, "synth", "scan", "--packets", "400000", "-q", "-o", path)
	want := filepath.Join(dir, "unbounded")
	flags := []string{"analyze", "--stats", "--workers", "2", "--ports", "all", path, "-o"}
	if text := stderrOf(t, append(flags, want)...); !strings.Contains(text, "\nspilled: nothing\n") {
		t.Fatalf("spills with the default memory:\n%s", text)
	}
	tmp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	got := filepath.Join(dir, "bounded")
	text := stderrOf(t, append(flags, got, "--memory", "64MiB", "--tmp", tmp)...)
	if !strings.Contains(text, " temporary files\n") {
		t.Fatalf("does not spill with 64 MiB:\n%s", text)
	}
	sameFiles(t, "--memory 64MiB", files(t, got), files(t, want))
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left in the folder of temporary files: %v, %v", left, err)
	}

	// That the system has no folder for them is an error as soon as one is needed, and nothing
	// is written.
	bad := filepath.Join(dir, "bad")
	cmd := exec.CommandContext(t.Context(), "capfold", append(flags, bad, "--memory", "64MiB")...)
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		cmd.Env = append(cmd.Environ(), name+"="+tmp+"/none")
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(string(out), "(--tmp names another folder)") {
		t.Errorf("without a folder: %v\n%s", err, out)
	}
	if _, err := os.Stat(bad); err == nil {
		t.Errorf("%s was written", bad)
	}
}

// stderrOf runs capfold and returns what it prints on the standard error.
func stderrOf(t *testing.T, args ...string) string {
	t.Helper()
	var stderr strings.Builder
	cmd := exec.CommandContext(t.Context(), "capfold", args...)
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, stderr.String())
	}
	return stderr.String()
}

func TestMemorySize(t *testing.T) {
	for _, tt := range []struct {
		text string
		want int64 // 0: an error
	}{
		{"64MiB", 64 << 20},
		{"2GB", 2e9},
		{"1 TiB", 1 << 40},
		{"100000000", 1e8},
		{"63MiB", 0},
		{"0", 0},
		{"-1GB", 0},
		{"half", 0},
		{"", 0},
		{"99EB", 0},
	} {
		var m memorySize
		if err := m.Set(tt.text); (err != nil) != (tt.want == 0) || int64(m) != tt.want {
			t.Errorf("Set(%q) = %v, size %d, want %d", tt.text, err, m, tt.want)
		}
	}
}

// TestDefaultMemory is that of a machine, and no more than what GOMEMLIMIT says.
func TestDefaultMemory(t *testing.T) {
	defer func(limit int64) { heapLimit = limit }(heapLimit)
	heapLimit = math.MaxInt64
	all := defaultMemory()
	if all < minMemory {
		t.Errorf("the default is %v", &all)
	}
	for limit, want := range map[int64]memorySize{1: minMemory, minMemory + 1: minMemory + 1, int64(all) + 1: all} {
		heapLimit = limit
		if n := defaultMemory(); n != min(want, all) {
			t.Errorf("with GOMEMLIMIT=%d the default is %v, want %v", limit, &n, &want)
		}
	}
}

// TestArrangeHeap sets the policy of the garbage collector for long and brief runs, also
// where the environment says something else.
func TestArrangeHeap(t *testing.T) {
	const budget = 100 << 20
	for _, tt := range []struct {
		name     string
		captures int64
		gogc     string
		limit    int64 // as GOMEMLIMIT says
		percent  int
		ballast  int
		want     int64 // the limit
	}{
		{"long", manyBytes, "", math.MaxInt64, gcPercent, ballastLen, budget/2 + ballastLen},
		{"long, GOGC", manyBytes, "70", math.MaxInt64, 70, 0, budget / 2},
		{"long, GOMEMLIMIT", manyBytes, "", 1 << 40, gcPercent, ballastLen, 1 << 40},
		{"long, both", manyBytes, "70", 1 << 40, 70, 0, 1 << 40},
		{"brief", manyBytes - 1, "", math.MaxInt64, briefGCPercent, 0, budget / 2},
		{"brief, GOGC", manyBytes - 1, "70", math.MaxInt64, 70, 0, budget / 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("GOGC", tt.gogc)
			defer debug.SetGCPercent(debug.SetGCPercent(70)) // what the runtime makes of GOGC=70
			defer debug.SetMemoryLimit(debug.SetMemoryLimit(tt.limit))
			defer func(limit int64) { heapLimit = limit }(heapLimit)
			heapLimit = tt.limit
			ballast = nil
			<-arrangeHeap(budget, tt.captures)
			percent, limit := debug.SetGCPercent(gcPercent), debug.SetMemoryLimit(-1)
			if percent != tt.percent || len(ballast) != tt.ballast || limit != tt.want {
				t.Errorf("%d percent, ballast of %d bytes, limit %d, want %d, %d, %d",
					percent, len(ballast), limit, tt.percent, tt.ballast, tt.want)
			}
		})
	}
}
