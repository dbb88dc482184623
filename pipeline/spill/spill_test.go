package spill

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// element has padding, which must not matter.
type element struct {
	key   uint32
	small uint8
	value uint64
}

func compareElements(a, b *element) int {
	if c := cmp.Compare(a.key, b.key); c != 0 {
		return c
	}
	if c := cmp.Compare(a.small, b.small); c != 0 {
		return c
	}
	return cmp.Compare(a.value, b.value)
}

func write(t interface{ Fatal(...any) }, f *File, es []element) Run[element] {
	w := NewWriter[element](f)
	for c := range slices.Chunk(es, 7) {
		w.Write(c...)
	}
	run, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// TestMergeSorts merges any number of runs, also more than fit at a time, and compares
// with sorting.
func TestMergeSorts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		m := New(0, 2, dir)
		defer m.Close()
		f, err := m.Create()
		if err != nil {
			t.Fatal(err)
		}
		var all []element
		var runs []Run[element]
		for range rapid.SampledFrom([]int{0, 1, 2, 5, maxFanIn + 1, 2*maxFanIn + 3}).Draw(t, "runs") {
			n := rapid.SampledFrom([]int{0, 1, 3, 20}).Draw(t, "length")
			if len(runs) == 3 {
				n = 9000 // several blocks
			}
			es := make([]element, n)
			for i := range es {
				es[i] = element{uint32(i*7919+len(runs)*31) % 97, uint8(i % 3), uint64(i)}
			}
			slices.SortFunc(es, func(a, b element) int { return compareElements(&a, &b) })
			all = append(all, es...)
			if runs = append(runs, write(t, f, es)); runs[len(runs)-1].Len() != n {
				t.Fatalf("Len() = %d, want %d", runs[len(runs)-1].Len(), n)
			}
		}
		slices.SortFunc(all, func(a, b element) int { return compareElements(&a, &b) })
		for range 2 { // a run can be read again
			var got []element
			for e, err := range Merge(runs, compareElements) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, *e)
			}
			if !slices.Equal(got, all) {
				t.Fatalf("merged %d elements, want %d in order", len(got), len(all))
			}
		}
	})
}

// TestDamagedFile flips a bit of every region of a file.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	m := New(0, 2, t.TempDir())
	defer m.Close()
	f, err := m.Create()
	if err != nil {
		t.Fatal(err)
	}
	es := make([]element, 10_000)
	for i := range es {
		es[i].value = uint64(i)
	}
	run := write(t, f, es)
	for offset := int64(0); offset < f.end; offset += f.end / 50 {
		flip := func() {
			b := make([]byte, 1)
			if _, err := f.file.ReadAt(b, offset); err != nil {
				t.Fatal(err)
			}
			b[0] ^= 4
			if _, err := f.file.WriteAt(b, offset); err != nil {
				t.Fatal(err)
			}
		}
		flip()
		n, failed := 0, error(nil)
		for _, err := range Merge([]Run[element]{run}, compareElements) {
			if failed = err; err == nil {
				n++
			}
		}
		if failed == nil || n == len(es) || !strings.Contains(failed.Error(), "checksum") {
			t.Errorf("bit at offset %d: %d elements and error %v, want one about a checksum", offset, n, failed)
		}
		flip()
	}
	if err := f.file.Truncate(f.end / 2); err != nil {
		t.Fatal(err)
	}
	failed := error(nil)
	for _, err := range Merge([]Run[element]{run}, compareElements) {
		failed = err
	}
	if failed == nil || !strings.Contains(failed.Error(), "offset ") {
		t.Errorf("truncated file: error %v, want one with an offset", failed)
	}
}

// TestFullDisk writes to a file that takes nothing.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no /dev/full here: ", err)
	}
	m := New(0, 2, t.TempDir())
	f, err := m.Create()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.file.Close(); err != nil {
		t.Fatal(err)
	}
	f.file = full
	w := NewWriter[element](f)
	w.Write(make([]element, 100_000)...)
	_, err = w.Close()
	if err == nil || !strings.Contains(err.Error(), m.dir) || !strings.Contains(err.Error(), "no space left on device (--tmp names another folder)") {
		t.Errorf("error %v, want one about space in %s", err, m.dir)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// TestFilesAreRemoved looks into the folder while files are in use and afterwards.
func TestFilesAreRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := New(0, 2, dir)
	var files []*File
	for range 3 {
		f, err := m.Create()
		if err != nil {
			t.Fatal(err)
		}
		if info, err := f.file.Stat(); err != nil || info.Mode().Perm() != 0o600 && info.Mode().Perm() != 0o666 { // Windows
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		files = append(files, f)
	}
	if err := errors.Join(files[0].Close(), files[0].Close()); err != nil {
		t.Error(err)
	}
	if err := errors.Join(m.Close(), files[1].Close()); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	if f, err := m.Create(); err == nil {
		t.Errorf("a closed Memory creates %v", f)
	}
}

// TestPointersPanic tries elements that refer to other memory.
func TestPointersPanic(t *testing.T) {
	t.Parallel()
	try := func(name string, create func(), want bool) {
		defer func() {
			if got := recover() != nil; got != want {
				t.Errorf("%s: panics: %t, want %t", name, got, want)
			}
		}()
		create()
	}
	m := New(0, 2, t.TempDir())
	defer m.Close()
	f, err := m.Create()
	if err != nil {
		t.Fatal(err)
	}
	try("numbers", func() {
		NewWriter[struct {
			a [3]uint16
			b struct{ c float64 }
		}](f)
	}, false)
	try("string", func() { NewWriter[struct{ s string }](f) }, true)
	try("slice in array", func() { NewWriter[[2][]int](f) }, true)
	try("pointer", func() { NewWriter[*int](f) }, true)
	try("map", func() { NewWriter[map[int]int](f) }, true)
	try("interface", func() { NewWriter[any](f) }, true)
}

// TestMemory is about the numbers.
func TestMemory(t *testing.T) {
	t.Parallel()
	var none *Memory
	none.Hold(1 << 40)
	if none.Over() {
		t.Error("no limit is exceeded")
	}
	m := New(100, 2, "")
	m.Hold(100)
	if m.Over() {
		t.Error("100 of 100 are over the limit")
	}
	if m.Hold(1); !m.Over() {
		t.Error("101 of 100 are not over the limit")
	}
	if m.Hold(-1); m.Over() || m.Share(4) != 25 {
		t.Errorf("over: %t, a quarter is %d", m.Over(), m.Share(4))
	}
}
