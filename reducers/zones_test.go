package reducers

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/spill"
	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/reducers/geo"
	"github.com/capfold/capfold/reducers/geo/geotest"
)

// readAll returns the rows of a table that may be in files.
func readAll(t fataler, tab *table.Table) (rows [][]any) {
	t.Helper()
	for part, err := range tab.Parts(1000) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, rowsOf(part)...)
	}
	return rows
}

// checkZones compares the totals of zones with those of hosts.
func checkZones(t fataler, hosts, zones *table.Table) {
	t.Helper()
	want := zonesOf(readAll(t, hosts), names(hosts))
	var got [][]any
	from := slices.Index(names(zones), "hosts")
	for _, r := range readAll(t, zones) {
		got = append(got, slices.Concat(r[:4], r[from:from+7]))
	}
	slices.SortFunc(got, func(a, b []any) int { return cmp.Compare(lines([][]any{a[:4]}), lines([][]any{b[:4]})) })
	if diff := gocmp.Diff(lines(want), lines(got)); diff != "" {
		t.Fatalf("totals of zones (-hosts, grouped +zones):\n%s", diff)
	}
}

// analysesOf returns the analyses that make tables with these names, in this order.
func analysesOf(names ...string) []Analysis {
	var all []Analysis
	for _, name := range names {
		for _, a := range Registry() {
			if a.Schema().Name == name {
				all = append(all, a)
			}
		}
	}
	return all
}

// TestZonesAreHosts checks the law that zones have the totals of hosts.
func TestZonesAreHosts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, 100)
		run := Run{Options: w.env.Options, Geo: w.env.Geo, Workers: 2, Analyses: analysesOf("zones", "hosts")}
		result, err := run.Analyze(t.Context(), sourceOf(w.packets, 20), accountsOf(w.captures))
		if err != nil {
			t.Fatal(err)
		}
		checkZones(t, result.Tables[1], result.Tables[0])
	})
}

// TestDamagedDatabase checks that a run fails where a look-up does.
func TestDamagedDatabase(t *testing.T) {
	data, err := geotest.Flat.Encode(
		geotest.Network{Prefix: "8.0.0.0/16", Code: "CZ", City: "Whole"},
		geotest.Network{Prefix: "8.1.0.0/16", Code: "CZ", City: "Damaged"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "damaged.mmdb")
	// The field becomes a pointer to somewhere far off.
	data = bytes.Replace(data, []byte("\x47Damaged"), []byte("\x38Damaged"), 1)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	atlas, err := geo.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer atlas.Close()
	packets := []packet.Summary{{Version: 4, Src: packet.Addr4(0x08010101), Dst: packet.Addr4(0x08000101), Proto: 1, Bytes: 20, Time: 1}}
	run := Run{Geo: atlas, Workers: 2, Analyses: analysesOf("hosts")}
	if result, err := run.Analyze(t.Context(), sourceOf(packets, 1), accountsOf(nil)); result != nil || err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("Analyze with a damaged database = %v, %v, want an error with its path", result, err)
	}
}

// TestZonesOfManyHosts checks that zones are the same when hosts are looked up in many
// parts, when they are in files, and when no table of them is asked for.
func TestZonesOfManyHosts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	packets := make([]packet.Summary, 200_000)
	for i := range packets {
		packets[i] = packet.Summary{
			Src: packet.Addr4(r.Uint32()), Dst: packet.Addr4(0x09000000 + r.Uint32N(1<<24)), Version: 4,
			Proto: packet.ProtoICMP, TTL: 64, Bytes: 28, WireLen: 42, CapLen: 42, Path: somePaths[4][0], Time: aSecond,
		}
	}
	zonesOfRun := func(limit int64, names ...string) string {
		run := Run{Geo: someAtlas(), Workers: 3, Analyses: analysesOf(names...)}
		if limit > 0 {
			run.Memory = spill.New(limit, run.Workers, t.TempDir())
			defer run.Memory.Close()
		}
		result, err := run.Analyze(t.Context(), sourceOf(packets, 1000), accountsOf(nil))
		if err != nil {
			t.Fatal(err)
		}
		if len(names) > 1 {
			if inFiles := !result.Tables[1].InMemory(); inFiles != (limit > 0) {
				t.Fatalf("with a limit of %d bytes, hosts in files = %t", limit, inFiles)
			}
			checkZones(t, result.Tables[1], result.Tables[0])
		}
		return lines(readAll(t, result.Tables[0]))
	}
	want := zonesOfRun(0, "zones", "hosts")
	for _, got := range []string{zonesOfRun(0, "zones"), zonesOfRun(1<<20, "zones", "hosts"), zonesOfRun(1<<20, "zones")} {
		if got != want {
			t.Errorf("zones =\n%swant\n%s", got, want)
		}
	}
}
