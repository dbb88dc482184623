package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cost is what one run of a peer took.
type cost struct {
	Wall   time.Duration `json:"wall_ns"`
	CPU    time.Duration `json:"cpu_ns"`       // user and system, of children too
	Memory int64         `json:"memory_bytes"` // largest resident size of any process
	Others time.Duration `json:"other_cpu_ns"` // of everybody else meanwhile
}

// plus is the cost of one step after the other.
func (c cost) plus(d cost) cost {
	return cost{c.Wall + d.Wall, c.CPU + d.CPU, max(c.Memory, d.Memory), c.Others + d.Others}
}

// run runs the steps of a peer in turn. Where keep is true it returns what they printed;
// otherwise that goes nowhere.
func (e *environment) run(ctx context.Context, p peer, j job, keep bool) (cost, [][]byte, error) {
	var total cost
	var printed [][]byte
	for i, step := range p.steps(j) {
		stdout := os.DevNull
		if keep {
			stdout = filepath.Join(j.work, "stdout."+strconv.Itoa(i))
		}
		c, err := e.step(ctx, step, j.work, stdout)
		if err != nil {
			return cost{}, nil, err
		}
		total = total.plus(c)
		if keep {
			text, err := os.ReadFile(stdout)
			if err != nil {
				return cost{}, nil, err
			}
			printed = append(printed, text)
		}
	}
	return total, printed, nil
}

// step measures one command by way of a process of its own, see measureMode.
func (e *environment) step(ctx context.Context, args []string, dir, stdout string) (cost, error) {
	path, err := e.resolve(args[0])
	if err != nil {
		return cost{}, err
	}
	cmd := exec.CommandContext(ctx, e.programs["peers"],
		append([]string{measureMode, e.timeout.String(), stdout, path}, args[1:]...)...)
	cmd.Dir = dir
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it ends its child first
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && len(exit.Stderr) > 0 {
			return cost{}, fmt.Errorf("%s: %s", args[0], strings.TrimSpace(string(exit.Stderr)))
		}
		return cost{}, fmt.Errorf("%s: %w", args[0], err)
	}
	var c cost
	err = json.Unmarshal(out, &c)
	return c, err
}

// measureMode as the first argument makes this program run one command and print its cost.
//
// Note: the kernel counts the size of the process that starts another as the other's, so
// that one which holds a capture to be written would spoil every peak. The process that
// starts a peer is therefore new and small.
const measureMode = "measure-one"

// measureOne carries out measureMode: TIMEOUT STDOUT PROGRAM ARGUMENT...
func measureOne(ctx context.Context, args []string) error {
	if len(args) < 3 {
		return errors.New(measureMode + " needs a timeout, a file and a command")
	}
	timeout, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	stdout, err := os.OpenFile(args[1], os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[2], args[3:]...)
	stderr := tail{max: 2 << 10}
	cmd.Stdout, cmd.Stderr = stdout, &stderr
	cmd.WaitDelay = time.Second // a grandchild may hold the standard error open
	before, start := busy(), time.Now()
	err = cmd.Run()
	wall := time.Since(start)
	after := busy()
	if err = errors.Join(err, stdout.Close()); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("ended after %v", timeout)
		}
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(stderr.last)))
	}
	spent := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return json.NewEncoder(os.Stdout).Encode(cost{
		Wall: wall, CPU: spent, Memory: maxResident(cmd.ProcessState), Others: after - before - spent,
	})
}

// tail keeps the last max bytes written to it.
type tail struct {
	max  int
	last []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.last = append(t.last, p...)
	if over := len(t.last) - t.max; over > 0 {
		t.last = append(t.last[:0], t.last[over:]...)
	}
	return len(p), nil
}
