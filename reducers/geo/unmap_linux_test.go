package geo

import (
	"crypto/sha256"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestRelease gives the embedded database back when all of it has been read: the process has
// it no longer, and reads the same again.
func TestRelease(t *testing.T) {
	before := sha256.Sum256(embedded)
	has := fileResident(t)
	Default().Release()
	if gone := has - fileResident(t); gone < len(embedded)/2 {
		t.Errorf("Release gives %d bytes back, want most of %d", gone, len(embedded))
	}
	if sha256.Sum256(embedded) != before {
		t.Error("the embedded database is another after Release")
	}
	(*Atlas)(nil).Release()
}

// fileResident returns how many bytes of files the process has in memory.
func fileResident(t *testing.T) int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("/proc tells nothing: ", err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "RssFile:"); ok {
			kilobytes, err := strconv.Atoi(strings.Fields(value)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	t.Skip("this kernel does not tell pages of files apart")
	return 0
}
