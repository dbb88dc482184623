package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fakeInterpreter writes a program that can import one module.
func fakeInterpreter(t *testing.T, path, module string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	text := "#!/bin/sh\n[ \"$1 $2\" = \"-c import " + module + "\" ]\n"
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInterpreter(t *testing.T) {
	dir := t.TempDir()
	first := fakeInterpreter(t, filepath.Join(dir, "a", "python3"), "one")
	second := fakeInterpreter(t, filepath.Join(dir, "b", "python3"), "two")
	older := fakeInterpreter(t, filepath.Join(dir, "a", "python3.9"), "two")
	fakeInterpreter(t, filepath.Join(dir, "a", "python3-config"), "three")
	t.Setenv("PATH", filepath.Join(dir, "a")+string(filepath.ListSeparator)+filepath.Join(dir, "b"))
	for _, c := range []struct{ name, asked, module, want string }{
		{"the first", "", "one", first},
		{"python3 before others", "", "two", second},
		{"no interpreter has it", "", "three", ""},
		{"asked for", older, "two", older},
		{"asked for by name", "python3.9", "two", older},
		{"asked for, has it not", older, "one", ""},
		{"asked for, is not there", filepath.Join(dir, "none"), "one", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			env, err := newEnvironment("", "", c.asked, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // it is remembered
				if got := env.interpreter(t.Context(), c.module); got != c.want {
					t.Errorf("interpreter(%s) = %q, want %q", c.module, got, c.want)
				}
			}
			p := peer{module: c.module, programs: []string{"sh"}}
			if path, err := env.resolveFor(t.Context(), p, pythonWord); path != c.want || (err == nil) != (c.want != "") {
				t.Errorf("resolveFor(%s) = %q, %v, want %q", c.module, path, err, c.want)
			}
		})
	}
}

func TestInterpreters(t *testing.T) {
	dir := t.TempDir()
	file := fakeInterpreter(t, filepath.Join(dir, "python3.12"), "one")
	for _, name := range []string{"python", "python3"} {
		if err := os.Symlink(file, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	got := interpreters([]string{dir, filepath.Join(dir, "none")})
	if len(got) == 0 {
		t.Fatal("no interpreter found")
	}
	var ours []string
	for _, path := range got {
		if filepath.Dir(path) == dir {
			ours = append(ours, filepath.Base(path))
		}
	}
	if diff := cmp.Diff([]string{"python3"}, ours); diff != "" {
		t.Errorf("one file under three names (-want +got):\n%s", diff)
	}
}

func TestRelease(t *testing.T) {
	for line, want := range map[string]string{
		"TShark (Wireshark) 4.0.17 (Git v4.0.17 packaged as 4.0.17-0+deb12u3)": "4.0.17",
		"/usr/bin/nfdump: Version: NSEL-NEL1.7.1":                              "1.7.1",
		"scapy 2.5.0, Python 3.11.2 at /usr/bin/python3":                       "2.5.0, Python 3.11.2",
		"gopacket v1.1.19": "1.1.19",
		"version unknown":  "",
	} {
		if got := release.FindString(line); got != want {
			t.Errorf("release of %q = %q, want %q", line, got, want)
		}
	}
}
