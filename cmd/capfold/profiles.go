package main

import (
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"

	"github.com/spf13/pflag"
)

// memProfileRate is how many bytes of allocations a memory profile notes one of: the
// runtime's default. Noting them takes half a hundredth of a run, so main turns that off,
// before there are goroutines that could read the rate.
const memProfileRate = 512 << 10

// profiles are where the profiles of a run go; empty means nowhere.
type profiles struct{ cpu, mem, trace string }

func (p *profiles) flags(f *pflag.FlagSet) {
	f.StringVar(&p.cpu, "cpuprofile", "", "write a CPU profile to this `file`")
	f.StringVar(&p.mem, "memprofile", "", "write a memory profile to this `file`")
	f.StringVar(&p.trace, "trace", "", "write an execution trace to this `file`")
}

// start starts what was asked for and returns what ends it.
func (p *profiles) start() (stop func() error, err error) {
	var stops []func() error
	if p.mem != "" {
		runtime.MemProfileRate = memProfileRate
	}
	stop = func() (err error) {
		for _, s := range stops {
			err = errors.Join(err, s())
		}
		return err
	}
	begin := func(path string, start func(io.Writer) error, end func(io.Writer) error) {
		if path == "" || err != nil {
			return
		}
		var f *os.File
		if f, err = os.Create(path); err != nil {
			return
		}
		if err = start(f); err != nil {
			return
		}
		stops = append(stops, func() error { return errors.Join(end(f), f.Close()) })
	}
	begin(p.cpu, pprof.StartCPUProfile, func(io.Writer) error { pprof.StopCPUProfile(); return nil })
	begin(p.trace, trace.Start, func(io.Writer) error { trace.Stop(); return nil })
	begin(p.mem, func(io.Writer) error { return nil }, func(w io.Writer) error {
		runtime.GC() // so that the profile shows what is in use at the end
		return pprof.WriteHeapProfile(w)
	})
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}
