package process

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "found.json")
	if err := Save(path, map[string]int{"rounds": 3}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if diff := cmp.Diff("{\n  \"rounds\": 3\n}\n", string(got)); diff != "" || err != nil {
		t.Errorf("saved (-want +got), error %v:\n%s", err, diff)
	}
	if err := Save("", math.NaN()); err != nil {
		t.Errorf("no file asked for: %v", err)
	}
	if err := Save(path, math.NaN()); err == nil {
		t.Error("no error of what JSON has no word for")
	}
}
