package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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

// What capfold is asked for where it is asked no more than a peer. Ratios to these rows
// compare answers to the same question, as far as capfold can be told to leave out the
// rest: its tables have columns that no peer has, and --json has every port.
const (
	topName    = "capfold, top hosts and ports"
	rowsName   = "capfold, all hosts and ports"
	pairsName  = "capfold, all hosts and conversations"
	courseName = "capfold, hosts, system ports, transport of the top hosts"
)

// rowsLimit is the number of packets for those that write a row for each host or pair.
const rowsLimit = 3_000_000

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
		summary(topName, "hosts,ports", "--ports", "all", "--top", strconv.Itoa(4*ranked)),
		rows(rowsName, "hosts,ports", "--ports", "all"),
		rows(pairsName, "hosts,conversations"),
		summary(courseName, "hosts,ports,host_transport,host_protocols,host_ports"),
	}
}

// summary is capfold asked for the top of some tables, which it prints as JSON. No peer
// looks addresses up.
func summary(name, tables string, flags ...string) peer {
	return peer{
		name: name, programs: []string{"capfold"}, version: []string{"capfold", "version"},
		steps: func(j job) [][]string {
			args := append([]string{"capfold", "analyze", "--quiet", "--no-geo", "--json", "--tables", tables}, flags...)
			return [][]string{append(args, j.capture)}
		},
		answer: func(stdout [][]byte) (answer, error) {
			a, err := parseCapfold(stdout[0], ipBytes)
			a.Ports.System = !slices.Contains(flags, "--ports")
			return a, err
		},
	}
}

// rows is capfold asked for every row of two tables, which it writes as JSON Lines.
func rows(name, tables string, flags ...string) peer {
	p := peer{
		name: name, programs: []string{"capfold"}, version: []string{"capfold", "version"},
		limit: rowsLimit,
		steps: func(j job) [][]string {
			args := append([]string{
				"capfold", "analyze", "--quiet", "--no-geo", "-o", filepath.Join(j.work, outDir), "--format", "json", "--json-tables", "all",
				"--tables", tables,
			}, flags...)
			return [][]string{append(args, j.capture)}
		},
		answer: func(stdout [][]byte) (answer, error) { return parseRows(strings.Split(tables, ","), stdout[1:]) },
	}
	for table := range strings.SplitSeq(tables, ",") {
		p.results = append(p.results, filepath.Join(outDir, "json", table+".jsonl"))
	}
	return p
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
