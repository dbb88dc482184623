package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestMain puts this test binary on the PATH as capfold, so that tests can start the real
// command: called by that name, it is capfold.
func TestMain(m *testing.M) {
	if strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") == "capfold" {
		main()
		return
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	bin, err := os.MkdirTemp("", "capfold-bin-")
	if err == nil {
		err = putOnPath(bin)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := os.RemoveAll(bin); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return code
}

func putOnPath(bin string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	name := "capfold"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if err := os.Symlink(self, filepath.Join(bin, name)); err != nil {
		return err
	}
	return os.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// capfold runs the command line inside the test and returns its standard output. It must
// exit with 0.
func capfold(t testing.TB, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(args, strings.NewReader(""), &stdout, &stderr); code != 0 {
		t.Fatalf("capfold %s: exit code %d, want 0\n%s", strings.Join(args, " "), code, &stderr)
	}
	return stdout.String()
}

// analyze runs capfold analyze with all tables as JSON, and returns the output directory.
func analyze(t testing.TB, args ...string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "out")
	capfold(t, append([]string{"analyze", "--quiet", "--json-tables", "all", "-o", dir}, args...)...)
	return dir
}

// captures returns the paths of the captures in testdata at the top of the repository.
func captures(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", "*.pcap"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no captures in testdata: %v", err)
	}
	return paths
}

func campusNet() string { return filepath.Join("..", "..", "testdata", "campus-net.pcap") }

// record is a row of a table as JSON has it; numbers are int64 or float64.
type record map[string]any

func (r record) int(name string) int64 {
	n, ok := r[name].(int64)
	if !ok {
		panic(fmt.Sprintf("%s is %v, not an integer", name, r[name]))
	}
	return n
}

// readTable returns the rows of json/NAME.jsonl in an output directory.
func readTable(t testing.TB, dir, name string) (rows []record) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "json", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var r record
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&r); err != nil {
			t.Fatalf("%s: %q: %v", name, line, err)
		}
		for k, v := range r {
			n, ok := v.(json.Number)
			if !ok {
				continue
			}
			if r[k], err = n.Int64(); err != nil {
				r[k], _ = n.Float64()
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// sum adds up a column.
func sum(rows []record, column string) (total int64) {
	for _, r := range rows {
		total += r.int(column)
	}
	return total
}

// files returns the contents of all files below dir by their slash-separated paths.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	contents := map[string]string{}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, path)
		contents[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return contents
}
