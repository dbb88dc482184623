package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPublished makes the capture of campus-2011, analyses it, and compares with the
// published figures.
func TestPublished(t *testing.T) {
	path := filepath.Join(t.TempDir(), "campus-2011.pcap")
	capfold(t, "synth", "campus-2011", "-q", "-o", path)
	dir := analyze(t, path)

	var sent []record
	for _, r := range readTable(t, dir, "ports") {
		if r.int("sent_bytes") > 0 {
			sent = append(sent, r)
		}
	}
	comparePublished(t, "ports", sent)
	comparePublished(t, "host_transport", readTable(t, dir, "host_transport"))

	summary := readTable(t, dir, "ttl_summary")
	if len(summary) != 2 || summary[0].int("ip_version") != 4 || summary[1]["ip_version"] != nil {
		t.Fatalf("ttl_summary = %v, want rows for IPv4 and all", summary)
	}
	for _, r := range summary {
		for _, column := range []string{"mean", "variance"} {
			r[column] = fmt.Sprintf("%.3f", r[column])
		}
		comparePublished(t, "ttl", []record{r})
	}
	for _, r := range readTable(t, dir, "ttl") {
		if n := r.int("packets"); r.int("ttl") == 64 && n <= 200_000 {
			t.Errorf("packets with TTL 64 = %d, want more than 200000", n)
		}
	}
}

// comparePublished compares the columns that a published table has.
func comparePublished(t *testing.T, name string, rows []record) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "published", name+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(data)), "\n")[1:] // behind the comment
	columns := strings.Split(want[0], "\t")
	got := want[:1:1]
	for _, r := range rows {
		var values []string
		for _, c := range columns {
			values = append(values, fmt.Sprint(r[c]))
		}
		got = append(got, strings.Join(values, "\t"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-published +capfold):\n%s", name, diff)
	}
}
