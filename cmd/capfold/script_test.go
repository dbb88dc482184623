package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/capfold/capfold/reducers/geo/geotest"
)

// TestScript runs the scripts in testdata/script. Beside testscript's commands they have
//
//	pcap KIND FILE          write a small capture, see pcaps
//	mmdb KIND FILE          write a small geo database, see mmdbs
//	exits CODE PROGRAM ...  like exec, for a program that must exit with CODE
//	nothing-left [DIR]      no temporary file or directory of capfold is in DIR
//	json FILE               FILE, or stdout, is one JSON value
//
// and the condition [root]. With -update, the files that cmp compares with are rewritten.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"pcap":         scriptPcap,
			"mmdb":         scriptMMDB,
			"exits":        scriptExits,
			"nothing-left": scriptNothingLeft,
			"json":         scriptJSON,
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
	})
}

func scriptPcap(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pcap KIND FILE")
	}
	data, err := pcap(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o644))
}

// mmdbs are small geo databases by the names of their kinds.
var mmdbs = map[string]func() ([]byte, error){
	"cities": func() ([]byte, error) {
		return geotest.MaxMind.Encode(
			geotest.Network{Prefix: "8.1.0.0/16", Code: "CZ", Region: "Prague", City: "Prague", Latitude: 50.0875, Longitude: 14.4213},
			geotest.Network{Prefix: "8.2.0.0/16", Code: "CZ", Region: "South Moravia", City: "Brno", Latitude: 49.2, Longitude: 16.6})
	},
	"countries": func() ([]byte, error) {
		return geotest.Flat.Encode(geotest.Network{Prefix: "8.0.0.0/8", Code: "SK"})
	},
	"hostile": func() ([]byte, error) {
		return geotest.Flat.Encode(geotest.Network{
			Prefix: "8.0.0.0/8", Code: "QZ", Country: "\x1b[31m<script>\u202e\xff", City: strings.Repeat("A\n|", 5000),
		})
	},
	"no-countries": func() ([]byte, error) {
		return geotest.MaxMind.Encode(geotest.Network{Prefix: "8.0.0.0/8", Region: "a region of nothing"})
	},
	"text": func() ([]byte, error) { return []byte("This is no database.\n"), nil },
}

func scriptMMDB(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 || mmdbs[args[0]] == nil {
		ts.Fatalf("usage: mmdb KIND FILE, kinds are %q", slices.Sorted(maps.Keys(mmdbs)))
	}
	data, err := mmdbs[args[0]]()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o644))
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got, exit := 0, &exec.ExitError{}
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func scriptNothingLeft(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: nothing-left [DIR]")
	}
	left, err := filepath.Glob(ts.MkAbs(filepath.Join(append(args, ".*capfold*")...)))
	ts.Check(err)
	if len(left) > 0 {
		ts.Fatalf("left behind: %q", left)
	}
}

func scriptJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: json FILE")
	}
	var value any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &value); err != nil {
		ts.Fatalf("%s is not JSON: %v", args[0], err)
	}
}
