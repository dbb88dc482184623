//go:build unix

package capture

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestNamedPipesAreStreams reads several streams one after the other, whichever workers
// come first to the next one.
func TestNamedPipesAreStreams(t *testing.T) {
	t.Parallel()
	data := newPcap().frames(40, 50).out
	for _, workers := range workerCounts {
		var paths []string
		var want result
		dir := t.TempDir()
		for i := range 6 {
			path := filepath.Join(dir, fmt.Sprintf("%d.pcap", i))
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Skip("no named pipes:", err)
			}
			go func() { _ = os.WriteFile(path, data, 0o600) }()
			r, err := twin(path, data)
			if err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
			want.packets = append(want.packets, r.packets...)
			want.accounts = append(want.accounts, r.accounts...)
		}
		got, err := readAll(t.Context(), paths, nil, Options{SplitSize: 100}, workers)
		if err != nil {
			t.Errorf("Read(6 named pipes, %d workers): %v", workers, err)
		} else if d := difference(want, got, workers == 1); d != "" {
			t.Errorf("Read(6 named pipes, %d workers): %s", workers, d)
		}
	}
}
