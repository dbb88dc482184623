// Package captures keeps the captures that benchmarks are made with.
package captures

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

// Library makes captures and keeps them for the next time.
type Library struct {
	Dir     string
	Packets int // of each capture, 0 for as many as its profile has
	Log     io.Writer
}

// pcapngSuffix behind a profile's name asks for it as pcapng.
const pcapngSuffix = ".pcapng"

// Open returns the path of a capture, which it makes if it is not there: of a profile of
// capfold synth, as pcap or, with .pcapng behind its name, as pcapng, or of a file.
func (l Library) Open(name string) (string, error) {
	profileName, isPcapng := strings.CutSuffix(name, pcapngSuffix)
	profile, ok := synth.Lookup(profileName)
	if !ok {
		path, err := filepath.Abs(name)
		if err == nil {
			_, err = os.Stat(path)
		}
		return path, err
	}
	o := synth.Options{}
	if profile.Defaults.Packets > 0 {
		o.Packets = l.Packets
	}
	suffix := ".pcap"
	if isPcapng {
		suffix = pcapngSuffix
	}
	path := l.Path(profileName, o.Packets, suffix)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	return path, l.Synthesize(path, profileName, o)
}

// Path returns where a capture is kept that has a number of packets, 0 for as many as there are.
func (l Library) Path(name string, packets int, suffix string) string {
	if packets > 0 {
		name += fmt.Sprintf("-%d", packets)
	}
	return filepath.Join(l.Dir, name+suffix)
}

// Synthesize writes a capture of capfold synth, as pcapng if the path ends so.
func (l Library) Synthesize(path, profile string, o synth.Options) error {
	fmt.Fprintf(l.Log, "making %s\n", path)
	return frames.Make(path, func(w io.Writer) error {
		if !strings.HasSuffix(path, pcapngSuffix) {
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
