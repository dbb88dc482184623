package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"

	"github.com/capfold/capfold/bench/internal/process"
)

// run runs the steps of a peer in turn. Where keep is true it returns what they printed;
// otherwise that goes nowhere.
func (e *environment) run(ctx context.Context, p peer, j job, keep bool) (process.Cost, [][]byte, error) {
	var total process.Cost
	var printed [][]byte
	for i, step := range p.steps(j) {
		stdout := os.DevNull
		if keep {
			stdout = filepath.Join(j.work, "stdout."+strconv.Itoa(i))
		}
		c, err := e.step(ctx, step, j.work, stdout)
		if err != nil {
			return process.Cost{}, nil, err
		}
		total = total.Plus(c)
		if keep {
			text, err := os.ReadFile(stdout)
			if err != nil {
				return process.Cost{}, nil, err
			}
			printed = append(printed, text)
		}
	}
	return total, printed, nil
}

// step measures one command.
func (e *environment) step(ctx context.Context, args []string, dir, stdout string) (process.Cost, error) {
	path, err := e.resolve(args[0])
	if err != nil {
		return process.Cost{}, err
	}
	return process.Command{
		Args: append([]string{path}, args[1:]...), Dir: dir, Stdout: stdout, Timeout: e.timeout,
	}.Run(ctx)
}
