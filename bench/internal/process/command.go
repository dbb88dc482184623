package process

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Command is a program to run once.
type Command struct {
	Args    []string // the program's path first
	Dir     string   // that it runs in; empty: this one
	Stdout  string   // file that its standard output goes to; empty: nowhere
	Stderr  string   // file that its standard error goes to; empty: only its end, into the error
	Env     []string // beside this process's environment
	Timeout time.Duration
}

// Run measures the command by way of a process of its own, see [Mode].
func (c Command) Run(ctx context.Context) (Cost, error) {
	self, err := os.Executable()
	if err != nil {
		return Cost{}, err
	}
	cmd := exec.CommandContext(ctx, self,
		append([]string{Mode, c.Timeout.String(), cmp.Or(c.Stdout, os.DevNull), c.Stderr}, c.Args...)...)
	cmd.Dir = c.Dir
	cmd.Env = append(os.Environ(), c.Env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it ends its child first
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && len(exit.Stderr) > 0 {
			return Cost{}, fmt.Errorf("%s: %s", c.Args[0], strings.TrimSpace(string(exit.Stderr)))
		}
		return Cost{}, fmt.Errorf("%s: %w", c.Args[0], err)
	}
	var cost Cost
	err = json.Unmarshal(out, &cost)
	return cost, err
}

// Mode as the first argument makes a program that uses this package run one command and
// print its cost: it hands the arguments behind it to [Main].
//
// Note: the kernel counts the size of the process that starts another as the other's, so
// that one which holds a capture to be written would spoil every peak. The process that
// starts a program is therefore new and small.
const Mode = "measure-one"

// Main carries out [Mode]: TIMEOUT STDOUT STDERR PROGRAM ARGUMENT...
func Main(ctx context.Context, args []string) error {
	if len(args) < 4 {
		return errors.New(Mode + " needs a timeout, two files and a command")
	}
	timeout, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[3], args[4:]...)
	cmd.WaitDelay = time.Second // a grandchild may hold the standard error open
	stdout, err := os.OpenFile(args[1], os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer stdout.Close()
	end := tail{max: 2 << 10}
	cmd.Stdout, cmd.Stderr = stdout, &end
	if args[2] != "" {
		stderr, err := os.Create(args[2])
		if err != nil {
			return err
		}
		defer stderr.Close()
		cmd.Stderr = stderr
	}
	before, start := busy(), time.Now()
	err = cmd.Run()
	wall := time.Since(start)
	after := busy()
	if err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("ended after %v", timeout)
		}
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(end.last)))
	}
	spent := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return json.NewEncoder(os.Stdout).Encode(Cost{
		Wall: wall, CPU: spent, Memory: maxResident(cmd.ProcessState), Others: after - before - spent,
	})
}
