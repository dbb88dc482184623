//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"github.com/jedib0t/go-pretty/v6/text"
)

// onTerminal runs capfold with its standard output, and its standard error if all is
// true, on a terminal of so many columns, and returns what came there. The environment is
// that of a terminal with colours and UTF-8, but for what env says.
func onTerminal(t *testing.T, columns uint16, all bool, env []string, args ...string) string {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	defer master.Close()
	if err := pty.Setsize(master, &pty.Winsize{Cols: columns, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "capfold", args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return name == "NO_COLOR" || strings.HasPrefix(name, "CLICOLOR") || strings.HasPrefix(name, "LC_")
	})
	cmd.Env = append(append(cmd.Env, "TERM=xterm", "LANG=C.UTF-8"), env...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = filepath.Dir(campusNet()), slave, &stderr
	if all {
		cmd.Stderr = slave
	}
	if err := errors.Join(cmd.Start(), slave.Close()); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	_, err = io.Copy(&got, master)
	if err != nil && !errors.Is(err, syscall.EIO) && !errors.Is(err, fs.ErrClosed) { // that nobody has it open
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %v\n%s%s", cmd, err, &got, &stderr)
	}
	return strings.ReplaceAll(got.String(), "\r\n", "\n")
}

// TestTerminal compares what is printed on terminals with what is kept in
// testdata/terminal, where an escape sequence is in braces. make golden rewrites it.
func TestTerminal(t *testing.T) {
	for _, tt := range []struct {
		name    string
		columns uint16
		env     []string
		args    []string
	}{
		{"120", 120, nil, nil},
		{"80", 80, nil, nil},
		{"40", 40, nil, []string{"--rank-by", "wire_bytes"}},
		{"80-no-color", 80, []string{"NO_COLOR=1"}, nil},
		{"80-ascii", 80, []string{"LC_ALL=C"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := onTerminal(t, tt.columns, false, tt.env, append([]string{"analyze", filepath.Base(campusNet())}, tt.args...)...)
			got = sgr.ReplaceAllString(got, "{$1}")
			file := filepath.Join("testdata", "terminal", tt.name+".txt")
			if *update {
				if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(got), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(lines(string(want)), lines(got)); diff != "" {
				t.Errorf("%s (-kept +got), make golden rewrites it:\n%s", file, diff)
			}
		})
	}
}

// TestTerminalEnvironment checks who has colours, and who gets nothing but ASCII.
func TestTerminalEnvironment(t *testing.T) {
	for _, tt := range []struct {
		name         string
		env          []string
		flag         string
		color, ascii bool
	}{
		{"terminal", nil, "auto", true, false},
		{"dumb", []string{"TERM=dumb"}, "auto", false, false},
		{"no name", []string{"TERM="}, "auto", false, false},
		{"NO_COLOR", []string{"NO_COLOR=yes"}, "auto", false, false},
		{"CLICOLOR", []string{"CLICOLOR=0"}, "auto", false, false},
		{"never", nil, "never", false, false},
		{"always", []string{"TERM=dumb", "NO_COLOR=1"}, "always", true, false},
		{"latin 2", []string{"LANG=cs_CZ.ISO8859-2"}, "auto", true, true},
		{"POSIX", []string{"LC_ALL=POSIX", "NO_COLOR=1"}, "auto", false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := onTerminal(t, 90, false, tt.env, "analyze", "--color", tt.flag, filepath.Base(campusNet()))
			if color := strings.Contains(got, "\x1b["); color != tt.color {
				t.Errorf("colours: %t, want %t", color, tt.color)
			}
			if ascii := strings.IndexFunc(got, func(r rune) bool { return r > 127 }) < 0; ascii != tt.ascii {
				t.Errorf("ASCII only: %t, want %t", ascii, tt.ascii)
			}
		})
	}
}

// TestTerminalWidth prints every capture on terminals of many widths, some of which know
// ASCII only: no line may be longer.
func TestTerminalWidth(t *testing.T) {
	var runs [][]string
	for _, path := range captures(t) {
		runs = append(runs, []string{filepath.Base(path)})
	}
	mixed, places := placed(t)
	runs = append(runs, []string{"--geo", places, mixed})
	for w, columns := range []uint16{40, 41, 57, 72, 80, 97, 132} {
		for i, args := range runs {
			if i%3 != w%3 && i != len(runs)-1 { // the last has the widest names
				continue
			}
			var env []string
			ascii := i%2 == int(columns)%2
			if ascii {
				env = []string{"LC_ALL=C"}
			}
			got := onTerminal(t, columns, false, env, append([]string{"analyze"}, args...)...)
			for line := range strings.Lines(got) {
				line = strings.TrimSuffix(line, "\n")
				if n := text.StringWidthWithoutEscSequences(line); n > int(columns) {
					t.Errorf("%q on %d columns: a line of %d: %q", args, columns, n, line)
				}
				if ascii && strings.IndexFunc(line, func(r rune) bool { return r > 127 }) >= 0 {
					t.Errorf("%q in ASCII: %q", args, line)
				}
			}
		}
	}
}

// TestTerminalReport checks where the report is said to be: in the last line of a run on a
// terminal, and only if there is one.
func TestTerminalReport(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	for _, tt := range []struct {
		args []string
		want bool
	}{
		{[]string{"-o", out}, true},
		{[]string{"-o", out, "--format", "json"}, false},
		{[]string{"-o", out, "--quiet"}, false},
		{nil, false},
	} {
		got := onTerminal(t, 300, true, nil, append([]string{"analyze", filepath.Base(campusNet())}, tt.args...)...)
		if said := strings.HasSuffix(got, "\nreport: "+filepath.Join(out, "report.html")+"\n"); said != tt.want {
			t.Errorf("%q: said where the report is: %t, want %t:\n%s", tt.args, said, tt.want, got)
		}
	}
}

// sgr is what sets colours (ECMA-48, 8.3.117).
var sgr = regexp.MustCompile("\x1b\\[([0-9;]*)m")
