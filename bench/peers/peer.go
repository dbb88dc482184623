package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// peer is a program, or a few that work together, and what it is asked to do with a capture.
type peer struct {
	name     string
	programs []string // that must be there
	module   string   // Python module that must be there, see [environment.interpreter]
	install  string   // what brings them
	version  []string // command whose first line tells it
	release  string   // the number in that line, once it was found
	limit    int64    // packets that it is given at most, 0 for all
	captures []string // the only captures that it is run on, none for all
	note     string   // what its figures mean, where that needs saying
	same     string   // the row of capfold asked the same question, "" where there is none

	// steps are the commands of one run, one after the other. The first word of each is
	// a name that environment.resolve knows.
	steps func(job) [][]string
	// results are files in the directory of a run whose first rows are read as if they
	// had been printed.
	results []string
	// answer reads what the steps printed; nil where a peer prints nothing comparable.
	answer func(stdout [][]byte) (answer, error)
	// definitions says why the answer may differ from capfold's. It is a hint at where to
	// look, printed as such: nothing proves that a difference comes from there.
	definitions string
}

// job is one run of a peer over one capture.
type job struct {
	capture string
	work    string // directory of this run, empty before and removed after
	scripts string // directory of the Python programs
}

// printed is the job whose commands people read.
var printed = job{capture: "CAPTURE", work: "WORK", scripts: "bench/peers"}

// everyone returns all peers in the order in which they run.
func everyone() []peer {
	var all []peer
	all = append(all, bare()...)
	all = append(all, capfolds()...)
	all = append(all, wireshark()...)
	all = append(all, tcpdumps()...)
	all = append(all, nfdump()...)
	all = append(all, argus()...)
	all = append(all, ndpi()...)
	all = append(all, pythons()...)
	return append(all, gopackets()...)
}

// environment is where the programs are.
type environment struct {
	programs     map[string]string
	python       string            // the interpreter that was asked for, may be empty
	interpreters map[string]string // by the module that they have, "" where none has it
	timeout      time.Duration     // of one process
}

// newEnvironment knows the programs that are not looked for; this one is a peer too.
func newEnvironment(capfold, loop, python string, timeout time.Duration) (*environment, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return &environment{
		programs:     map[string]string{"capfold": capfold, "gopacket-loop": loop, "peers": self},
		python:       python,
		interpreters: map[string]string{},
		timeout:      timeout,
	}, nil
}

// resolve returns the path of a program. System administrators' programs are looked for
// too where the search path leaves them out.
func (e *environment) resolve(program string) (string, error) {
	if path, ok := e.programs[program]; ok {
		return path, nil
	}
	path, err := exec.LookPath(program)
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin"} {
		if err != nil {
			path, err = exec.LookPath(filepath.Join(dir, program))
		}
	}
	return path, err
}

// missing says what of a peer is not there; it is empty where everything is.
func (e *environment) missing(ctx context.Context, p peer) string {
	for _, program := range p.programs {
		if _, err := e.resolve(program); err != nil {
			return program
		}
	}
	if p.module != "" && e.interpreter(ctx, p.module) == "" {
		return "Python module " + p.module
	}
	return ""
}

// versionOf returns the first line that the peer's version command prints.
func (e *environment) versionOf(ctx context.Context, p peer) string {
	if len(p.version) == 0 {
		return ""
	}
	path, err := e.resolveFor(ctx, p, p.version[0])
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, path, p.version[1:]...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // some call it an error to be asked
	for line := range strings.Lines(stdout.String() + stderr.String()) {
		if line = strings.TrimSpace(line); line != "" {
			return strings.TrimSuffix(line, ".")
		}
	}
	return "version unknown"
}

// release finds the number of a version in the line that tells it.
var release = regexp.MustCompile(`\d+(\.\d+)+(, Python \d+(\.\d+)+)?`)

// output runs a command that is not measured and returns what it prints on both outputs.
func (e *environment) output(ctx context.Context, args []string) ([]byte, error) {
	path, err := e.resolve(args[0])
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	return exec.CommandContext(ctx, path, args[1:]...).CombinedOutput()
}

// commands renders the steps of a peer for people.
func (p peer) commands() []string {
	var lines []string
	for _, step := range p.steps(printed) {
		for i, arg := range step {
			if strings.ContainsAny(arg, " \n\t|;&*?'\"\\$") {
				step[i] = fmt.Sprintf("%q", arg)
			}
		}
		lines = append(lines, strings.Join(step, " "))
	}
	return lines
}
