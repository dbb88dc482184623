package main

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// bareMode as the first argument makes this program read a file and do nothing with it.
const bareMode = "read"

// bare is the limit: whatever looks at all bytes of a file cannot be faster.
func bare() []peer {
	return []peer{{
		name:  "bare parallel read",
		note:  "the limit: splits of 512 KiB read by one goroutine for each processor, nothing done with them",
		steps: func(j job) [][]string { return [][]string{{"peers", bareMode, j.capture}} },
	}}
}

// readBare carries out bareMode: it reads the file that args names on all processors.
func readBare(ctx context.Context, args []string, _, _ io.Writer) error {
	const splitLen = 512 << 10
	if len(args) != 1 {
		return errors.New(bareMode + " needs a file")
	}
	f, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			split := make([]byte, splitLen)
			for ctx.Err() == nil {
				if _, err := f.ReadAt(split, (next.Add(1)-1)*splitLen); err == io.EOF {
					return nil
				} else if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}
