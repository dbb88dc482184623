package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/capfold/capfold/bench/internal/process"
)

// run runs the steps of a peer in turn. Where keep is true it returns what they printed,
// and behind that the first rows of its results; otherwise that goes nowhere.
func (e *environment) run(ctx context.Context, p peer, j job, keep bool) (process.Cost, [][]byte, error) {
	var total process.Cost
	var printed [][]byte
	for i, step := range p.steps(j) {
		stdout := os.DevNull
		if keep {
			stdout = filepath.Join(j.work, "stdout."+strconv.Itoa(i))
		}
		path, err := e.resolveFor(ctx, p, step[0])
		if err != nil {
			return process.Cost{}, nil, err
		}
		c, err := e.step(ctx, append([]string{path}, step[1:]...), j.work, stdout)
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
	if !keep {
		return total, nil, nil
	}
	for _, name := range p.results {
		text, err := firstLines(filepath.Join(j.work, name), 4*ranked)
		if err != nil {
			return process.Cost{}, nil, err
		}
		printed = append(printed, text)
	}
	return total, printed, nil
}

// firstLines returns up to n lines of a file, which may be large.
func firstLines(path string, n int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var text []byte
	lines := bufio.NewReader(f)
	for range n {
		line, err := lines.ReadBytes('\n')
		text = append(text, line...)
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
	}
	return text, nil
}

// step measures one command, whose first word is the path of a program.
func (e *environment) step(ctx context.Context, args []string, dir, stdout string) (process.Cost, error) {
	return process.Command{Args: args, Dir: dir, Stdout: stdout, Timeout: e.timeout}.Run(ctx)
}
