package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/capfold/capfold/bench/peers/frames"
	"github.com/capfold/capfold/bench/synth"
)

// realName asks for the real capture.
const realName = "real"

// library makes captures and keeps them for the next time.
type library struct {
	dir     string
	corpus  string // folder of real captures, may be empty
	packets int64  // of each capture, 0 for as many as its profile has
	log     io.Writer
}

// errAbsent says why a capture is left out.
var errAbsent = errors.New("left out")

// open returns the path of a capture: a profile of capfold synth, the real one, or a file.
func (l library) open(name string) (path string, err error) {
	profile, isProfile := synth.Lookup(name)
	if !isProfile && name != realName {
		path, err := filepath.Abs(name)
		if err == nil {
			_, err = os.Stat(path)
		}
		return path, err
	}
	path = filepath.Join(l.dir, name)
	if l.packets > 0 && (name == realName || profile.Defaults.Packets > 0) {
		path += fmt.Sprintf("-%d", l.packets)
	}
	path += ".pcap"
	if name == realName {
		if _, err := os.Stat(l.corpus); l.corpus == "" || err != nil {
			return "", fmt.Errorf("%w: no folder of captures, give one with -corpus or CAPFOLD_CORPUS", errAbsent)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	if name == realName {
		return path, l.makeReal(path)
	}
	o := synth.Options{}
	if profile.Defaults.Packets > 0 {
		o.Packets = int(l.packets)
	}
	return path, l.synthesize(path, name, o)
}

func (l library) synthesize(path, profile string, o synth.Options) error {
	fmt.Fprintf(l.log, "making %s\n", path)
	return frames.Make(path, func(w io.Writer) error {
		_, err := synth.Write(w, profile, o)
		return err
	})
}

func (l library) makeReal(path string) error {
	fmt.Fprintf(l.log, "making %s of %s\n", path, l.corpus)
	r, err := readReal(l.corpus, realBytes)
	if err != nil {
		return err
	}
	times, err := r.write(path, realBytes, l.packets)
	fmt.Fprintf(l.log, "%d captures, %d packets, repeated %d times\n", r.captures, len(r.frames), times)
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
