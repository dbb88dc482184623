//go:build unix

package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// tables lets capfold write the tables of a capture, which is its standard input if one
// is named, and returns a hash of each file, with the path and the format of the table
// of captures left out.
func tables(capfold, capture, stdin, dir string) (map[string]string, sample, error) {
	out := filepath.Join(dir, "out")
	if err := os.RemoveAll(out); err != nil {
		return nil, sample{}, err
	}
	if stdin != "" {
		capture = "-"
	}
	s, err := measure([]string{capfold, "analyze", "--quiet", "-o", out, capture}, stdin)
	if err != nil {
		return nil, s, err
	}
	hashes := map[string]string{}
	for _, pattern := range []string{"tables/*.parquet", "json/*.jsonl"} {
		paths, err := filepath.Glob(filepath.Join(out, pattern))
		if err != nil {
			return nil, s, err
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				return nil, s, err
			}
			name := filepath.Base(path)
			if strings.HasPrefix(name, "captures.") {
				if filepath.Ext(name) != ".jsonl" {
					continue // the same rows, with what must differ
				}
				var row map[string]any
				if err := json.Unmarshal(data, &row); err != nil {
					return nil, s, err
				}
				delete(row, "path")
				delete(row, "format")
				if data, err = json.Marshal(row); err != nil {
					return nil, s, err
				}
			}
			hashes[name] = fmt.Sprintf("%x", sha256.Sum256(data))
		}
	}
	if info, err := os.Stat(capture); err == nil && stdin == "" {
		s.length = info.Size()
	}
	return hashes, s, nil
}

// same fails if the tables differ.
func same(got, want map[string]string) error {
	if len(want) == 0 {
		return errors.New("there are no tables")
	}
	var differ []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			differ = append(differ, name)
		}
	}
	if len(differ) > 0 || len(got) != len(want) {
		return fmt.Errorf("tables are not those of the capture: %s", strings.Join(differ, ", "))
	}
	return nil
}
