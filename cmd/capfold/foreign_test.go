package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Both programs print, for each Parquet file, its name and number of rows, and then the
// bytes of all flows and the IP bytes of all captures.
const (
	queryWithDuckDB = `
import duckdb, glob, json, os, sys
one = lambda query, path: duckdb.execute(query + " FROM read_parquet(?)", [path]).fetchone()[0]
paths = sorted(glob.glob(os.path.join(sys.argv[1], "*.parquet")))
rows = {os.path.basename(p): one("SELECT count(*)", p) for p in paths}
for p in paths:
    duckdb.execute("CREATE OR REPLACE TABLE whole AS SELECT * FROM read_parquet(?)", [p])
flows, captures = (os.path.join(sys.argv[1], n + ".parquet") for n in ("flows", "captures"))
print(json.dumps([rows, int(one("SELECT sum(bytes)", flows)), int(one("SELECT sum(ip_bytes)", captures))]))
`
	queryWithArrow = `
import glob, json, os, sys
import pyarrow.compute as pc, pyarrow.parquet as pq
tables = {os.path.basename(p): pq.read_table(p) for p in sorted(glob.glob(os.path.join(sys.argv[1], "*.parquet")))}
for t in tables.values():
    t.validate(full=True)
print(json.dumps([{n: t.num_rows for n, t in tables.items()},
                  pc.sum(tables["flows.parquet"]["bytes"]).as_py(), pc.sum(tables["captures.parquet"]["ip_bytes"]).as_py()]))
`
)

// TestParquet has others read the Parquet files of a whole result.
func TestParquet(t *testing.T) {
	for _, reader := range []struct{ module, program string }{{"duckdb", queryWithDuckDB}, {"pyarrow", queryWithArrow}} {
		t.Run(reader.module, func(t *testing.T) {
			python, err := exec.LookPath("python3")
			if err != nil {
				t.Skip(err)
			}
			if exec.CommandContext(t.Context(), python, "-c", "import "+reader.module).Run() != nil {
				t.Skipf("python3 cannot import %s: pip install %s", reader.module, reader.module)
			}
			dir := analyze(t, captures(t)...)
			var stderr strings.Builder
			cmd := exec.CommandContext(t.Context(), python, "-c", reader.program, filepath.Join(dir, "tables"))
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, &stderr)
			}
			want := map[string]int{}
			for _, name := range tableNames() {
				want[name+".parquet"] = len(readTable(t, dir, name))
			}
			var rows map[string]int
			var flowBytes, ipBytes int64
			if err := json.Unmarshal(out, &[]any{&rows, &flowBytes, &ipBytes}); err != nil {
				t.Fatalf("%s: %v", out, err)
			}
			if diff := cmp.Diff(want, rows); diff != "" {
				t.Errorf("rows of files (-want +%s):\n%s", reader.module, diff)
			}
			if bytes := sum(readTable(t, dir, "captures"), "ip_bytes"); flowBytes != bytes || ipBytes != bytes {
				t.Errorf("%s sums up %d bytes of flows and %d of captures, want %d", reader.module, flowBytes, ipBytes, bytes)
			}
		})
	}
}

// TestTShark compares the tables of every capture with what TShark says of each packet.
func TestTShark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip(err)
	}
	for _, path := range captures(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel() // TShark takes long to start
			want := newTShark()
			cmd := exec.CommandContext(t.Context(), tshark, append([]string{"-r", path}, tsharkOptions()...)...)
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %v", cmd, err)
			}
			for line := range strings.Lines(string(out)) {
				if err := want.add(strings.Split(strings.TrimSuffix(line, "\n"), "\t")); err != nil {
					t.Fatalf("%q: %v", line, err)
				}
			}
			dir := analyze(t, path, "--ports", "all")
			got := newTShark()
			for _, r := range readTable(t, dir, "hosts") {
				got.set(got.Sent, fmt.Sprint(r["address"]), r.int("sent_packets"), r.int("sent_bytes"))
				got.set(got.Received, fmt.Sprint(r["address"]), r.int("received_packets"), r.int("received_bytes"))
			}
			for _, r := range readTable(t, dir, "ports") {
				got.set(got.From, fmt.Sprint(r["port"]), r.int("sent_packets"), r.int("sent_bytes"))
				got.set(got.To, fmt.Sprint(r["port"]), r.int("received_packets"), r.int("received_bytes"))
			}
			for _, r := range readTable(t, dir, "ttl") {
				got.set(got.TTL, fmt.Sprintf("%v of IPv%v", r["ttl"], r["ip_version"]), r.int("packets"), r.int("bytes"))
			}
			for _, r := range readTable(t, dir, "captures") {
				got.Packets += r.int("packets")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-TShark +capfold):\n%s", path, diff)
			}
		})
	}
}
