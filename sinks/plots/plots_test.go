package plots

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

func TestWrite(t *testing.T) {
	dir, err := sinks.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Abort() }()
	in := usual()
	delete(in.Tables, "zones")
	in.Tables["ttl"] = table.New(table.Schema{Name: "ttl"}, []table.Column[ttlRow]{
		table.Int32s("ttl", "1", "", func(r *ttlRow) int64 { return r.ttl }),
		text("ip_version", func(*ttlRow) string { return "4" }),
	}, table.RowsOf([]ttlRow{{4, 64, 1}}), table.Options[ttlRow]{})
	omitted, err := Write(context.Background(), dir, in, []string{"svg", "png", "svg"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Omission{{"ttl", &MissingError{Table: "ttl", Column: "ip_version"}}, {"zones", &MissingError{Table: "zones"}}}
	if diff := cmp.Diff(want, omitted); diff != "" {
		t.Errorf("Write left out (-want +got):\n%s", diff)
	}
	var files []string
	for _, f := range dir.Files() {
		files = append(files, f.Path)
	}
	wantFiles := []string{
		"plots/addresses.png", "plots/addresses.svg", "plots/hosts-over-time.png", "plots/hosts-over-time.svg",
		"plots/ports.png", "plots/ports.svg", "plots/top-hosts.png", "plots/top-hosts.svg",
	}
	for _, path := range wantFiles {
		if !slices.Contains(Paths([]string{"svg", "png"}), path) {
			t.Errorf("Paths lacks %s", path)
		}
	}
	if diff := cmp.Diff(wantFiles, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	got, err := os.ReadFile(filepath.Join(dir.Path(), "plots", "ports.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, render(t, "ports", "svg", in)) {
		t.Error("Write and Draw make different files")
	}
}

func TestErrors(t *testing.T) {
	dir, err := sinks.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Abort() }()
	if _, err := Write(context.Background(), dir, usual(), []string{"gif"}); err == nil || !strings.Contains(err.Error(), `"gif" is none of png, svg`) {
		t.Errorf("Write(gif) = %v", err)
	}
	if err := Draw(io.Discard, "ports", "gif", usual()); err == nil || !strings.Contains(err.Error(), `"gif" is none of png, svg`) {
		t.Errorf("Draw(ports, gif) = %v", err)
	}
	if err := Draw(io.Discard, "flowers", "svg", usual()); err == nil || !strings.Contains(err.Error(), "flowers") {
		t.Errorf("Draw(flowers, svg) = %v", err)
	}
	if omitted, err := Write(context.Background(), dir, Input{}, []string{"svg"}); err != nil || len(omitted) != len(Names()) {
		t.Errorf("Write(no tables) = %v, %v, want an omission for each picture", omitted, err)
	}
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(stop)
	if _, err := Write(ctx, dir, usual(), []string{"svg"}); !errors.Is(err, stop) {
		t.Errorf("Write(cancelled) = %v, want %v", err, stop)
	}
	for _, format := range Formats() {
		if err := Draw(broken{}, "zones", format, usual()); !errors.Is(err, errBroken) {
			t.Errorf("Draw(zones, %s) to a broken writer = %v, want %v", format, err, errBroken)
		}
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

// TestFormats checks that each format that is named can be written.
func TestFormats(t *testing.T) {
	if diff := cmp.Diff(slices.Sorted(maps.Keys(encoders)), Formats()); diff != "" {
		t.Errorf("Formats() (-want +got):\n%s", diff)
	}
}
