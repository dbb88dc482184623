package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/capfold/capfold/pipeline/capture"
	"github.com/capfold/capfold/pipeline/packet"
)

// report is what capfold has made of a damaged capture.
type report struct {
	packets  int // in the capture before it was damaged
	whole    int // of which no byte is wrong
	counted  int // of these
	regions  int // damaged ones that capfold names
	farthest int64
	differs  []string // files that are not the same in every run
}

// share returns how many of the whole packets were counted.
func (r *report) share() float64 { return float64(r.counted) / float64(r.whole) }

const (
	// leastShare is what must be counted of the packets that are whole.
	leastShare = 0.99
	// farthest is how far before a region that capfold names the wrong byte may be: in a
	// record in front of it.
	farthest = 2 << 10
)

// fault returns what must not be so.
func (r *report) fault() error {
	var faults []error
	if len(r.differs) > 0 {
		faults = append(faults, fmt.Errorf("results differ: %q", r.differs))
	}
	if r.share() < leastShare {
		faults = append(faults, fmt.Errorf("%d of %d whole packets counted, less than %g", r.counted, r.whole, leastShare))
	}
	if r.farthest > farthest {
		faults = append(faults, fmt.Errorf("%d damaged regions up to %d bytes from what is damaged", r.regions, r.farthest))
	}
	return errors.Join(faults...)
}

// runs are how capfold reads the same capture.
var runs = []struct{ workers, split int }{{1, capture.DefaultSplitSize}, {8, capture.DefaultSplitSize}, {8, 10_000}, {3, 1 << 20}, {1, 1 << 30}}

// check makes a capture in dir and lets capfold read it.
func check(o options, dir, capfold string) (*report, error) {
	path := filepath.Join(dir, "damaged")
	d, err := o.make(path)
	if err != nil {
		return nil, err
	}
	defer os.Remove(path) //nolint:errcheck // nothing depends on it
	r := &report{packets: d.records, whole: len(d.whole)}
	read, err := prints(path)
	if err != nil {
		return nil, err
	}
	r.counted = common(d.whole, read)
	out := filepath.Join(dir, "out")
	var first map[string][sha256.Size]byte
	for _, how := range runs {
		cmd := exec.Command(capfold, "analyze", "-q", "-o", out, "--workers", strconv.Itoa(how.workers), "--split-size", strconv.Itoa(how.split), path)
		if text, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%v: %w\n%.1000s", cmd, err, text)
		}
		hashes, err := hashes(out)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = hashes
		}
		for _, name := range slices.Sorted(maps.Keys(first)) {
			if first[name] != hashes[name] {
				r.differs = append(r.differs, fmt.Sprintf("%s with %d workers and splits of %d bytes", name, how.workers, how.split))
			}
		}
	}
	if err := r.regionsOf(d, out, len(read)); err != nil {
		return nil, err
	}
	return r, nil
}

// prints reads a capture and returns the prints of its packets, in order.
func prints(path string) (all []uint64, err error) {
	ctx := context.Background()
	r, err := capture.Open(ctx, []string{path}, nil, capture.Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	err = r.Read(ctx, func(b packet.Batch) error {
		for i := range b {
			all = append(all, maphash.Comparable(seed, b[i]))
		}
		return nil
	}, nil)
	slices.Sort(all)
	return all, err
}

// common returns how many of the numbers in a are in b too; both are in order.
func common(a, b []uint64) (n int) {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			a, b = a[1:], b[1:]
			n++
		}
	}
	return n
}

// hashes returns the hashes of all files below dir.
func hashes(dir string) (map[string][sha256.Size]byte, error) {
	all := map[string][sha256.Size]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		_, err = io.Copy(h, f)
		name, _ := filepath.Rel(dir, path)
		all[name] = [sha256.Size]byte(h.Sum(nil))
		return err
	})
	return all, err
}

// regionsOf reads what a result says of damage.
func (r *report) regionsOf(d *damaged, out string, packets int) error {
	var account struct {
		Packets int `json:"packets"`
		Regions int `json:"damaged_regions"`
	}
	err := lines(out, "captures", func(line []byte) error { return json.Unmarshal(line, &account) })
	if err != nil {
		return err
	}
	if account.Packets != packets {
		return fmt.Errorf("the result has %d packets, reading the capture again %d", account.Packets, packets)
	}
	r.regions = account.Regions
	return lines(out, "anomalies", func(line []byte) error {
		var a struct{ Offset, Length int64 }
		if err := json.Unmarshal(line, &a); err != nil {
			return err
		}
		// The last wrong byte that can be to blame.
		i, _ := slices.BinarySearch(d.flipped, a.Offset+a.Length)
		if i == 0 {
			return fmt.Errorf("an anomaly at %d, in front of all damage", a.Offset)
		}
		r.farthest = max(r.farthest, a.Offset-d.flipped[i-1])
		return nil
	})
}

// lines calls each with the lines of a table in a result.
func lines(out, table string, each func([]byte) error) error {
	data, err := os.ReadFile(filepath.Join(out, "json", table+".jsonl"))
	if err != nil {
		return err
	}
	s := bufio.NewScanner(bytes.NewReader(data))
	for s.Scan() {
		if err := each(s.Bytes()); err != nil {
			return err
		}
	}
	return s.Err()
}
