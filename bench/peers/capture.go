package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/capfold/capfold/bench/internal/captures"
	"github.com/capfold/capfold/bench/peers/frames"
)

// realName asks for the real capture.
const realName = "real"

// library makes captures and keeps them for the next time, the real one among them.
type library struct {
	captures.Library
	corpus string // folder of real captures, may be empty
}

// errAbsent says why a capture is left out.
var errAbsent = errors.New("left out")

// open returns the path of a capture: a profile of capfold synth, the real one, or a file.
func (l library) open(name string) (string, error) {
	if name != realName {
		return l.Open(name)
	}
	if _, err := os.Stat(l.corpus); l.corpus == "" || err != nil {
		return "", fmt.Errorf("%w: no folder of captures, give one with -corpus or CAPFOLD_CORPUS", errAbsent)
	}
	path := l.Path(realName, l.Packets, ".pcap")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	return path, l.makeReal(path)
}

func (l library) makeReal(path string) error {
	fmt.Fprintf(l.Log, "making %s of %s\n", path, l.corpus)
	r, err := readReal(l.corpus, realBytes)
	if err != nil {
		return err
	}
	times, err := r.write(path, realBytes, int64(l.Packets))
	fmt.Fprintf(l.Log, "%d captures, %d packets, repeated %d times\n", r.captures, len(r.frames), times)
	return err
}

// label is what a capture is called in tables.
func label(name string) string {
	return strings.TrimSuffix(filepath.Base(name), ".pcap")
}

// prefixes cuts captures for peers that are given fewer packets.
type prefixes struct {
	capture string
	packets int64 // in the capture
	dir     string
	made    map[int64]prefix
}

type prefix struct {
	path           string
	packets, bytes int64
}

// of returns the first n packets; all of them for 0.
func (p *prefixes) of(n int64) (prefix, error) {
	if n >= p.packets {
		n = 0
	}
	if made, ok := p.made[n]; ok {
		return made, nil
	}
	made := prefix{p.capture, p.packets, 0}
	if n > 0 {
		made.path = filepath.Join(p.dir, fmt.Sprintf("%s-first-%d.pcap", label(p.capture), n))
		var err error
		if made.packets, err = frames.Cut(p.capture, made.path, n); err != nil {
			return prefix{}, err
		}
	}
	info, err := os.Stat(made.path)
	if err != nil {
		return prefix{}, err
	}
	made.bytes = info.Size()
	p.made[n] = made
	return made, nil
}
