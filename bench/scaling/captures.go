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

// library makes captures and keeps them for the next time.
type library struct {
	dir     string
	packets int // of each capture, 0 for as many as its profile has
	log     io.Writer
}

// open returns the path of a capture: of a profile of capfold synth, as pcap or, with
// .pcapng behind its name, as pcapng, or of a file.
func (l library) open(name string) (string, error) {
	profile, isPcapng := strings.CutSuffix(name, ".pcapng")
	if _, ok := synth.Lookup(profile); !ok {
		path, err := filepath.Abs(name)
		if err == nil {
			_, err = os.Stat(path)
		}
		return path, err
	}
	path := filepath.Join(l.dir, profile)
	if l.packets > 0 {
		path += fmt.Sprintf("-%d", l.packets)
	}
	if isPcapng {
		path += ".pcapng"
	} else {
		path += ".pcap"
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	fmt.Fprintf(l.log, "making %s\n", path)
	return path, frames.Make(path, func(w io.Writer) error {
		o := synth.Options{Packets: l.packets}
		if !isPcapng {
			_, err := synth.Write(w, profile, o)
			return err
		}
		pr, pw := io.Pipe()
		go func() {
			_, err := synth.Write(pw, profile, o)
			pw.CloseWithError(err)
		}()
		defer pr.Close() // ends synth, if it has not come to its end
		return frames.ToPcapng(w, pr)
	})
}
