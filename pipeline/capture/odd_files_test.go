//go:build unix

package capture

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDirectoryOfOddFiles opens a directory in which there is everything that a directory
// can hold. Nothing in it keeps Open waiting.
func TestDirectoryOfOddFiles(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("d/", 200)
	good := newPcap().frames(5, 20).out
	dir := writeTree(t, map[string][]byte{"a.pcap": good, deep + "z.pcap": good, "line\nbreak \x1b[31m.pcap": good})
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := syscall.Mkfifo(at("pipe.pcap"), 0o600); err != nil {
		t.Skip("no named pipes:", err)
	}
	// Paths of sockets are short, those of tests may not be.
	short, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(short) //nolint:errcheck // nothing depends on it
	listener, err := net.Listen("unix", filepath.Join(short, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	want := []Skipped{
		{at("device"), "not a regular file"},
		{at("itself"), "a link to nothing"},
		{at("ping"), "a link to nothing"},
		{at("pipe.pcap"), "not a regular file"},
		{at("pong"), "a link to nothing"},
		{at("socket"), "not a regular file"},
		{at("to-pipe"), "not a regular file"},
		{at("up"), "a link to a directory"},
	}
	for link, to := range map[string]string{
		"device": "/dev/zero", "itself": "itself", "ping": "pong", "pong": "ping",
		"socket": filepath.Join(short, "s"), "to-pipe": "pipe.pcap", "up": "..",
	} {
		if err := os.Symlink(to, at(link)); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Open(t.Context(), []string{dir}, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := readOpen(t.Context(), r, 2)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, r.Skipped()); d != "" {
		t.Errorf("Skipped(), -want +got:\n%s", d)
	}
	if len(got.accounts) != 3 || len(got.packets) != 15 {
		t.Errorf("%d captures with %d packets, want 3 with 15", len(got.accounts), len(got.packets))
	}
}

// TestDirectoryThatMayNotBeRead has a file and a directory in it that cannot be read:
// nobody knows whether they are captures.
func TestDirectoryThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	good := newPcap().frames(5, 20).out
	dir := writeTree(t, map[string][]byte{"a.pcap": good, "b.pcap": good, "c/d.pcap": good})
	for _, name := range []string{"b.pcap", "c"} {
		if err := os.Chmod(filepath.Join(dir, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	defer os.Chmod(filepath.Join(dir, "c"), 0o700) //nolint:errcheck // for the directory's removal
	_, err := Open(t.Context(), []string{dir}, nil, Options{})
	want := "open " + filepath.Join(dir, "c") + ": permission denied\nopen " + filepath.Join(dir, "b.pcap") + ": permission denied"
	if err == nil || err.Error() != want {
		t.Errorf("Open = %v, want %s", err, want)
	}
}
