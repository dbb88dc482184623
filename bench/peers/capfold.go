package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The ways in which capfold is run; targets are about them.
const (
	foldName      = "capfold, fold only"
	writeName     = "capfold, everything written"
	oneWorker     = "capfold, fold only, 1 worker"
	twoWorkers    = "capfold, fold only, 2 workers"
	boundedName   = "capfold, everything written, --memory " + boundedMemory
	boundedMemory = "512MiB"
)

func capfolds() []peer {
	fold := func(name string, flags ...string) peer {
		return peer{
			name: name, programs: []string{"capfold"}, version: []string{"capfold", "version"},
			steps: func(j job) [][]string {
				args := append([]string{"capfold", "analyze", "--quiet", "--tables", "captures"}, flags...)
				return [][]string{append(args, j.capture)}
			},
		}
	}
	write := func(name string, flags ...string) peer {
		return peer{
			name: name, programs: []string{"capfold"}, version: []string{"capfold", "version"},
			steps: func(j job) [][]string {
				args := append([]string{"capfold", "analyze", "--quiet", "-o", filepath.Join(j.work, outDir)}, flags...)
				return [][]string{append(args, j.capture)}
			},
		}
	}
	bounded := write(boundedName, "--memory", boundedMemory)
	bounded.captures = []string{"scan"}
	return []peer{
		fold(foldName), write(writeName), fold(oneWorker, "--workers", "1"), fold(twoWorkers, "--workers", "2"), bounded,
	}
}

// isCapfold tells whether it is capfold that runs.
func (p peer) isCapfold() bool { return slices.Contains(p.programs, "capfold") }

// outDir is what capfold's result is called in the directory of a run.
const outDir = "out"

// hasFlag tells whether this capfold's analyze has a flag.
func (e *environment) hasFlag(ctx context.Context, flag string) bool {
	help, err := e.output(ctx, []string{"capfold", "analyze", "--help"})
	return err == nil && strings.Contains(string(help), flag+" ")
}

// manifest is what is read of the one that capfold writes.
type manifest struct {
	Tables map[string]struct {
		Rows int64
	}
}

func readManifest(dir string) (manifest, error) {
	var m manifest
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return m, err
	}
	err = json.Unmarshal(text, &m)
	return m, err
}
