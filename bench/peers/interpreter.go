package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
)

// pythonWord begins the commands of Python programs. Which interpreter it stands for
// depends on the module that they need.
const pythonWord = "python3"

// resolveFor returns the path of a program of a peer, which may be an interpreter.
func (e *environment) resolveFor(ctx context.Context, p peer, program string) (string, error) {
	if program != pythonWord || p.module == "" {
		return e.resolve(program)
	}
	if path := e.interpreter(ctx, p.module); path != "" {
		return path, nil
	}
	return "", errors.New("no Python interpreter has " + p.module)
}

// interpreter returns the path of the first Python interpreter that can import a module,
// "" where none can. The one that was asked for is the only one that is tried.
func (e *environment) interpreter(ctx context.Context, module string) string {
	if path, ok := e.interpreters[module]; ok {
		return path
	}
	candidates := []string{e.python}
	if e.python == "" {
		candidates = interpreters(filepath.SplitList(os.Getenv("PATH")))
	}
	found := ""
	for _, path := range candidates {
		path, err := exec.LookPath(path)
		if err != nil {
			continue
		}
		if _, err := e.output(ctx, []string{path, "-c", "import " + module}); err == nil {
			found = path
			break
		}
	}
	e.interpreters[module] = found
	return found
}

// interpreterName is what Python interpreters are called.
var interpreterName = regexp.MustCompile(`^(python3?|python3\.\d+|pypy3?)$`)

// interpreters returns the Python interpreters of folders, and behind them those of the
// system: first everything called python3, then the others, a file of several names once.
func interpreters(folders []string) []string {
	var first, others []string
	seen := map[string]bool{}
	for _, folder := range append(slices.Clone(folders), "/usr/bin", "/usr/local/bin") {
		entries, err := os.ReadDir(folder)
		if err != nil {
			continue
		}
		for _, entry := range entries {
			path := filepath.Join(folder, entry.Name())
			if !interpreterName.MatchString(entry.Name()) {
				continue
			}
			if entry.Name() == pythonWord {
				first = append(first, path)
			} else {
				others = append(others, path)
			}
		}
	}
	return slices.DeleteFunc(append(first, others...), func(path string) bool {
		file, err := filepath.EvalSymlinks(path)
		again := seen[file]
		seen[file] = true
		return err != nil || again
	})
}
